"""Are visits missed more, and slots lost more, than the patients and bookings of that time let expect?

`expected` is summed inside the practice's boundary: each visit's risk under a model of the declared confounders, fitted
on visits before the first go-live. Observed less expected is then free of a change of their mix.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.cells import Cells
from metrics.declare import Measured, Metric
from metrics.figures import measured, missing, noted, share, unknown
from metrics.groups import Groups
from metrics.repeats import repeats_of

MILLIONTHS = 1e6
_ABSENT = "no risks were modelled: there are too few visits before the first go-live, or no confounder is recorded"


def beyond_expected(outcome: str, modelled: str, expected: str) -> Callable[[Cells, Groups, str], Measured]:
    """By how much does the share exceed what the confounders let expect?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        counts = cells.attendance
        n, risk, missed, late, refilled, attended = (
            groups.total(np.nan_to_num(counts[name]))
            for name in (modelled, expected, "no_show", "late_cancel", "refilled", "attended")
        )
        lost = outcome == "slots_lost"
        events = np.maximum(missed + late - refilled, 0) if lost else missed
        seen = attended + missed + (late if lost else 0)
        repeats = repeats_of(cells, groups, outcome, period)
        plain = share(events, seen, repeats)
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(n > 0, risk / MILLIONTHS / n, np.nan)
        found = measured(plain.value - told, plain.low - told, plain.high - told, plain.variance, seen, enough=n)
        return missing(noted(found, unknown(repeats, len(n))), _ABSENT, when=bool(n.sum() <= 0 < seen.sum()))

    return measure


def _metric(key: str, name: str, asks: str, numerator: str, outcome: str, counts: tuple[str, str]) -> Metric:
    return Metric(
        key=key,
        version=1,
        question=asks,
        name=name,
        unit="difference of shares",
        better="lower",
        side="access",
        margin=0.03,
        margin_reason="as for the share itself",
        minimum_n=11,
        counted="visits",
        smallest="visits whose confounders are known",
        cells=("attendance_cells", "repeat_cells", "confounder_fit"),
        numerator=numerator,
        denominator="less the same share as the model lets expect for these visits",
        exclusions="visits of unknown outcome; from what is expected, visits whose confounders are not known",
        formula="observed / visits - expected / visits modelled",
        limits="It removes only what was declared and recorded, in the form the model gives it; season and trend are "
        "still in it. The interval takes the model as known.",
        source="indirect standardisation (Breslow & Day 1987, IARC Sci Publ 82, ch. 2); Wilson limits of the share",
        measure=beyond_expected(outcome, *counts),
        repeats=(outcome,),
    )


ADJUSTED = (
    _metric(
        "no_show_beyond_expected",
        "No-shows beyond those expected",
        "Are more visits missed than their lead times, patients and weekdays let expect?",
        "share of visits missed without notice",
        "no_show",
        ("no_show_modelled", "no_show_expected"),
    ),
    _metric(
        "slots_lost_beyond_expected",
        "Slots lost beyond those expected",
        "Are more slots lost than their lead times, patients and weekdays let expect?",
        "share of slots missed or cancelled late and not given to someone else",
        "slots_lost",
        ("lost_modelled", "lost_expected"),
    ),
)
