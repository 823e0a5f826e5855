"""How do patients say they are doing while in care, and how often do they say they got clearly worse?"""

from __future__ import annotations

from metrics import scores
from metrics.declare import Metric
from metrics.figures import T_LIMITS, WILSON

_SILENT = (
    "Those who do not answer are not in it, and the unhappy answer less. Patients come into care when they are at "
    "their worst, so a practice with many new patients looks worse."
)
_ASKED = "sheets asked for or answered in the period, complete enough to score"


def _mean(key: str, instrument: str, name: str, better: str, margin: float, why: str, source: str) -> Metric:
    low, high = scores.limits(instrument)
    return Metric(
        key=key,
        version=1,
        question="How do patients say they are doing while in care?",
        name=name,
        unit="points",
        better=better,  # type: ignore[arg-type]
        side="outcome",
        margin=margin,
        margin_reason=why,
        minimum_n=11,
        counted="answers",
        cells=("score_cells", "repeat_cells"),
        numerator=f"scores summed, in points from {low:g} to {high:g}",
        denominator=_ASKED,
        exclusions="sheets with too few items answered to score, and answers the questionnaire cannot have",
        formula="points / answered",
        limits=_SILENT,
        source=f"{source}; {T_LIMITS}, the variance at least that of patients' own sums",
        measure=scores.mean_score(instrument),
        only=scores.only(instrument),
        repeats=(scores.outcome(instrument),),
    )


def _worse(key: str, instrument: str, name: str, points: str) -> Metric:
    return Metric(
        key=key,
        version=1,
        question="How often does a patient get clearly worse from one answer to the next?",
        name=name,
        unit="share",
        better="lower",
        side="outcome",
        margin=0.03,
        margin_reason="three answers in a hundred",
        minimum_n=11,
        counted="answers with an earlier one of the same course",
        cells=("score_cells",),
        numerator=f"answers worse than the one before of the same course by {points} points or more",
        denominator="answers with an earlier one of the same course of care",
        exclusions="first answers of a course, and sheets with too few items answered to score",
        formula="worse / compared",
        limits="A change this large can also be the questionnaire's own error, in up to one answer in forty. "
        + _SILENT,
        source="Jacobson & Truax 1991, J Consult Clin Psychol 59:12; " + WILSON,
        measure=scores.ruptures(instrument),
        only=scores.only(instrument),
    )


_CORE = "Barkham et al. 2013, Couns Psychother Res 13:3"
_ORS = "Miller et al. 2003, J Brief Ther 2:91"
WELLBEING = (
    _mean("distress_core_10", "CORE-10", "Distress (CORE-10)", "lower", 1.0, "a sixth of a reliable change", _CORE),
    _worse("worse_core_10", "CORE-10", "Clearly worse (CORE-10)", "6"),
    _mean("wellbeing_ors", "ORS", "Wellbeing (ORS)", "higher", 1.0, "a fifth of a reliable change", _ORS),
    _worse("worse_ors", "ORS", "Clearly worse (ORS)", "5"),
    _worse("worse_phq_9", "PHQ-9", "Clearly worse between answers (PHQ-9)", "6"),
    _worse("worse_gad_7", "GAD-7", "Clearly worse between answers (GAD-7)", "4"),
)
