"""Which messages reached patients, and which made them ask for no more? And the contacts beside what patients say."""

from __future__ import annotations

import ibis
import numpy as np

from etl.release import engine, family, strata
from etl.release.events import placed
from etl.release.feedback import feedback_cells
from etl.release.kin import Kin
from etl.release.repeats import Repeated
from etl.release.rows import Rows
from etl.release.sums import Part
from etl.release.work import Work
from warehouse.families import CONTACT_CELLS, CONTACT_COUNTS, FEEDBACK_CELLS

NOT_SAID = "not recorded"
YES_OR_NO = ("no", "yes", NOT_SAID)


def message_cells(work: Work) -> None:
    """Adds contact_cells and, since they are counted beside them, the cells of feedback."""
    if engine.empty(engine.table(work.backend, "contact")):
        feedback_cells(work, None)
        return
    kinds = _kinds(work)
    rows = _messages(work, kinds)
    if len(rows):
        sums: dict[str, tuple[str, ...]] = {name: (name,) for name in CONTACT_COUNTS if name != "sent"}
        divided = {"kind": kinds, "automated": YES_OR_NO, "personalised": YES_OR_NO}
        part = Part(CONTACT_CELLS, {"sent": (), **sums}, by=divided)
        family.release(work, family.Slice((part,), rows, {}, repeated=_repeated, kin=(Kin(FEEDBACK_CELLS),)))
    feedback_cells(work, rows.where(rows["delivered"]))


def _repeated(rows: Rows) -> Repeated:
    rows = rows.having(sent=np.ones(len(rows), dtype=np.int8))
    outcomes = {
        "message.opted_out": ("delivered", "opted_out"),
        "message.escalated": ("sent", "escalated"),
        "message.delivered": ("sent", "delivered"),
    }
    return Repeated(rows, outcomes)


def _kinds(work: Work) -> tuple[str, ...]:
    """The kinds of messages enough patients got; the others, whose very name may say something, are not named."""
    before = work.before("contact_cells")
    named = frozenset(before["kind"]) - {"", NOT_SAID} if len(before) else frozenset()
    return (*strata.words(engine.table(work.backend, "contact"), "kind", work.k, named), NOT_SAID)


def _messages(work: Work, kinds: tuple[str, ...]) -> Rows:
    sent = engine.table(work.backend, "contact")
    attribute = strata.Attribute("kind", kinds[:-1])

    def told(name: str) -> ibis.Value:
        return ibis.ifelse(sent[name].isnull(), 2, sent[name].cast("int8")).cast("int8")

    def yes(name: str) -> ibis.Value:
        return sent[name].fill_null(False)

    events = sent.select(
        "patient_id",
        "site_id",
        day=sent.sent_on,
        kind=strata.word_code(sent.kind, attribute),
        automated=told("automated"),
        personalised=told("personalised"),
        delivered=yes("delivered"),
        opted_out=yes("opted_out"),
        escalated=yes("escalated"),
    )
    return placed(work, events)
