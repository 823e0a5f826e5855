"""What would have been lost without automation? By the adjusted effects if there are any, else by the time before."""

import json
import math
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from metrics.balance import balance
from metrics.cells import EFFECTS, Cells, load_cells
from metrics.query import ResultRow, results_from
from tests.metrics.families import money_frames
from tests.metrics.releases import monday
from tests.metrics.test_staff_and_money import practice

BILLS = 2550.0  # North's


def rollout(*rows: tuple[str, int, int | None, str | None]) -> pd.DataFrame:
    names = ("component", "went_live_on", "ended_on", "version")
    told = [(part, monday(live), monday(end) if end else None, version) for part, live, end, version in rows]
    return pd.DataFrame(told, columns=names).assign(site="North")


def effect(component: str, *ends: float, name: str = "go-live", **by_weeks: tuple[float, ...]) -> dict[str, Any]:
    """What a component did to the slots lost: (value, low, high), or nothing where it cannot be said."""
    ends_of = [dict(zip(("value", "low", "high"), told, strict=True)) for told in by_weeks.values()]
    bins = [[name[1:].replace("_", "-"), told] for name, told in zip(by_weeks, ends_of, strict=True)]
    value, low, high = ends or (math.nan,) * 3
    told = {"component": component, "intervention": name, "metric": "slots_lost"}
    told |= {"adjusted_value": value, "adjusted_low": low, "adjusted_high": high}
    return told | {"detail": json.dumps({"by_weeks": bins})}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    """North loses 20 % of 200 slots every four weeks, 10 % since week 12: 60 of 600 fewer by the time before."""
    return load_cells(practice(tmp_path_factory.mktemp("north")))


def kept(plain: Cells, live: pd.DataFrame, *effects: dict[str, Any]) -> Cells:
    """With these effects kept with its release."""
    told = {"rollout": live, EFFECTS: pd.DataFrame(effects) if effects else pd.DataFrame({"component": []})}
    days = {"went_live_on", "ended_on"}
    arrays = {
        name: {
            column: frame[column].to_numpy("datetime64[ns]" if column in days else object) for column in frame.columns
        }
        for name, frame in told.items()
    }
    return replace(plain, aside={**plain.aside, **arrays})


def one(cells: Cells, metric: str = "no_show_savings") -> ResultRow:
    found = results_from(cells, metric=metric, site="North")
    assert len(found) == 1
    return found[0]


def test_slots_no_longer_lost_are_those_of_the_adjusted_effect_with_its_interval(plain: Cells) -> None:
    row = one(kept(plain, rollout(("ai", 12, None, "1")), effect("ai", -0.06, -0.10, -0.02)))
    assert (row.value, row.low, row.high) == pytest.approx(
        (600 * 0.06 * 100 - BILLS, 600 * 0.02 * 100 - BILLS, 600 * 0.10 * 100 - BILLS)
    )
    assert "against the adjusted effect of AI on slots lost; 36 slots no longer lost" in row.reason
    assert "time before" not in row.reason


def test_the_net_benefit_and_its_account_draw_from_the_same_effect(plain: Cells) -> None:
    cells = kept(plain, rollout(("ai", 12, None, "1")), effect("ai", -0.0425, -0.0825, -0.0025))
    net, loss = one(cells, "net_benefit"), one(cells, "net_loss_chance")
    assert net.value == pytest.approx(0.0)
    assert loss.value == pytest.approx(0.5, abs=0.02)
    assert "turns round where slots no longer lost reach 25.5 slots" in net.reason
    found = balance(cells, "North")
    assert found is not None
    assert (found.benefit.value, found.against) == pytest.approx(
        (0.0, "against the adjusted effect of AI on slots lost")
    )


@pytest.mark.parametrize("effects", [(), (effect("bot"),), (effect("ai", -0.06, -0.1, -0.02), effect("bot"))])
def test_without_the_effect_of_each_component_the_time_before_is_taken_and_said(
    plain: Cells, effects: tuple[dict[str, Any], ...]
) -> None:
    row = one(kept(plain, rollout(("ai", 12, None, "1"), ("bot", 16, None, "1")), *effects))
    assert row.value == pytest.approx(60 * 100 - BILLS)
    why = "what AI and bot" if len(effects) == 1 else "what bot"
    told = f"{why} did to the slots lost cannot be said" if effects else "no adjusted effect is kept with this release"
    assert f"against the time before, not adjusted for season and trend: {told}" in row.reason


def test_components_add_up_and_count_only_where_they_were_in_use(plain: Cells) -> None:
    live = rollout(("ai", 12, 20, "1"), ("bot", 16, None, "1"))
    row = one(kept(plain, live, effect("ai", -0.06, -0.10, -0.02), effect("bot", -0.01, -0.03, 0.01)))
    saved = 400 * 0.06 + 400 * 0.01
    reach = math.hypot(400 * 0.04, 400 * 0.02)
    assert (row.value, row.low) == pytest.approx((saved * 100 - BILLS, (saved - reach) * 100 - BILLS))


def test_versions_of_one_component_share_the_error_of_the_time_before(plain: Cells) -> None:
    live = rollout(("ai", 12, None, "1"), ("ai", 16, None, "2"))
    row = one(
        kept(plain, live, effect("ai", -0.06, -0.10, -0.02, name="1"), effect("ai", -0.02, -0.06, 0.02, name="2"))
    )
    saved, reach = 200 * 0.06 + 400 * 0.02, 600 * 0.04
    assert (row.value, row.low) == pytest.approx((saved * 100 - BILLS, (saved - reach) * 100 - BILLS))


def test_a_period_takes_the_effect_of_the_weeks_since_go_live(plain: Cells) -> None:
    ramp = {"_0_7": (-0.02, -0.04, 0.0), "_8_25": (-0.08, -0.12, -0.04)}
    cells = kept(plain, rollout(("ai", 12, None, "1")), effect("ai", -0.04, -0.06, -0.02, **ramp))
    rows = results_from(cells, metric="no_show_savings", site="North", period="4weeks")
    told = {row.period: row.value for row in rows}
    assert [told[monday(week).isoformat()] for week in (12, 16, 20)] == pytest.approx(
        [200 * share * 100 - 850 for share in (0.02, 0.02, 0.08)]
    )


def test_money_frames_hold_the_bills_reckoned_with() -> None:
    assert money_frames()["cost_cells"].query("site == 'North'")["cents"].sum() / 100 == BILLS
