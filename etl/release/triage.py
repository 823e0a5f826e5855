"""Which level did automation give a request for care, and which the clinician?"""

from __future__ import annotations

import numpy as np

from etl.release import engine, family
from etl.release.events import placed
from etl.release.kin import Kin
from etl.release.repeats import Repeated
from etl.release.rows import Rows
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import TIME_CELLS, TRIAGE_CELLS

MIDDLE = 3  # of the five levels


def triage_cells(work: Work) -> None:
    """Adds triage_cells: every pair of levels, 0 where none was given."""
    asked = engine.table(work.backend, "triage")
    if engine.empty(asked):
        return
    events = asked.select(
        "patient_id",
        "site_id",
        day=asked.requested_on,
        automation_level=asked.automation_level.fill_null(0).cast("int8"),
        clinician_level=asked.clinician_level.fill_null(0).cast("int8"),
    )
    rows = placed(work, events)
    if len(rows):
        part = Part(TRIAGE_CELLS, {"requests": ()}, by=dict.fromkeys(("automation_level", "clinician_level")))
        timed = Kin(TIME_CELLS, {"question": "right_care"}, ("observed", "censored"), ("requests",))
        family.release(work, family.Slice((part,), rows, {}, repeated=_repeated, kin=(timed,)))


def _repeated(rows: Rows) -> Repeated:
    """How alike automation and clinician are for one patient, where both gave a level."""
    given, right = (rows[name].astype(np.int16) for name in ("automation_level", "clinician_level"))
    both, apart = (given > 0) & (right > 0), given - right  # above 0: automation said less urgent
    away = (given - MIDDLE) ** 2 + (right - MIDDLE) ** 2
    values = {
        "both": both,
        "under": both & (apart > 0),
        "over": both & (apart < 0),
        "same": both & (apart == 0),
        "apart": np.where(both, apart**2, 0),
        "away": np.where(both, away, 0),
        "apart_and_away": np.where(both, apart**2 + away, 0),  # tells how the two go together
    }
    return Repeated(rows.having(**values), {f"triage.{name}": ("both", name) for name in values if name != "both"})
