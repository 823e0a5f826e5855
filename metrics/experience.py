"""Do patients feel cared for, or processed?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from metrics.cells import Cells
from metrics.declare import Floats, Measured, Metric
from metrics.figures import T_LIMITS, mean, missing, noted, rate, unknown
from metrics.groups import Groups
from metrics.repeats import repeats_of

HUNDREDTHS = 100.0
PER = 1000.0
CODES = ("processed", "cared_for")
NOT_CODED = "no comment was read as feeling processed or cared for: either none says so, or none was read for it"
RATING = (0.0, 10.0)
_CONTACTS = "visits attended and messages delivered in the period, whoever wrote about them"


def rating(cells: Cells, groups: Groups, period: str) -> Measured:
    """How do patients rate their care, from 0 to 10?"""
    n, total, squares = _counts(cells, groups, "rated", "rating", "rating_squared")
    repeats = repeats_of(cells, groups, "rating", period)
    found = mean(
        total / HUNDREDTHS,
        squares / HUNDREDTHS**2,
        n,
        per_unit=repeats.per_visit / HUNDREDTHS**2,
        bounds=RATING,
    )
    return noted(found, unknown(repeats, len(n)))


def per_thousand(counted: str) -> Callable[[Cells, Groups, str], Measured]:
    """How often is it said, per 1,000 contacts?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        events, contacts, comments = _counts(cells, groups, counted, "contacts", "comments")
        found = rate(events, contacts, PER, repeats_of(cells, groups, f"feedback.{counted}", period))
        codes = sum(each.sum() for each in _counts(cells, groups, *CODES))
        return missing(found, NOT_CODED, when=bool(counted in CODES and codes == 0 < comments.sum()))

    return measure


def _counts(cells: Cells, groups: Groups, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables["feedback_cells"]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def _said(key: str, counted: str, name: str, asks: str, better: str, margin: float, why: str, words: str) -> Metric:
    return Metric(
        key=key,
        version=1,
        question=asks,
        name=name,
        unit="per 1,000 contacts",
        better=better,  # type: ignore[arg-type]
        side="trust",
        margin=margin,
        margin_reason=why,
        minimum_n=200,
        counted="contacts",
        cells=("feedback_cells", "repeat_cells"),
        numerator=words,
        denominator=_CONTACTS,
        exclusions="what was said on the telephone or in the room and not written down",
        formula=f"1000 x {counted} / contacts",
        limits="Few write, and who writes is not like the others. A comment is read by rules, not by a person: how "
        "well they agree with one is in the double-coding sample. More answers asked for make the figure higher.",
        source="Garwood 1936, Biometrika 28:437 (exact Poisson limits), widened by the dispersion of the patients' own "
        "numbers (McCullagh & Nelder 1989, Generalized Linear Models, 4.5)",
        measure=per_thousand(counted),
        repeats=(f"feedback.{counted}",),
    )


EXPERIENCE = (
    Metric(
        key="experience_rating",
        version=1,
        question="How do patients rate their care, from 0 to 10?",
        name="Experience rating",
        unit="points",
        better="higher",
        side="trust",
        margin=0.5,
        margin_reason="half a point of ten: about a third of the spread between patients",
        minimum_n=11,
        counted="ratings",
        cells=("feedback_cells", "repeat_cells"),
        numerator="ratings summed, scaled to 0 to 10",
        denominator="answers with a rating",
        exclusions="comments and complaints without a rating",
        formula="rating / rated",
        limits="Those who answer are more often the satisfied: what the others think it does not say.",
        source=T_LIMITS + "; where patients' own sums are published the variance is at least theirs (Kish 1965)",
        measure=rating,
        repeats=("rating",),
    ),
    _said(
        "processed",
        "processed",
        "Felt processed",
        "How often do patients say that they felt processed, like a number?",
        "lower",
        1.0,
        "one more in a thousand contacts: for each who writes many feel it",
        "comments and complaints that the codebook reads as feeling processed",
    ),
    _said(
        "cared_for",
        "cared_for",
        "Felt cared for",
        "How often do patients say that they felt cared for?",
        "higher",
        2.0,
        "two in a thousand contacts fewer",
        "comments that the codebook reads as feeling cared for",
    ),
    _said(
        "complaints",
        "complaints",
        "Complaints",
        "How often do patients complain?",
        "lower",
        1.0,
        "one more in a thousand contacts",
        "complaints received",
    ),
)
