"""What do patients say of their care: ratings, complaints, themes, and how often per contact?

A contact is a visit kept or a message that arrived, whoever wrote about it. Who was in contact must be nobody or enough
people as well: else contacts less visits would tell of a few.
"""

from __future__ import annotations

import numpy as np

from etl.codebook import Codebook
from etl.release import engine, family, themes
from etl.release.events import placed
from etl.release.kin import Kin
from etl.release.repeats import Repeated
from etl.release.rows import Rows
from etl.release.sums import Beside, Part
from etl.release.work import Work
from warehouse.families import CONTACT_CELLS, FEEDBACK_CELLS
from warehouse.schema import ATTENDANCE_CELLS

HUNDREDTHS = 100
COMPLAINT = "complaint"


def feedback_cells(work: Work, messages: Rows | None) -> None:
    """Adds feedback_cells. messages: those that arrived; None where none was sent."""
    if engine.empty(engine.table(work.backend, "feedback")):
        return
    book = Codebook.of(work.settings.feedback)
    rows = _said(work, book)
    if not len(rows):
        return
    sums = {
        "given": (),
        "rated": ("rated",),
        "rating": ("rating",),
        "rating_squared": ("rating", "rating"),
        "comments": ("commented",),
        "complaints": ("complained",),
        **themes.sums(book),
    }
    beside = [Beside(FEEDBACK_CELLS, work.slots, {"contacts": ("attended",)})]
    if messages is not None and len(messages):
        beside.append(Beside(FEEDBACK_CELLS, messages, {"contacts": ("delivered",)}))
    parts = (Part(FEEDBACK_CELLS, sums), *themes.parts(book))
    kin = (Kin(ATTENDANCE_CELLS), Kin(CONTACT_CELLS))
    piece = family.Slice(parts, rows, {}, ("rated",), tuple(beside), repeated=_repeated, in_strata=_repeated, kin=kin)
    family.release(work, piece)


def _repeated(rows: Rows) -> Repeated:
    """All but the rating are about whoever gave any: how many, so that what is said per contact knows its patients."""
    counted = {name: name for name in rows.columns if name.startswith(themes.THEME)} | {"complaints": "complained"}
    outcomes = {f"feedback.{name.removeprefix(themes.THEME)}": ("given", column) for name, column in counted.items()}
    rows = rows.having(given=np.ones(len(rows), dtype=np.int8))
    return Repeated(rows, {"rating": ("rated", "rating"), **outcomes})


def _said(work: Work, book: Codebook) -> Rows:
    given = engine.table(work.backend, "feedback")
    rating = (given.rating * HUNDREDTHS).round().cast("int32")
    comment = given.comment.fill_null("")
    events = given.select(
        "patient_id",
        "site_id",
        day=given.given_on,
        rated=given.rating.notnull(),
        rating=rating.fill_null(0).cast("int32"),
        commented=comment != "",
        comment=comment,
        complained=(given.kind == COMPLAINT).fill_null(False),
    )
    return placed(work, events, convert=themes.converter(book), at_once=themes.AT_ONCE)
