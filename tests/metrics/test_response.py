import json
from pathlib import Path

import pandas as pd
import pytest

from metrics.errors import CellError
from metrics.estimate import Estimate, State
from metrics.intervals import wilson
from metrics.response import attainment


def cells(*rows: tuple[float, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["time", "observed", "censored"])


def limits(found: Estimate) -> tuple[float | None, ...]:
    return found.value, found.low, found.high


def test_every_priority_of_the_shared_signals_agrees_with_r(shared_dir: Path) -> None:
    folder = shared_dir / "references"
    cases = {case["id"]: case["expected"] for case in json.loads((folder / "expected.json").read_text())["cases"]}
    rows = pd.read_csv(folder / "crisis_A.csv")
    for name, case in cases["CRI-01"].items():
        if name.startswith("logrank"):
            continue
        priority, _, automation = name.partition("|automation=")
        part = rows[(rows["priority"] == priority) & rows["automation"].astype(str).isin(list(automation or "01"))]
        events = {"observed": part["responded"], "censored": 1 - part["responded"]}
        table = pd.DataFrame({"time": part["minutes"], **events}).groupby("time", as_index=False).sum()
        found = attainment(table, case["sla_minutes"])
        counts = (found.n, found.answered, found.unanswered, found.undetermined, found.within, found.known)
        told = ("n", "responded", "censored", "censored_before_sla", "within", "known")
        assert counts == tuple(case[each] for each in told)
        curve = case["km_attainment"]
        assert limits(found.inside) == pytest.approx((curve["est"], curve["lower"], curve["upper"]), rel=1e-6)
        assert limits(found.of_known) == pytest.approx((case["known_rate"], *case["known_wilson"]), rel=1e-6)
        assert limits(found.at_least) == pytest.approx(
            (case["lower_bound_rate"], *case["lower_bound_wilson"]), rel=1e-6
        )
        for quantile, theirs in ((found.median, case["km_median"]), (found.p90, case["km_p90"])):
            assert (quantile.value, quantile.low, quantile.high) == tuple(theirs.values())


def test_an_unanswered_signal_younger_than_the_target_is_neither_met_nor_dropped() -> None:
    found = attainment(cells((10, 1, 0), (20, 0, 1), (60, 1, 0), (90, 1, 0)), 60)
    assert (found.n, found.undetermined, found.within, found.known) == (4, 1, 2, 3)
    assert found.of_known.value == pytest.approx(2 / 3)
    assert found.at_least.value == pytest.approx(2 / 4)
    assert found.inside.value == pytest.approx(1 - 3 / 4 * 1 / 2)


def test_one_unanswered_after_exactly_the_target_is_known_to_have_missed_it() -> None:
    assert attainment(cells((10, 1, 0), (60, 0, 1)), 60).undetermined == 0


def test_a_share_nobody_was_followed_long_enough_for_is_not_said() -> None:
    found = attainment(cells((10, 1, 2)), 60)
    assert (found.inside.value, found.inside.state) == (None, State.CANNOT_SAY)
    assert (found.of_known.value, found.at_least.value) == (1.0, pytest.approx(1 / 3))


def test_no_answer_within_the_target_has_limits_of_its_own() -> None:
    found = attainment(cells((90, 0, 12)), 60)
    assert limits(found.inside) == (0.0, *wilson(0, 12))


def test_a_target_of_nothing_is_refused() -> None:
    with pytest.raises(CellError, match="above 0"):
        attainment(cells((10, 1, 0)), 0)


def test_real_emergency_calls_agree_with_a_plain_count(shared_dir: Path) -> None:
    """911 calls of one quarter, response in minutes; a call without arrival is censored when it was cleared."""
    rows = pd.read_csv(shared_dir / "data" / "smfr_911_2019_apr_jun.csv", low_memory=False)
    times = {
        name: pd.to_datetime(rows[name], format="%m/%d/%Y %H:%M", errors="coerce")
        for name in ("911 Date", "Arrival Date", "Clear Date")
    }
    arrived = times["Arrival Date"].notna()
    minutes = (times["Arrival Date"].where(arrived, times["Clear Date"]) - times["911 Date"]).dt.total_seconds() / 60
    kept = minutes.notna() & (minutes >= 0)
    people = list(zip(minutes[kept].astype(int) + 1, arrived[kept], strict=True))
    table = pd.DataFrame(people, columns=["time", "observed"]).assign(censored=lambda each: ~each["observed"])
    found = attainment(table.groupby("time", as_index=False).sum().astype(int), 8)
    share, waiting = 1.0, len(people)
    for minute in range(1, 9):  # a plain count, call by call
        came = sum(1 for time, answered in people if time == minute and answered)
        share *= 1 - came / waiting
        waiting -= sum(1 for time, _ in people if time == minute)
    assert found.n == len(people) > 8000
    assert found.unanswered == sum(1 for _, answered in people if not answered) > 100
    assert found.inside.value == pytest.approx(1 - share)
