"""Do patients who are told how their data is used, or what is automated, come less afterwards? Paired sums.

Of every patient told for the first time, the slots of twelve weeks before that day and of twelve weeks after it, the
day itself left out; only where both stretches lie in the data, and the patient had a slot in each. Whole study,
practice-wide: made with everything else anew, like the contrast.
"""

from __future__ import annotations

from datetime import timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import may_show, standing
from etl.release import engine, strata
from etl.release.rows import Column, Rows, fetch
from etl.release.work import Work
from warehouse.columns import PUBLISHED, WITHHELD
from warehouse.families import NOTICE_CELLS

WINDOW_DAYS = 84
WEEKS = WINDOW_DAYS // 7
NOT_SAID = "not recorded"
CANCELLED = ("cancelled_patient", "late_cancel")
HELD = ("attended", "no_show")
OUTCOMES = {"cancelled": ("slots", "cancelled"), "no_show": ("held", "missed"), "attended": ("weeks", "attended")}


def notice_cells(work: Work) -> None:
    """Adds notice_cells: what the release before holds, or anew where everything is made anew."""
    if work.previous is not None:
        work.add(NOTICE_CELLS.name, work.before(NOTICE_CELLS.name))
        return
    told = engine.table(work.backend, "notice")
    if engine.empty(told):
        return
    versions = (*strata.words(told, "version", work.k, frozenset()), NOT_SAID)
    topics = sorted(told.select("topic").distinct().to_pandas()["topic"].dropna())
    attribute = strata.Attribute("version", versions[:-1])
    rows = _slots(work, told, topics, attribute)
    kinds = told.select("topic", version=strata.word_code(told.version, attribute)).distinct().to_pandas()
    found = [
        _row(rows.where((rows["topic"] == topics.index(topic)) & (rows["version"] == version)), outcome, work.k)
        | {"topic": topic, "version": versions[version], "outcome": outcome}
        for topic, version in sorted(kinds.itertuples(index=False, name=None))
        for outcome in OUTCOMES
    ]
    work.add(NOTICE_CELLS.name, pd.DataFrame(found))


def _slots(work: Work, told: ir.Table, topics: list[str], versions: strata.Attribute) -> Rows:
    """One row per patient first told of a topic in one wording: slots, cancelled, held, missed, attended, 1 and 0."""
    grid = work.grid
    end = min(grid.day(grid.until) - timedelta(days=1), grid.data_end)
    first = told.mutate(version_code=strata.word_code(told.version, versions))
    first = first.group_by("patient_id", "topic", "version_code").aggregate(day=first.given_on.min())
    first = first.filter(
        first.day >= ibis.date((grid.data_start + timedelta(days=WINDOW_DAYS)).isoformat()),
        first.day <= ibis.date((end - timedelta(days=WINDOW_DAYS)).isoformat()),
    )
    visits = work.appointments.select("patient_id", "starts_on", "status")
    pairs = first.inner_join(visits, "patient_id")
    days = pairs.starts_on.delta(pairs.day, unit="day")
    pairs = pairs.mutate(days=days).filter(days.abs() <= WINDOW_DAYS, days != 0)
    counts: dict[str, ir.Value] = {}
    for side, inside in (("1", pairs.days > 0), ("0", pairs.days < 0)):
        kinds = {
            "slots": inside,
            "cancelled": inside & pairs.status.isin(CANCELLED),
            "held": inside & pairs.status.isin(HELD),
            "missed": inside & (pairs.status == "no_show"),
            "attended": inside & (pairs.status == "attended"),
        }
        counts |= {f"{name}{side}": value.fill_null(False).cast("int32").sum() for name, value in kinds.items()}
    sums = pairs.group_by("patient_id", "topic", "version_code").aggregate(**counts)
    codes = [(word, at) for at, word in enumerate(topics)]
    chosen = sums.filter(sums.slots1 > 0, sums.slots0 > 0).select(
        "patient_id",
        topic=sums.topic.cases(*codes, else_=len(topics)).cast("int8"),
        version=sums.version_code,
        **{name: sums[name].cast("int32") for name in counts},
    )
    rows = fetch(chosen)
    weeks = np.full(len(rows), WEEKS, dtype=np.int32)
    return rows.having(weeks1=weeks, weeks0=weeks)


def _row(rows: Rows, outcome: str, k: int) -> dict[str, object]:
    """The sums of one outcome, or none where too few patients, or only one kind of end, are in it."""
    visits, events = OUTCOMES[outcome]
    seen = rows.where((rows[f"{visits}1"] > 0) & (rows[f"{visits}0"] > 0))
    own: dict[str, Column] = {}
    for side in ("1", "0"):
        own[f"m{side}"], own[f"y{side}"] = (seen[f"{name}{side}"].astype(np.int64) for name in (visits, events))
    sides = [(own[f"m{side}"].sum(), own[f"y{side}"].sum()) for side in ("1", "0")]
    many = np.array([len(seen)] * 2)
    of, ones = (np.array(values) for values in zip(*sides, strict=True))
    counted = many if outcome == "attended" else standing(many, of - ones, ones, k)
    if not all(may_show(int(n), k) for n in counted):
        return {"state": WITHHELD}
    sums: dict[str, object] = {"state": PUBLISHED, "patients": len(seen)}
    for side in ("1", "0"):
        m, y = own[f"m{side}"], own[f"y{side}"]
        sums |= {f"n{side}": int(m.sum()), f"y{side}": int(y.sum())}
        sums |= {f"mm{side}": int(m @ m), f"my{side}": int(m @ y), f"yy{side}": int(y @ y)}
    crossed = (("m1", "m0"), ("y1", "y0"), ("m1", "y0"), ("y1", "m0"))
    return sums | {one + other: int(own[one] @ own[other]) for one, other in crossed}
