"""The retention tables of a release: which courses of care are counted, and which of their groups are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from deid.disclosure import BLOCK, CHUNK, GRAINS, Rule
from etl.release import atoms, engine, leavers, retention, strata
from etl.release.cells import NOBODY, labelled
from etl.release.days import NEVER, SIGNS, Days
from etl.release.episodes import ENDINGS, Span, derived_courses, recorded_courses
from etl.release.followed import PARTS, Part, counter, judged, lone
from etl.release.people import patients_of
from etl.release.persons import NOT_KNOWN
from etl.release.rows import Column, Rows, fetch
from etl.release.work import Work
from warehouse.schema import ALL, PUBLISHED

SLOTS_AT_ONCE = 2**20  # of whose people the days are laid out together


def retention_cells(work: Work, courses: Rows) -> None:
    """Adds retention_cells: what was published before, word for word, and the periods whose endings are now known.

    courses: `courses_of`.
    """
    work.add("retention_cells", work.before("retention_cells"))
    until = work.grid.retained // CHUNK * CHUNK
    if until == 0:
        return
    lapse = work.settings.release.lapse_days
    weeks = lone(retention.weeks_in_care(courses, work.wanted, work.grid, lapse, _first_open(work, until)))
    starts = weeks.where(weeks["first_visit"])
    for part in PARTS:
        _decide(work, _Courses(part.of(weeks), starts, part, Rule(until, work.k, part.base)))


def _first_open(work: Work, until: int) -> int:
    """The first week of the first block some table still has to decide: all of them where strata may be behind."""
    published = work.before("retention_cells")
    if published.empty:
        return 0
    ends = [until]
    for part in PARTS:
        rows = part.rows(published)
        before = atoms.published_before(rows, ALL, work.sites.labels, work.grid)
        ends += [int(end) for end in atoms.weeks_of(before).groupby("site")["week"].max() + 1] or [0]
        for item in work.chosen:
            taken = atoms.weeks_of(atoms.published_before(rows, item.name, work.sites.labels, work.grid))
            ends.append(int(taken["week"].max()) + 1 if len(taken) else 0)
    return min(ends) // BLOCK * BLOCK


def courses_of(work: Work) -> Rows:
    """One row per course of care, in the order of patient, published site and beginning.

    patient, site, started, entry, ended, ending, first_visit, second_visit (see `episodes`) and s_<stratifier>.
    """
    grid = work.grid
    first, last = ((day - grid.start).days for day in (grid.data_start, grid.data_end))
    span, sites = Span(first, last, work.settings.release.lapse_days), len(work.sites.number) + 1
    recorded = engine.table(work.backend, "episode")
    episodes = None if engine.empty(recorded) else _episodes(work, recorded, sites)
    homeless = episodes is not None and engine.empty(recorded.filter(recorded.site_id.notnull()))
    parts = []
    for chosen in _some_people(work, episodes):
        slots = _booked(work, chosen)
        theirs = None if episodes is None else episodes.where(chosen(episodes["patient"]))
        if theirs is not None and homeless:
            slots, theirs = _at_first_site(slots, theirs, sites)
        parts.append(_among(work, slots, theirs, span, sites))
    return _numbered(work, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}, sites)


def _among(work: Work, slots: Rows, episodes: Rows | None, span: Span, sites: int) -> dict[str, Column]:
    """The courses of some people, with the categories of the slot each began with. episodes: theirs as recorded."""
    days = Days.of(slots, sites)
    if episodes is None:
        found, counted = derived_courses(days, span), np.isin(slots["status"], SIGNS)
    else:
        person = episodes["patient"].astype(np.int64) * sites + episodes["code"]
        found, counted = recorded_courses(dict(episodes.columns) | {"person": person}, days, span), None
    chosen, begin = days.slots_of(found.pop("begun"), counted)
    for item in work.wanted:
        found[item.column] = np.minimum.reduceat(slots[item.column][chosen], begin) if len(begin) else chosen[:0]
    return found


def _some_people(work: Work, episodes: Rows | None) -> Iterator[Callable[[Column], NDArray[np.bool_]]]:
    """Which rows belong to the next so many people, from their numbers: all of a person's go together.

    Laying out everybody's days at once would be the most memory that an ingest of ten million slots takes.
    """
    numbers = [work.slots["patient"], work.later["patient"], *([] if episodes is None else [episodes["patient"]])]
    people = 1 + max(int(each.max(initial=0)) for each in numbers)
    pieces = -(-sum(map(len, numbers)) // SLOTS_AT_ONCE) or 1
    step = -(-people // pieces)
    for low in range(0, people, step):
        yield partial(_between, low, low + step)


def _between(low: int, high: int, numbers: Column) -> NDArray[np.bool_]:
    return (numbers >= low) & (numbers < high)


def _booked(work: Work, chosen: Callable[[Column], NDArray[np.bool_]]) -> Rows:
    """Every slot ever booked of some people: patient, code, day, known, status and categories.

    code: of the site; the last stands for every one of which nothing is published.
    """
    names = ("patient", "code", "day", "known", "status", *(item.column for item in work.wanted))
    slots, later = (rows.where(chosen(rows["patient"])) for rows in (work.slots, work.later))
    return Rows({name: np.concatenate([slots[name], later[name]]) for name in names})


def _episodes(work: Work, recorded: ir.Table, sites: int) -> Rows:
    """The courses as recorded: patient, code, started, ended and ending. One without a reason is administrative."""
    rows = recorded.mutate(site_code=recorded.site_id.fill_null("")).left_join(work.sites.codes(), "site_code")
    first = ibis.date(work.grid.start.isoformat())
    codes = [(word, code) for code, word in enumerate(ENDINGS)]
    reason = rows.end_reason.fill_null("administrative").cases(*codes, else_=len(ENDINGS))
    told = rows.select(
        "patient_id",
        code=rows.code.fill_null(sites - 1).cast("int16"),
        started=rows.started_on.delta(first, unit="day").cast("int32"),
        ended=rows.ended_on.delta(first, unit="day").fill_null(NEVER).cast("int32"),
        ending=reason.cast("int8"),
    )
    return fetch(told, "code", convert=work.persons.numbered)


def _at_first_site(slots: Rows, episodes: Rows, sites: int) -> tuple[Rows, Rows]:
    """Episodes without a site belong to the site of the patient's first slot, and so do all the patient's slots."""
    size = 1 + int(max(slots["patient"].max(initial=0), episodes["patient"].max(initial=0)))
    first = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(first, slots["patient"], slots["day"].astype(np.int64) * sites + slots["code"])
    home = (first % sites).astype(np.int16)
    slots, episodes = (rows.having(code=home[rows["patient"]]) for rows in (slots, episodes))
    return slots, episodes


def _numbered(work: Work, found: dict[str, Column], sites: int) -> Rows:
    """The courses at sites of which something is published, with patient and site for person."""
    number = np.array([*work.sites.number.values(), NOT_KNOWN], dtype=np.int16)
    person = found.pop("person")
    found |= {"patient": (person // sites).astype(np.int32), "site": number[person % sites]}
    order = np.lexsort([found[name] for name in ("started", "site", "patient")])
    order = order[found["site"][order] != NOT_KNOWN]
    return Rows({name: values[order] for name, values in found.items()})


@dataclass(frozen=True)
class _Courses:
    """Weeks in care of one part of the curve, and the first visits."""

    weeks: Rows
    starts: Rows
    part: Part
    rule: Rule


def _decide(work: Work, courses: _Courses) -> None:
    """The head or the tail of every curve: undivided, and by each stratifier over what is shown undivided."""
    part, rule = courses.part, courses.rule
    published = part.rows(work.before("retention_cells"))
    before = atoms.published_before(published, ALL, work.sites.labels, work.grid)
    undivided = courses.weeks.having(stratum=np.zeros(len(courses.weeks), dtype=np.int16))
    starts = courses.starts.having(stratum=np.zeros(len(courses.starts), dtype=np.int16))
    sums = retention.sums_by_chunk(undivided)
    standing = {grain: judged(sums, grain, work.k, last=grain == "12weeks") for grain in ("4weeks", "12weeks")}
    decided = atoms.decide_sites(standing, before, rule, rule.until, range(len(work.sites.labels)))
    everyone = _patients(undivided, decided.new)
    found = retention.cells(decided.new, sums, retention.starts_by_chunk(starts), everyone, part, work.k)
    new = labelled(found, work.sites.labels, work.grid)
    work.add("retention_cells", new)
    shown = _Shown.of(pd.concat([rows for rows in (published, new) if len(rows)] or [new]), work)
    if part.first == 0 and work.previous is None:  # like every sum over the whole study: when all is made anew
        people = (undivided.inside(shown.weeks), starts.inside(shown.starts))
        work.add("repeat_cells", leavers.cells(*people, work.sites.labels, work.grid, work.k))
    waiting = _waiting(decided.all, standing["4weeks"])
    for item in work.chosen:
        _divide(work, item, shown.only(courses, item), decided.all, waiting)


def _divide(work: Work, item: strata.Stratifier, courses: _Courses, undivided: pd.DataFrame, waiting: set[int]) -> None:
    """The rows of one stratifier, per twelve weeks: a curve by stratum says nothing in four."""
    part, rule = courses.part, replace(courses.rule, base="12weeks")
    published = part.rows(work.before("retention_cells"))
    earlier = atoms.published_before(published, item.name, work.sites.labels, work.grid)
    sums = retention.sums_by_chunk(courses.weeks)
    split = atoms.decide_stratifier(undivided, waiting, earlier, counter(sums, work.k), rule)
    if split.new.empty:
        return
    starts = retention.starts_by_chunk(courses.starts)
    counted = _patients(courses.weeks, split.new)
    found = retention.cells(split.new, sums, starts, counted, part, work.k, stratifier=item.name, strata=item.labels)
    work.add("retention_cells", labelled(found, work.sites.labels, work.grid))


def _patients(weeks: Rows, new: pd.DataFrame) -> list[pd.DataFrame]:
    """The exact counts of every kind of shown atom."""
    kinds = new.loc[new["shown"].astype(bool), ["everywhere", "grain"]].drop_duplicates()
    counted = [
        patients_of(weeks, grain, "stratum", everywhere=bool(wide)).assign(grain=grain)
        for wide, grain in kinds.itertuples(index=False)
    ]
    return [NOBODY, *counted]


@dataclass(frozen=True)
class _Shown:
    """What is shown undivided: site, chunk and week in care; and site and chunk of shown first visits."""

    weeks: pd.DataFrame
    starts: pd.DataFrame

    @classmethod
    def of(cls, cells: pd.DataFrame, work: Work) -> _Shown:
        rows = cells[(cells["stratifier"] == ALL) & (cells["state"] == PUBLISHED)]
        number = {label: at for at, label in enumerate(work.sites.labels)}
        rows = rows.assign(
            site=rows["site"].map(number).astype("int64"),
            chunk=[work.grid.week(day) for day in rows["period_start"]],
            times=rows["grain"].map(GRAINS) // CHUNK,
        )
        rows = rows.loc[rows.index.repeat(rows["times"])]
        rows["chunk"] += CHUNK * rows.groupby(["site", "grain", "chunk", "week_in_care"]).cumcount()
        first = (rows["week_in_care"] == 0) & rows["starts_followed"].notna()
        weeks = rows[["site", "chunk", "week_in_care"]].astype("int64")
        return cls(weeks, weeks.loc[first, ["site", "chunk"]])

    def only(self, courses: _Courses, item: strata.Stratifier) -> _Courses:
        """The rows that are shown undivided, with their stratum."""
        weeks, starts = (_narrow(item.merged(rows)) for rows in (courses.weeks, courses.starts))
        return replace(courses, weeks=weeks.inside(self.weeks), starts=starts.inside(self.starts))


def _narrow(rows: Rows) -> Rows:
    """The rows without the strata of every stratifier."""
    return Rows({name: values for name, values in rows.columns.items() if not name.startswith("s_")})


def _waiting(decided: pd.DataFrame, present: pd.DataFrame) -> set[int]:
    taken = set(zip(*[atoms.weeks_of(decided)[name] for name in ("site", "week")], strict=True))
    pairs = present[["site", "start"]].itertuples(index=False)
    return {int(start) for site, start in pairs if (site, start) not in taken}
