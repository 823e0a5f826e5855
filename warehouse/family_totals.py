"""What do the published groups of questionnaires, danger, messages and forecasts add up to?

A row per site, stratum and own key (`instrument`, `bin`); the times of `time_cells` are packed into one row, since
there are as many as minutes. Hours of staff are not added up: how far weeks differ is needed, and they are few.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Column, Connection, String, Table, Text

from warehouse.adding import GROUP, derived, sums
from warehouse.families import PERIOD_FAMILIES, STAFF_TIME_CELLS, TIME_CELLS

TIMES = ("time", "observed", "censored")  # lists of one length
_NOT_OWN = ("release_id", "site", "grain", "period_start", "stratifier", "stratum", "state", "patients")


def own_keys(source: Table) -> tuple[str, ...]:
    """The keys of a cell table besides site, period and stratum."""
    return tuple(column.name for column in source.primary_key if column.name not in _NOT_OWN)


def counts_of(source: Table) -> tuple[str, ...]:
    """What a cell table counts, without the patients, who do not add."""
    return tuple(column.name for column in source.columns if not column.primary_key and column.name not in _NOT_OWN)


def _totals(source: Table) -> Table:
    words = [Column(name, String, primary_key=True) for name in GROUP]
    own = [Column(name, source.c[name].type, primary_key=True) for name in own_keys(source)]
    counts: list[Column[Any]] = [Column(name, BigInteger) for name in counts_of(source)]
    if source is TIME_CELLS:
        own, counts = own[:-1], [Column(name, Text, nullable=False) for name in TIMES]
    return derived(source.name.removesuffix("_cells") + "_totals", *words, *own, *counts)


FAMILY_TOTALS = {source: _totals(source) for source in PERIOD_FAMILIES if source is not STAFF_TIME_CELLS}


def add_families(connection: Connection, release_id: int) -> None:
    """Adds up the cells of a release."""
    for source, target in FAMILY_TOTALS.items():
        names, counts = (*GROUP, *own_keys(source)), counts_of(source)
        chosen = sums(source, release_id, names, counts)
        if source is TIME_CELLS:
            found = connection.execute(chosen.order_by(*(source.c[name] for name in names))).mappings().all()
            rows = list(_packed(release_id, found))
            if rows:
                connection.execute(target.insert(), rows)
        else:
            connection.execute(target.insert().from_select(["release_id", *names, *counts], chosen))


def times(column: Iterable[str]) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """One column of time_totals: a line of numbers per row."""
    return [np.array(line, dtype=np.int64) for line in json.loads(f"[{','.join(column)}]")]


def _packed(release_id: int, found: Iterable[Any]) -> Iterable[dict[str, Any]]:
    words = (*GROUP, "question", "how")
    for group, rows in groupby(found, key=lambda row: tuple(row[name] for name in words)):
        lines = list(rows)
        known = {"release_id": release_id, **dict(zip(words, group, strict=True))}
        yield known | {name: json.dumps([int(row[name]) for row in lines], separators=(",", ":")) for name in TIMES}
