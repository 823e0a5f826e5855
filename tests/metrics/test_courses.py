"""Does the planner know what its looks may report, and how their estimates spread?"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from metrics.effects.courses import Courses
from metrics.effects.design import Priors
from metrics.effects.interventions import Intervention, Kind
from metrics.effects.likely import likely
from metrics.effects.lookwords import line_looks, watches
from metrics.effects.moments import Times
from metrics.effects.panels import Panel
from metrics.plan import Aim, Guardrail, Plan
from metrics.planner import Outlook, outlook
from metrics.verdict import Finding, Role

START, METRIC, LENGTH = date(2023, 1, 2), "alliance", 4
LIVE = {"a": 104, "b": 112, "c": 120, "d": None}
PRIORS = Priors().scaled(8.0)
MARGIN, SHOCK, DRAWS = 2.1, 0.7, 120


def monday(week: int) -> date:
    return START + timedelta(weeks=week)


def plan() -> Plan:
    days = {site: monday(week) for site, week in LIVE.items() if week is not None}
    guards = (Guardrail(METRIC, MARGIN, Role.MUST_HOLD, "a loss too large"),)
    return Plan("x", "", days, monday(156), Aim("none", 3, 5, "wanted"), guards, looks_every_weeks=22)


def drawn(random: np.random.Generator) -> Panel:
    """Answers around a mean that drifts and has a season just as the priors say, with shocks that last."""
    week = np.arange(0, 156, LENGTH)
    angle = 2 * math.pi * week * 7 / 365.25
    turns = [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    season = sum(random.normal(0, PRIORS.season) * turn for turn in turns)
    common = random.normal(0, PRIORS.common_slope)
    parts = []
    for site in LIVE:
        mean = 40 + season + (common + random.normal(0, PRIORS.site_slope)) * week * 7 / 365.25
        answers = (mean + _lasting(random, len(week)))[:, None] + random.normal(0, 8.0, (len(week), 40))
        told = {"n": 40.0, "total": answers.sum(axis=1), "squares": (answers**2).sum(axis=1)}
        parts.append(pd.DataFrame({"site": site, "week": week, **told}))
    told = (METRIC, "Alliance", "trust", "higher", "points", "gaussian", LENGTH, START)
    return Panel(*told, pd.concat(parts, ignore_index=True), priors=PRIORS)  # type: ignore[arg-type]


def _lasting(random: np.random.Generator, periods: int) -> np.ndarray:
    shocks = [random.normal(0, SHOCK)]
    for _ in range(periods - 1):
        shocks.append(0.5 * shocks[-1] + math.sqrt(0.75) * random.normal(0, SHOCK))
    return np.array(shocks)


@cache
def seen() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(estimates, errors, whether shown) of the looks themselves, over plain draws in which nothing changes."""
    random, change = np.random.default_rng(4), Intervention("x", "go", Kind.GO_LIVE, {s: None for s in LIVE}, {})
    change = replace(change, starts={site: None if at is None else monday(at) for site, at in LIVE.items()})
    found = []
    for _ in range(DRAWS):
        panel = drawn(random)
        watch = watches(plan(), {METRIC: panel})[1]
        looks = line_looks(watch, panel, plan(), change, (), list(enumerate(plan().looks, start=1)))
        shown = any(look.finding in (Finding.PRESERVED, Finding.ENHANCED) for look in looks)
        found.append(([look.value for look in looks], [look.error for look in looks], shown))
    values, errors, shown = zip(*found, strict=True)
    return np.array(values, dtype=float), np.array(errors, dtype=float), np.array(shown)


@cache
def foreseen() -> tuple[Outlook, ...]:
    """The same line as it looks before go-live, in some practices."""
    panels = [drawn(np.random.default_rng([5, at])).until(104) for at in range(12)]
    return tuple(outlook(panel, METRIC, Role.MUST_HOLD, MARGIN, plan(), ()) for panel in panels)


def told() -> list[Courses]:
    return [line.courses for line in foreseen() if line.courses is not None]


def test_looks_report_the_errors_that_were_foreseen() -> None:
    errors = np.concatenate([each.errors for each in told()])
    assert errors.mean(axis=0) == pytest.approx(seen()[1].mean(axis=0), rel=0.15)


def test_estimates_of_the_looks_spread_as_foreseen_and_together() -> None:
    """Bounds take looks for sums of independent pieces; estimates are not, and the planner knows by how much."""
    covariance = np.mean([spread @ spread.T for each in told() for spread in each.spread], axis=0)
    real = np.cov(seen()[0], rowvar=False)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(np.sqrt(np.diag(real)), rel=0.12)

    def correlation(of: np.ndarray) -> float:
        return float(of[0, -1] / math.sqrt(of[0, 0] * of[-1, -1]))

    assert correlation(covariance) == pytest.approx(correlation(real), abs=0.12)
    for found in (covariance, real):
        assert correlation(found) < 0.9 * math.sqrt(found[-1, -1] / found[0, 0])  # what independent pieces would have


def test_a_margin_is_shown_as_often_as_the_planner_says() -> None:
    """Plain draws of whole years against the planner's mean over twelve practices."""
    assert 0.6 < seen()[2].mean() < 0.95
    assert np.mean([line.chance for line in foreseen()]) == pytest.approx(seen()[2].mean(), abs=0.06)


def test_what_is_known_is_not_drawn_anew() -> None:
    """The first look has almost only cells that are known, so its error is almost known."""
    first, last = (np.mean([each.errors[:, at].std() / each.errors[:, at].mean() for each in told()]) for at in (0, -1))
    assert first < 0.65 * last


def test_likely_dispersions_are_those_of_the_plain_likelihood() -> None:
    """Source: Patterson & Thompson 1971; here with whole matrices, and a site with gaps."""
    random = np.random.default_rng(8)
    times = Times(np.repeat([0, 1], [20, 17]), np.concatenate([np.arange(20), np.delete(np.arange(20), [4, 5, 11])]))
    basis = np.linalg.qr(random.normal(size=(37, 4)))[0]
    errors = random.normal(size=37) * 1.5
    residuals = errors - basis @ (basis.T @ errors)
    apart = np.abs(np.subtract.outer(times.period, times.period))
    same = np.equal.outer(times.site, times.site)
    points = []
    for rho in times.decays()[::2]:
        for lasting in (np.arange(24) + 0.5) / 24:
            tau = lasting / (1 - lasting) * (1 - rho) / (1 + rho)
            variance = np.eye(37) + tau * np.where(same, rho ** apart.astype(float), 0.0)
            inverse = np.linalg.inv(variance)
            inner = basis.T @ inverse @ basis
            kept = inverse - inverse @ basis @ np.linalg.solve(inner, basis.T @ inverse)
            score = np.linalg.slogdet(variance)[1] + np.linalg.slogdet(inner)[1] + residuals @ kept @ residuals
            points.append((1 / (1 - lasting), math.exp(-score / 2)))
    points.append((1.0, len(points) * math.exp(-(residuals @ residuals) / 2)))  # nothing lasts
    points.sort()
    upto = np.cumsum([weight for _, weight in points]) / sum(weight for _, weight in points)
    plain = [points[int(np.searchsorted(upto, (at + 0.5) / 50))][0] for at in range(50)]
    found = [one.inflation for one in likely(residuals, basis, times, 0.2, 50)]
    assert found == pytest.approx(plain, rel=1e-9)
    assert all(one.kappa <= one.tau for one in likely(residuals, basis, times, 0.2, 10))
