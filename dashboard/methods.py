"""What does every figure mean, how is it worked out, and what do the words mean? Made from the declarations."""

from __future__ import annotations

from dashboard import change, data, parts, words
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.declare import Metric
from metrics.registry import METRICS

SIDES = {
    "access": "Access",
    "trust": "Trust",
    "outcome": "Outcomes",
    "safety": "Safety",
    "staff": "Staff",
    "money": "Money",
    "fairness": "Fairness",
}
ANSWER = "Every figure is worked out from counts of groups, never from a row about one person, by the rules below."
GLOSSARY = (
    (
        "Interval (95 %)",
        "Of a hundred such intervals about 95 hold the true value. A wide one says: too little is known.",
    ),
    (
        "Adjusted effect",
        "What a rollout changed once season, drift and sites that did not have it are taken into account.",
    ),
    (
        "As it looks",
        "The plain difference between before and after. It can wholly mislead, and is shown for that reason.",
    ),
    ("Margin", "The loss the practice refuses, written down with its reason before anybody looked."),
    (
        "Aim",
        "The one thing a rollout is for. A gain is shown only where even the lower limit of its interval is a gain.",
    ),
    (
        "Must hold",
        "A guardrail that can be proven at this size by the day of decision, and has to be before anything is widened.",
    ),
    ("Watched", "A guardrail that can halt a rollout but cannot be proven at this size; a named person watches it."),
    ("Look", "A day named in the plan on which the word may change. Between looks it does not."),
    ("Enhanced", "Better: the whole interval lies on the better side."),
    ("Preserved", "A loss beyond the margin is excluded."),
    (
        "Undermined",
        "Worse: even the better end of the interval is a loss, and a loss beyond the margin is not excluded.",
    ),
    ("Cannot say", "Too little is known for an honest answer. It never counts as good news."),
    (
        "PROCEED",
        "Every guardrail that must hold does, one each of trust and safety among them, and the aim is reached.",
    ),
    ("HOLD", "Anything else, “cannot say” included: do not widen."),
    ("HALT", "A safety fact, or a guardrail undermined: stop widening, look into undoing."),
    ("INVALID", "What the verdict would stand on is broken: a quality check, too few answers, or the plan."),
    ("Retrospective", "The plan was locked after go-live, so it could have been made to fit."),
    ("Withheld", "Fewer people than a group must have, or a group that would give such a one away. Never a zero."),
    ("Release", "All counts made by one ingest, whole or not at all."),
    ("Record of who did what", "Entries each holding the hash of the one before, so that a change shows."),
)
DESIGNS = (
    (
        "Pooled interrupted time series",
        "The main line at 1 to 20 sites: all sites and weeks in one model, with drift, season, weeks since go-live.",
    ),
    ("Level of its own for every four weeks", "Beside it: no shock or season common to all sites can fool it."),
    ("Made-up go-live dates", "From 6 sites and 3 dates: how often a date drawn at random shows as much."),
    ("Event study", "From 12 sites: sites not yet live are the comparison."),
    (
        "Like with like",
        "For automation that touches some visits only: compared within groups of like visits (Mantel-Haenszel).",
    ),
)
REFUSALS = (
    ("Under 52 weeks before go-live", "A season cannot be told from an effect."),
    ("Under 8 weeks after it", "Effects ramp: what is seen first is not what stays."),
    (
        "Another component within 8 weeks at the same sites",
        "What each did cannot be told apart; what they did together is shown.",
    ),
    ("Go-live and drift that look alike", "What was assumed would decide, not the data."),
    ("Fewer cases than each figure's own minimum", "Listed with each figure below."),
)


@data.kept
def pieces(view: View) -> tuple[Piece, ...]:
    """All of the page: words, designs, refusals, then every figure by side."""
    two = ("Word", "Meaning")
    return (
        parts.words_only(parts.answer(ANSWER)),
        parts.folded(
            "What do the words mean?",
            f"{len(GLOSSARY)} words of these pages.",
            Table(two, GLOSSARY),
            key="words",
            label="Show the words, or download",
        ),
        parts.table(
            "How is an effect worked out?",
            "The design is chosen by rule and said with each effect.",
            Table(("Design", "What it is for"), DESIGNS),
            "Designs",
            key="designs",
        ),
        parts.table(
            "When is nothing said?",
            "A refusal is part of the method.",
            Table(("Where", "Why"), REFUSALS),
            "Refusals",
            key="refusals",
        ),
        *(_side(side, title, view) for side, title in SIDES.items()),
    )


def _side(side: str, title: str, view: View) -> Piece:
    mine = [metric for metric in METRICS if metric.side == side]
    told = "".join(_metric(metric, view) for metric in mine)
    many = words.count(len(mine), "figure")
    return parts.words_only(parts.heading(title), parts.text(f"{many}. Open one to read how it is worked out."), told)


def _definition(metric: Metric) -> str:
    """Its version and key, and what each version changed."""
    told = [f"version {change.version}: {change.says}" for change in metric.changes]
    return ". ".join([f"Version {metric.version}, key {metric.key}", *map(words.sentence, told)])


def _metric(metric: Metric, view: View) -> str:
    """One figure: question, formula, limits and source."""
    margin = f"{metric.margin:g} {metric.unit}: {metric.margin_reason}"
    return (
        '<div class="rp-method">'
        + parts.more(
            metric.name,
            [
                ("Question", metric.question),
                ("What is counted", words.definition(metric, view.release)),
                ("Formula", metric.formula),
                ("Left out", words.plain(metric.exclusions, view.release)),
                ("Better", f"{metric.better.capitalize()} is better"),
                ("Margin plans begin with", change.plain(words.sentence(margin))),
                ("Said from", f"{metric.minimum_n} {metric.smallest or metric.counted} on"),
                ("What it cannot tell", words.plain(metric.limits, view.release)),
                ("Source", words.sentence(metric.source)),
                ("Definition", _definition(metric)),
            ],
        )
        + "</div>"
    )
