"""What may be published from the vault today? Counts, with every decision of disclosure made on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd

from deid.disclosure import CHUNK
from etl.release import atoms, attendance, contrast, engine, expected, family, people, repeats, staff, strata, windows
from etl.release.care import courses_of, retention_cells
from etl.release.cells import labelled
from etl.release.contacts import message_cells
from etl.release.costs import cost_cells
from etl.release.crisis import crisis_cells
from etl.release.frames import PreviousRelease, ReleaseTables, complete
from etl.release.grid import Grid, as_date, make_grid
from etl.release.notices import notice_cells
from etl.release.outcomes import outcome_cells
from etl.release.predictions import prediction_cells
from etl.release.reading import read_slots
from etl.release.rows import Rows
from etl.release.scores import score_cells
from etl.release.sites import published_sites
from etl.release.slots import components_found, window_before
from etl.release.times import rebooking_times, right_care_times
from etl.release.triage import triage_cells
from etl.release.work import Work
from etl.settings import IngestSettings
from warehouse.families import (
    CONTACT_CELLS,
    CRISIS_CELLS,
    FEEDBACK_CELLS,
    FEEDBACK_THEMES,
    OUTCOME_CELLS,
    PREDICTION_CELLS,
    SCORE_CELLS,
    TIME_CELLS,
    TRIAGE_CELLS,
)
from warehouse.schema import ALL

COUNTED = (
    SCORE_CELLS,
    OUTCOME_CELLS,
    CRISIS_CELLS,
    TIME_CELLS,
    TRIAGE_CELLS,
    CONTACT_CELLS,
    FEEDBACK_CELLS,
    FEEDBACK_THEMES,
    PREDICTION_CELLS,
)
FAMILIES = (
    score_cells,
    crisis_cells,
    triage_cells,
    right_care_times,
    rebooking_times,
    message_cells,
    prediction_cells,
    notice_cells,
    staff.staff_cells,
    cost_cells,
)


def make_release(
    vault: Any,
    settings: IngestSettings,
    previous: PreviousRelease | None,
    now: datetime,
    *,
    counted: Callable[[float], None] = lambda share: None,
) -> ReleaseTables:
    """The tables of the next release.

    vault: an Ibis backend or DuckDB connection with the catalog `vault`. previous: the latest release; what it
    published is carried over word for word unless it is to be restated. The header lacks what the pipeline knows
    (vault_state, settings_hash) and what the store gives (id, content_hash). No day with data: empty tables.
    counted: is told after each family of counts which share of them is done.
    """
    backend = engine.backend_of(vault)
    appointments = engine.table(backend, "appointment")
    extracted = settings.extracted_on or now.date()
    days = appointments.filter(appointments.starts_on <= ibis.date(extracted.isoformat()))
    span = days.aggregate(first=days.starts_on.min(), last=days.starts_on.max()).to_pandas().iloc[0]
    previous = previous.under(settings.smallest_group) if previous is not None else None
    header = _header(settings, previous, now)
    if pd.isna(span["first"]):
        return ReleaseTables(header, complete({}))
    known = previous.header if previous is not None else None
    grid = make_grid(settings, as_date(span["first"]), as_date(span["last"]), known, now)
    work = _work(backend, settings, previous, grid)
    families = (_count_slots, _count_courses, *FAMILIES)
    for at, count in enumerate(families):
        count(work)
        counted((at + 1) / len(families))
    names = ("data_start", "data_end", "grid_start", "published_until")
    header |= dict(zip(names, (grid.data_start, grid.data_end, grid.start, grid.day(grid.until)), strict=True))
    return ReleaseTables(header, complete(work.frames))


def _header(settings: IngestSettings, previous: PreviousRelease | None, now: datetime) -> dict[str, Any]:
    release = settings.release
    anew = previous is None or previous.restate
    made_at = now.astimezone(UTC).replace(tzinfo=None) if now.tzinfo else now
    return {
        "made_at": made_at,
        "practice": settings.practice,
        "timezone": settings.timezone,
        "synthetic": settings.synthetic,
        "extracted_on": settings.extracted_on or now.date(),
        "data_start": None,
        "data_end": None,
        "grid_start": None,
        "published_until": None,
        "restated_on": now.date() if anew or previous is None else previous.header["restated_on"],
        "smallest_group": settings.smallest_group,
        "settle_days": release.settle_days,
        "lapse_days": release.lapse_days,
        "late_cancel_hours": release.late_cancel_hours,
        "rebook_days": release.rebook_days,
        "privacy_profile": settings.privacy.profile,
    }


def _work(backend: Any, settings: IngestSettings, previous: PreviousRelease | None, grid: Grid) -> Work:
    appointments, patients = (engine.table(backend, name) for name in ("appointment", "patient"))
    kept = None if previous is None or previous.restate or previous.rows("attendance_cells").empty else previous
    known = appointments.filter(
        appointments.starts_on < ibis.date(grid.day(grid.until).isoformat()),
        appointments.starts_on >= ibis.date(grid.start.isoformat()),
    )
    sites = published_sites(known, engine.table(backend, "site"), settings, grid, kept)
    named = strata.named_before(kept.rows("category")) if kept else frozenset()
    wanted = strata.attributes(appointments, patients, settings.release.stratifiers, settings.smallest_group, named)
    told = (backend, settings, kept, grid, sites, appointments, patients, wanted, components_found(appointments))
    work = Work(*told, fitted_until=expected.fitted_until(previous, grid.extracted_on))
    work.add("site", sites.frame())
    work.add("rollout", _rollouts(work))
    work.add("repeat_cells", work.before("repeat_cells"))
    return work


def _rollouts(work: Work) -> pd.DataFrame:
    columns = ["site_id", "component", "went_live_on", "ended_on", "version"]
    rows = engine.table(work.backend, "rollout").select(*columns).to_pandas()
    rows["site"] = [
        work.sites.labels[work.sites.number[code]] if code in work.sites.number else None for code in rows["site_id"]
    ]
    rows = rows.dropna(subset=["site"]).drop(columns="site_id").sort_values(["site", "component", "went_live_on"])
    return rows.drop_duplicates(["site", "component", "went_live_on"])


def _first_open_week(work: Work) -> int:
    """The first week the engine has to look at: earlier ones are carried over, or lie in a window that is."""
    published = work.before("attendance_cells")
    if published.empty:
        return 0
    open_weeks: list[int] = [work.grid.until]
    of_visits = set(work.before("category").get("stratifier", pd.Series(dtype=object))) - {staff.ROLE}
    names = [ALL, *sorted(of_visits)]
    for name in names:
        taken = atoms.published_before(published, name, work.sites.labels, work.grid)
        weeks = set(atoms.weeks_of(taken)["week"])
        every = set(range(work.grid.until)) - weeks
        open_weeks += [min(every)] if every else []
        per_site = atoms.weeks_of(taken).groupby("site")["week"].max() + 1
        open_weeks += [int(week) for week in per_site]
    return window_before(min(open_weeks))


def _count_courses(work: Work) -> None:
    """Everything that is counted on courses of care. What other families published before comes with it."""
    family.carry_over(work, COUNTED)
    courses = courses_of(work)
    retention_cells(work, courses)
    outcome_cells(work, courses)


def _count_slots(work: Work) -> None:
    """Everything that is counted on appointments. Which groups are shown is decided first, then what is counted."""
    known, since = expected.attributes(work), _first_open_week(work)
    slots = read_slots(work, [item for item in known if item not in work.wanted])
    slots = slots.where(slots["week"] >= since)
    work.chosen = _choose(work, slots)
    undivided = _undivided(work, slots)
    split = {item.name: _divided(work, slots, item, undivided) for item in work.chosen}
    population = undivided.population
    regions = {name: atoms.region(decided.all, population) for name, decided in split.items()}
    slots = expected.with_risks(work, slots, known, {ALL: population, **regions})
    _count_undivided(work, slots, undivided)
    for item in work.chosen:
        _count_strata(work, slots, item, split[item.name], undivided)
    _contrast(work, slots, population, regions)


def _choose(work: Work, slots: Rows) -> list[strata.Stratifier]:
    """The stratifiers of this release: those of the one before, or made anew once four weeks are over."""
    before = work.before("category")
    if work.previous is not None and len(before):
        cells = work.before("attendance_cells")
        found = [strata.reuse(item, before, cells) for item in work.wanted]
    elif work.grid.until >= CHUNK:
        found = [strata.choose(slots, item, work.k) for item in work.wanted]
    else:
        found = []
    chosen = [item for item in found if item is not None]
    for item in chosen:
        work.add("category", strata.category(item))
    return chosen


def _undivided(work: Work, slots: Rows) -> atoms.Undivided:
    """Which periods of each site are shown, and so which site-weeks everything else may be counted over."""
    before = atoms.published_before(work.before("attendance_cells"), ALL, work.sites.labels, work.grid)
    counts = {grain: people.patients_of(slots, grain) for grain in atoms.UNIT_COLUMN}
    outcomes = people.kept_and_missed(slots)
    standing = {grain: people.judged(rows, outcomes, grain, work.k) for grain, rows in counts.items()}
    numbers = range(len(work.sites.labels))
    decided = atoms.decide_sites(standing, before, work.rule, work.grid.covered, numbers)
    waiting = attendance.chunks_waiting(decided.all, counts["4weeks"], work.grid.until, work.grid.covered)
    return atoms.Undivided(decided, waiting)


def _divided(work: Work, slots: Rows, item: strata.Stratifier, undivided: atoms.Undivided) -> atoms.Decided:
    """In which of those are the strata of one stratifier shown?"""
    rows = attendance.within(item.merged(slots), undivided.population)
    before = atoms.published_before(work.before("attendance_cells"), item.name, work.sites.labels, work.grid)
    count = people.counter(rows, work.k)
    return atoms.decide_stratifier(undivided.decided.all, undivided.waiting, before, count, work.rule)


def _count_undivided(work: Work, slots: Rows, undivided: atoms.Undivided) -> None:
    """attendance_cells and repeat_cells of the undivided group."""
    sums = attendance.sums_by_week(slots).assign(stratum=0)
    counted = [people.patients_of(slots, grain).assign(stratum=0, grain=grain) for grain in atoms.UNIT_COLUMN]
    rows = attendance.cells(undivided.decided.new, sums, counted)
    work.add("attendance_cells", work.before("attendance_cells"))
    work.add("attendance_cells", labelled(rows, work.sites.labels, work.grid))
    one, of = slots.having(stratum=np.zeros(len(slots), dtype=np.int16)), repeats.of_undivided_visits
    windows.repeat_cells(work, windows.Split(one, ALL, (ALL,), undivided.decided), undivided, of)


def _count_strata(
    work: Work, slots: Rows, item: strata.Stratifier, decided: atoms.Decided, undivided: atoms.Undivided
) -> None:
    """attendance_cells and repeat_cells of one stratifier."""
    if decided.all.empty:
        return
    population, rows = undivided.population, item.merged(slots)
    every = attendance.within(rows, atoms.region(decided.all, population))
    if len(decided.new):
        anew = decided.before.empty
        inside = every if anew else attendance.within(rows, atoms.region(decided.new, population))
        sums = attendance.sums_by_week(inside, "stratum")
        shown = decided.new[decided.new["shown"].astype(bool)]
        counted = [
            people.patients_of(inside, grain, "stratum", everywhere=bool(everywhere)).assign(grain=grain)
            for everywhere, grain in shown[["everywhere", "grain"]].drop_duplicates().itertuples(index=False)
        ]
        found = attendance.cells(decided.new, sums, counted, stratifier=item.name, strata=item.labels)
        work.add("attendance_cells", labelled(found, work.sites.labels, work.grid))
    windows.repeat_cells(work, windows.Split(every, item.name, item.labels, decided), undivided, repeats.of_visits)


def _contrast(work: Work, slots: Rows, population: pd.DataFrame, regions: dict[str, pd.DataFrame]) -> None:
    """The contrast, made with everything else anew and carried over unchanged until then."""
    if work.previous is not None:
        for name in ("contrast_cells", "contrast_repeats"):
            work.add(name, work.before(name))
        return
    name = work.settings.release.confounder
    confounder = next((item for item in work.chosen if item.name == name), None)
    if confounder is None or not work.components:
        return
    where = regions[name]
    if "exposure" in regions:
        where = where.merge(regions["exposure"], on=["site", "week"])
    finest = strata.as_recorded(confounder.attribute)  # practice-wide there are enough patients for every band
    rows = attendance.within(finest.merged(slots), where)
    cells, own = contrast.contrast_frames(rows, work.components, finest, confounder.groups, work.k)
    work.add("contrast_cells", cells)
    work.add("contrast_repeats", own)
