"""The retention tables of a release: which courses of care are counted, and which of their groups are shown."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from deid.disclosure import CHUNK, Rule
from etl.release import atoms, engine, retention, strata
from etl.release.attendance import labelled
from etl.release.episodes import derived_episodes, recorded_episodes, signs_of_care
from etl.release.rows import Rows, fetch
from etl.release.work import Work
from warehouse.schema import ALL


def retention_cells(work: Work) -> None:
    """Adds retention_cells: what was published before, word for word, and the periods whose endings are now known."""
    published = work.before("retention_cells")
    work.add("retention_cells", published)
    until = work.grid.retained // CHUNK * CHUNK
    before = atoms.published_before(published, ALL, work.sites.labels, work.grid)
    if until == 0:
        return
    with engine.kept(work.backend, "release_episode", episodes_of(work)) as courses:
        rows = retention.weeks_in_care(
            courses, work.wanted, work.grid, work.settings.release.lapse_days, _first_open(work, before, until)
        )
        weeks = fetch(rows, "site", "chunk")
    _decide(work, weeks, before, Rule(until, work.k, base="4weeks"))


def episodes_of(work: Work) -> ir.Table:
    """One row per course of care, with its published site and its categories."""
    lapse = work.settings.release.lapse_days
    rows = strata.coded(work.appointments, work.patients, work.wanted)
    signs = signs_of_care(rows.mutate(site_code=rows.site_id.fill_null("")), work.wanted)
    recorded = engine.table(work.backend, "episode")
    if recorded.count().execute() == 0:
        courses = derived_episodes(signs, work.wanted, work.grid, lapse)
    else:
        if recorded.filter(recorded.site_id.notnull()).count().execute() == 0:
            recorded, signs = _at_first_site(recorded, signs)
        courses = recorded_episodes(recorded, signs, work.wanted, work.grid, lapse)
    return work.sites.numbered(courses.rename(site_id="site_code"))


def _at_first_site(recorded: ir.Table, signs: ir.Table) -> tuple[ir.Table, ir.Table]:
    """Episodes without a site belong to the site of the patient's first visit, and so do all the patient's visits."""
    first = signs.group_by("patient_id").aggregate(home=signs.site_code.argmin(signs.day))
    signs = signs.inner_join(first, "patient_id").mutate(site_code=ibis._.home)
    signs = signs.group_by("patient_id", "site_code", "day").aggregate(
        known_on=ibis._.known_on.min(),
        attended=ibis._.attended.any(),
        **{name: signs[name].min() for name in signs.columns if name.startswith("s_")},
    )
    return recorded.drop("site_id").inner_join(first, "patient_id").rename(site_id="home"), signs


def _first_open(work: Work, before: pd.DataFrame, until: int) -> int:
    """The first week of the first chunk some table still has to decide: all of them where strata may be behind."""
    if before.empty:
        return 0
    published = work.before("retention_cells")
    ends = [int(end) for end in atoms.weeks_of(before).groupby("site")["week"].max() + 1]
    for item in work.chosen:
        taken = atoms.weeks_of(atoms.published_before(published, item.name, work.sites.labels, work.grid))
        ends.append(int(taken["week"].max()) + 1 if len(taken) else 0)
    return min([until, *ends]) // 12 * 12


def _decide(work: Work, weeks: Rows, before: pd.DataFrame, rule: Rule) -> None:
    published = work.before("retention_cells")
    people = {grain: retention.patients_of(weeks, grain) for grain in ("4weeks", "12weeks")}
    decided = atoms.decide_sites(people, before, rule, rule.until, range(len(work.sites.labels)))
    everyone = [rows.assign(stratum=0, grain=grain) for grain, rows in people.items()]
    sums = retention.sums_by_chunk(weeks).assign(stratum=0)
    found = retention.cells(decided.new, sums, everyone)
    work.add("retention_cells", labelled(found, work.sites.labels, work.grid))
    shown = atoms.weeks_of(decided.all[decided.all["shown"].astype(bool)])
    population = shown.assign(chunk=shown["week"] // CHUNK * CHUNK)
    waiting = _waiting(decided.all, people["4weeks"])
    longer = Rule(rule.until, rule.k, base="12weeks")  # a curve by stratum says nothing in four weeks
    for item in work.chosen:
        rows = retention.released(item.merged(weeks), population)
        earlier = atoms.published_before(published, item.name, work.sites.labels, work.grid)
        split = atoms.decide_stratifier(decided.all, waiting, earlier, retention.counter(rows), longer)
        if split.new.empty:
            continue
        kinds = split.new.loc[split.new["shown"].astype(bool), ["everywhere", "grain"]].drop_duplicates()
        counted = [everyone[0].iloc[:0]]
        counted += [
            retention.patients_of(rows, grain, "stratum", everywhere=bool(wide)).assign(grain=grain)
            for wide, grain in kinds.itertuples(index=False)
        ]
        sums = retention.sums_by_chunk(rows, "stratum")
        found = retention.cells(split.new, sums, counted, stratifier=item.name, strata=item.labels)
        work.add("retention_cells", labelled(found, work.sites.labels, work.grid))


def _waiting(decided: pd.DataFrame, present: pd.DataFrame) -> set[int]:
    taken = set(zip(*[atoms.weeks_of(decided)[name] for name in ("site", "week")], strict=True))
    pairs = present[["site", "start"]].itertuples(index=False)
    return {int(start) for site, start in pairs if (site, start) not in taken}
