"""How soon does a human answer a sign of danger, and what does automation miss? Counts of signals, and their minutes.

What became of a signal is judged as known `settle_days` after its week, when that week can first be told, never by what
came later: then no period, old or new, is judged with more knowledge than another. Moments are UTC, so that the night
clocks change takes neither hour from anybody; opening hours are the practice's own time.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from etl.declared import CrisisSettings
from etl.release import engine, family, strata
from etl.release.events import placed
from etl.release.grid import Grid
from etl.release.repeats import Repeated
from etl.release.rows import Column, Rows, fetch
from etl.release.sums import Beside, Part
from etl.release.times import MINUTES, up, within
from etl.release.work import Work
from etl.settings import IngestSettings
from warehouse.families import CRISIS_CELLS, CRISIS_COUNTS, TIME_CELLS

SEVERITIES = ("low", "medium", "high")  # anything else is not recorded
OBSERVERS = ("automation", "human", "patient")
JUDGED = ("true", "false")
HOURS = ("in hours", "out of hours")
NEVER = 2**62  # stands for a moment that is not known, or did not come
SECONDS_PER_DAY = 86_400
MILLIONTHS = 1_000_000
HUNDREDTHS = 100
REPEATED = {  # outcome of repeat_cells -> the signals that count, and what happened
    "crisis.unreached": ("signal", "unreached"),
    "crisis.within_target": ("signal", "within_target"),
    "crisis.out_of_hours": ("signal", "out_of_hours"),
    "crisis.out_of_hours_within_target": ("out_of_hours", "out_of_hours_within_target"),
    "crisis.real_found": ("real_told", "real_found"),
    "crisis.alarm_real": ("alarm_told", "real_found"),
    "crisis.false_alarm": ("signal", "false_by_automation"),
    "crisis.log_minutes": ("contacted", "log_hundredths"),
}


def crisis_cells(work: Work) -> None:
    """Adds crisis_cells, and the minutes to human contact in time_cells."""
    if engine.empty(engine.table(work.backend, "crisis_signal")):
        return
    rows = signals(work)
    if not len(rows):
        return
    columns = {name: (name,) for name in CRISIS_COUNTS if name in rows.columns}
    counted = Part(CRISIS_CELLS, {"signals": (), **columns, "log_minutes_squared": ("log_minutes", "log_minutes")})
    timed = Part(
        TIME_CELLS,
        {"observed": ("contacted",), "censored": ("waiting",)},
        {"question": "crisis", "how": ""},
        {"time": None},
    )
    visits = Beside(CRISIS_CELLS, _clinician_weeks(work), {"clinician_weeks": ()}, divided=False, guarded=False)
    more = tuple(item for item in (_stratifier(work, rows, each) for each in _attributes(work)) if item is not None)
    piece = family.Slice((counted, timed), rows, {}, beside=(visits,), repeated=_repeated, in_strata=_of_all, more=more)
    family.release(work, piece)


def _repeated(rows: Rows) -> Repeated:
    """What is alike among the signals of one patient; logarithms in hundredths."""
    found, automation = rows["real_found"], rows["false_by_automation"]
    values = {
        "signal": np.ones(len(rows), dtype=np.int8),
        "real_told": found | rows["real_missed"],
        "alarm_told": found | automation,
        "log_hundredths": np.rint(rows["log_minutes"] * (HUNDREDTHS / MILLIONTHS)).astype(np.int32),
    }
    times = within("crisis", rows.having(observed=rows["contacted"], censored=rows["waiting"], **values))
    return Repeated(times.rows, {**REPEATED, **times.outcomes})


def _of_all(rows: Rows) -> Repeated:
    """Of that, what is about every signal: told by severity too, where a patient has fewer of each."""
    told = {name: pair for name, pair in REPEATED.items() if pair[0] == "signal"}
    return Repeated(rows.having(signal=np.ones(len(rows), dtype=np.int8)), told)


def signals(work: Work) -> Rows:
    """Every signal of a published week, and what became of it."""
    found = engine.table(work.backend, "crisis_signal")

    def moment(name: str) -> ir.Value:
        return found[f"{name}_at"].epoch_seconds().cast("int64").fill_null(NEVER)

    def code(name: str, words: tuple[str, ...]) -> ir.Value:
        return found[name].cases(*((word, at) for at, word in enumerate(words)), else_=len(words)).cast("int8")

    channel = _attributes(work)[-1]
    events = found.select(
        "patient_id",
        "site_id",
        day=found.detected_on,
        detected=moment("detected"),
        contact=moment("human_contact"),
        contact_day=(found.human_contact_on.delta(ibis.date("1970-01-01"), unit="day")).cast("int64").fill_null(NEVER),
        closed=moment("closed"),
        by_automation=(found.closed_by == "automation").fill_null(False),
        noticed_by=code("detected_by", OBSERVERS),
        severity=code("severity", SEVERITIES),
        judged=code("adjudication", JUDGED),
        s_channel=strata.word_code(found.channel, channel),
    )
    own = [name for name in events.columns if name not in ("patient_id", "site_id", "day")]
    rows = placed(work, events)
    kept = {name: values for name, values in rows.columns.items() if name not in own or name == "s_channel"}
    return Rows(kept | _became(rows, work.settings, work.grid))


def _became(rows: Rows, settings: IngestSettings, grid: Grid) -> dict[str, Column]:
    """One number or yes and no per count of crisis_cells."""
    monday = (grid.start - pd.Timestamp(0).date()).days
    horizon_day = monday + (rows["week"].astype(np.int64) + 1) * 7 + settings.release.settle_days
    horizon = _utc_midnights(horizon_day, settings.timezone)
    detected, contact, severity = rows["detected"], rows["contact"], rows["severity"]
    timed = (detected != NEVER) & (contact < horizon)
    no_minute = (contact == NEVER) | (detected == NEVER)
    by_day = no_minute & (rows["contact_day"] < horizon_day)
    unreached = ~timed & ~by_day
    waiting = unreached & (detected != NEVER)
    minutes = np.where(timed, contact - detected, np.where(waiting, horizon - detected, 0)) / 60
    targets = settings.crisis.target_minutes
    limits = np.array([targets.low, targets.medium, targets.high, np.inf])[severity]
    within, past = timed & (minutes <= limits) & np.isfinite(limits), (timed | waiting) & (minutes > limits)
    shut = (detected != NEVER) & ~is_open(detected, settings.crisis, settings.timezone)
    real, false = rows["judged"] == 0, rows["judged"] == 1
    noticed = rows["noticed_by"] == OBSERVERS.index("automation")
    alone = rows["by_automation"] & ((contact == NEVER) | (contact > rows["closed"])) & ~by_day
    logs = np.where(timed, np.rint(np.log1p(minutes) * MILLIONTHS), 0).astype(np.int64)
    return {
        "contacted": timed,
        "unreached": unreached,
        "closed_by_automation": alone & ((rows["closed"] < horizon) | (rows["closed"] == NEVER)),
        "log_minutes": logs,
        "within_target": within,
        "past_target": past,
        "undetermined": ~within & ~past,
        "out_of_hours": shut,
        "out_of_hours_within_target": shut & within,
        "real": real,
        "false_alarm": false,
        "not_judged": ~real & ~false,
        "real_found": real & noticed,
        "real_missed": real & ~noticed,
        "false_by_automation": false & noticed,
        "waiting": waiting,
        "time": up(minutes, MINUTES, observed=timed),
        "s_severity": severity.astype(np.int16),
        "s_hours": np.where(detected == NEVER, len(HOURS), shut).astype(np.int16),
    }


def is_open(moments: Column, settings: CrisisSettings, timezone: str) -> Column:
    """Is the practice open at these moments (seconds of UTC)?"""
    local = _local(moments, timezone)
    minute = (local % SECONDS_PER_DAY) // 60
    weekday = (local // SECONDS_PER_DAY + 3) % 7  # 1970-01-01 was a Thursday
    found = np.zeros(len(moments), dtype=bool)
    for day, spans in enumerate(settings.opening_hours.spans):
        for start, end in spans:
            found |= (weekday == day) & (minute >= start) & (minute < end)
    closed = [(day - pd.Timestamp(0).date()).days for day in settings.closed_on]
    return found & ~np.isin(local // SECONDS_PER_DAY, closed)


def _local(moments: Column, timezone: str) -> Column:
    """Seconds since the epoch on the wall clock of the practice."""
    known = np.where(moments == NEVER, 0, moments)
    there = pd.DatetimeIndex(known.astype("datetime64[s]")).tz_localize("UTC").tz_convert(timezone)
    return there.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)


def _utc_midnights(days: Column, timezone: str) -> Column:
    """The moments (seconds of UTC) at which these local days begin."""
    unique, place = np.unique(days, return_inverse=True)
    there = pd.DatetimeIndex((unique * SECONDS_PER_DAY).astype("datetime64[s]")).tz_localize(
        timezone, nonexistent="shift_forward", ambiguous=np.ones(len(unique), dtype=bool)
    )
    return there.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64)[place]


def _clinician_weeks(work: Work) -> Rows:
    """One row per clinician and week with a visit kept, at each site."""
    kept = work.appointments.filter(work.appointments.status == "attended", work.appointments.clinician_id.notnull())
    events = work.sites.numbered(kept)
    days = events.starts_on.delta(ibis.date(work.grid.start.isoformat()), unit="day")
    weeks = events.select("clinician_id", "site", week=(days // 7).cast("int16")).distinct()
    weeks = weeks.filter(weeks.week >= 0, weeks.week < work.grid.until)
    counted = weeks.select(
        "site",
        "week",
        patient_id=ibis.literal(0),
        chunk=(weeks.week // 4 * 4).cast("int16"),
        block=(weeks.week // 12 * 12).cast("int16"),
    )
    return fetch(counted, "site", "week")


def _attributes(work: Work) -> list[strata.Attribute]:
    """By what signals are split beside what splits patients."""
    found = engine.table(work.backend, "crisis_signal")
    channels = strata.words(found, "channel", work.k, strata.named_before(_categories(work, "channel")))
    return [
        strata.Attribute("severity", SEVERITIES),
        strata.Attribute("hours", HOURS),
        strata.Attribute("channel", channels),
    ]


def _categories(work: Work, name: str) -> pd.DataFrame:
    before = work.before("category")
    return before[before["stratifier"] == name] if len(before) else before


def _stratifier(work: Work, rows: Rows, attribute: strata.Attribute) -> strata.Stratifier | None:
    """The categories of the release before; else such as twelve weeks of the whole practice bear."""
    before = _categories(work, attribute.name)
    if len(before):
        item = strata.reuse(attribute, before, work.before("crisis_cells"))
    else:
        item = strata.choose(rows, attribute, work.k, by=("block",))
    if item is not None:
        work.add("category", strata.category(item))
    return item
