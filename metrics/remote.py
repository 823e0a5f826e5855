"""Do remote visits connect, and how often are patients reminded?"""

from __future__ import annotations

import numpy as np

from metrics.cells import Cells
from metrics.declare import Measured, Metric
from metrics.figures import WILSON, missing, noted, rate, same, share
from metrics.groups import Groups

ALONE = "the interval takes each visit as a patient of its own"


def failed_connections(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of remote visits could not connect?"""
    counts = cells.attendance
    remote, failed, attended = (
        groups.total(np.nan_to_num(counts[name])) for name in ("remote", "connection_failed", "attended")
    )
    found = noted(share(failed, remote), same(len(remote), ALONE))
    why = "the exports do not say which remote visits could not connect"
    return missing(found, why, when=bool(remote.sum() <= 0 < attended.sum()))


def reminders(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many reminders is a patient sent for a visit?"""
    counts = cells.attendance
    known, sent, attended = (
        groups.total(np.nan_to_num(counts[name])) for name in ("reminders_known", "reminders", "attended")
    )
    found = noted(rate(sent, known), same(len(known), ALONE))
    why = "the exports do not say how many reminders were sent"
    return missing(found, why, when=bool(known.sum() <= 0 < attended.sum()))


REMOTE = (
    Metric(
        key="failed_connections",
        version=1,
        question="What share of remote visits could not connect?",
        name="Failed connections",
        unit="share",
        better="lower",
        side="access",
        margin=0.02,
        margin_reason="two in a hundred who came and could not be seen",
        minimum_n=11,
        counted="remote visits of which it is known",
        cells=("attendance_cells",),
        numerator="visits by video or phone that could not connect",
        denominator="visits by video or phone, attended or missed, of which it is known whether they connected",
        exclusions="visits in person, cancelled visits, and remote visits of which it is not known",
        formula="failed / remote",
        limits="A poor line that held counts as connected. It says nothing of those who chose the room for fear of it.",
        source=WILSON,
        measure=failed_connections,
    ),
    Metric(
        key="reminders_per_visit",
        version=1,
        question="How many reminders is a patient sent for a visit?",
        name="Reminders a visit",
        unit="per visit",
        better="lower",
        side="fairness",
        margin=0.5,
        margin_reason="one reminder more for every second visit",
        minimum_n=30,
        counted="visits of which it is known",
        cells=("attendance_cells",),
        numerator="reminders sent for visits attended or missed",
        denominator="those visits, where the number of reminders is known",
        exclusions="cancelled visits, and those of which it is not known",
        formula="reminders / reminders known",
        limits="More reminders help some and annoy others: read it by group, beside opt-outs.",
        source="Garwood 1936, Biometrika 28:437 (exact Poisson limits)",
        measure=reminders,
    ),
)
