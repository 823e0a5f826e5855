"""Leaving unplanned, experience, messages, notices and rebooking, from counts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from metrics.competing import aalen_johansen, cumulative_incidence
from metrics.endings import logranks
from metrics.estimate import State
from metrics.intervals import newcombe_difference, wilson
from metrics.messages import SUMS, paired
from metrics.query import results
from metrics.survival import logrank
from tests.metrics.families import place, whole_practice, whole_store
from tests.metrics.releases import header, repeat_row, retention_row, small_practice, store_at
from tests.metrics.test_scores import one, published
from warehouse.families import FEEDBACK_COUNTS


def in_care(random: np.random.Generator) -> pd.DataFrame:
    """Twelve weeks in care of one site: some leave unplanned, some complete, some move on."""
    rows, at_risk = [], 200
    for week in range(12):
        left, done, moved = (int(random.binomial(at_risk, share)) for share in (0.04, 0.03, 0.01))
        counts = {"at_risk": at_risk, "unplanned": left, "completed": done, "transferred": moved}
        rows.append(retention_row("North", "4weeks", 0, week, patients=200, **counts))
        at_risk -= left + done + moved
    return pd.DataFrame(rows)


def test_leaving_unplanned_is_the_cumulative_incidence_of_its_cells(tmp_path: Path) -> None:
    cells = in_care(np.random.default_rng(1))
    site = pd.DataFrame({"site": ["North"], "position": [0], "merged_sites": 1})
    store = store_at(tmp_path)
    store.publish(header(), {"site": site, "retention_cells": cells})
    told = cells.assign(time=cells["week_in_care"] + 1, censored=0)
    told = told[["time", "censored", "at_risk", "unplanned", "completed", "transferred"]]
    curve = cumulative_incidence(told, "unplanned").iloc[-1]
    row = one(store, metric="unplanned_12_weeks", site="North")
    assert (row.value, row.low, row.high) == pytest.approx((curve["incidence"], curve["low"], curve["high"]))
    in_care_still = one(store, metric="in_care_12_weeks", site="North")
    assert row.value < 1 - in_care_still.value  # who completes care can no longer leave it


def test_many_incidences_at_once_are_each_by_itself() -> None:
    random = np.random.default_rng(6)
    at_risk = np.tile(np.arange(120, 60, -5.0), (4, 1))
    mine, other = random.integers(0, 3, (2, 4, 12)).astype(float)
    together = aalen_johansen(mine, mine + other, at_risk)
    for row in range(4):
        alone = aalen_johansen(mine[row], mine[row] + other[row], at_risk[row])
        assert together[0][row] == pytest.approx(alone[0])
        assert together[1][row] == pytest.approx(alone[1])


def test_many_log_ranks_are_each_by_itself() -> None:
    random = np.random.default_rng(7)
    left = random.integers(0, 6, (2, 5, 12)).astype(float)
    at_risk = np.array([150.0, 90.0])[:, None, None] - np.cumsum(left, axis=2) + left
    chi2, p = logranks(at_risk[0], left[0], at_risk[1], left[1])
    for row in range(5):
        groups = {
            name: pd.DataFrame(
                {"time": range(1, 13), "observed": left[at, row], "censored": 0, "at_risk": at_risk[at, row]}
            )
            for at, name in enumerate(("touched", "others"))
        }
        told = logrank(groups)
        assert (chi2[row], p[row]) == pytest.approx((told.chi2, told.p))


def test_the_gap_is_told_only_where_automation_touched_some(tmp_path: Path) -> None:
    row = one(small_practice(tmp_path), metric="in_care_gap_exposed", site="*")
    assert (row.state, row.value) == (State.MISSING, None)
    assert row.reason.startswith("the exports do not say which visits automation touched")


def test_the_gap_is_the_difference_of_the_strata(tmp_path: Path) -> None:
    store = whole_store(tmp_path)
    for period in ("all", "12weeks"):
        gaps = results(store, metric="in_care_gap_exposed", site="North", period=period)
        strata = results(store, metric="in_care_12_weeks", by="exposure", site="North", period=period)
        for gap in gaps:
            value = {row.stratum: row.value for row in strata if row.period == gap.period}
            assert gap.value == pytest.approx(value["automation"] - value["none"])
            assert "log-rank over 12 weeks: chi-squared" in gap.reason


def test_comments_are_told_per_thousand_contacts(tmp_path: Path) -> None:
    counts = dict.fromkeys(FEEDBACK_COUNTS, 0) | {"processed": 10, "contacts": 5000, "given": 60}
    row = one(published(tmp_path, "feedback_cells", place("North", 0) | counts), metric="processed", site="North")
    assert (row.value, row.n, row.unit) == (2.0, 5000, "per 1,000 contacts")
    assert (row.low, row.high) == pytest.approx((4.795 / 5, 18.390 / 5), abs=1e-3)  # Ulm 1990
    assert "the interval does not know that patients come back" in row.reason


def test_what_few_patients_say_again_and_again_is_told_less_surely(tmp_path: Path) -> None:
    counts = dict.fromkeys(FEEDBACK_COUNTS, 0) | {"complaints": 40, "contacts": 5000, "given": 80}
    own = repeat_row("feedback.complaints", "North", "all", 0, patients=20, inflation=2.0)
    store = published(tmp_path, "feedback_cells", place("North", 0) | counts, repeat_cells=pd.DataFrame([own]))
    row = one(store, metric="complaints", site="North")
    times = own["yy"] / own["events"]
    low, high = (times * stats.gamma.ppf(tail, 40 / times + more) / 5 for tail, more in ((0.025, 0), (0.975, 1)))
    assert times > 2
    assert (row.value, row.low, row.high) == pytest.approx((8.0, low, high))
    assert "come back" not in row.reason


def test_comments_nobody_read_are_not_taken_for_none(tmp_path: Path) -> None:
    counts = dict.fromkeys(FEEDBACK_COUNTS, 0) | {"comments": 40, "contacts": 5000, "complaints": 4}
    store = published(tmp_path, "feedback_cells", place("North", 0) | counts)
    row = one(store, metric="cared_for", site="North")
    assert (row.state, row.value) == (State.MISSING, None)
    assert "none was read for it" in row.reason
    assert one(store, metric="complaints", site="North").value == 0.8


def test_few_contacts_tell_nothing(tmp_path: Path) -> None:
    counts = dict.fromkeys(FEEDBACK_COUNTS, 0) | {"processed": 3, "contacts": 150}
    row = one(published(tmp_path, "feedback_cells", place("North", 0) | counts), metric="processed", site="North")
    assert (row.state, row.reason) == (State.CANNOT_SAY, "rests on 150 contacts; at least 200 are needed")


def messages(personalised: str, delivered: int, gone: int) -> dict[str, object]:
    keys = {"kind": "reminder", "automated": "true", "personalised": personalised}
    return place("North", 0) | keys | {"sent": delivered, "delivered": delivered, "opted_out": gone, "escalated": 0}


def test_personalised_messages_are_held_against_generic_ones(tmp_path: Path) -> None:
    """Newcombe 1998, table II, example (a): 56/70 against 48/80 is 0.2 (0.0524 to 0.3339) by method 10."""
    scale = 10
    rows = [messages("true", 70 * scale, 56 * scale), messages("false", 80 * scale, 48 * scale), messages("", 900, 1)]
    row = one(published(tmp_path, "contact_cells", *rows), metric="message_opt_out_gap", site="North")
    assert (row.value, row.low, row.high) == pytest.approx(newcombe_difference(560, 700, 480, 800))
    small = newcombe_difference(56, 70, 48, 80)
    assert small == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)


def test_messages_of_one_kind_have_nothing_to_be_held_against(tmp_path: Path) -> None:
    row = one(published(tmp_path, "contact_cells", messages("", 900, 9)), metric="message_opt_out_gap", site="North")
    assert (row.state, row.value) == (State.MISSING, None)
    assert (
        one(published(tmp_path / "b", "contact_cells", messages("", 900, 9)), metric="message_opt_outs", site="*").value
        == 0.01
    )


def patients(seed: int, count: int = 300) -> np.ndarray:
    """m1, y1, m0, y0 of patients who cancel a share of their own, before and after."""
    random = np.random.default_rng(seed)
    own = random.beta(2, 8, count)
    m1, m0 = random.integers(1, 12, (2, count))
    return np.stack([m1, random.binomial(m1, own * 0.8), m0, random.binomial(m0, own)]).astype(float)


def summed(people: np.ndarray) -> dict[str, float]:
    m1, y1, m0, y0 = people
    pairs = {"mm1": (m1, m1), "my1": (m1, y1), "yy1": (y1, y1), "mm0": (m0, m0), "my0": (m0, y0), "yy0": (y0, y0)}
    pairs |= {"m1m0": (m1, m0), "y1y0": (y1, y0), "m1y0": (m1, y0), "y1m0": (y1, m0)}
    sums = {name: float((a * b).sum()) for name, (a, b) in pairs.items()}
    return sums | {"n1": m1.sum(), "y1": y1.sum(), "n0": m0.sum(), "y0": y0.sum(), "patients": float(len(m1))}


def test_before_and_after_of_the_same_patients_vary_as_the_jackknife_says() -> None:
    people = patients(3)
    value, variance = paired(summed(people))
    count = people.shape[1]
    left_out = np.array([paired(summed(np.delete(people, place_, axis=1)))[0] for place_ in range(count)])
    jackknife = (count - 1) / count * ((left_out - left_out.mean()) ** 2).sum()
    assert value == pytest.approx(people[1].sum() / people[0].sum() - people[3].sum() / people[2].sum())
    assert variance == pytest.approx(jackknife, rel=0.03)


def test_few_patients_who_were_told_have_t_limits(tmp_path: Path) -> None:
    row = one(whole_store(tmp_path), metric="told_automation_cancelled", site="*")
    held = whole_practice()["notice_cells"].query("topic == 'automation' and outcome == 'cancelled'")
    _, variance = paired({name: float(held[name].sum()) for name in SUMS})
    assert row.high - row.low == pytest.approx(2 * stats.t.ppf(0.975, row.n - 1) * np.sqrt(variance))


def test_before_and_after_of_one_patient_say_nothing() -> None:
    assert np.isnan(paired(summed(patients(3, count=1)))).all()


def test_what_patients_were_told_is_counted_for_the_practice(tmp_path: Path) -> None:
    store = whole_store(tmp_path)
    practice, north, _ = results(store, metric="told_automation_cancelled")
    assert practice.value == pytest.approx(0.11 - 0.15)
    assert practice.low < practice.value < practice.high < 0
    assert (north.state, north.reason) == (State.NOT_APPLICABLE, "this is counted for the practice as a whole")
    assert results(store, metric="told_automation_cancelled", period="12weeks") == []


def test_rebookings_are_shared_out_among_those_who_made_them(tmp_path: Path) -> None:
    asked = place("North", 0) | {"question": "rebooking"}
    told = (
        ("staff", 3, 30, 0),
        ("self_service", 5, 15, 0),
        ("automation", 2, 5, 0),
        ("not recorded", 4, 9, 0),
        ("", 20, 0, 40),
    )
    rows = [asked | {"how": how, "time": days, "observed": n, "censored": lost} for how, days, n, lost in told]
    store = published(tmp_path, "time_cells", *rows)
    row = one(store, metric="rebooked_by_self_service", site="North")
    assert (row.value, row.n) == (0.3, 50)
    assert (row.low, row.high) == pytest.approx(wilson(15, 50))
    assert one(store, metric="rebooking_median", site="North").value == 5
