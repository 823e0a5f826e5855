"""A practice made up as `docs/validation.md` describes it: weekly visits of patients who come back, at several sites.

Everything that makes plain intervals wrong is in it at once: sites drift apart, a season with holiday weeks, shocks
that last and that sites share, and patients who each miss more or less than others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from metrics.effects.design import Rollout

CASELOAD = 100  # patients in care at a site at any time, one visit a week each on average
WINDOW = 24  # weeks over which patients' own sums are released


@dataclass(frozen=True)
class World:
    """What is true of a practice. effect: relative change of the chance to miss; ramp: weeks until it is whole.

    other: that of another component, which came so many weeks before (below 0: after) this one at each site.
    """

    sites: int
    effect: float = 0.0
    ramp: int = 0
    rho: float = 0.35
    phi: float = 2.0
    shared: float = 0.0  # share of the shocks' variance that all sites have in common
    drift_sd: float = 0.12  # of the sites' drifts, logit a year
    before: int = 104
    after: int = 52
    visits: float = 1.0  # a patient's a week
    stay: float = 20.0  # weeks, mean
    patient_sd: float = 1.0  # logit
    other: float = 0.0
    other_before: int = 0
    apart: int = 8  # weeks from one wave of go-lives to the next


@dataclass(frozen=True)
class Practice:
    """One draw: the panel an estimator sees, what it is told of the rollout and of patients who repeat, the truth.

    other: who went live with the other component when. chance, without: each cell's mean chance to miss as it was, and
    as it would have been without this one, in the panel's order.
    """

    panel: pd.DataFrame
    rollout: Rollout
    repeat_deff: float
    chance: np.ndarray
    without: np.ndarray
    other: Rollout

    def truth(self, treated: pd.DataFrame) -> float:
        """Mean change of the chance to miss over these cells (site, week), each counted by its visits."""
        rows = self.panel.assign(change=self.chance - self.without).merge(treated[["site", "week"]])
        return float(np.average(rows["change"], weights=rows["n"]))


def make(random: np.random.Generator, world: World) -> Practice:
    """Draw a practice: 100 patients a site in care at a time, who leave after 20 weeks on average and are replaced."""
    live = _go_live(world)
    weeks = world.before + world.after + max((week or 0) - world.before for week in live)
    others = [None if week is None else week - world.other_before for week in live]
    grown = _grown(live, weeks, world.ramp)
    left = 1 + world.other * _grown(others, weeks, world.ramp)
    level = _levels(random, world, weeks)
    rate = world.visits * np.exp(random.normal(0, 0.3, world.sites))
    shape = (world.sites, weeks, CASELOAD)
    leaves = random.random(shape) < 1 / world.stay
    spell = np.cumsum(leaves, axis=1)
    own = random.normal(0, world.patient_sd, (world.sites, int(spell.max()) + 1, CASELOAD))
    patient = np.take_along_axis(own, spell, axis=1)
    visits = random.poisson(rate[:, None, None], shape)
    plain = special.expit(level[:, :, None] + patient) * left[:, :, None]
    missed = random.binomial(visits, plain * (1 + world.effect * grown)[:, :, None])
    n = visits.sum(axis=2)
    without = np.divide((visits * plain).sum(axis=2), n, out=np.zeros(n.shape), where=n > 0)
    names = [f"site {number:02d}" for number in range(1, world.sites + 1)]
    site, week = np.meshgrid(names, np.arange(weeks), indexing="ij")
    panel = pd.DataFrame(
        {"site": site.ravel(), "week": week.ravel(), "n": n.ravel(), "events": missed.sum(axis=2).ravel()}
    )
    chance = without * (1 + world.effect * grown)
    rollout, other = (Rollout(dict(zip(names, weeks, strict=True))) for weeks in (live, others))
    return Practice(panel, rollout, repeat_deff(visits, missed, spell), chance.ravel(), without.ravel(), other)


def repeat_deff(visits: np.ndarray, missed: np.ndarray, spell: np.ndarray) -> float:
    """By how much patients who come back inflate the variance of 24 weeks' mean: as from a release's repeat_cells."""
    found, weight = [], []
    for start in range(0, visits.shape[1] - WINDOW + 1, WINDOW):
        part = slice(start, start + WINDOW)
        m, y = (_by_patient(values[:, part], spell[:, part]) for values in (visits, missed))
        for own_m, own_y in zip(m, y, strict=True):
            here = own_m > 0
            n, p = own_m.sum(), own_y.sum() / own_m.sum()
            patients = int(here.sum())
            spread = float(((own_y - p * own_m)[here] ** 2).sum()) * patients / (patients - 1)
            found.append(spread / (n * p * (1 - p)))
            weight.append(n)
    return float(np.average(found, weights=weight))


def _by_patient(values: np.ndarray, spell: np.ndarray) -> list[np.ndarray]:
    """Per site: each patient's sum. A patient is a place in the caseload and a spell there."""
    place = np.broadcast_to(np.arange(values.shape[2]), values.shape[1:])
    return [
        np.bincount((place * (own.max() + 1) + own).ravel(), weights=part.ravel())
        for part, own in zip(values, spell, strict=True)
    ]


def _go_live(world: World) -> list[int | None]:
    """Three waves; from twelve sites on, one in six never goes live."""
    kept = {12: 2, 20: 4}.get(world.sites, 0)
    lives: list[int | None] = [world.before + world.apart * (site % 3) for site in range(world.sites - kept)]
    return lives + [None] * kept


def _grown(live: list[int | None], weeks: int, ramp: int) -> np.ndarray:
    since = np.arange(weeks)[None, :] - np.array([weeks if week is None else week for week in live])[:, None]
    return np.where(since < 0, 0.0, np.minimum((since + 1) / ramp, 1.0) if ramp else 1.0)


def _levels(random: np.random.Generator, world: World, weeks: int) -> np.ndarray:
    """site x week: the logit of an average patient's chance to miss."""
    base = special.logit(random.uniform(0.12, 0.20, world.sites))
    drift = random.normal(-0.05, world.drift_sd, world.sites)
    calendar = random.integers(0, 52) + np.arange(weeks)
    turn = 2 * math.pi * calendar / (365.25 / 7)
    season = 0.15 * np.cos(turn) + 0.05 * np.cos(2 * turn) + 0.25 * np.isin(calendar % 52, (0, 51))
    sd = math.sqrt((world.phi - 1) / (CASELOAD * world.visits * 0.16 * 0.84))
    own, common = shocks(random, world.sites, weeks, world.rho), shocks(random, 1, weeks, world.rho)
    shock = sd * (math.sqrt(1 - world.shared) * own + math.sqrt(world.shared) * common)
    return base[:, None] + drift[:, None] * np.arange(weeks) / 52.18 + season + shock


def shocks(random: np.random.Generator, sites: int, weeks: int, rho: float) -> np.ndarray:
    fresh = random.normal(size=(sites, weeks))
    for week in range(1, weeks):
        fresh[:, week] = rho * fresh[:, week - 1] + math.sqrt(1 - rho**2) * fresh[:, week]
    return fresh
