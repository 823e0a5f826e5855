"""What do the answers to a questionnaire say: how high, past the cut-off, worse than before?

Pure functions that make the `measure` of a metric for one questionnaire and scale. Scores are held in hundredths.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from instruments import declared, find
from instruments.declaration import TOTAL
from metrics.cells import Cells
from metrics.cut import effect_past_cut
from metrics.declare import Floats, Measured, Texts
from metrics.figures import mean, missing, noted, same, share, texts, unknown
from metrics.groups import Groups
from metrics.parts import Only, plain
from metrics.repeats import Repeats, repeats_of

HUNDREDTHS = 100.0
CEILING = 0.15  # Terwee et al. 2007, J Clin Epidemiol 60:34: more at the best score than this is a ceiling effect
LOW_RESPONSE = 0.70
FIT = "reliable_change."  # of confounder_fit: what was worked out for a questionnaire
NO_CHANGE = (
    "no reliable change is published for the {0}, and none is worked out from first answers before automation (at "
    "least 50 patients; anew at each restatement): write reliable_change under [instruments.{0}] in rapport.toml"
)

Measure = Callable[[Cells, Groups, str], Measured]


def only(instrument: str, scale: str = TOTAL) -> Only:
    """The part of score_cells (or staff_cells) that holds this scale."""
    return (("instrument", (instrument,)), ("scale", (scale,)))


def outcome(instrument: str, scale: str = TOTAL) -> str:
    """Its name in repeat_cells."""
    return f"score.{instrument}.{scale}"


def limits(instrument: str, scale: str = TOTAL) -> tuple[float, float]:
    """The lowest and the highest score."""
    declared = find(instrument)
    return declared.limits(declared.scales[scale])


def mean_score(instrument: str, scale: str = TOTAL, table: str = "score_cells") -> Measure:
    """How high is the mean score, in points?"""
    bounds = limits(instrument, scale)

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        n, total, squares = _counts(cells, groups, table, "answered", "points", "points_squared")
        repeats = _repeats(cells, groups, instrument, scale, period)
        found = mean(
            total / HUNDREDTHS,
            squares / HUNDREDTHS**2,
            n,
            per_unit=repeats.per_visit / HUNDREDTHS**2,
            bounds=bounds,
        )
        return noted(found, unknown(repeats, len(n)), _response(cells, groups, table), _ceiling(cells, groups, table))

    return measure


def past_cutoff(instrument: str, scale: str = TOTAL, table: str = "score_cells") -> Measure:
    """What share of the answers lies on the side of the cut-off that calls for attention?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        n, past = _counts(cells, groups, table, "answered", "past_cutoff")
        repeats = _of_shares(cells, groups, instrument, scale, period)
        return noted(share(past, n, repeats), _response(cells, groups, table))

    return measure


def answered(instrument: str) -> Measure:
    """What share of the sheets that were asked for came back, complete enough to score?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        invited, came = _counts(cells, groups, "score_cells", "invited", "answered")
        return share(np.minimum(came, invited), invited, _named(cells, groups, f"answered.{instrument}", period))

    return measure


def ruptures(instrument: str) -> Measure:
    """What share of the answers is worse than the one before of the same course, by at least the reliable change?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        n, worse, came = _counts(cells, groups, "score_cells", "compared", "ruptures", "answered")
        repeats = _named(cells, groups, f"rupture.{instrument}", period)
        found = noted(share(worse, n, repeats), same(len(n), beyond_error(cells, instrument)))
        return missing(found, NO_CHANGE.format(instrument), when=bool(n.sum() == 0 < came.sum()))

    return measure


def beyond_error(cells: Cells, instrument: str) -> str:
    """What counts as a fall, and by what right?"""
    held = cells.aside["declared_instrument"]
    own = {plain(key): told for key, told in zip(held["instrument"], held["declaration"], strict=True)}
    if plain(instrument) in own:
        change = declared(instrument, tomllib.loads(own[plain(instrument)])).reliable_change
        return f"a fall of {change:g} points or more, as the practice declares" if change else ""
    known = find(instrument)
    if known.reliable_change is not None:
        return f"a fall of {known.reliable_change:g} points or more"
    fit = cells.aside["confounder_fit"]
    terms = {str(fit["term"][at]): fit["coefficient"][at] for at in np.flatnonzero(fit["outcome"] == FIT + known.key)}
    if not np.isfinite(terms.get("points", np.nan)):
        return ""
    return (
        f"a fall of {terms['points']:g} points or more: Jacobson-Truax from the published reliability "
        f"{known.reliability:.2f} and the spread of {terms['spread']:g} between this practice's patients at their "
        "first answer, before anything went live"
    )


def early_change(instrument: str) -> Measure:
    """By how many points does the score change from the first to the fourth answer of a patient?"""

    def measure(cells: Cells, groups: Groups, period: str) -> Measured:
        names = ("fourths", "early_change", "early_change_squared")
        n, total, squares = _counts(cells, groups, "score_cells", *names)
        low, high = limits(instrument)
        found = mean(total / HUNDREDTHS, squares / HUNDREDTHS**2, n, bounds=(low - high, high - low))
        return noted(found, _ceiling(cells, groups, "score_cells"))

    return measure


def _counts(cells: Cells, groups: Groups, table: str, *names: str) -> tuple[Floats, ...]:
    counts = cells.tables[table]
    return tuple(groups.total(np.nan_to_num(counts[name])) for name in names)


def _repeats(cells: Cells, groups: Groups, instrument: str, scale: str, period: str) -> Repeats:
    return _named(cells, groups, outcome(instrument, scale), period)


def _named(cells: Cells, groups: Groups, outcome: str, period: str) -> Repeats:
    """Of an outcome however the questionnaire's name is written in it."""
    name = next((name for name in cells.repeats.outcomes if plain(name) == plain(outcome)), "")
    return repeats_of(cells, groups, name, period)


def _of_shares(cells: Cells, groups: Groups, instrument: str, scale: str, period: str) -> Repeats:
    """The design effect of a share past a cut-off, from that of the mean score: cut in two, answers are less alike."""
    names = ("answered", "points", "points_squared", "past_cutoff")
    n, total, squares, past = _counts(cells, groups, "score_cells", *names)
    repeats = _repeats(cells, groups, instrument, scale, period)
    with np.errstate(divide="ignore", invalid="ignore"):
        plain_spread = np.maximum(squares / n - (total / n) ** 2, 0.0)
        effect = np.where(plain_spread > 0, repeats.per_visit / plain_spread, 1.0)
        effect = np.where(np.isfinite(effect), np.maximum(effect, 1.0), 1.0)
        effect = effect_past_cut(effect, repeats.own_visits, past / n, n)
    return replace(repeats, design_effect=effect)


def _response(cells: Cells, groups: Groups, table: str) -> Texts:
    """How many of those asked answered, said where it is few."""
    invited, came = _counts(cells, groups, table, "invited", "answered")
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(invited > 0, came / invited, 1.0)
    said = [
        f"{one:.0%} of {many:.0f} sheets came back; who did not answer may feel otherwise"
        for one, many in zip(part, invited, strict=True)
    ]
    return texts([text if one < LOW_RESPONSE else "" for text, one in zip(said, part, strict=True)])


def _ceiling(cells: Cells, groups: Groups, table: str) -> Texts:
    """How many gave the best score there is, said where it is many: a rise can then not show."""
    if "at_best" not in cells.tables[table]:
        return same(len(groups.index), "")
    n, best = _counts(cells, groups, table, "answered", "at_best")
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(n > 0, best / n, 0.0)
    return texts([f"{one:.0%} gave the best score there is: a ceiling" if one >= CEILING else "" for one in part])
