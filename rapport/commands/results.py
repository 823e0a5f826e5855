"""`rapport metrics`: what the release says, in a table or as JSON."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pandas as pd

from metrics import query
from metrics.estimate import State
from metrics.people import at_least
from rapport import console
from rapport.config import load
from warehouse.external import external
from warehouse.store import Store, open_store

UNITS = {"share": (100.0, " %"), "percent": (100.0, " %")}
NUMBERS = ("value", "low", "high")
COLUMNS = ("metric", "site", "group", "period", "value", "interval", "n")


def metrics(
    path: Path,
    *,
    as_json: bool,
    metric: str | None,
    site: str | None,
    by: str | None,
    period: str,
    outside: bool = False,
) -> None:
    """Print the metrics of the latest release. outside: as they may be given to somebody outside the practice."""
    store = _store(path)
    rows = query.results(store, metric=metric, site=site, by=by, period=period)
    if outside:
        every = query.results(store, by=by, period=period) if metric or site else rows
        rows = _for_outside(every, rows, at_least(store, every, period), store.releases()[0].smallest_group)
    if as_json:
        console.print_json([row.as_json() for row in rows])
        return
    told = [at for at, name in enumerate(COLUMNS) if name not in ("group", "period") or _asked(name, by, period)]
    console.table(
        "Metrics of the latest release (95 % intervals)",
        [COLUMNS[at] for at in told],
        [[_line(row)[at] for at in told] for row in rows],
        right=("value", "interval", "n"),
    )
    for reason in dict.fromkeys(row.reason for row in rows if row.reason):
        names = ", ".join(dict.fromkeys(row.metric for row in rows if row.reason == reason))
        console.OUT.print(f"{names}: {reason}.", markup=False, highlight=False, soft_wrap=True)


def _for_outside(
    every: list[query.ResultRow], asked: list[query.ResultRow], people: pd.DataFrame, k: int
) -> list[query.ResultRow]:
    """What may leave of the figures asked for, judged beside all the others of this kind."""
    if not every:
        return []
    given = external(pd.DataFrame([row.as_json() for row in every]).join(people), k)
    found = _rows(given)
    if asked is every:
        return found
    wanted = {_key(row) for row in asked}
    return [row for row in found if _key(row) in wanted]


def _key(row: query.ResultRow) -> tuple[str, ...]:
    return (row.metric, row.site, row.stratifier, row.stratum, row.period)


def _rows(given: pd.DataFrame) -> list[query.ResultRow]:
    """The rows of a frame as figures: nothing for what is not told, and then n is 0."""
    states = {state: State(str(state)) for state in given["state"].unique()}
    numbers = {name: given[name].astype(object).where(given[name].notna(), None) for name in NUMBERS}
    plain = given.assign(**numbers, n=given["n"].fillna(0).astype("int64"), state=given["state"].map(states))
    names = [field.name for field in fields(query.ResultRow)]
    return [query.ResultRow(*values) for values in zip(*(plain[name].tolist() for name in names), strict=True)]


def _store(path: Path) -> Store:
    return open_store(load(path).ingest.warehouse_url, read_only=True)


def _asked(column: str, by: str | None, period: str) -> bool:
    return by is not None if column == "group" else period != "all"


def _line(row: query.ResultRow) -> tuple[str, ...]:
    scale, sign = UNITS.get(row.unit, (1.0, f" {row.unit}"))
    group = "all" if row.stratifier == "all" else f"{row.stratifier}: {row.stratum}"
    site = "practice" if row.site == "*" else row.site
    what = (row.metric, site, group, row.period)
    if row.value is None or row.low is None or row.high is None:
        return (*what, str(row.state).replace("_", " "), "", f"{row.n:,}")
    value, low, high = (number * scale for number in (row.value, row.low, row.high))
    return (*what, f"{value:.1f}{sign}", f"{low:.1f} to {high:.1f}", f"{row.n:,}")
