"""Simulations of time in care and time to contact: curves, medians, means, competing reasons, comparisons."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from bench.validate.simulation import Draw, Simulation, held
from metrics.gray import gray_test
from metrics.survival import cumulative_incidence, kaplan_meier, logrank, restricted_mean

PATIENTS = 150
LEAVES, COMPLETES, LOST = 0.03, 0.02, 0.012  # chance a week to leave unplanned, to complete, to be lost from sight
MEAN_MINUTES = 60.0


def weekly_cells(random: np.random.Generator, many: int = PATIENTS, late: bool = False) -> pd.DataFrame:
    """Weeks in care with two reasons to leave; late: a third of the patients enter under observation after week 4."""
    times = random.geometric([[LEAVES], [COMPLETES], [LOST]], (3, many))
    time, kind = times.min(axis=0), times.argmin(axis=0)
    entered = np.where(random.random(many) < 1 / 3, 4, 0) if late else np.zeros(many, int)
    seen = time > entered
    time, kind, entered = time[seen], kind[seen], entered[seen]
    weeks = np.arange(1, time.max() + 1)
    counted = [np.bincount(time[kind == each], minlength=len(weeks) + 1)[1:] for each in range(3)]
    at_risk = np.array([((time >= week) & (entered < week)).sum() for week in weeks])
    cells = pd.DataFrame({"time": weeks, "unplanned": counted[0], "completed": counted[1], "censored": counted[2]})
    return cells.assign(at_risk=at_risk) if late else cells


def _one_cause(cells: pd.DataFrame) -> pd.DataFrame:
    gone = cells.rename(columns={"unplanned": "observed"}).drop(columns="completed")
    return gone.assign(censored=cells["censored"] + cells["completed"])


def _still_in_care(random: np.random.Generator, late: bool = False) -> Draw:
    share, low, high = kaplan_meier(_one_cause(weekly_cells(random, late=late))).at(12)
    return held((1 - LEAVES) ** 12, share, low, high)


def _mean_weeks(random: np.random.Generator) -> Draw:
    found = restricted_mean(_one_cause(weekly_cells(random)), 26)
    return held((1 - (1 - LEAVES) ** 26) / LEAVES, found.value, found.low, found.high)


def _left_unplanned(random: np.random.Generator, late: bool = False) -> Draw:
    row = cumulative_incidence(weekly_cells(random, late=late), "unplanned").iloc[11]
    any_reason = 1 - (1 - LEAVES) * (1 - COMPLETES)
    # of those who leave in a week, a tie of both reasons counts as unplanned, as in the counting above
    truth = LEAVES / any_reason * (1 - (1 - any_reason) ** 12)
    return held(truth, row["incidence"], row["low"], row["high"])


def _minutes(random: np.random.Generator) -> pd.DataFrame:
    reached, watched = random.exponential(MEAN_MINUTES, 80), random.uniform(30, 400, 80)
    rows = pd.DataFrame({"time": np.round(np.minimum(reached, watched), 1) + 0.05, "observed": reached <= watched})
    rows["censored"] = ~rows["observed"]
    return rows.groupby("time", as_index=False).sum()


def _quantile(p: float) -> Simulation:
    def draw(random: np.random.Generator) -> Draw:
        found = kaplan_meier(_minutes(random)).quantile(p)
        return held(-MEAN_MINUTES * math.log(1 - p), found.value, found.low, found.high)

    name = "median" if p == 0.5 else f"p{p * 100:.0f}"
    return Simulation(f"minutes_{name}", f"{name} of the minutes to contact", "80 signals, a fifth unanswered", draw)


def _inside_target(random: np.random.Generator) -> Draw:
    share, low, high = kaplan_meier(_minutes(random)).at(60)
    return held(1 - math.exp(-1), 1 - share, 1 - high, 1 - low)


def _no_difference(random: np.random.Generator) -> Draw:
    groups = {name: _one_cause(weekly_cells(random, 90)) for name in ("exposed", "not")}
    return 0.0, math.nan, logrank(groups).p > 0.05


def _same_incidence(random: np.random.Generator) -> Draw:
    groups = {name: weekly_cells(random, 90) for name in ("exposed", "not")}
    return 0.0, math.nan, gray_test(groups, "unplanned").p > 0.05


WEEKS = f"{PATIENTS} patients, {LEAVES:.0%} a week leave, {COMPLETES:.0%} complete, {LOST:.1%} are lost from sight"

STAYS = (
    Simulation("in_care", "still in care at 12 weeks, Kaplan-Meier", WEEKS, _still_in_care),
    Simulation(
        "in_care_late",
        "the same, a third seen from week 5 only",
        WEEKS,
        lambda random: _still_in_care(random, late=True),
    ),
    Simulation("mean_weeks", "mean weeks in care, of 26", WEEKS, _mean_weeks),
    Simulation("unplanned", "left unplanned by week 12, Aalen-Johansen", WEEKS, _left_unplanned),
    Simulation(
        "unplanned_late",
        "the same, a third seen from week 5 only",
        WEEKS,
        lambda random: _left_unplanned(random, late=True),
    ),
    _quantile(0.5),
    _quantile(0.9),
    Simulation("inside_target", "share contacted within 60 minutes", "80 signals, a fifth unanswered", _inside_target),
    Simulation("logrank", "log-rank between two groups alike: p above .05", "90 patients each", _no_difference),
    Simulation("gray", "Gray's test between two groups alike: p above .05", "90 patients each", _same_incidence),
)
