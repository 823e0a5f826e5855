"""Which groups of one family of counts are shown? One machine for questionnaires, danger, messages and forecasts.

A family says, in a file named like its question, what its narrow rows are and what of them is summed. Here it is
decided which groups are shown, as for attendance: atoms that never overlap, four weeks or twelve or withheld, strata
all together or not at all, everything published before word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sqlalchemy import Table

from deid.disclosure import Rule
from deid.telling import TELLING, Telling
from etl.release import atoms, late, windows
from etl.release.attendance import chunks_waiting
from etl.release.cells import labelled, rows_of
from etl.release.kin import Kin, Own, agreed
from etl.release.people import patients_of, standing_of
from etl.release.repeats import Repeated
from etl.release.rows import Rows
from etl.release.slots import window_before
from etl.release.strata import Stratifier
from etl.release.sums import Beside, Part, layout, of_table, own_keys
from etl.release.work import Work
from warehouse.schema import ALL, ALL_SITES

BASE = "4weeks"  # the finest grain of every family: what it counts is rarer than visits
GRAINS = (BASE, "12weeks")


@dataclass(frozen=True)
class Slice:
    """One kind of group of a table (one questionnaire, one model), whose periods are decided by themselves.

    key: its words among the keys of the first part's table, which holds its atoms. rows: patient, site, week, chunk,
    block, s_<stratifier> and what is summed. guards: flags of rows: whoever has one must be nobody or k as well, for
    some sums are about them alone. beside: counts of other rows over the same groups. repeated: what patients repeat;
    in_strata: what of that is told of strata too. Not what is about some of the rows: of how many people would follow
    by subtraction. more: stratifiers of this slice alone. practice_wide: all sites count as one. until: weeks that are
    known, where what became of the rows is followed longer than others. kin: other tables that count the same rows.
    """

    parts: tuple[Part, ...]
    rows: Rows
    key: Mapping[str, str]
    guards: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    repeated: Callable[[Rows], Repeated] | None = None
    in_strata: Callable[[Rows], Repeated] | None = None
    more: tuple[Stratifier, ...] = ()
    practice_wide: bool = False
    smallest: int | None = None  # the smallest group, where it is not that of patients
    until: int | None = None
    kin: tuple[Kin, ...] = ()

    def k(self, work: Work) -> int:
        return work.k if self.smallest is None else self.smallest

    @property
    def tables(self) -> tuple[Table, ...]:
        return tuple(dict.fromkeys(part.table for part in self.parts))

    def of(self, table: Table) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.table is table)

    def rule(self, work: Work) -> Rule:
        return Rule(work.grid.until if self.until is None else self.until, self.k(work), BASE)

    def labels(self, work: Work) -> tuple[str, ...]:
        return (ALL_SITES,) if self.practice_wide else work.sites.labels

    def _shared(self, table: Table) -> dict[str, str | int]:
        """The keys that all parts of a table have in common."""
        first, *others = (part.named for part in self.of(table))
        return {name: word for name, word in first.items() if all(each.get(name) == word for each in others)}

    def published(self, work: Work, table: Table) -> pd.DataFrame:
        """What the release before holds of it in one of its tables."""
        cells = work.before(table.name)
        words = self.key if table is self.tables[0] else self._shared(table)
        for name, word in words.items():
            cells = cells[cells[name] == word] if len(cells) else cells
        return cells

    def stratifiers(self, work: Work) -> list[Stratifier]:
        return [item for item in (*work.chosen, *self.more) if item.attribute.column in self.rows.columns]


def carry_over(work: Work, tables: Sequence[Table]) -> None:
    """What the release before published, word for word."""
    for table in tables:
        work.add(table.name, work.before(table.name))


def release(work: Work, piece: Slice) -> None:
    """Adds the new groups of one slice: undivided, and by each stratifier over what is shown undivided."""
    telling = _telling(piece)
    since = _first_open(work, piece)
    rows = piece.rows.where(piece.rows["chunk"] >= since)
    piece = replace(piece, rows=rows, beside=tuple(each.since(since) for each in piece.beside))
    whole = _Split(work, piece, telling, ALL, (ALL,), None, None)
    main, labels = piece.tables[0], piece.labels(work)
    before = atoms.published_before(piece.published(work, main), ALL, labels, work.grid)
    standing = {grain: whole.standing(grain, None, everywhere=False) for grain in GRAINS}
    rule = piece.rule(work)
    covered = min(rule.until, work.grid.covered)
    decided = whole.agreed(atoms.decide_sites(standing, before, rule, covered, range(len(labels))))
    waiting = chunks_waiting(decided.all, standing[BASE], rule.until, covered)
    undivided = atoms.Undivided(decided, waiting | _changed(work, whole, before, since))
    whole.add(decided, undivided)
    for item in piece.stratifiers(work):
        _divide(work, piece, telling, item, undivided)


def _telling(piece: Slice) -> tuple[Telling, ...]:
    """The outcomes that tell of everybody in a group of this slice."""
    parts = piece.of(piece.tables[0])

    def always(told: Telling) -> bool:
        ones, all_of = (sum(int(_values(piece.rows, part.sums[name]).sum()) for part in parts) for name in told[:2])
        return ones == all_of

    return tuple(told for told in TELLING.get(piece.tables[0].name, ()) if not (told.unless_always and always(told)))


def _values(rows: Rows, columns: tuple[str, ...]) -> np.ndarray:
    return np.prod([rows[name] for name in columns], axis=0) if columns else np.ones(len(rows), dtype=np.int64)


def _first_open(work: Work, piece: Slice) -> int:
    """The first week some group is still to be decided in; earlier ones are carried over, or in windows that are."""
    published = piece.published(work, piece.tables[0])
    if published.empty:
        return 0
    labels = piece.labels(work)
    undivided = atoms.published_before(published, ALL, labels, work.grid)
    ends = [work.grid.until, *(int(end) + 1 for end in atoms.weeks_of(undivided).groupby("site")["week"].max())]
    shown = set(atoms.weeks_of(undivided[undivided["shown"].astype(bool)])["week"])
    for item in piece.stratifiers(work):
        taken = atoms.weeks_of(atoms.published_before(published, item.name, labels, work.grid))
        ends.append(min(shown - set(taken["week"]), default=work.grid.until))
    return window_before(min(ends))


def _changed(work: Work, whole: _Split, before: pd.DataFrame, since: int) -> set[int]:
    """Chunks of twelve weeks whose rows are no longer those that were published undivided."""
    shown = before[before["shown"].astype(bool) & (before["start"] >= since)]
    if shown.empty:
        return set()
    published = {table.name: whole.piece.published(work, table) for table in whole.piece.tables}
    published = {name: rows[rows["stratifier"] == ALL] for name, rows in published.items()}
    now = whole.cells(shown)
    keys = {table.name: own_keys(table) for table in whole.piece.tables}
    days = set(now[whole.piece.tables[0].name]["period_start"])
    held = {
        name: rows[(rows["state"] == "published") & pd.to_datetime(rows["period_start"]).dt.date.isin(days)]
        for name, rows in published.items()
    }
    return late.chunks_changed(now, held, keys, work.grid)


def _divide(
    work: Work, piece: Slice, telling: tuple[Telling, ...], item: Stratifier, undivided: atoms.Undivided
) -> None:
    split = _Split(work, piece, telling, item.name, item.labels, item, undivided.population)
    published = piece.published(work, piece.tables[0])
    before = atoms.published_before(published, item.name, piece.labels(work), work.grid)

    def count(everywhere: bool, grain: str, chunks: pd.DataFrame) -> pd.DataFrame:
        return split.standing(grain, chunks, everywhere=everywhere)

    decided = atoms.decide_stratifier(undivided.decided.all, undivided.waiting, before, count, piece.rule(work))
    split.add(split.agreed(decided), undivided)


class _Split:
    """A slice under one stratifier: its rows, and those counted beside them, with `stratum`, inside released weeks."""

    def __init__(
        self,
        work: Work,
        piece: Slice,
        telling: tuple[Telling, ...],
        name: str,
        strata: Sequence[str],
        item: Stratifier | None,
        population: pd.DataFrame | None,
    ) -> None:
        self.work, self.piece, self.telling, self.name, self.strata = work, piece, telling, name, strata
        self.population = population
        own = Beside(piece.tables[0], piece.rows, {}).under(item, population)
        self.rows = own.rows
        self.beside = tuple(each.under(item, population) for each in piece.beside if item is None or each.divided)
        self.sums = {table: of_table(table, self.rows, piece.of(table), self.beside) for table in piece.tables}
        self.known: dict[tuple[int, ...] | None, tuple[list[Rows], pd.DataFrame]] = {}

    def standing(self, grain: str, chunks: pd.DataFrame | None, *, everywhere: bool) -> pd.DataFrame:
        """As how many patients does each group count? chunks: only those that begin in these weeks."""
        guarded, sums = self._guarded(None if chunks is None else tuple(chunks["chunk"]))
        divided = {name for part in self.piece.of(self.piece.tables[0]) for name in part.by}
        keys = [name for name in own_keys(self.piece.tables[0]) if name not in divided]
        return standing_of(guarded, sums, self.telling, keys, grain, self.piece.k(self.work), everywhere=everywhere)

    def _guarded(self, chunks: tuple[int, ...] | None) -> tuple[list[Rows], pd.DataFrame]:
        """The rows whose people are counted, and the sums, of these chunks; kept, for every grain asks for them."""
        if None not in self.known:
            guarded = [self.rows, *(each.rows for each in self.beside if each.guarded)]
            guarded += [self.rows.where(self.rows[name].astype(bool)) for name in self.piece.guards]
            self.known[None] = guarded, self.sums[self.piece.tables[0]]
        if chunks is not None and chunks not in self.known:
            guarded, sums = self.known[None]
            inside = [rows.inside(pd.DataFrame({"chunk": chunks}, dtype=np.int64)) for rows in guarded]
            self.known[chunks] = inside, sums[sums["week"].isin(chunks)]
        return self.known[chunks]

    def cells(self, chosen: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """The rows of these atoms, by table."""
        wide = chosen.assign(wide=chosen["site"] == atoms.EVERYWHERE)
        kinds = wide.loc[wide["shown"].astype(bool), ["wide", "grain"]].drop_duplicates()
        patients = [
            patients_of(self.rows, grain, "stratum", everywhere=bool(wide)).assign(grain=grain)
            for wide, grain in kinds.itertuples(index=False)
        ]
        found: dict[str, pd.DataFrame] = {}
        for table, sums in self.sums.items():
            looks = layout(table, self.piece.of(table), sums)
            rows = rows_of(chosen, sums, patients, looks, stratifier=self.name, strata=self.strata)
            found[table.name] = labelled(rows, self.piece.labels(self.work), self.work.grid)
        return found

    def agreed(self, decided: atoms.Decided) -> atoms.Decided:
        """The decisions, without what would follow from tables that count the same rows."""
        main, labels = self.piece.tables[0], self.piece.labels(self.work)
        published = self.piece.published(self.work, main)

        def counted(chosen: pd.DataFrame) -> pd.DataFrame:
            return self.cells(chosen)[main.name]

        own = Own(self.name, labels, decided, self.population, published, counted)
        return agreed(self.work, own, self.piece.kin)

    def add(self, decided: atoms.Decided, undivided: atoms.Undivided) -> None:
        """The rows of the new atoms, and the windows they make whole."""
        if len(decided.new):
            for name, rows in self.cells(decided.new).items():
                self.work.add(name, rows)
        repeated = self.piece.repeated if self.name == ALL else self.piece.in_strata
        if repeated is not None and len(decided.all):
            labels, until = self.piece.labels(self.work), self.piece.until
            split = windows.Split(self.rows, self.name, self.strata, decided, labels, until)
            windows.repeat_cells(self.work, split, undivided, repeated)
