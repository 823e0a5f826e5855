"""A practice with every line of a default plan, made up: visits, answers, courses of care, crises, staff, a group.

Sizes per hundred visits a week are those of a usual practice: 40 answers on alliance and 5 crisis signals in four
weeks, 14 courses begun in four weeks of whom 70 % stay twelve weeks, 5 staff who answer in a quarter, a smaller group
with a quarter of the visits. Patients repeat in visits and answers; sites drift; shocks last, and sites share a part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from bench.validate.practices import World, make, shocks
from metrics.effects.declared import ALLIANCE, BURNOUT, CRISIS
from metrics.effects.design import Priors
from metrics.effects.gaps import EQUITY
from metrics.effects.interventions import Intervention, Kind
from metrics.effects.panels import Panel, Translation
from metrics.effects.units import LOG_MINUTES, SHARES, stored
from metrics.plan import DEFAULTS, Aim, Guardrail, Plan
from metrics.planner import MUST_HOLD_POWER, Forecast
from metrics.verdict import Role

START = date(2022, 1, 3)
COMPONENT = "ai_scheduling"
AIM, RETENTION, GAP = "slots_lost", "in_care_12_weeks", f"{EQUITY}:language=other"
STAYING = 0.70  # after twelve weeks
UNITS = {
    ALLIANCE: "points of 12 to 60",
    RETENTION: SHARES,
    CRISIS: LOG_MINUTES,
    BURNOUT: "points of 0 to 100",
    GAP: SHARES,
}
WORSE = {ALLIANCE: -1, RETENTION: -1, CRISIS: 1, BURNOUT: 1, GAP: 1}  # which way harm lies
SHARED = 0.15  # of the shocks' variance that all sites have in common
ANSWERING = 0.4  # of the patients in care, in four weeks


@dataclass(frozen=True)
class Year:
    """What is true: sites, the aim's relative effect, and how many margins each guardrail is harmed by."""

    sites: int
    effect: float = 0.0
    harmed: tuple[tuple[str, float], ...] = ()
    visits: float = 1.0
    apart: int = 8  # weeks from one wave to the next

    def harm(self, metric: str) -> float:
        """The change of a guardrail's mean, in its unit."""
        default = next(each for each in DEFAULTS if each.metric == metric.partition(":")[0])
        return WORSE[metric] * dict(self.harmed).get(metric, 0.0) * stored(UNITS[metric], default.margin)


@dataclass(frozen=True)
class Rolled:
    """One draw: all panels by metric, the change, and the plan; until: the first day that is not published; gain: by
    how much the aim truly fell, over everything after go-live."""

    panels: dict[str, Panel]
    change: Intervention
    plan: Plan
    until: date
    gain: float = 0.0

    @property
    def before(self) -> dict[str, Panel]:
        """What was known on the day of the first go-live."""
        week = (self.change.first - START).days // 7
        return {metric: panel.until(week) for metric, panel in self.panels.items()}


def roll_out(random: np.random.Generator, year: Year) -> Rolled:
    """Draw a practice with 104 weeks before and a plan in which every default guardrail must hold."""
    world = World(year.sites, effect=year.effect, visits=year.visits, shared=SHARED, apart=year.apart)
    practice = make(random, world)
    weeks = int(practice.panel["week"].max()) + 1
    grid = _Grid(random, practice.rollout.go_live, weeks, year)
    told = (AIM, "Slots lost", "money", "lower", SHARES, "binomial", 1, START)
    panels = {AIM: Panel(*told, practice.panel, repeat_deff=practice.repeat_deff)}  # type: ignore[arg-type]
    panels |= {ALLIANCE: _alliance(grid), RETENTION: _retention(grid), CRISIS: _crisis(grid), BURNOUT: _burnout(grid)}
    panels[GAP] = _gap(grid)
    starts = {site: None if week is None else _day(week) for site, week in practice.rollout.go_live.items()}
    change = Intervention(COMPONENT, str(Kind.GO_LIVE), Kind.GO_LIVE, starts, {})
    first = practice.panel["site"].map(practice.rollout.go_live)
    gain = -practice.truth(practice.panel[practice.panel["week"] > first])
    return Rolled(panels, change, _plan(starts, world.before), _day(weeks), gain)


def drafted(plan: Plan, seen: Forecast) -> Plan:
    """As `rapport plan draft` marks guardrails: must hold where likely enough to be told, else watched by name."""
    chance = {line.metric: line.chance for line in seen.lines}
    return replace(
        plan,
        guardrails=tuple(
            one if chance[one.metric] >= MUST_HOLD_POWER else replace(one, role=Role.WATCHED, owner="the clinical lead")
            for one in plan.guardrails
        ),
    )


def _plan(starts: dict[str, date | None], before: int) -> Plan:
    lives = {site: day for site, day in starts.items() if day is not None}
    names = {EQUITY: GAP}
    told = [(names.get(one.metric, one.metric), one.margin, Role.MUST_HOLD, one.reason) for one in DEFAULTS]
    guards = tuple(Guardrail(*each) for each in told)
    return Plan(COMPONENT, "", lives, _day(before + 52), Aim(AIM, 3.0, 5.0, "wanted"), guards)


def _day(week: int) -> date:
    return START + timedelta(weeks=week)


@dataclass(frozen=True)
class _Grid:
    """Sites, periods and what is in use when."""

    random: np.random.Generator
    live: Mapping[str, int | None]
    weeks: int
    year: Year

    def starts(self, length: int) -> np.ndarray:
        return np.arange(0, self.weeks - length + 1, length)

    def use(self, length: int) -> np.ndarray:
        """site x period: 1 from the first whole period in use."""
        first = np.array([self.weeks if week is None else week for week in self.live.values()])
        return (self.starts(length)[None, :] >= first[:, None]).astype(float)

    def level(self, length: int, drift_sd: float, shock_sd: float) -> np.ndarray:
        """site x period: how far a site is from its usual level by drift, season and shock."""
        at = self.starts(length)
        drift = self.random.normal(0, drift_sd, (len(self.live), 1)) * at[None, :] / 52.18
        season = drift_sd * np.cos(2 * math.pi * at / 52.18 + self.random.uniform(0, 2 * math.pi))
        own, common = (shocks(self.random, sites, len(at), 0.35) for sites in (len(self.live), 1))
        return drift + season[None, :] + shock_sd * (math.sqrt(1 - SHARED) * own + math.sqrt(SHARED) * common)

    def frame(self, length: int, **columns: np.ndarray) -> pd.DataFrame:
        site, week = np.meshgrid(list(self.live), self.starts(length), indexing="ij")
        return pd.DataFrame(
            {"site": site.ravel(), "week": week.ravel(), **{name: each.ravel() for name, each in columns.items()}}
        )


def _means(grid: _Grid, length: int, told: tuple[str, str, str, str], cells: pd.DataFrame, deff: float = 1.0) -> Panel:
    metric, name, side, better = told
    cells = cells[cells["n"] > 0].reset_index(drop=True)
    n = cells["n"].to_numpy(float)
    within = float((cells["squares"] - cells["total"] ** 2 / n).sum() / max((n - 1).sum(), 1.0))
    priors = Priors().scaled(math.sqrt(max(within, 1e-12)))
    shown = (metric, name, side, better, UNITS[metric], "gaussian", length, START)
    return Panel(*shown, cells, repeat_deff=deff, priors=priors)  # type: ignore[arg-type]


def _drawn(grid: _Grid, length: int, mean: np.ndarray, n: np.ndarray, sd: float) -> pd.DataFrame:
    """Sums and sums of squares of n independent answers a cell."""
    total = n * mean + sd * np.sqrt(n) * grid.random.normal(size=n.shape)
    around = sd**2 * np.where(n > 1, grid.random.chisquare(np.maximum(n - 1, 1)), 0.0)
    squares = around + np.divide(total**2, n, out=np.zeros(n.shape), where=n > 0)
    return grid.frame(length, n=n, total=total, squares=squares)


def _alliance(grid: _Grid) -> Panel:
    """Patients in care answer now and then, each around a level of their own."""
    caseload, stay = int(100 * grid.year.visits), 5.0  # patients; four-week periods
    mean = 45 + grid.random.normal(0, 1.5, (len(grid.live), 1)) + grid.level(4, 1.0, 0.6)
    mean = mean + grid.year.harm(ALLIANCE) * grid.use(4)
    shape = (*mean.shape, caseload)
    spell = np.cumsum(grid.random.random(shape) < 1 / stay, axis=1)
    own = grid.random.normal(0, 6.0, (shape[0], int(spell.max()) + 1, caseload))
    score = mean[:, :, None] + np.take_along_axis(own, spell, axis=1) + grid.random.normal(0, 6.0, shape)
    told = grid.random.random(shape) < ANSWERING
    cells = grid.frame(4, n=told.sum(2), total=(score * told).sum(2), squares=(score**2 * told).sum(2))
    answers = (ALLIANCE, "Alliance", "trust", "higher")
    return _means(grid, 4, answers, cells, _answers_deff(score - mean[:, :, None], told, spell))


def _answers_deff(score: np.ndarray, told: np.ndarray, spell: np.ndarray) -> float:
    """Patients' own sums over 24 weeks, as in repeat_cells: the variance of the mean against independent answers."""
    found = []
    for start in range(0, score.shape[1] - 5, 6):
        for own_score, own_told, own_spell in zip(score, told, spell, strict=True):
            part = slice(start, start + 6)
            place = np.broadcast_to(np.arange(own_spell.shape[1]), own_spell[part].shape)
            key = (place * (own_spell.max() + 1) + own_spell[part])[own_told[part]]
            values = own_score[part][own_told[part]]
            values = values - values.mean()
            patients = np.bincount(key, weights=values)
            found.append(float((patients**2).sum() / (values**2).sum()))
    return float(np.mean(found))


def _retention(grid: _Grid) -> Panel:
    """Weekly risks of leaving over the first twelve weeks in care."""
    hazard = 1 - STAYING ** (1 / 12)
    gone = (STAYING + grid.year.harm(RETENTION)) ** (1 / 12)
    n = grid.random.poisson(14 * 10 * grid.year.visits, (len(grid.live), len(grid.starts(4))))
    odds = math.log(hazard / (1 - hazard)) + grid.level(4, 0.12, 0.05)
    usual = 1 / (1 + np.exp(-odds))
    risk = np.where(grid.use(4) > 0, usual * (1 - gone) / hazard, usual)
    cells = grid.frame(4, n=n, events=grid.random.binomial(n, np.clip(risk, 0, 1)))

    def points(change: float) -> float:
        return float((1 - hazard - change) ** 12 - (1 - hazard) ** 12)

    told = (RETENTION, "Still in care", "trust", "higher", SHARES, "binomial", 4, START)
    return Panel(*told, cells, translation=Translation(points))  # type: ignore[arg-type]


def _crisis(grid: _Grid) -> Panel:
    n = grid.random.poisson(5 * grid.year.visits, (len(grid.live), len(grid.starts(4))))
    mean = 4.0 + grid.level(4, 0.12, 0.05) + grid.year.harm(CRISIS) * grid.use(4)
    return _means(grid, 4, (CRISIS, "Time to human contact", "safety", "lower"), _drawn(grid, 4, mean, n, 1.0))


def _burnout(grid: _Grid) -> Panel:
    n = grid.random.poisson(5 * grid.year.visits, (len(grid.live), len(grid.starts(12))))
    mean = 40 + grid.level(12, 1.4, 0.5) + grid.year.harm(BURNOUT) * grid.use(12)
    return _means(grid, 12, (BURNOUT, "Burnout", "staff", "lower"), _drawn(grid, 12, mean, n, 11.4))


def _gap(grid: _Grid) -> Panel:
    """No-shows of a quarter of the visits, less those of the rest."""
    base = -1.7 + grid.level(4, 0.12, 0.1)
    sides = []
    for visits, harm in ((100.0, grid.year.harm(GAP)), (300.0, 0.0)):
        chance = 1 / (1 + np.exp(-(base + grid.level(4, 0.08, 0.1)))) + harm * grid.use(4)
        n = grid.random.poisson(visits * grid.year.visits, chance.shape)
        sides.append(grid.frame(4, n=n, events=grid.random.binomial(n, np.clip(chance, 0, 1))))
    told = (GAP, "No-show gap", "fairness", "lower", SHARES, "binomial", 4, START)
    return Panel(*told, sides[0], sides[1])  # type: ignore[arg-type]
