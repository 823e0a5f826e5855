import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metrics.errors import CellError
from metrics.gray import gray_test
from metrics.survival import logrank


def made_up(random: np.random.Generator, many: int, unplanned: float, completed: float) -> pd.DataFrame:
    """Cells of patients with two reasons to leave in any week, seen for 40 weeks at most."""
    times = random.geometric([[unplanned], [completed]], (2, many))
    time, kind = np.minimum(times.min(axis=0), 40), times.argmin(axis=0)
    seen = times.min(axis=0) <= 40
    rows = {"unplanned": (kind == 0) & seen, "completed": (kind == 1) & seen, "censored": ~seen}
    return pd.DataFrame({"time": time, **rows}).groupby("time", as_index=False).sum()


def test_melanoma_deaths_by_ulcer_are_within_a_tenth_of_a_percent_of_r(shared_dir: Path) -> None:
    folder = shared_dir / "references"
    listed = json.loads((folder / "expected.json").read_text())["cases"]
    told = next(case["expected"]["gray_test_ulcer"] for case in listed if case["id"] == "SURV-05")
    rows = pd.read_csv(folder / "melanoma.csv")
    events = {"melanoma": rows["event"] == 1, "other": rows["event"] == 2, "censored": rows["event"] == 0}
    cells = pd.DataFrame({"time": rows["time"], "ulcer": rows["ulcer"], **events})
    groups = {
        str(name): part.drop(columns="ulcer").groupby("time", as_index=False).sum()
        for name, part in cells.groupby("ulcer")
    }
    for cause, case in zip(("melanoma", "other"), told, strict=True):
        found = gray_test(groups, cause)
        assert (found.chi2, found.df) == (pytest.approx(case["stat"], rel=1e-3), case["df"])


def test_without_a_second_reason_it_is_the_log_rank_test_up_to_ties() -> None:
    random = np.random.default_rng(4)
    groups = {name: made_up(random, 400, rate, 1e-9) for name, rate in (("a", 0.03), ("b", 0.04))}
    single = {name: each.rename(columns={"unplanned": "observed"}) for name, each in groups.items()}
    plain = {name: each.drop(columns="completed") for name, each in single.items()}
    assert gray_test(groups, "unplanned").chi2 == pytest.approx(logrank(plain).chi2, rel=0.05)


def test_groups_that_leave_alike_differ_by_chance_only() -> None:
    random = np.random.default_rng(5)
    alike = [gray_test({each: made_up(random, 90, 0.03, 0.02) for each in "ab"}, "unplanned").p for _ in range(300)]
    assert 0.02 < np.mean(np.array(alike) < 0.05) < 0.09


def test_completing_sooner_lowers_the_share_that_leaves_though_the_hazard_is_the_same() -> None:
    random = np.random.default_rng(6)
    groups = {"slow": made_up(random, 1500, 0.03, 0.01), "quick": made_up(random, 1500, 0.03, 0.08)}
    censored = {
        name: pd.DataFrame(
            {
                "time": each["time"],
                "observed": each["unplanned"],
                "censored": each["censored"] + each["completed"],
            }
        )
        for name, each in groups.items()
    }
    assert gray_test(groups, "unplanned").p < 1e-6
    assert logrank(censored).p > 0.01


def test_three_groups_have_two_degrees_of_freedom_whatever_their_order() -> None:
    random = np.random.default_rng(7)
    groups = {name: made_up(random, 100, rate, 0.02) for name, rate in (("a", 0.02), ("b", 0.03), ("c", 0.05))}
    found = gray_test(groups, "unplanned")
    assert found.df == 2
    turned = gray_test({name: groups[name] for name in "cab"}, "unplanned")
    assert found.chi2 == pytest.approx(turned.chi2, rel=1e-9)


def test_late_entry_uses_those_at_risk() -> None:
    random = np.random.default_rng(8)
    weeks = pd.DataFrame({"time": range(1, 41)})
    groups = {}
    for name in "ab":
        cells = weeks.merge(made_up(random, 200, 0.03, 0.02), how="left").fillna(0).astype(int)
        gone = cells[["unplanned", "completed", "censored"]].sum(axis=1)
        groups[name] = cells.assign(at_risk=gone[::-1].cumsum()[::-1])
    without = {name: each.drop(columns="at_risk") for name, each in groups.items()}
    assert gray_test(groups, "unplanned") == pytest.approx(gray_test(without, "unplanned"))


def test_comparisons_that_are_none_are_refused() -> None:
    one = made_up(np.random.default_rng(1), 50, 0.03, 0.02)
    with pytest.raises(CellError, match="two groups"):
        gray_test({"a": one}, "unplanned")
    with pytest.raises(CellError, match="no cause 'moved'"):
        gray_test({"a": one, "b": one}, "moved")
    with pytest.raises(CellError, match="nobody leaves"):
        gray_test({"a": one.assign(unplanned=0), "b": one.assign(unplanned=0)}, "unplanned")
