"""One world of the synthetic practice, drawn as `rapport demo` draws it and counted into panels as a release counts it.

Held against a release of `rapport demo` (three sites, seed 2026): the same visits missed, slots lost and answers in
every cell; effects within half of their standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bench.validate.practices import WINDOW
from etl.release.logistic import logistic
from metrics.attendance import NO_SHOW_RATE
from metrics.effects.declared import ALLIANCE, BURNOUT, CRISIS
from metrics.effects.design import Priors
from metrics.effects.panels import ENOUGH, Panel, Translation
from metrics.effects.units import LOG_MINUTES, SHARES
from metrics.retention import HORIZON_WEEKS, IN_CARE_12_WEEKS
from rapport.demo import clock
from rapport.demo.chance import Chance
from rapport.demo.drawn import crisis, measures, outcomes, people, staff, stays, visits
from rapport.demo.drawn.outcomes import ATTENDED, LATE_CANCEL, NO_SHOW
from rapport.demo.drawn.staff import CBI
from rapport.demo.practice import STREAMS
from rapport.demo.scenario import COMPONENTS, Scenario
from rapport.demo.truth.outcomes import answered
from rapport.demo.truth.retention import LAPSE_WEEKS, UNPLANNED

AIM, GAP = "slots_lost", "equity_gap:language=French"
SETTLE_WEEKS = 2
SMALLEST, SMALLEST_STAFF = 11, 5  # patients, staff: a smaller group is not published

Panels = Mapping[str, Panel]


@dataclass(frozen=True)
class World:
    """One world of one practice, as tables."""

    scenario: Scenario
    stays: pd.DataFrame
    visits: pd.DataFrame
    sheets: pd.DataFrame
    signals: pd.DataFrame
    staff: pd.DataFrame
    french: np.ndarray


def world(scenario: Scenario, seed: int) -> World:
    """Drawn as `rapport.demo.practice.draw` does it, without what no panel reads."""
    streams, chance = np.random.default_rng(seed).spawn(2 * STREAMS)[:STREAMS], Chance(seed)
    stayed = stays.draw(scenario, streams[0])
    booked = visits.draw(stayed, scenario, chance, streams[3])
    outcomes.add(booked, stayed, scenario, chance, streams[4])
    sheets = measures.alliance(booked, stayed, scenario, chance, streams[5])
    surveys = staff.surveys(scenario, streams[6])[CBI]
    words, shares = people.FIELDS["language"]
    french = np.random.default_rng([seed, 1]).choice(words, len(stayed), p=shares) == "French"
    asked = sheets.frame.assign(told=answered(sheets) & sheets.frame["whole"].to_numpy())
    work = surveys.frame.assign(told=answered(surveys))
    return World(scenario, stayed, booked, asked, crisis.draw(booked, scenario, chance), work, french)


def panels_of(drawn: World) -> dict[str, Panel]:
    """Every panel a default plan reads, cut to what is published."""
    last = drawn.scenario.weeks - SETTLE_WEEKS
    missed = _counted(drawn, NO_SHOW_RATE.key)
    found = {
        AIM: _visits(drawn, _counted(drawn, AIM), AIM, "Slots lost", "money"),
        NO_SHOW_RATE.key: _visits(drawn, missed, NO_SHOW_RATE.key, "No-show rate", "access"),
        ALLIANCE: _alliance(drawn),
        IN_CARE_12_WEEKS.key: _retention(drawn),
        CRISIS: crisis_panel(drawn),
        BURNOUT: _burnout(drawn),
        GAP: _gap(drawn, missed),
    }
    return {metric: panel.until(last) for metric, panel in found.items()}


def _counted(drawn: World, metric: str) -> pd.DataFrame:
    """The visits a metric counts, with the event and what the usual confounders let expect."""
    rows = drawn.visits[drawn.visits["past"]]
    status = rows["status"].to_numpy()
    wanted = [ATTENDED, NO_SHOW] if metric == NO_SHOW_RATE.key else [ATTENDED, NO_SHOW, LATE_CANCEL]
    event = status == NO_SHOW if metric == NO_SHOW_RATE.key else (status != ATTENDED) & ~rows["refilled"].to_numpy()
    rows = rows.assign(event=event)[np.isin(status, wanted)]
    band = np.searchsorted(drawn.scenario.lead_days, rows["lead_days"], side="right") - 1
    new, day = rows["first"].to_numpy().astype(int), rows["starts"].to_numpy() // clock.DAY % 7
    before = rows["week"].to_numpy() < min(drawn.scenario.live_week(component).min() for component in COMPONENTS)
    beside = (rows["modality"].to_numpy().astype(int), day.astype(int))
    event = rows["event"].to_numpy()
    crossed, apart = (_expected((*how, *beside), event, before) for how in ((band * 2 + new,), (band, new)))
    return rows.assign(expected=apart if crossed is None else crossed)


def _expected(factors: tuple[np.ndarray, ...], event: np.ndarray, before: np.ndarray) -> np.ndarray | None:
    """Each visit's risk by a logistic model of words, fitted on the visits before anything went live; None where no
    model of them settles."""
    sizes = [int(factor.max()) + 1 for factor in factors]
    code = np.ravel_multi_index(factors, sizes)
    n, events = (np.bincount(code[before], weights, math.prod(sizes)) for weights in (None, event[before]))
    levels = np.unravel_index(np.arange(math.prod(sizes)), sizes)
    design = np.column_stack(
        [np.ones(len(n))] + [level == at for level, size in zip(levels, sizes, strict=True) for at in range(1, size)]
    ).astype(float)
    met = design[n > 0].any(axis=0)
    found = logistic(design[n > 0][:, met], n[n > 0].astype(float), events[n > 0])
    return None if found is None else np.asarray(1 / (1 + np.exp(-design[:, met] @ found.coefficients)))[code]


def _cells(drawn: World, rows: pd.DataFrame, length: int, **sums: pd.Series | np.ndarray) -> pd.DataFrame:
    """site x period with these sums; one of too few people is withheld. rows: site, week, and person where known."""
    periods = drawn.scenario.horizon // length + 1
    code = rows["site"].to_numpy().astype(int) * periods + rows["week"].to_numpy().astype(int) // length
    size = len(drawn.scenario.sites) * periods
    found = {name: np.bincount(code, np.asarray(values, dtype=float), size) for name, values in sums.items()}
    people, smallest = found["n"], SMALLEST_STAFF
    if "person" in rows:
        both = np.sort(code.astype(np.int64) * 10_000_000 + rows["person"].to_numpy())
        each = both[np.diff(both, prepend=-1) != 0]
        people, smallest = np.bincount(each // 10_000_000, minlength=size), SMALLEST
    enough = people >= smallest
    names = np.array([site.name for site in drawn.scenario.sites], dtype=object)
    at = np.flatnonzero(enough)
    told = {name: values[at] for name, values in found.items()}
    return pd.DataFrame({"site": names[at // periods], "week": at % periods * length, **told})


def _finest(lengths: dict[int, pd.DataFrame]) -> int:
    """The finest period that loses little of what is published (`metrics.effects.panels.gather`)."""
    weeks = {length: len(cells) * length for length, cells in lengths.items()}
    return next(length for length in lengths if weeks[length] >= ENOUGH * max(weeks.values()))


def _visits(drawn: World, rows: pd.DataFrame, metric: str, name: str, side: str) -> Panel:
    cells = _cells(drawn, rows, 1, n=np.ones(len(rows)), events=rows["event"], expected=rows["expected"])
    deff = _repeats(rows, rows["event"].to_numpy(float), None)
    told = (metric, name, side, "lower", SHARES, "binomial", 1, drawn.scenario.first_day)
    return Panel(*told, cells, repeat_deff=deff)  # type: ignore[arg-type]


def _repeats(rows: pd.DataFrame, y: np.ndarray, spread: float | None) -> float:
    """By how much patients who come back inflate the variance of a mean over 24 weeks, as from `repeat_cells`."""
    window = rows["site"].to_numpy().astype(np.int64) * 100 + rows["week"].to_numpy() // WINDOW
    own, at = np.unique(window * 10_000_000 + rows["person"].to_numpy(), return_inverse=True)
    m, total = np.bincount(at).astype(float), np.bincount(at, y)
    _, group = np.unique(own // 10_000_000, return_inverse=True)
    n, events, mm, my, yy = (np.bincount(group, each) for each in (m, total, m * m, m * total, total * total))
    p = events / n
    single = p * (1 - p) if spread is None else spread**2
    return float(np.average(np.maximum((yy - 2 * p * my + p * p * mm) / (n * single), 1.0), weights=n))


def _means(drawn: World, told: tuple[str, str, str, str, str], length: int, cells: pd.DataFrame) -> Panel:
    metric, name, side, better, unit = told
    n = cells["n"].to_numpy(float)
    within = float((cells["squares"] - cells["total"] ** 2 / n).sum() / max(float((n - 1).sum()), 1.0))
    priors = Priors().scaled(float(np.sqrt(max(within, 1e-12))))
    shown = (metric, name, side, better, unit, "gaussian", length, drawn.scenario.first_day)
    return Panel(*shown, cells, priors=priors)  # type: ignore[arg-type]


def _alliance(drawn: World) -> Panel:
    rows = drawn.sheets[drawn.sheets["told"]]
    score = rows["total"].to_numpy(float)
    cells = _cells(drawn, rows, 4, n=np.ones(len(rows)), total=score, squares=score**2)
    made = _means(drawn, (ALLIANCE, "Alliance", "trust", "higher", "points of 12 to 60"), 4, cells)
    return replace(made, repeat_deff=_repeats(rows, score, _spread(made)))


def _spread(made: Panel) -> float:
    """The standard deviation of one value of a panel of means."""
    return made.priors.beside / Priors().beside


def crisis_panel(drawn: World, minutes: str = "minutes") -> Panel:
    signals = drawn.signals
    rows = signals[signals["contact"] != clock.NONE]
    logs = np.log(rows[minutes].to_numpy(float))
    sums = {"n": np.ones(len(rows)), "total": logs, "squares": logs**2}
    lengths = {length: _cells(drawn, rows, length, **sums) for length in (4, 12)}
    length = _finest(lengths)
    told = (CRISIS, "Time to human contact in a crisis", "safety", "lower", LOG_MINUTES)
    made = _means(drawn, told, length, lengths[length])
    return replace(made, repeat_deff=_repeats(rows, logs, _spread(made)))


def _burnout(drawn: World) -> Panel:
    rows = drawn.staff[drawn.staff["told"]]
    score = rows["total"].to_numpy(float)
    cells = _cells(drawn, rows, 12, n=np.ones(len(rows)), total=score, squares=score**2)
    return _means(drawn, (BURNOUT, "Burnout of staff", "staff", "lower", "points of 0 to 100"), 12, cells)


def _gap(drawn: World, rows: pd.DataFrame) -> Panel:
    own = drawn.french[rows["person"]]
    sides = []
    for part in (rows[own], rows[~own]):
        told = {"n": np.ones(len(part)), "events": part["event"], "expected": part["expected"]}
        sides.append({length: _cells(drawn, part, length, **told) for length in (4, 12)})
    length = max(_finest(side) for side in sides)
    both = sides[0][length][["site", "week"]].merge(sides[1][length][["site", "week"]])
    cells, rest = (side[length].merge(both) for side in sides)
    told = (GAP, "No-show gap, language: French", "fairness", "lower", SHARES, "binomial", length)
    deff = _repeats(rows, rows["event"].to_numpy(float), None)
    return Panel(*told, drawn.scenario.first_day, cells, rest, repeat_deff=deff)  # type: ignore[arg-type]


def _retention(drawn: World) -> Panel:
    """Weeks in care 0 to 11 of every stay: at risk, and left unplanned, by calendar period."""
    found = drawn.stays
    every, end = found["every_weeks"].to_numpy(), found["end_week"].to_numpy().astype(int)
    unplanned = found["ending"].to_numpy() == UNPLANNED
    last = np.where(unplanned, end // every * every, end)
    person, in_care = np.nonzero(np.arange(HORIZON_WEEKS)[None, :] <= last[:, None])
    week = found["start_week"].to_numpy()[person].astype(int) + in_care
    seen = (week >= 0) & (week < drawn.scenario.weeks - LAPSE_WEEKS)
    person, in_care, week = person[seen], in_care[seen], week[seen]
    left = unplanned[person] & (last[person] == in_care)
    hazard = np.bincount(in_care, weights=left) / np.bincount(in_care)
    rows = pd.DataFrame({"site": found["site"].to_numpy()[person], "week": week, "person": person})
    cells = _cells(drawn, rows, 12, n=np.ones(len(rows)), events=left, expected=hazard[in_care])
    cells = cells[cells["week"] + 12 <= drawn.scenario.weeks - LAPSE_WEEKS].reset_index(drop=True)
    mean = float(cells["events"].sum() / cells["n"].sum())

    def points(change: float) -> float:
        moved = np.clip(hazard * (1 + change / mean), 0, 1)
        return float(np.prod(1 - moved) - np.prod(1 - hazard))

    told = (IN_CARE_12_WEEKS.key, "Still in care", "trust", "higher", SHARES, "binomial", 12, drawn.scenario.first_day)
    return Panel(*told, cells, translation=Translation(points))  # type: ignore[arg-type]
