"""Do remote visits connect, and how often are patients reminded?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from metrics.cells import Cells
from metrics.declare import Measured, Metric
from metrics.figures import DEFF, WILSON, missing, rate, share
from metrics.groups import Groups
from metrics.repeats import repeats_of


def failed_connections(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of remote visits could not connect?"""
    counts = cells.attendance
    remote, failed, attended = (
        groups.total(np.nan_to_num(counts[name])) for name in ("remote", "connection_failed", "attended")
    )
    found = share(failed, remote, repeats_of(cells, groups, "failed_connections", period))
    why = "the exports do not say which remote visits could not connect"
    return missing(found, why, when=bool(remote.sum() <= 0 < attended.sum()))


def reminders(cells: Cells, groups: Groups, period: str) -> Measured:
    """How many reminders is a patient sent for a visit?"""
    counts = cells.attendance
    known, sent, attended = (
        groups.total(np.nan_to_num(counts[name])) for name in ("reminders_known", "reminders", "attended")
    )
    repeats = repeats_of(cells, groups, "reminders", period)
    with np.errstate(divide="ignore", invalid="ignore"):  # spread of patients' numbers beside that of chance
        alike = np.fmax(repeats.per_visit * known / np.where(sent > 0, sent, np.nan), 1.0)
    found = rate(sent, known, repeats=replace(repeats, dispersion=alike))
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
        cells=("attendance_cells", "repeat_cells"),
        numerator="visits by video or phone that could not connect",
        denominator="visits by video or phone, attended or missed, of which it is known whether they connected",
        exclusions="visits in person, cancelled visits, and remote visits of which it is not known",
        formula="failed / remote",
        limits="A poor line that held counts as connected. It says nothing of those who chose the room for fear of it.",
        source=WILSON + DEFF,
        measure=failed_connections,
        repeats=("failed_connections",),
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
        cells=("attendance_cells", "repeat_cells"),
        numerator="reminders sent for visits attended or missed",
        denominator="those visits, where the number of reminders is known",
        exclusions="cancelled visits, and those of which it is not known",
        formula="reminders / reminders known",
        limits="More reminders help some and annoy others: read it by group, beside opt-outs.",
        source="Garwood 1936, Biometrika 28:437 (exact Poisson limits), widened by how much more patients' own numbers "
        "vary (Kish 1965, Survey Sampling)",
        measure=reminders,
        repeats=("reminders",),
    ),
)
