"""Simulations of what patients answer: scores and ratings of patients who answer again, changes, outcomes of care."""

from __future__ import annotations

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.people import NODES, WEIGHTS, Scores, caseload
from bench.validate.simulation import Draw, Simulation
from warehouse.totals import PART

WAI = Scores(46.0, 6.5, 4.0, 12, 60)
GOAL = Scores(15.0, 2.4, 1.8, 4, 20)
SRS = Scores(36.0, 2.5, 2.0, 0, 40, 0.1)
RATING = Scores(8.0, 1.2, 0.9, 0, 10, 0.1)
ORS = Scores(24.0, 6.0, 4.0, 0, 40, 0.1)
PHQ_FIRST, PHQ_SPREAD, PHQ_CHANGE = 14.0, 5.0, 4.5
CUTOFF = 36.0
HUNDREDTHS = 100
RECOVERING, UNLIKE, TWO_COURSES = 0.0, 1.0, 0.15  # log odds, between patients; who has a second course
FALL = 5.0  # points: the reliable change of the ORS
AGAIN = "100 patients in care at a time, staying 20 weeks, asked at every {} visit"


def _rows(random: np.random.Generator, draws: int, weeks: int, scores: Scores, every: int) -> tuple[dict, dict]:
    """Counts of answers, and the sums over patients, of each draw."""
    seen = caseload(random, draws, weeks, every=every)
    level = scores.levels(random, len(seen.draw))
    points = np.round(HUNDREDTHS * scores.at(level[seen.owner], random))
    of = seen.draw[seen.owner]
    below = (points < HUNDREDTHS * CUTOFF).astype(float)
    counts = made.added(
        of, draws, answered=np.ones(len(of)), points=points, points_squared=points**2, past_cutoff=below
    )
    return counts, made.own_sums(seen.draw, draws, seen.visits.astype(float), seen.total(points))


def _mean(
    key: str, what: str, metric: str, named: tuple[str, str], scores: Scores, weeks: int, every: int
) -> Simulation:
    truth = scores.true_mean()

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        counts, sums = _rows(random, draws, weeks, scores, every)
        return made.told(metric, _score_cells(counts, draws, named, sums), truth)

    return Simulation(key, f"{what}, mean over {weeks} weeks", _again(every), many=many)


def _score_cells(counts: dict, draws: int, named: tuple[str, str], sums: dict | None = None) -> made.Cells:
    instrument, scale = named
    size = len(counts["draw"])
    words = {"instrument": np.full(size, instrument, object), "scale": np.full(size, scale, object)}
    repeats = {f"score.{instrument}.{scale}": sums} if sums else None
    return made.cells("score_cells", {**counts, **words}, draws, part=f"{instrument}{PART}{scale}", repeats=repeats)


def _below(weeks: int) -> Simulation:
    truth = SRS.true_share(SRS.values < CUTOFF - 1e-9)

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        counts, sums = _rows(random, draws, weeks, SRS, 1)
        return made.told("session_below_cutoff", _score_cells(counts, draws, ("SRS", "total"), sums), truth)

    return Simulation(f"below_{weeks}", f"sessions rated below the cut-off, over {weeks} weeks", _again(1), many=many)


def _rating(random: np.random.Generator, draws: int) -> list[Draw]:
    counts, sums = _rows(random, draws, 52, RATING, 4)
    renamed = {"rated": counts["answered"], "rating": counts["points"], "rating_squared": counts["points_squared"]}
    cells = made.cells("feedback_cells", {"draw": counts["draw"], **renamed}, draws, repeats={"rating": sums})
    return made.told("experience_rating", cells, RATING.true_mean())


def _falls(random: np.random.Generator, draws: int, weeks: int) -> list[Draw]:
    seen = caseload(random, draws, weeks, every=2)
    level = ORS.levels(random, len(seen.draw))
    owner = seen.owner
    score = ORS.at(level[owner], random)
    follows = np.append(False, owner[1:] == owner[:-1])
    fell = follows & (np.append(0.0, score[:-1]) - score >= FALL - 1e-9)
    of = seen.draw[owner]
    counts = made.added(of, draws, answered=np.ones(len(of)), compared=follows * 1.0, ruptures=fell * 1.0)
    return made.told("worse_ors", _score_cells(counts, draws, ("ORS", "total")), ORS.true_fall(FALL))


def _early(random: np.random.Generator, draws: int) -> list[Draw]:
    many = random.integers(11, 120, draws)
    of = np.repeat(np.arange(draws), many)
    change = np.round(2.0 + 6.0 * random.normal(size=len(of))) * HUNDREDTHS
    counts = made.added(of, draws, fourths=np.ones(len(of)), early_change=change, early_change_squared=change**2)
    return made.told("alliance_early_change", _score_cells(counts, draws, ("WAI-SR", "total")), 2.0)


def _answered(random: np.random.Generator, draws: int) -> list[Draw]:
    invited, p = random.integers(60, 400, draws), random.uniform(0.3, 0.9, draws)
    counts = {"draw": np.arange(draws), "invited": invited, "answered": random.binomial(invited, p)}
    return made.told("alliance_answered", _score_cells(counts, draws, ("WAI-SR", "total")), p)


def _outcome(metric: str, column: str, below: str, low: float, high: float) -> Simulation:
    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        n, p = random.integers(40, 300, draws), random.uniform(low, high, draws)
        events = random.binomial(n, p)
        counts = {"draw": np.arange(draws), "finished": n, "paired": n, "at_caseness": n, column: events}
        return made.told(metric, _outcome_cells(counts, draws), p)

    what = f"{metric.replace('_', ' ')}: share of courses {below}"
    return Simulation(metric, what, f"{low:.0%} to {high:.0%} of 40 to 300".replace("%", " %"), many=many)


def _courses_again(random: np.random.Generator, draws: int) -> list[Draw]:
    """Some patients end two courses in the time, and fare alike in both: so seldom that it widens no interval much."""
    many = random.integers(60, 300, draws)
    draw = np.repeat(np.arange(draws), many)
    courses = 1 + (random.random(len(draw)) < TWO_COURSES)
    recovered = random.binomial(courses, special.expit(RECOVERING + UNLIKE * random.normal(size=len(draw))))
    counts = made.added(draw, draws, finished=courses, paired=courses, at_caseness=courses, recovered=recovered)
    truth = float(WEIGHTS @ special.expit(RECOVERING + UNLIKE * NODES))
    return made.told("depression_recovered", _outcome_cells(counts, draws), truth)


def _outcome_cells(counts: dict, draws: int) -> made.Cells:
    named = {"instrument": np.full(len(counts["draw"]), "PHQ-9", object)}
    return made.cells("outcome_cells", {**counts, **named}, draws, part="PHQ-9")


def _change(random: np.random.Generator, draws: int) -> list[Draw]:
    n = random.integers(11, 150, draws)
    of = np.repeat(np.arange(draws), n)
    first = np.clip(np.round(PHQ_FIRST + PHQ_SPREAD * random.normal(size=len(of))), 0, 27)
    change = np.round(np.maximum(-first, -PHQ_CHANGE + 5 * random.normal(size=len(of))))
    points = change * HUNDREDTHS
    counts = made.added(of, draws, paired=np.ones(len(of)), change=points, change_squared=points**2)
    return made.told("depression_change", _outcome_cells({**counts, "finished": n}, draws), _true_change())


def _true_change() -> float:
    """The mean of that change: both parts are whole numbers, so their chances can be added up."""
    first = Scores(PHQ_FIRST, 1e-9, PHQ_SPREAD, 0, 27)
    chance = first.chances()[0]
    points = np.arange(-60, 61)
    plain = np.diff(special.ndtr((np.append(points - 0.5, 60.5) + PHQ_CHANGE) / 5))
    kept = np.maximum(points[None, :], -first.values[:, None])
    return float(chance @ (kept * plain).sum(axis=1))


def _again(every: int) -> str:
    return AGAIN.format({1: "", 2: "second", 4: "fourth"}[every]).replace("every  visit", "every visit")


ANSWERS = (
    *(
        _mean(f"alliance_{weeks}", "working alliance", "alliance", ("WAI-SR", "total"), WAI, weeks, 4)
        for weeks in (12, 52, 104)
    ),
    _mean("alliance_goal", "agreement on goals", "alliance_goal", ("WAI-SR", "goal"), GOAL, 52, 4),
    _mean("session_rating", "session rating, at the ceiling", "session_rating", ("SRS", "total"), SRS, 52, 1),
    _mean("wellbeing", "wellbeing (ORS)", "wellbeing_ors", ("ORS", "total"), ORS, 24, 2),
    *(_below(weeks) for weeks in (12, 52)),
    Simulation("experience", "experience rating, mean over 52 weeks", _again(4), many=_rating),
    *(
        Simulation(
            f"worse_{weeks}",
            f"answers clearly worse than the one before, over {weeks} weeks",
            _again(2),
            many=lambda random, draws, weeks=weeks: _falls(random, draws, weeks),
            covers=(0.935, 1.0),
            note="no less: each pair counts as a patient of its own, but a fall is seldom followed by a fall",
        )
        for weeks in (12, 52)
    ),
    Simulation("early_change", "change from first to fourth answer", "11 to 120 patients", many=_early),
    Simulation("answered", "sheets that came back", "30 to 90 % of 60 to 400, asked once each", many=_answered),
    _outcome("depression_improved", "improved", "reliably improved", 0.2, 0.7),
    _outcome("depression_deteriorated", "deteriorated", "reliably deteriorated", 0.02, 0.12),
    _outcome("depression_recovered", "recovered", "recovered", 0.2, 0.6),
    _outcome("depression_reliably_recovered", "reliably_recovered", "reliably recovered", 0.2, 0.6),
    Simulation(
        "courses_again",
        "depression recovered: share of courses, no sums over patients being needed",
        "60 to 300 patients, 15 % with two courses, log odds spread 1",
        many=_courses_again,
    ),
    Simulation("depression_change", "mean change of the PHQ-9", "11 to 150 pairs", many=_change),
)
