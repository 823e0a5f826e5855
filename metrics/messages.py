"""Do patients still want the messages, and what does telling them about automation do?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.cells import Cells
from metrics.declare import Flags, Floats, Measured, Metric
from metrics.figures import DEFF, WILSON, by_t, difference, missing, noted, share, unknown
from metrics.groups import Groups
from metrics.repeats import repeats_of
from warehouse.schema import PUBLISHED

YES, NO = ("yes", "true", "1", "personalised"), ("no", "false", "0", "generic")
OPTED_OUT, ESCALATED = "message.opted_out", "message.escalated"  # in repeat_cells
SUMS = ("n1", "y1", "mm1", "my1", "yy1", "n0", "y0", "mm0", "my0", "yy0", "m1m0", "y1y0", "m1y0", "y1m0", "patients")


def opt_outs(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the messages made a patient ask for no more of them?"""
    delivered, gone = _messages(cells, groups)
    return share(gone, delivered, repeats_of(cells, groups, OPTED_OUT, period))


def opt_out_gap(cells: Cells, groups: Groups, period: str) -> Measured:
    """Do messages written for the patient put fewer off than generic ones?"""
    sides = [_messages(cells, groups, words) for words in (YES, NO)]
    repeats = repeats_of(cells, groups, OPTED_OUT, period)
    one, zero = (share(gone, delivered, repeats) for delivered, gone in sides)
    fewest = np.minimum(sides[0][0], sides[1][0])
    found = difference(one, zero, sides[0][0] + sides[1][0], fewest)
    unsaid = "the exports do not say which messages were personalised, or all or none were"
    found = missing(found, unsaid, when=bool(fewest.sum() <= 0 < _messages(cells, groups)[0].sum()))
    return noted(found, unknown(repeats, len(fewest)))


def escalated(cells: Cells, groups: Groups, period: str) -> Measured:
    """What share of the messages had to be handed to a person?"""
    counts = cells.tables["contact_cells"]
    sent, handed = (groups.total(np.nan_to_num(counts[name])) for name in ("sent", "escalated"))
    return share(handed, sent, repeats_of(cells, groups, ESCALATED, period))


def _messages(cells: Cells, groups: Groups, personalised: tuple[str, ...] = ()) -> tuple[Floats, Floats]:
    """(delivered, opted out) of each group."""
    counts = cells.tables["contact_cells"]
    chosen = _among(counts["personalised"], personalised) if personalised else True
    delivered, gone = (groups.total(np.nan_to_num(counts[name]) * chosen) for name in ("delivered", "opted_out"))
    return delivered, gone


def _among(column: np.ndarray, words: tuple[str, ...]) -> Flags:
    return np.array([str(value).casefold() in words for value in column], dtype=bool)


def told(topic: str, outcome: str) -> Callable[[Cells, Groups, str], Measured]:
    """By how much does it differ after patients were told, from before, in the same patients?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.aside["notice_cells"]
        chosen = (counts["topic"] == topic) & (counts["outcome"] == outcome) & (counts["state"] == PUBLISHED)
        sums = {name: float(np.nansum(counts[name][chosen])) for name in SUMS}
        value, variance = paired(sums)
        n = np.full(len(groups.index), sums["patients"])
        found = by_t(np.full(len(n), value), np.full(len(n), variance), np.maximum(n - 1, 1), n)
        return missing(found, "the exports do not say who was told this", when=not chosen.any())

    return measure


def paired(sums: dict[str, float]) -> tuple[float, float]:
    """(share or rate after less before, its variance), patients being seen on both sides.

    sums: over patients, of m visits (or weeks) and y events after (1) and before (0): n, y, and of squares and
    products. V = sum over patients of ((y1 - p1 m1)/n1 - (y0 - p0 m0)/n0)^2 x P/(P-1), nan with fewer than two.
    """
    people, n1, n0 = sums["patients"], sums["n1"], sums["n0"]
    if people < 2 or n1 <= 0 or n0 <= 0:
        return float("nan"), float("nan")
    p1, p0 = sums["y1"] / n1, sums["y0"] / n0
    own1 = sums["yy1"] - 2 * p1 * sums["my1"] + p1**2 * sums["mm1"]
    own0 = sums["yy0"] - 2 * p0 * sums["my0"] + p0**2 * sums["mm0"]
    cross = sums["y1y0"] - p0 * sums["y1m0"] - p1 * sums["m1y0"] + p1 * p0 * sums["m1m0"]
    variance = (own1 / n1**2 + own0 / n0**2 - 2 * cross / (n1 * n0)) * people / (people - 1)
    return p1 - p0, max(variance, 0.0)


def _told(topic: str, outcome: str, key: str, name: str, asks: str, better: str, unit: str, margin: float) -> Metric:
    per = "weeks" if outcome == "attended" else "visits booked"
    return Metric(
        key=key,
        version=1,
        question=asks,
        name=name,
        unit=unit,
        better=better,  # type: ignore[arg-type]
        side="trust",
        margin=margin,
        margin_reason="what would show in the books within a quarter",
        minimum_n=30,
        counted="patients who were told",
        cells=("notice_cells",),
        numerator=f"what happened in the twelve weeks after a patient was first told, per {per}",
        denominator=f"the same in the twelve weeks before, in the same patients, per {per}",
        exclusions="patients who were never told, or are not seen on both sides",
        formula="(events after / all after) - (events before / all before)",
        limits="Everything else that changed at that time is in it too, and patients are told when they are in care, "
        "not at any time. It is a before and after, not an effect.",
        source="difference with a t interval, its variance from patients' own sums on both sides (Kish 1965, Survey "
        "Sampling)",
        measure=told(topic, outcome),
        undivided="who was told is counted for all patients together",
    )


def _message(key: str, name: str, asks: str, **more: object) -> Metric:
    plain = {
        "version": 1,
        "side": "trust",
        "better": "lower",
        "unit": "share",
        "minimum_n": 100,
        "counted": "messages delivered",
        "cells": ("contact_cells",),
        "denominator": "messages delivered in the period, of every kind",
        "exclusions": "messages that did not arrive, or of which that is not known",
        "source": WILSON + DEFF,
        "repeats": (OPTED_OUT,),
    }
    return Metric(key=key, name=name, question=asks, **{**plain, **more})  # type: ignore[arg-type]


MESSAGES = (
    _message(
        "message_opt_outs",
        "Message opt-outs",
        "What share of messages made a patient ask for no more of them?",
        margin=0.005,
        margin_reason="one message in two hundred: who opts out is out of reach of the next reminder too",
        numerator="messages after which the patient asked for no more of these",
        formula="opted out / delivered",
        limits="Who is merely annoyed and says nothing is not in it.",
        measure=opt_outs,
    ),
    _message(
        "message_opt_out_gap",
        "Opt-outs, personalised less generic messages",
        "Do messages written for the patient put fewer off than generic ones?",
        unit="difference of shares",
        margin=0.005,
        margin_reason="as for opt-outs",
        counted="messages delivered",
        smallest="messages of the rarer kind",
        numerator="share of opt-outs after messages written for the patient",
        denominator="the same after generic messages",
        formula="opt-outs (personalised) - opt-outs (generic)",
        limits="Who is written to personally differs from the others. Messages of which that is unknown are left out.",
        source="Newcombe 1998, Stat Med 17:873, method 10" + DEFF,
        measure=opt_out_gap,
    ),
    _message(
        "message_escalated",
        "Messages handed to a person",
        "What share of messages had to be handed to a person?",
        side="staff",
        margin=0.02,
        margin_reason="two in a hundred more land on somebody's desk",
        counted="messages sent",
        numerator="messages that were handed to a person",
        denominator="messages sent in the period, of every kind",
        exclusions="messages of which that is not known count as not handed over",
        formula="escalated / sent",
        limits="Handing over can be just right: read it beside crises and complaints.",
        measure=escalated,
        repeats=(ESCALATED,),
    ),
    _told(
        "automation",
        "cancelled",
        "told_automation_cancelled",
        "Cancellations after being told what is automated",
        "Do patients cancel more once they were told what is automated?",
        "lower",
        "difference of shares",
        0.03,
    ),
    _told(
        "automation",
        "no_show",
        "told_automation_no_show",
        "No-shows after being told what is automated",
        "Do patients miss more visits once they were told what is automated?",
        "lower",
        "difference of shares",
        0.03,
    ),
    _told(
        "automation",
        "attended",
        "told_automation_attended",
        "Visits a week after being told what is automated",
        "Do patients come more or less often once they were told what is automated?",
        "higher",
        "visits a week",
        0.05,
    ),
    _told(
        "privacy",
        "cancelled",
        "told_privacy_cancelled",
        "Cancellations after being told how data is used",
        "Do patients cancel more once they were told how their data is used?",
        "lower",
        "difference of shares",
        0.03,
    ),
    _told(
        "privacy",
        "attended",
        "told_privacy_attended",
        "Visits a week after being told how data is used",
        "Do patients come more or less often once they were told how their data is used?",
        "higher",
        "visits a week",
        0.05,
    ),
)
