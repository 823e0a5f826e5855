"""How many different people, at least, stand behind a figure: those it happened to, and the others?

A figure counts visits, sheets, messages or courses of care; what may leave the practice is judged by people. The
release holds three things from which a lower bound follows:
- sums over patients of their own counts (repeat_cells): of y events in all and a sum of squares q, at least y^2 / q
  people had one (Cauchy-Schwarz);
- slots and patients of a published group: beyond one slot a patient, `booked - patients` slots are repetitions, so at
  least x - (booked - patients) people are behind x of them;
- sheets and staff of a published group (`metrics.staff`), in the same way.
A figure over several groups is about at least as many people as any one of them. Where none of these is known, nothing
is. Of means the people behind n are asked; weeks in care are published only where at least k patients are at risk in
each.

The same things say how many rows are of k people whichever rows they are: those of k - 1 people are at most
sqrt((k - 1) q), for each has no more of them than of all (Cauchy-Schwarz again), or k - 1 and the repetitions. Over
several groups these add up, and rows in no group may all be of one person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from metrics.cells import load_totals
from metrics.declare import ANY, Floats, Metric
from metrics.predictor_counts import model_in_use
from metrics.query import ResultRow, wanted
from metrics.registry import metric_named
from warehouse.external import ENOUGH, RATES, counts_of
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WEEKS
from warehouse.store import Release, Store

BEHIND, WITH, WITHOUT, FAMILY = "people_behind", "people_with", "people_without", "family"
BESIDE = {  # figure -> of what follows from it and those beside it (warehouse.counted): its outcome, and which side
    "slots_lost": ("refilled", WITH),
    "message_opt_outs": ("message.delivered", WITHOUT),
    **{f"rebooked_by_{who}": ("rebooking.recorded", WITHOUT) for who in ("staff", "self_service", "automation")},
}
BETTER_IS_MORE = ("in_care_12_weeks",)  # its share counts those to whom it did not happen
WEEKS_IN_CARE = "mean_weeks_in_care"
HOURS = "staff_time"
_KEYS = ["outcome", "stratifier", "stratum", "site"]
_BOUNDS = [BEHIND, WITH, WITHOUT]
_COUNTS = ["rows_behind", "rows_with", "rows_without"]
_EVENTS = {  # outcome: (columns that count its events, taken off them, the visits it is asked of)
    "no_show": (("no_show",), (), ("attended", "no_show")),
    "late_cancel": (("late_cancel",), (), ("attended", "no_show", "late_cancel")),
    "slots_lost": (("no_show", "late_cancel"), ("refilled",), ("attended", "no_show", "late_cancel")),
    "refilled": (("refilled",), (), ("attended", "no_show", "late_cancel")),
    "wait": ((), (), ("waits",)),
}
_OF_FORECASTS = {  # whose events are summed over patients; other figures on forecasts are about all that were scored
    "predictor_ppv": "alerts_missed",
    "predictor_flagged": "alerts",
    "predictor_overridden": "overridden",
    "predictor_rubber_stamped": "left_alone",
}
_SCORED = "missed"
_FORECAST = "forecast."
_SAME_EVENTS = {"unplanned_12_weeks": "in_care_12_weeks"}  # those who left in weeks 0 to 11
CELLS = "cells"  # a source: published groups, which never overlap; the others are windows
_OF_TWO = ("difference of shares", "money", "probability")  # units of what joins two groups, or money to one
_NOT_SUMMED = (  # past the target are not all of the others: some are undetermined, and may be all the people there
    *("predictor_ppv_in_time", "predictor_flagged_in_time"),
    "crisis_inside_target",
)


def at_least(store: Store, rows: Iterable[ResultRow], period: str) -> pd.DataFrame:
    """For each row, in order: people_with and people_without, lower bounds (0 where nothing is known), and family.

    rows: of the latest release, of one length of period. People of the practice are those of its site with the most. Of
    what is no share people_with counts those behind n. people_beside: of `BESIDE`. family: the table whose rows it
    counts. enough, enough_with,
    enough_without: so many rows behind n, of those it happened to and of the others are of k people, whichever they
    are; inf where that is not known.
    """
    rows, release = list(rows), store.releases()[0]
    found = pd.concat(_bounds(store, release), ignore_index=True)
    found = found.assign(turn=_turn(found["week"], found["weeks"], period)).dropna(subset="turn")
    found = pd.concat([found, _of_sites(found)], ignore_index=True)
    best = found.groupby([*_KEYS, "turn"])[_BOUNDS].max()
    model = model_in_use(load_totals(store, wanted=wanted([metric_named("predictor_brier")]))) if period == ALL else ""
    places = [_place(row, release, period, model) for row in rows]
    asked = pd.DataFrame(places, columns=[*_KEYS, "turn", "turned", "counts", FAMILY])
    told = asked.join(best, on=[*_KEYS, "turn"])[_BOUNDS].fillna(0).astype("int64")
    told.loc[asked["outcome"] == WEEKS_IN_CARE, BEHIND] = release.smallest_group
    turned, counts = (asked[name].to_numpy(dtype=bool) for name in ("turned", "counts"))
    figures = pd.DataFrame([(row.value, row.n, row.unit) for row in rows], columns=["value", "n", "unit"])
    enough = _enough(asked, found, counts_of(figures))
    return pd.DataFrame(
        {
            **dict(zip(ENOUGH, enough.T, strict=True)),
            "people_beside": _beside(rows, asked, best),
            WITH: np.where(counts, np.where(turned, told[WITHOUT], told[WITH]), told[BEHIND]),
            WITHOUT: np.where(counts, np.where(turned, told[WITH], told[WITHOUT]), 0),
            FAMILY: asked[FAMILY],
        }
    )


def _beside(rows: list[ResultRow], asked: pd.DataFrame, best: pd.DataFrame) -> Floats:
    """At least how many people are in what follows from a figure and those beside it; 0 where nothing is known."""
    named = [BESIDE.get(row.metric, ("", WITH)) for row in rows]
    places = asked.assign(outcome=[outcome for outcome, _ in named])
    told = places.join(best, on=[*_KEYS, "turn"])
    with_, without = (told[name].fillna(0).to_numpy(dtype=float) for name in (WITH, WITHOUT))
    return np.where([side == WITH for _, side in named], with_, without)


def _of_sites(found: pd.DataFrame) -> pd.DataFrame:
    """What sites say of the practice. Windows over all sites hold theirs as well: those are a source of their own."""
    sites = found[found["site"] != ALL_SITES]
    return sites.assign(
        site=ALL_SITES, source=sites["source"].where(sites["source"] == CELLS, sites["source"] + " of sites")
    )


def _enough(asked: pd.DataFrame, found: pd.DataFrame, counts: Floats) -> Floats:
    """How many rows behind n, with and without, are of k people whichever they are? inf where nothing says.

    The groups of one source do not overlap: rows of fewer than k people are so many at most in each of them, and all
    that are in none. counts: the same three of the figures.
    """
    keys = [*_KEYS, "turn", "source"]
    sums = found.assign(**{name: found[name] - 1 for name in ENOUGH}).groupby(keys)[[*_COUNTS, *ENOUGH]].sum()
    asked = asked[[*_KEYS, "turn"]].assign(row=np.arange(len(asked)))
    told = asked.merge(sums.reset_index(), on=[*_KEYS, "turn"])
    left = counts[told["row"]] - told[_COUNTS].to_numpy(dtype=float)
    enough = np.where(left < 0, np.inf, told[list(ENOUGH)].to_numpy(dtype=float) + 1 + left)
    best = np.full(counts.shape, np.inf)
    np.fmin.at(best, told["row"].to_numpy(), enough)
    return best


def _place(
    row: ResultRow, release: Release, period: str, model: str
) -> tuple[str, str, str, str, int, bool, bool, str]:
    metric = metric_named(row.metric)
    turn = 0
    if period != ALL and release.grid_start is not None:
        turn = (pd.Timestamp(row.period) - pd.Timestamp(release.grid_start)).days // 7 // WEEKS[period]
    place = (summed_as(metric, model), row.stratifier, row.stratum, row.site, turn)
    return (*place, row.metric in BETTER_IS_MORE, counts_events(metric), metric.cells[0])


def counts_events(metric: Metric) -> bool:
    """Does its value tell how many it happened to, or is it a mean of those behind n?"""
    return metric.unit == "share" or metric.unit in RATES


def summed_as(metric: Metric, model: str = "") -> str:
    """Under which outcome are the people behind a figure bounded? "" where they are not.

    model: whose forecasts the figure is about; "" = anybody's. Figures that join two groups, or money to either, have
    none; nor have those whose events are not summed.
    """
    table = metric.cells[0]
    if metric.unit in _OF_TWO or metric.key in _NOT_SUMMED:
        return ""
    if table == "staff_cells":
        (_, (instrument, *_)), (_, (scale, *_)) = metric.only
        return _sheets(instrument, scale, asked=metric.key == "staff_answered")
    if table in ("staff_time_cells", "retention_cells"):
        return HOURS if table == "staff_time_cells" else _SAME_EVENTS.get(metric.key, metric.key)
    if ANY in metric.repeats:
        return f"{_FORECAST}{model}{'.' if model else ''}{_OF_FORECASTS.get(metric.key, _SCORED)}"
    first = next(iter((*filter(None, [metric.outcome]), *metric.repeats)), "")
    return "" if counts_events(metric) and first.startswith("score.") else first


def _sheets(instrument: str, scale: str, *, asked: bool) -> str:
    return f"staff.{instrument}.{scale}" + (".asked" if asked else "")


def _turn(week: pd.Series, weeks: pd.Series, period: str) -> pd.Series:
    """Which period holds the whole of these weeks? Nothing where none does. weeks 0: everything published."""
    if period == ALL:
        return week * 0
    length = WEEKS[period]
    first = week // length
    return first.where((weeks > 0) & (week + weeks <= (first + 1) * length))


def _bounds(store: Store, release: Release) -> Iterator[pd.DataFrame]:
    """What every source says: the keys, week (the first), weeks (how many), source, and of each side three numbers."""
    yield _by_squares(store.read("repeat_cells", release.id, state=PUBLISHED), release)
    cells = store.read("attendance_cells", release.id, state=PUBLISHED)
    again = cells["booked"] - cells["patients"]
    for outcome, (added, taken, asked) in _EVENTS.items():
        events = cells[list(added)].sum(axis=1) - cells[list(taken)].sum(axis=1)
        n = cells[list(asked)].sum(axis=1)
        yield _by_repetitions(_dated(cells, outcome), (n, events, n - events), again, release)
    yield from _of_sheets(store.read("staff_cells", release.id, state=PUBLISHED), release)
    hours = store.read("staff_time_cells", release.id, state=PUBLISHED)
    nobody = (0 * hours["patients"], np.inf)
    staff = (hours["people_weeks"], hours["patients"], np.inf)
    yield _bound(_dated(hours, HOURS), [staff, (0, *nobody), (0, *nobody)], release)


def _dated(cells: pd.DataFrame, outcome: Any) -> pd.DataFrame:
    weeks = cells["grain"].map(WEEKS)
    return cells.assign(outcome=outcome, start=cells["period_start"], weeks=weeks, source=CELLS)


def _of_sheets(cells: pd.DataFrame, release: Release) -> Iterator[pd.DataFrame]:
    """Of those asked, who answered; of those who answered, who is past the cut-off."""
    again = cells["invited"] - cells["patients"]
    for asked, n, events in ((True, "invited", "answered"), (False, "answered", "past_cutoff")):
        keys = zip(cells["instrument"], cells["scale"], strict=True)
        named = [_sheets(instrument, scale, asked=asked) for instrument, scale in keys]
        sides = (cells[n], cells[events], cells[n] - cells[events])
        yield _by_repetitions(_dated(cells, named), sides, again, release)


def _by_repetitions(rows: pd.DataFrame, sides: Iterable[Any], again: Any, release: Release) -> pd.DataFrame:
    """Of x rows all but the repetitions are of different people."""
    return _bound(rows, [(side, side - again, again + release.smallest_group) for side in sides], release)


def _by_squares(cells: pd.DataFrame, release: Release) -> pd.DataFrame:
    """From sums over patients; those on forecasts a second time under no model's name."""
    forecasts = cells[cells["outcome"].str.startswith(_FORECAST)]
    anybody = forecasts.assign(outcome=_FORECAST + forecasts["outcome"].str.rsplit(".", n=1).str[-1])
    cells = pd.concat([cells, anybody], ignore_index=True)
    sums = {name: cells[name].to_numpy(dtype=float) for name in ("n", "events", "mm", "my", "yy")}
    sides = [
        (sums["n"], sums["mm"]),
        (sums["events"], sums["yy"]),
        (sums["n"] - sums["events"], sums["mm"] - 2 * sums["my"] + sums["yy"]),
    ]
    few = release.smallest_group - 1
    once = cells["outcome"].isin([*BETTER_IS_MORE, "left_after_first_visit"]).to_numpy()  # of endings, not of courses
    told = [
        (total, _quotient(total, q), np.where(once, np.inf, np.floor(np.sqrt(few * q) + 1e-9) + 1))
        for total, q in sides
    ]
    weeks = cells["window"].map(WEEKS).fillna(0).astype("int64")
    return _bound(cells.assign(start=cells["window_start"], weeks=weeks, source=cells["window"]), told, release)


def _quotient(total: Floats, squares: Floats) -> Floats:
    """total^2 / squares, rounded up: a number of people is whole."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(squares > 0, np.ceil(total**2 / squares - 1e-9), 0.0)


def _bound(rows: pd.DataFrame, sides: Iterable[tuple[Any, Any, Any]], release: Release) -> pd.DataFrame:
    """sides: of n, of those it happened to and of the others: how many rows, how many people at least, and `enough`."""
    start = pd.to_datetime(rows["start"]) - pd.Timestamp(release.grid_start)  # type: ignore[arg-type]
    found = rows.assign(week=start.dt.days // 7)
    for names, (count, people, enough) in zip(zip(_COUNTS, _BOUNDS, ENOUGH, strict=True), sides, strict=True):
        found = found.assign(**dict(zip(names, (count, np.maximum(people, 0), enough), strict=True)))
    return found[[*_KEYS, "week", "weeks", "source", *_COUNTS, *_BOUNDS, *ENOUGH]]
