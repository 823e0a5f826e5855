"""What is there to show of a decision? The shapes `metrics.decision` fills, for the Verdict page and the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from metrics.effects.answer import MetricEffect
from metrics.plan import Plan
from metrics.verdict import Finding, Role, Word


@dataclass(frozen=True)
class Span:
    """An effect with limits, in the metric's own unit and direction (not turned)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class LookShown:
    """The last planned look at one line.

    share: of the information the plan will have on its day of decision; bound: by how many errors an effect must
    differ; counted: False where too little was new, so that what was said before stands. proof: the interval at the
    level one line is proven at; halting: at the level shared out over all guardrails.
    """

    number: int
    on: date
    share: float
    bound: float
    counted: bool
    proof: Span | None
    halting: Span | None


@dataclass(frozen=True)
class LineShown:
    """One metric of the page.

    effect: naive, adjusted, ratio, unpenalised, companions, design, why, terms, labels as of the newest release that
    has effects; None where the release knows nothing of the metric. role: None for a metric that is in no plan.
    margin: the loss refused (aim: the gain wanted), in the metric's unit, above 0. harm: +1 where an increase does
    harm, -1 where a decrease does; the margin drawn on the page lies at harm x margin (aim: at -harm x margin).
    band: limits that may be read at any time, between looks. finding: None where there was no look yet.
    """

    metric: str
    name: str
    question: str
    side: str
    unit: str
    better: str
    role: Role | None
    margin: float | None
    margin_words: str
    margin_reason: str
    owner: str
    harm: int
    effect: MetricEffect | None
    look: LookShown | None
    band: Span | None
    finding: Finding | None
    said: str
    reason: str


@dataclass(frozen=True)
class Moment:
    """One point of the rollout's timeline."""

    site: str
    component: str
    version: str
    went_live_on: date
    ended_on: date | None


@dataclass(frozen=True)
class Said:
    """An earlier verdict, as it was said. look: None between looks."""

    look: int | None
    on: date | None
    made_at: datetime
    release: int
    word: Word
    sentence: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """Who signed, or overruled, when and why. word: what they stand for; second: the second person who overruled."""

    act: str
    word: Word
    by: str
    second: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class CanTell:
    """When can we tell more of this metric? on: None where not within the plan."""

    metric: str
    name: str
    on: date | None
    sentence: str


@dataclass(frozen=True)
class PlanShown:
    """The plan the verdict rests on, and how it was locked."""

    plan: Plan
    hash: str
    locked_at: datetime
    locked_by: str
    audit_entry: int
    retrospective: bool
    look_dates: tuple[date, ...]
    next_look: date | None


@dataclass(frozen=True)
class Decision:
    """Everything there is to show. word: None where no plan is locked and nothing halts (then `sentence` says so).

    sentence: the word as it may be quoted. summary: what it means in plain language, no stronger than the numbers.
    overruled: what stands in the word's place, by whom; the word stays beside it. would_change: what would change the
    verdict, and when. release, release_hash: what the effects were read from; pending: a newer release whose effects
    are still being worked out. safety: facts that halt at once. left_out: default guardrails this plan has not.
    """

    word: Word | None
    sentence: str
    why: tuple[str, ...]
    summary: str
    retrospective: bool
    plan: PlanShown | None
    lines: tuple[LineShown, ...]
    others: tuple[LineShown, ...]
    timeline: tuple[Moment, ...]
    deviations: tuple[str, ...]
    watched: tuple[tuple[str, str], ...]
    can_tell: tuple[CanTell, ...]
    would_change: tuple[str, ...]
    history: tuple[Said, ...]
    signed: Signature | None
    overruled: Signature | None
    safety: tuple[str, ...]
    broken: tuple[str, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    release: int | None = None
    release_hash: str = ""
    published_until: date | None = None
    pending: int | None = None
