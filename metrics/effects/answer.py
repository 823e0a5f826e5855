"""The whole answer for one intervention and one metric: the main line and everything that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from metrics.effects import companions
from metrics.effects.bounds import bounded
from metrics.effects.did import FEWEST_UNITS, NEVER, staggered_did
from metrics.effects.exposure import Exposed, expose
from metrics.effects.future import joint, precision
from metrics.effects.interventions import Intervention
from metrics.effects.its import Effect, pooled_its
from metrics.effects.panels import Panel
from metrics.effects.reading import POOLED, Reading, interval, parts_of, plan_of, read, translate
from metrics.effects.responses import Responses, responses
from metrics.effects.units import LOG_MINUTES
from metrics.errors import CellError
from metrics.estimate import Estimate, cannot_say

EVERYWHERE = "*"
TUNED_WEEKS = 26  # since the first go-live: where the anytime band is narrowest


@dataclass(frozen=True)
class Companion:
    """Another way of looking: what it is called, what it is, what it says. p: of a test, where it is one."""

    name: str
    about: str
    estimate: Estimate
    p: float | None = None


@dataclass(frozen=True)
class Checks:
    """What would speak against the model. inflation: of a step's variance by drift and season; dispersion, lag1:
    of the residuals; placebos: made-up dates tried, and how many of them showed an effect."""

    inflation: float
    dispersion: float
    lag1: float
    placebos: int
    placebos_seen: int


@dataclass(frozen=True)
class MetricEffect:
    """One line: what an intervention did to one metric. Stored with the release; see `metrics.effects.stored`."""

    component: str
    intervention: str
    metric: str
    scope: str
    name: str
    side: str
    better: str
    unit: str
    adjusted: Estimate
    ratio: Estimate
    naive: Estimate
    unpenalised: Estimate
    by_weeks: tuple[tuple[str, Estimate], ...]
    design: str
    why: str
    error: float | None
    freedom: float | None
    information: float | None
    proves: bool
    weeks_before: int
    weeks_after: int
    period_weeks: int
    half_years: float | None  # information now, of that 26 weeks after the first go-live
    terms: tuple[str, ...]
    labels: tuple[str, ...]
    companions: tuple[Companion, ...]
    checks: Checks | None
    broken: str = ""  # why no verdict may rest on it: too few answered

    @property
    def harm(self) -> int:
        """The sign of an effect that does harm: +1 where lower is better, -1 where higher is."""
        return 1 if self.better == "lower" else -1


def answer(panel: Panel, intervention: Intervention, others: Sequence[Intervention]) -> MetricEffect:
    """What did an intervention do to a metric? Never a number where nothing can be said."""
    exposed = expose(panel, intervention, others)
    reading = read(exposed)
    answered = responses(exposed)
    effects = () if exposed.reason else tuple(_beside(exposed, cells) for cells in parts_of(exposed.panel))
    adjusted = _adjusted(panel, exposed, reading, effects)
    return MetricEffect(
        component=intervention.component,
        intervention=intervention.name,
        metric=panel.metric,
        scope=EVERYWHERE,
        name=panel.name,
        side=panel.side,
        better=panel.better,
        unit=panel.unit,
        adjusted=adjusted,
        ratio=_ratio(panel, reading, effects),
        naive=_combined(panel, [effect.naive for effect in effects], exposed.reason),
        unpenalised=_combined(panel, [effect.unpenalised for effect in effects], reading.reason),
        by_weeks=_by_weeks(panel, effects) if reading.value is not None else (),
        design=POOLED if reading.value is not None else "none",
        why=effects[0].why if effects and reading.value is not None else reading.reason,
        error=reading.error,
        freedom=reading.freedom,
        information=reading.information,
        proves=reading.proves,
        weeks_before=reading.weeks_before,
        weeks_after=reading.weeks_after,
        period_weeks=panel.period_weeks,
        half_years=_half_years(exposed, reading),
        terms=effects[0].terms if effects and reading.value is not None else (),
        labels=_labels(exposed, effects, answered),
        companions=_companions(exposed, reading),
        checks=_checks(effects),
        broken=answered.broken if answered else "",
    )


def _beside(exposed: Exposed, cells: pd.DataFrame) -> Effect:
    return pooled_its(cells, plan_of(exposed.panel, exposed))


def _adjusted(panel: Panel, exposed: Exposed, reading: Reading, effects: Sequence[Effect]) -> Estimate:
    if reading.value is None or reading.error is None or reading.freedom is None:
        return cannot_say(reading.reason, unit=panel.unit, n=_n(exposed))
    low, high = interval(reading.value, reading.error, reading.freedom)
    if panel.translation and len(effects) == 1:
        return translate(panel.translation, effects[0].effect, panel.unit)
    return Estimate(reading.value, low, high, _n(exposed), panel.unit)


def _n(exposed: Exposed) -> int:
    return sum(int(cells["n"].sum()) for cells in parts_of(exposed.panel))


def _ratio(panel: Panel, reading: Reading, effects: Sequence[Effect]) -> Estimate:
    if reading.value is None:
        return cannot_say(reading.reason, unit="ratio")
    if panel.against is not None:
        return cannot_say("A gap between two groups has no ratio of its own.", unit="ratio")
    if panel.unit == LOG_MINUTES:
        found = effects[0].effect  # never beyond what a ratio can tell: `bounds.bounded`
        value, low, high = (float(np.exp(_number(log))) for log in (found.value, found.low, found.high))
        return Estimate(value, low, high, found.n, "ratio of typical times")
    unit = "ratio of the weekly risk of leaving" if panel.translation else "ratio"
    return replace(effects[0].ratio, unit=unit)


def _combined(panel: Panel, found: Sequence[Estimate], reason: str) -> Estimate:
    """One estimate, or the first less the second."""
    absent = next((each for each in found if each.value is None), None)
    if not found or absent is not None:
        return cannot_say(absent.reason if absent else reason, unit=panel.unit)
    if len(found) == 1:
        return translate(panel.translation, found[0], panel.unit)
    (one, other) = found
    value = _number(one.value) - _number(other.value)
    below = np.hypot(_number(one.value) - _number(one.low), _number(other.high) - _number(other.value))
    above = np.hypot(_number(one.high) - _number(one.value), _number(other.value) - _number(other.low))
    return Estimate(value, float(value - below), float(value + above), one.n + other.n, panel.unit)


def _number(value: float | None) -> float:
    if value is None:
        raise ValueError("this estimate has no value")
    return value


def _by_weeks(panel: Panel, effects: Sequence[Effect]) -> tuple[tuple[str, Estimate], ...]:
    names = [name for name in effects[0].by_weeks if all(name in effect.by_weeks for effect in effects)]
    return tuple((name, _combined(panel, [effect.by_weeks[name] for effect in effects], "")) for name in names)


def _half_years(exposed: Exposed, reading: Reading) -> float | None:
    """How much is known, of what half a year after the first go-live will tell? For the band that is read any time."""
    panel, rollout = exposed.panel, exposed.rollout
    lives = [week for week in rollout.go_live.values() if week is not None]
    if not reading.models or not lives:
        return None
    until = int(panel.cells["week"].max()) + panel.period_weeks
    now, then = (
        joint([precision(model, rollout, panel.priors, week) for model in reading.models])
        for week in (until, min(lives) + TUNED_WEEKS)
    )
    return now.information / then.information if now and then else None


def _labels(exposed: Exposed, effects: Sequence[Effect], answered: Responses | None) -> tuple[str, ...]:
    own = [label for effect in effects for label in effect.labels]
    return tuple(dict.fromkeys([*exposed.labels, *own, *([answered.says] if answered else [])]))


def _checks(effects: Sequence[Effect]) -> Checks | None:
    known = [effect.checks for effect in effects if effect.checks]
    if not known:
        return None
    return Checks(
        max(check.inflation for check in known),
        max(check.residuals.dispersion for check in known),
        max((check.residuals.lag1 for check in known), key=abs),
        sum(len(check.placebos) for check in known),
        sum(placebo.seen for check in known for placebo in check.placebos),
    )


def _companions(exposed: Exposed, reading: Reading) -> tuple[Companion, ...]:
    """What else can be looked at: where the main line says something, or is only kept from it by other components."""
    panel, plan = exposed.panel, plan_of(exposed.panel, exposed)
    if exposed.reason:
        return ()
    found: list[Companion] = []
    if reading.value is None:
        return _both_together(exposed)
    periods = [companions.period_model(cells, plan) for cells in parts_of(panel)]
    about = "a level of its own for every four weeks: no shock or season common to all sites can fool it"
    found.append(Companion("period model", about, _combined(panel, periods, "")))
    if panel.against is not None:
        return tuple(found)
    chance = companions.permutation(panel.cells, plan)
    if chance.p is not None:
        about = f"the same dates on other sites, {chance.draws} assignments: how often as large an effect by chance"
        none = cannot_say("a test has no size of its own", unit=panel.unit)
        found.append(Companion("permutation of the dates", about, none, chance.p))
    found += _without_sites(panel, companions.without_each_site(panel.cells, plan))
    return (*found, *_event_study(exposed))


def _without_sites(panel: Panel, each: Sequence[companions.WithoutSite]) -> list[Companion]:
    return [
        Companion(f"without {one.site}", "one site left out", translate(panel.translation, one.effect, panel.unit))
        for one in each
    ]


def _both_together(exposed: Exposed) -> tuple[Companion, ...]:
    """What came of components together that cannot be told apart."""
    names = exposed.together or exposed.beside
    if not names:
        return ()
    plain = replace(exposed, panel=exposed.without_beside(), beside=(), together=())
    joint = read(plain)
    if joint.value is None or joint.error is None or joint.freedom is None:
        return ()
    low, high = interval(joint.value, joint.error, joint.freedom)
    estimate = Estimate(joint.value, low, high, _n(exposed), exposed.panel.unit)
    return (Companion(f"together with {' and '.join(names)}", "what they did jointly", estimate),)


def _event_study(exposed: Exposed) -> list[Companion]:
    """Callaway and Sant'Anna's estimate, from twelve sites on and for shares only."""
    panel, rollout = exposed.panel, exposed.rollout
    if len(rollout.go_live) < FEWEST_UNITS or panel.family != "binomial" or panel.translation is not None:
        return []
    cells, coarse = companions.coarsened(panel.cells, rollout) if rollout.period_weeks == 1 else (panel.cells, rollout)
    length, begin = coarse.period_weeks, int(cells["week"].min())
    first = {site: NEVER if week is None else (week - begin) // length + 2 for site, week in coarse.go_live.items()}
    table = cells.assign(
        period=(cells["week"] - begin) // length + 1, first=cells["site"].map(first), value=cells["events"] / cells["n"]
    )[["site", "period", "first", "value"]]
    wide = table.groupby("period")["site"].nunique()
    table = table[table["period"].isin(wide[wide == table["site"].nunique()].index)]
    try:
        told = staggered_did(table).overall
    except (CellError, ValueError, np.linalg.LinAlgError):
        return []
    if told.low is None or told.high is None or not bounded((told.value, told.low, told.high), panel.unit):
        return []
    n = int(cells["n"].sum())
    estimate = Estimate(told.value, told.low, told.high, n, panel.unit)
    return [Companion("event study", "sites compared with those not live yet (Callaway and Sant'Anna)", estimate)]
