"""Which level did automation give a request for care, and which the clinician?"""

from __future__ import annotations

from etl.release import engine, family
from etl.release.events import placed
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import TRIAGE_CELLS


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
        family.release(work, family.Slice((part,), rows, {}))
