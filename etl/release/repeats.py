"""How much do the same patients come back? Sums over patients of their own visits, from which design effects follow.

Patients repeat, so visits are not independent, and weekly counts cannot show it. For each outcome a patient has m
visits that count and y events (for the wait: days); published are their sums, squares and products over patients.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from deid.disclosure import BLOCK, CHUNK, GRAINS
from etl.release.atoms import EVERYWHERE, weeks_of
from etl.release.grid import Grid
from etl.release.rows import Column, Rows, by_group, total
from etl.release.slots import ABSENT, STATUSES
from warehouse.schema import ALL, ALL_SITES, PUBLISHED, WITHHELD

LENGTHS = {"4weeks": CHUNK, "12weeks": BLOCK, "24weeks": 2 * BLOCK}
STRATA_WINDOWS = ("24weeks", ALL)  # of strata only the long ones: each window costs as much as a table of cells
COUNTS = ("n", "events", "patients", "mm", "my", "yy")


@dataclass(frozen=True)
class Repeated:
    """Rows of patients who repeat, and per outcome the columns that hold the visits that count and the events."""

    rows: Rows
    outcomes: Mapping[str, tuple[str, str]]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for pair in self.outcomes.values() for name in pair))


def of_visits(slots: Rows) -> Repeated:
    """Missed, late-cancelled, lost and refilled slots, and how long those that were held had waited."""
    status, wait = slots["status"], slots["wait_days"]
    attended, missed, late = (status == STATUSES.index(word) for word in ("attended", "no_show", "late_cancel"))
    held = attended | missed
    waited = held & (wait != ABSENT)
    values = {
        "held": held,
        "kept_or_lost": held | late,
        "missed": missed,
        "cancelled_late": late,
        "lost": (missed | late) & (slots["refilled"] != 1),
        "given_again": (missed | late) & (slots["refilled"] == 1),
        "waits": waited,
        "waited_days": np.where(waited, wait, 0),
    }
    outcomes = {
        "no_show": ("held", "missed"),
        "late_cancel": ("kept_or_lost", "cancelled_late"),
        "slots_lost": ("kept_or_lost", "lost"),
        "refilled": ("kept_or_lost", "given_again"),
        "wait": ("waits", "waited_days"),
    }
    return Repeated(slots.having(**values), outcomes)


def of_undivided_visits(slots: Rows) -> Repeated:
    """The same and, undivided only, what is about some visits: of how many patients would follow by subtraction."""
    told = of_visits(slots)
    held, missed, connected, sent = (told.rows[name] for name in ("held", "missed", "connected", "reminders"))
    known = held & (sent >= 0)
    values = {
        "remote": held & (connected >= 0),
        "connection_failed": held & (connected == 0),
        "reminders_known": known,
        "reminders_sent": np.where(known, sent, 0),
        "missed_rebooked": missed & told.rows["rebooked"],
    }
    outcomes = {
        "failed_connections": ("remote", "connection_failed"),
        "reminders": ("reminders_known", "reminders_sent"),
        "rebooked": ("missed", "missed_rebooked"),
    }
    return Repeated(told.rows.having(**values), {**told.outcomes, **outcomes})


def _own_sums(repeated: Repeated, chunks: Column, length: int) -> Repeated:
    """Each patient's own counts per site, `length` weeks and stratum.

    by_site: not in one of the chunks, which are shown over all sites together and belong to no site.
    """
    rows = repeated.rows
    keys = {
        "site": rows["site"],
        "first": rows["chunk"] // length * length,
        "stratum": rows["stratum"],
        "by_site": ~np.isin(rows["chunk"], chunks) if len(chunks) else np.ones(len(rows), dtype=bool),
    }
    values = {name: rows[name] for name in repeated.columns}
    found = _per_person(Rows({"patient": rows["patient"]} | keys | values), list(keys), repeated.columns)
    return replace(repeated, rows=found)


def _per_person(rows: Rows, keys: Sequence[str], columns: Sequence[str]) -> Rows:
    """One row per patient and group, with the sums of its rows."""
    names = ["patient", *keys]
    group, _ = rows.groups(names)
    order: Column | slice = slice(None)
    if np.any(group[1:] < group[:-1]):
        order = np.argsort(group, kind="stable")  # nearly in order: many times quicker than the usual way
        group = group[order]
    starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
    if not len(starts):
        return Rows({name: rows[name] for name in names} | {name: np.zeros(0, dtype=np.int32) for name in columns})
    sums = {name: np.add.reduceat(rows[name][order], starts, dtype=np.int32) for name in columns}
    return Rows({name: rows[name][order][starts] for name in names} | sums)


def windows(atoms: pd.DataFrame, population: pd.DataFrame, waiting: set[int], until: int, window: str) -> pd.DataFrame:
    """Which windows are made of whole atoms? Columns site (EVERYWHERE for all sites together) and start.

    atoms: those of one stratifier. population: released site-weeks (site, week) of the undivided atoms. waiting: first
    weeks of chunks in which a site is not decided. until: weeks that are known of these rows; a window beyond them is
    not over. All sites together is listed only where the sites alone do not make it up.
    """
    length = LENGTHS[window]
    shown = weeks_of(atoms[atoms["shown"].astype(bool)])
    site, week = (shown[name].to_numpy(dtype=np.int64) for name in ("site", "week"))
    fits = shown["grain"].map(GRAINS).to_numpy(dtype=np.int64) <= length
    of_sites, of_weeks = (population[name].to_numpy(dtype=np.int64) for name in ("site", "week"))
    found: list[tuple[int, int]] = []
    for start in (int(number) for number in np.unique(of_weeks // length * length)):
        here, own = (np.flatnonzero((weeks >= start) & (weeks < start + length)) for weeks in (of_weeks, week))
        chunks = range(start, start + length, CHUNK)
        if not len(own) or not fits[own].all() or start + length > until or not waiting.isdisjoint(chunks):
            continue
        pairs = set(zip(site[own].tolist(), week[own].tolist(), strict=True))
        many = Counter(number for number, _ in pairs if number != EVERYWHERE)
        whole = sorted(number for number, weeks in many.items() if weeks == length)
        found += [(number, start) for number in whole]
        there = zip(of_sites[here].tolist(), of_weeks[here].tolist(), strict=True)
        in_atoms = all((EVERYWHERE, at) in pairs or (number, at) in pairs for number, at in there)
        if in_atoms and set(of_sites[here].tolist()) != set(whole):
            found.append((EVERYWHERE, start))
    return pd.DataFrame(found, columns=["site", "start"])


def not_yet(asked: pd.DataFrame, earlier: pd.DataFrame, window: str, sites: Sequence[str], grid: Grid) -> pd.DataFrame:
    """The windows no earlier release holds."""
    if earlier.empty or asked.empty:
        return asked
    names: dict[int, Any] = {EVERYWHERE: ALL_SITES} | dict(enumerate(sites))
    rows = earlier[earlier["window"] == window]
    held = {(site, grid.week(day)) for site, day in zip(rows["site"], rows["window_start"], strict=True)}
    new = [(names[site], start) not in held for site, start in zip(asked["site"], asked["start"], strict=True)]
    return asked[new]


def whole(atoms: pd.DataFrame) -> pd.DataFrame:
    """The window over everything released: each site's own atoms and, where strata are shown over all sites, all."""
    sites = sorted(int(site) for site in atoms.loc[atoms["shown"].astype(bool), "site"].unique())
    return pd.DataFrame({"site": sites, "start": 0}, columns=["site", "start"]).astype("int64")


def window_cells(
    rows: Rows, of: Callable[[Rows], Repeated], atoms: pd.DataFrame, wanted: Mapping[str, pd.DataFrame], k: int
) -> pd.DataFrame:
    """window, site, start, stratum (number), outcome, state and sums of the wanted windows.

    rows: those in shown atoms, with `stratum`; of: what is counted on them. Nobody's own sums are kept for longer than
    it takes to square them.
    """
    wide = weeks_of(atoms[atoms["shown"].astype(bool) & (atoms["site"] == EVERYWHERE)])
    chunks = np.unique(wide["week"].to_numpy(dtype=np.int64) // CHUNK * CHUNK)
    shortest = min(LENGTHS[window] for window in wanted if window in LENGTHS)
    kinds = [(window, everywhere) for window in wanted for everywhere in (False, True)]
    squares = [_Squares(rows, window, wanted[window], everywhere=everywhere) for window, everywhere in kinds]
    outcomes: Sequence[str] = ()
    for some in rows.by_person():
        own = _own_sums(of(some), chunks, shortest)
        outcomes = tuple(own.outcomes)
        for each in squares:
            if len(each.asked):
                each.add(own)
    parts = [each.frame() for each in squares if len(each.asked)]
    return _told(pd.concat(parts, ignore_index=True), outcomes, k) if parts else pd.DataFrame()


class _Squares:
    """The sums over patients of one window's own counts, by site or over all sites together."""

    def __init__(self, rows: Rows, window: str, asked: pd.DataFrame, *, everywhere: bool) -> None:
        self.window, self.everywhere, self.length = window, everywhere, LENGTHS.get(window)
        self.keys = ["start", "stratum"] if everywhere else ["site", "start", "stratum"]
        self.asked = asked.loc[(asked["site"] == EVERYWHERE) == everywhere, self.keys[:-1]]
        starts = 1 if self.length is None else 1 + int(rows["chunk"].max(initial=0))
        self.shape = tuple(starts if name == "start" else rows.shape([name])[0] for name in self.keys)
        self.sums: dict[str, Column] = {}

    def add(self, own: Repeated) -> None:
        first = own.rows["first"]
        rows = own.rows.having(start=first * 0 if self.length is None else first // self.length * self.length)
        some = (rows if self.everywhere else rows.where(rows["by_site"])).inside(self.asked)
        person = _per_person(some, self.keys, own.columns)
        for name, values in _squared(own, person, person.number(self.keys, self.shape), math.prod(self.shape)).items():
            self.sums[name] = self.sums[name] + values if name in self.sums else values

    def frame(self) -> pd.DataFrame:
        found = by_group(self.keys, self.shape, **self.sums).assign(window=self.window)
        return found.assign(site=EVERYWHERE) if self.everywhere else found


def _squared(own: Repeated, person: Rows, group: Column, size: int) -> dict[str, Column]:
    sums: dict[str, Column] = {"rows": np.bincount(group, minlength=size)}
    for outcome, (visits, events) in own.outcomes.items():
        m, y = (person[name].astype(np.float64) for name in (visits, events))
        values = (m, y, m > 0, m * m, m * y, y * y)
        sums |= {f"{outcome}_{name}": total(group, size, value) for name, value in zip(COUNTS, values, strict=True)}
    return sums


def _told(found: pd.DataFrame, outcomes: Sequence[str], k: int) -> pd.DataFrame:
    """A row per group and outcome, without numbers where it is of 1 to k - 1 patients."""
    counts = {name: np.concatenate([found[f"{one}_{name}"].to_numpy() for one in outcomes]) for name in COUNTS}
    hidden = (counts["patients"] > 0) & (counts["patients"] < k)
    keys = {name: np.tile(found[name].to_numpy(), len(outcomes)) for name in ("window", "site", "start", "stratum")}
    numbers = {name: pd.arrays.IntegerArray(values, hidden.copy()) for name, values in counts.items()}
    outcome = np.repeat(np.array(outcomes, dtype=object), len(found))
    return pd.DataFrame(keys | numbers).assign(outcome=outcome, state=np.where(hidden, WITHHELD, PUBLISHED))


def labelled(
    rows: pd.DataFrame, stratifier: str, strata: Sequence[str], sites: Sequence[str], grid: Grid
) -> pd.DataFrame:
    """Numbers as the warehouse shows them, with the columns of `repeat_cells`."""
    names: dict[int, Any] = {EVERYWHERE: ALL_SITES} | dict(enumerate(sites))
    return rows.assign(
        stratifier=stratifier,
        stratum=rows["stratum"].map(dict(enumerate(strata))),
        site=rows["site"].map(names),
        window_start=rows["start"].map({week: grid.day(week) for week in rows["start"].unique()}),
    ).drop(columns="start")
