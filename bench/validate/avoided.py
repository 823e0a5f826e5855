"""Simulation of the slots no longer lost, by the adjusted effects of two components that came one after the other."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from bench.validate.made import START
from bench.validate.practices import Practice, World, make
from bench.validate.simulation import Draw, Simulation, held
from metrics.counterfactual import Avoided, Change, Stretch, Z, avoided
from metrics.effects.exposure import expose
from metrics.effects.interventions import Intervention, interventions
from metrics.effects.panels import Panel
from metrics.effects.reading import interval, read
from metrics.sides import Periods

EARLIER = 24  # weeks by which a component that changes nothing came before the one that does
WORLD = World(3, effect=-0.3, before=128)
DRAWS = 500  # of whole practices


def _day(week: int) -> date:
    return START + timedelta(weeks=week)


def _rollouts(practice: Practice) -> tuple[Intervention, ...]:
    lives = [(site, week) for site, week in practice.rollout.go_live.items() if week is not None]
    rows = [
        {"site": site, "component": name, "went_live_on": _day(week - sooner), "ended_on": None, "version": None}
        for name, sooner in (("first", EARLIER), ("second", 0))
        for site, week in lives
    ]
    return interventions(pd.DataFrame(rows), tuple(practice.rollout.go_live))


def _draw(random: np.random.Generator) -> Draw:
    practice = make(random, WORLD)
    cells = practice.panel
    told = ("slots_lost", "Slots lost", "access", "lower", "difference of shares", "binomial")
    panel = Panel(*told, 1, START, cells, repeat_deff=practice.repeat_deff)  # type: ignore[arg-type]
    known = _rollouts(practice)
    stretches: dict[str, list[Stretch]] = {}
    for one in known:
        found = read(expose(panel, one, [other for other in known if other is not one]))
        if found.value is None or found.error is None or found.freedom is None:
            return 0.0, None, False
        low, high = interval(found.value, found.error, found.freedom)
        change = Change(found.value, (high - low) / (2 * Z))
        for site, day in one.starts.items():
            if day is not None:
                week = (day - START).days // 7
                stretches.setdefault(site, []).append(Stretch(one.component, week, np.inf, change, {}))
    periods = _periods(cells)
    sites = [(site, np.asarray(cells["site"] == site)) for site in stretches]
    result = avoided(stretches, sites, periods, whole=True)
    if not isinstance(result, Avoided):
        return 0.0, None, False
    truth = float(((practice.without - practice.chance) * cells["n"].to_numpy()).sum())
    reach = Z * result.error
    return held(truth, result.slots, result.slots - reach, result.slots + reach)


def _periods(cells: pd.DataFrame) -> Periods:
    """Every week of the panel; that a site's weeks since go-live are meant is told by its stretches."""
    start, every = cells["week"].to_numpy(float), np.ones(len(cells), dtype=bool)
    counts = {
        "attended": (cells["n"] - cells["events"]).to_numpy(float),
        "no_show": cells["events"].to_numpy(float),
        "late_cancel": np.zeros(len(cells)),
    }
    return Periods(counts, start, start + 1, ~every, every)


AVOIDED = (
    Simulation(
        "avoided",
        "slots no longer lost, by the adjusted effects of two components",
        f"3 sites, the first component {EARLIER} weeks before the second; the first changes nothing",
        _draw,
        covers=(0.92, 1.0),
        draws=DRAWS,
        biased=True,
        note="no less: what one effect takes for its own the other lacks, and that is not taken off",
    ),
)
