"""Staff and money, from counts."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metrics.benefit import net_benefit
from metrics.estimate import State
from metrics.hours import combined
from metrics.intervals import wilson
from metrics.nonresponse import worst_case
from metrics.query import results
from tests.metrics.families import money_frames, place
from tests.metrics.releases import attendance_row, monday
from tests.metrics.test_scores import one, published, sheets
from warehouse.families import STAFF_COUNTS, STAFF_TIME_COUNTS
from warehouse.store import Store

LIVE = pd.DataFrame(
    {"site": ["North"], "component": ["ai"], "went_live_on": [monday(12)], "ended_on": [None], "version": ["1"]}
)


def survey(scores: list[float], invited: int, **keys: Any) -> dict[str, Any]:
    told = {name: value for name, value in sheets(scores).items() if name in STAFF_COUNTS}
    return place("North", 0, grain="12weeks", **keys) | told | {"invited": invited}


def hours(week: int, people: int, admin: float, repair: float = 0.0, site: str = "North") -> dict[str, Any]:
    sums = {
        "people_weeks": people,
        "admin_hours": round(people * admin * 100),
        "repair_hours": round(people * repair * 100),
    }
    return place(site, week) | dict.fromkeys(STAFF_TIME_COUNTS, 0) | sums


def test_what_the_silent_could_have_said_stands_beside_burnout(tmp_path: Path) -> None:
    scores = [25.0, 50.0, 75.0, 50.0, 25.0, 50.0]
    store = published(tmp_path, "staff_cells", survey(scores, 10, instrument="CBI", scale="work"))
    row = one(store, metric="burnout", site="North")
    bounds = worst_case(sum(scores), 6, 10, low=0, high=100)
    assert row.value == pytest.approx(np.mean(scores))
    assert f"6 of 10 answered; whatever the others would say, that of all is between {bounds.lowest:.1f}" in row.reason
    assert f"and {bounds.highest:.1f}" in row.reason


def test_four_answers_of_staff_tell_nothing(tmp_path: Path) -> None:
    store = published(tmp_path, "staff_cells", survey([50.0] * 4, 9, instrument="Mini-Z", scale="total"))
    row = one(store, metric="burnt_out_mini_z", site="North")
    assert (row.state, row.reason) == (State.CANNOT_SAY, "rests on 4 answers; at least 5 are needed")


def test_response_is_a_share_of_those_asked(tmp_path: Path) -> None:
    store = published(tmp_path, "staff_cells", survey([50.0] * 12, 20, instrument="CBI", scale="work"))
    row = one(store, metric="staff_answered", site="North")
    assert (row.value, row.low, row.high) == pytest.approx((0.6, *wilson(12, 20)))


def test_a_practices_own_items_take_their_limits_from_their_declaration(tmp_path: Path) -> None:
    cells = survey([5.0] * 8, 10, instrument="automation_load", scale="labour")
    own = money_frames()["declared_instrument"]
    row = one(
        published(tmp_path, "staff_cells", cells, declared_instrument=own), metric="emotional_labour", site="North"
    )
    assert (row.value, row.high) == (5.0, 5.0)
    assert "between 4.2 and 5.0" in row.reason
    missing = one(published(tmp_path / "b", "staff_cells", cells), metric="deskilling", site="North")
    assert (missing.state, missing.reason) == (State.MISSING, "the exports hold no automation load of staff")


def noisy(share_live: float = 0.0) -> list[dict[str, Any]]:
    """120 weeks' worth of four-week periods: 9 hours of administration, 7 since week 12, with a little noise."""
    random = np.random.default_rng(1)
    return [
        hours(week, 40, (7 if week >= 12 else 9) + random.normal(0, 0.3), share_live * (week >= 12))
        for week in range(0, 24, 4)
    ]


def test_hours_are_told_per_person_and_week_with_the_degrees_of_freedom_of_their_steps(tmp_path: Path) -> None:
    rows = [hours(week, people, admin) for week, people, admin in ((0, 20, 8.0), (4, 60, 7.6), (8, 20, 7.2))]
    row = one(published(tmp_path, "staff_time_cells", *rows), metric="admin_hours", site="North")
    spread = 0.4**2 / (1 / 20 + 1 / 60)  # of one person's week: two steps alike
    half = stats.t.ppf(0.975, 2 * 4 / 5) * np.sqrt(spread / 100)
    assert (row.value, row.low, row.high) == pytest.approx((7.6, 7.6 - half, 7.6 + half))
    assert (row.n, row.unit) == (100, "hours a person and week")


def test_two_sites_have_the_degrees_of_freedom_of_both() -> None:
    assert combined(np.array([[4.0, 4.0], [4.0, 0.0]]), np.array([[3.0, 3.0], [3.0, 9.0]])) == pytest.approx([6.0, 3.0])


def test_a_lasting_step_is_not_taken_for_spread(tmp_path: Path) -> None:
    plain, told = (
        one(published(tmp_path / name, "staff_time_cells", *noisy(), **more), metric="admin_hours", site="North")
        for name, more in (("a", {}), ("b", {"rollout": LIVE}))
    )
    assert plain.value == told.value == pytest.approx(8.0, abs=0.3)
    assert plain.high - plain.low < 2.0  # the plain spread of the periods would give more
    assert told.high - told.low < 1.0  # the step of a go-live counts for nothing


def test_mending_is_set_against_the_hours_saved(tmp_path: Path) -> None:
    store = published(tmp_path, "staff_time_cells", *noisy(share_live=0.5), rollout=LIVE)
    practice, north, south = results(store, metric="hours_given_back")
    assert north.value == pytest.approx(2.0 - 0.5, abs=0.4)
    assert north.low < north.value < north.high
    assert practice.value == north.value
    assert (south.state, south.value) == (State.ZERO, None)


def test_without_a_go_live_nothing_was_given_back(tmp_path: Path) -> None:
    row = one(published(tmp_path, "staff_time_cells", *noisy()), metric="hours_given_back", site="North")
    assert (row.state, row.reason) == (State.MISSING, "no day is known on which automation went live")


def slots(week: int, attended: int, lost: int, site: str = "North") -> dict[str, Any]:
    counts = {"patients": 90, "booked": attended + lost, "attended": attended, "no_show": lost, "refill_known": lost}
    return attendance_row(site, "4weeks", week, **counts, fees=attended, fee_cents=attended * 10_000)


def practice(folder: Path, *, fee: bool = True, rollout: pd.DataFrame | None = LIVE, **more: pd.DataFrame) -> Store:
    """North loses 20 % of 200 slots every four weeks, 10 % since week 12; South 20 % all along."""
    rows = [slots(week, 180 if week >= 12 else 160, 20 if week >= 12 else 40) for week in range(0, 24, 4)]
    rows += [slots(week, 160, 40, "South") for week in range(0, 24, 4)]
    if not fee:
        rows = [row | {"fees": 0, "fee_cents": 0} for row in rows]
    told = {"rollout": rollout} if rollout is not None else {}
    costs = money_frames()["cost_cells"]
    return published(folder, "attendance_cells", *rows, **{"cost_cells": costs, **told, **more})


def test_savings_are_the_slots_no_longer_lost_less_the_bills(tmp_path: Path) -> None:
    store = practice(tmp_path)
    whole, north, south = results(store, metric="no_show_savings")
    bills = money_frames()["cost_cells"].groupby("site")["cents"].sum() / 100
    assert north.value == pytest.approx(600 * 0.1 * 100 - bills["North"])
    assert whole.value == pytest.approx(600 * 0.1 * 100 - bills.sum())
    assert north.low < north.value < north.high
    assert (
        "60 slots no longer lost at 100.00, less AI scheduling (bought) 2,400, SMS reminder (open source) 150"
        in north.reason
    )
    assert "not adjusted for season and trend" in north.reason
    assert (south.state, south.value) == (State.CANNOT_SAY, None)
    assert south.reason.startswith("nothing went live here")


def test_savings_of_a_period_count_its_slots_and_bills_alone(tmp_path: Path) -> None:
    rows = results(practice(tmp_path), metric="no_show_savings", site="North", period="4weeks")
    told = {row.period: row for row in rows}
    assert told[monday(8).isoformat()].state is State.CANNOT_SAY
    assert told[monday(16).isoformat()].value == pytest.approx(200 * 0.1 * 100 - 850)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"fee": False}, "the exports do not say what was charged"), ({"rollout": None}, "no day is known")],
)
def test_what_is_not_known_is_not_reckoned_with(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    for metric in ("no_show_savings", "net_benefit", "net_loss_chance"):
        row = one(practice(tmp_path / metric, **changes), metric=metric, site="North")
        assert (row.state, row.value) == (State.MISSING, None)
        assert row.reason.startswith(reason)


def test_net_benefit_counts_hours_at_their_declared_price(tmp_path: Path) -> None:
    declared = money_frames()["declared_value"]
    staff = pd.DataFrame(noisy(share_live=0.5))
    store = practice(tmp_path, declared_value=declared, staff_time_cells=staff)
    row = one(store, metric="net_benefit", site="North")
    given = one(store, metric="hours_given_back", site="North")
    assert row.value == pytest.approx(6000 + given.value * 120 * 42 - 2550)
    assert row.low < row.value < row.high
    assert "in CAD" in row.reason
    assert "chance of a loss 0%" in row.reason
    assert "without hours" not in row.reason


def test_hours_without_a_price_are_left_out_and_said(tmp_path: Path) -> None:
    row = one(practice(tmp_path, staff_time_cells=pd.DataFrame(noisy())), metric="net_benefit", site="North")
    assert row.value == pytest.approx(6000 - 2550)
    assert "without hours of staff: no price or no hours are known" in row.reason


def test_the_chance_of_a_loss_is_that_of_the_draws_and_seeded(tmp_path: Path) -> None:
    costs = money_frames()["cost_cells"].assign(cents=100_000)  # 6,000 in all: what the slots brought
    store = practice(tmp_path, cost_cells=costs)
    row = one(store, metric="net_loss_chance", site="North")
    assert row.value == pytest.approx(0.5, abs=0.02)
    assert results(store, metric="net_loss_chance") == results(store, metric="net_loss_chance")
    net = one(store, metric="net_benefit", site="North")
    assert net.value == pytest.approx(0.0)
    assert "turns round where slots no longer lost reach 60.0 slots" in net.reason


def test_costs_are_told_by_component_and_where_it_comes_from(tmp_path: Path) -> None:
    whole, north, south = results(practice(tmp_path), metric="automation_cost")
    assert (whole.value, north.value) == (5100.0, 2550.0)
    assert whole.reason == "AI scheduling (bought) 4,800, SMS reminder (open source) 300"
    assert (south.state, south.value) == (State.ZERO, None)


def test_money_is_not_split_by_patients(tmp_path: Path) -> None:
    category = pd.DataFrame({"stratifier": "sex", "stratum": ["f", "m"], "position": [0, 1], "merged_categories": 1})
    for row in results(practice(tmp_path, category=category), metric="net_benefit", by="sex"):
        assert (row.state, row.reason) == (State.NOT_APPLICABLE, "money is counted for all patients together")


def test_the_account_is_the_benefit_of_its_lines() -> None:
    from metrics.account import Account, Price, lines_of

    account = Account(600, 60, 5, 100.0, None, 0.0, {("ai", "bought"): 2500.0})
    lines, known = lines_of(account, {"filled_slot_cost": Price(4, 0, 9)})
    told = net_benefit(lines, known, seed=1, draws=2000)
    assert told.value == pytest.approx(60 * 100 - 60 * 4 - 2500)
    assert told.lines["ai (bought)"] == -2500
