"""How many more slots would have been lost without automation? By the effects kept with the release, if they can tell.

An effect is that of one component (in one version) on the share of slots lost, adjusted for season, drift and sites
without it, and pooled over the sites it went live at. A component that came later was read beside the earlier ones, so
what those in use at one time avoided adds up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from metrics.cells import Cells
from metrics.effects.interventions import interventions, uses
from metrics.parts import spoken
from metrics.sides import LABEL, Flags, Periods
from warehouse.frames import Columns

OUTCOME = "slots_lost"
NO_EFFECTS = "no adjusted effect is kept with this release"
Z = 1.959963984540054


@dataclass(frozen=True)
class Change:
    """A change of a share with the standard error whose normal interval is as wide as the effect's own."""

    value: float
    error: float


@dataclass(frozen=True)
class Stretch:
    """Weeks [first, last) since the grid's Monday in which a site used a component, and what that changed.

    whole: over all the weeks seen, None where it cannot be said. by_weeks: first week in use -> change from then on.
    """

    component: str
    first: float
    last: float
    whole: Change | None
    by_weeks: Mapping[int, Change]

    def at(self, week: float) -> Change | None:
        """What it changed so many weeks after it came, or else over all of them."""
        begun = [since for since in self.by_weeks if since <= week - self.first]
        return self.by_weeks[max(begun)] if begun else self.whole


@dataclass(frozen=True)
class Avoided:
    """Slots that would have been lost besides, the standard error of that, and against what it was reckoned."""

    slots: float
    error: float
    against: str


def stretches_of(cells: Cells) -> dict[str, tuple[Stretch, ...]]:
    """Site -> the stretches of every component there."""
    start = cells.release.grid_start
    if start is None:
        return {}
    rollout = pd.DataFrame(cells.aside["rollout"])
    kept = _kept(cells.aside["effect_result"])
    found: dict[str, list[Stretch]] = {}
    for component in dict.fromkeys(rollout["component"]):
        names = {one.name for one in interventions(rollout[rollout["component"] == component], ())}
        for site, those in uses(rollout, component).items():
            for use in those:
                name = use.version if use.version in names else "go-live"
                whole, by_weeks = kept.get((component, name), (None, {}))
                weeks = _week(use.since, start), math.inf if use.until is None else _week(use.until, start)
                found.setdefault(site, []).append(Stretch(component, *weeks, whole, by_weeks))
    return {site: tuple(those) for site, those in found.items()}


def avoided(
    known: Mapping[str, Sequence[Stretch]], sides: Sequence[tuple[str, Flags]], periods: Periods, *, whole: bool
) -> Avoided | str:
    """By the adjusted effects, or why not by them. sides: site -> its periods since go-live.

    One effect is wrong at all sites alike, and versions of a component share the time before: their errors are added
    as they are, those of different components as squares.
    """
    used = [
        (stretch, chosen & (periods.start >= stretch.first) & (periods.end <= stretch.last))
        for site, chosen in sides
        for stretch in known.get(site, ())
    ]
    used = [(stretch, weeks) for stretch, weeks in used if weeks.any()]
    unsaid = sorted({stretch.component for stretch, _ in used if stretch.whole is None})
    if unsaid:
        return f"{LABEL}: what {_listed(unsaid)} did to the slots lost cannot be said"
    if not used:
        return Avoided(0.0, 0.0, "nothing was in use")
    slots = 0.0
    errors = dict.fromkeys((stretch.component for stretch, _ in used), 0.0)
    for stretch, weeks in used:
        for n, change in _changes(stretch, weeks, periods, whole=whole):
            slots -= n * change.value
            errors[stretch.component] += n * change.error
    against = f"against the adjusted effect of {_listed(sorted(errors))} on slots lost"
    return Avoided(slots, math.hypot(*errors.values()), against)


def _changes(stretch: Stretch, weeks: Flags, periods: Periods, *, whole: bool) -> list[tuple[float, Change]]:
    """(slots, the change that holds for them). whole: the effect is of all weeks, and so are they."""
    n = slots_in(periods.counts)
    places = np.flatnonzero(weeks)
    told = [(float(n[at]), stretch.whole if whole else stretch.at(float(periods.start[at]))) for at in places]
    return [(many, change) for many, change in told if change is not None]


def slots_in(counts: Columns) -> np.ndarray:
    """Slots attended, missed or cancelled late."""
    return np.nan_to_num(counts["attended"]) + np.nan_to_num(counts["no_show"]) + np.nan_to_num(counts["late_cancel"])


def _kept(effects: Columns) -> dict[tuple[str, str], tuple[Change | None, dict[int, Change]]]:
    """(component, intervention) -> the change over all weeks, and by weeks in use."""
    found = {}
    for place in range(len(effects["component"])):
        value, low, high = (float(effects[f"adjusted_{end}"][place]) for end in ("value", "low", "high"))
        detail = json.loads(effects["detail"][place])
        by_weeks = {
            int(name.rstrip("+").partition("-")[0]): _change(told["value"], told["low"], told["high"])
            for name, told in detail["by_weeks"]
            if told["value"] is not None
        }
        whole = _change(value, low, high) if math.isfinite(value) else None
        found[str(effects["component"][place]), str(effects["intervention"][place])] = (whole, by_weeks)
    return found


def _change(value: float, low: float, high: float) -> Change:
    return Change(value, (high - low) / (2 * Z))


def _week(day: date, start: date) -> float:
    return (day - start).days / 7


def _listed(components: Sequence[str]) -> str:
    names = [spoken(name) for name in components]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
