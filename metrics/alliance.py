"""Do patients still feel that they and their clinician work together?"""

from __future__ import annotations

from metrics import scores
from metrics.declare import Metric
from metrics.definitions import Change
from metrics.figures import DEFF, T_LIMITS, WILSON

_ASKED = "sheets of patients who were asked or answered in the period, complete enough to score"
_SILENT = "Those who do not answer are not in it, and the unhappy answer less: read it beside the share who answered."
_CEILING = "Many give the best score there is, where a rise cannot show: said where it is 15 % or more."
_REPEATS = "; where patients' own sums are published the variance is at least theirs (Kish 1965, Survey Sampling)"
_INCOMPLETE = "sheets with too few items answered to score, and answers the questionnaire cannot have"
_WAI = "Hatcher & Gillaspy 2006, Psychother Res 16:12; " + T_LIMITS + _REPEATS


def _mean(key: str, instrument: str, scale: str, name: str, asks: str, margin: float, why: str, source: str) -> Metric:
    low, high = scores.limits(instrument, scale)
    return Metric(
        key=key,
        version=1,
        question=asks,
        name=name,
        unit="points",
        better="higher",
        side="trust",
        margin=margin,
        margin_reason=why,
        minimum_n=11,
        counted="answers",
        cells=("score_cells", "repeat_cells"),
        numerator=f"scores summed, in points from {low:g} to {high:g}",
        denominator=_ASKED,
        exclusions=_INCOMPLETE,
        formula="points / answered",
        limits=f"{_SILENT} {_CEILING}",
        source=source,
        measure=scores.mean_score(instrument, scale),
        only=scores.only(instrument, scale),
        repeats=(scores.outcome(instrument, scale),),
    )


ALLIANCE_MEAN = _mean(
    "alliance",
    "WAI-SR",
    "total",
    "Working alliance (WAI-SR)",
    "How strong is the alliance between patients and clinicians, as patients see it?",
    2.4,
    "0.2 of a point an item, about a quarter of the spread between patients: what one would not knowingly give up",
    _WAI,
)
_SUB_MARGIN = (0.8, "0.2 of a point an item, as for the whole questionnaire")
ALLIANCE_GOAL = _mean(
    "alliance_goal",
    "WAI-SR",
    "goal",
    "Agreement on goals",
    "How far do patients feel that they and their clinician want the same?",
    *_SUB_MARGIN,
    _WAI,
)
ALLIANCE_TASK = _mean(
    "alliance_task",
    "WAI-SR",
    "task",
    "Agreement on what to do",
    "How far do patients feel that what is done in care is right for them?",
    *_SUB_MARGIN,
    _WAI,
)
ALLIANCE_BOND = _mean(
    "alliance_bond",
    "WAI-SR",
    "bond",
    "Bond",
    "How far do patients feel liked and respected by their clinician?",
    *_SUB_MARGIN,
    _WAI,
)
SESSION_RATING = _mean(
    "session_rating",
    "SRS",
    "total",
    "Session rating (SRS)",
    "How good was the session, as patients see it?",
    1.0,
    "a quarter of a point on each of the four marks",
    "Duncan et al. 2003, J Brief Ther 3:3; " + T_LIMITS + _REPEATS,
)
SESSION_BELOW = Metric(
    key="session_below_cutoff",
    version=1,
    question="After how many sessions was there a concern to talk about?",
    name="Sessions rated below the cut-off",
    unit="share",
    better="lower",
    side="trust",
    margin=0.05,
    margin_reason="one session in twenty more that went wrong for the patient",
    minimum_n=11,
    counted="answers",
    cells=("score_cells", "repeat_cells"),
    numerator="session ratings below 36 of 40",
    denominator=_ASKED,
    exclusions=_INCOMPLETE,
    formula="past cut-off / answered",
    limits=f"{_SILENT} The working alliance inventory has no official cut-off, so it has no such figure.",
    source="Duncan et al. 2003, J Brief Ther 3:3; " + WILSON + ", n divided by the design effect of the mean score, "
    "cut in two (Pearson 1900, Phil Trans R Soc A 195:1)",
    measure=scores.past_cutoff("SRS"),
    only=scores.only("SRS"),
    repeats=(scores.outcome("SRS"),),
)


def _ruptures(key: str, instrument: str, name: str, asks: str) -> Metric:
    return Metric(
        key=key,
        version=2,
        changes=(Change(2, "where no reliable change is published, one is worked out or declared", recounted=True),),
        question=asks,
        name=name,
        unit="share",
        better="lower",
        side="trust",
        margin=0.03,
        margin_reason="three answers in a hundred: a rupture left alone often ends care",
        minimum_n=11,
        counted="answers with an earlier one of the same course of care",
        cells=("score_cells", "repeat_cells", "confounder_fit", "declared_instrument"),
        numerator="answers lower than the one before of the same course of care by at least the reliable change",
        denominator="answers with an earlier one of the same course of care",
        exclusions="first answers, and " + _INCOMPLETE,
        formula="ruptures / compared",
        limits="A fall this large can also be the questionnaire's own error, in up to one answer in forty. How many "
        "points it takes, and by what right, is said beside the figure: where none is published, it is worked out once "
        "from the published reliability (the WAI-SR's lower bound, so that fewer falls count) and this practice's own "
        "spread, or declared. " + _SILENT,
        source="Jacobson & Truax 1991, J Consult Clin Psychol 59:12; " + WILSON + DEFF,
        measure=scores.ruptures(instrument),
        only=scores.only(instrument),
        repeats=(f"rupture.{instrument}",),
    )


ALLIANCE_RUPTURES = _ruptures(
    "alliance_ruptures", "WAI-SR", "Ruptures of the alliance", "How often does the alliance break down between answers?"
)
SESSION_RUPTURES = _ruptures(
    "session_ruptures",
    "SRS",
    "Sessions far worse than before",
    "How often is a session rated far below the one before?",
)
ALLIANCE_EARLY = Metric(
    key="alliance_early_change",
    version=1,
    question="Does the alliance grow from the first to the fourth answer?",
    name="Change of alliance, first to fourth answer",
    unit="points",
    better="higher",
    side="trust",
    margin=2.4,
    margin_reason="as for the mean: 0.2 of a point an item",
    minimum_n=11,
    counted="patients with a fourth answer in the period",
    cells=("score_cells",),
    numerator="fourth less first answer of a patient, summed, in points",
    denominator="patients whose fourth answer falls in the period",
    exclusions="patients with fewer than four answers, and " + _INCOMPLETE,
    formula="early change / fourths",
    limits="Only those who stay long enough to answer four times are in it, and those who leave early are often the "
    f"dissatisfied. {_CEILING}",
    source="Falkenström et al. 2013, J Couns Psychol 60:317 (early alliance); " + T_LIMITS,
    measure=scores.early_change("WAI-SR"),
    only=scores.only("WAI-SR"),
)
ALLIANCE_ANSWERED = Metric(
    key="alliance_answered",
    version=1,
    question="What share of those asked about the alliance answered?",
    name="Answered about the alliance",
    unit="share",
    better="higher",
    side="trust",
    margin=0.05,
    margin_reason="a fall of one in twenty can hide as much as the alliance itself could change",
    minimum_n=11,
    counted="sheets asked for",
    cells=("score_cells", "repeat_cells"),
    numerator="sheets answered completely enough to score",
    denominator="sheets asked for, or given, in the period",
    exclusions="answers that came after the data ended",
    formula="answered / invited",
    limits="Where the export holds only sheets that came back it is 100 % and says nothing.",
    source=WILSON + DEFF,
    measure=scores.answered("WAI-SR"),
    only=scores.only("WAI-SR"),
    repeats=("answered.WAI-SR",),
)

ALLIANCE = (
    ALLIANCE_MEAN,
    ALLIANCE_GOAL,
    ALLIANCE_TASK,
    ALLIANCE_BOND,
    SESSION_RATING,
    SESSION_BELOW,
    ALLIANCE_RUPTURES,
    SESSION_RUPTURES,
    ALLIANCE_EARLY,
    ALLIANCE_ANSWERED,
)
