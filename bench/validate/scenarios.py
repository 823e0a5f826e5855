"""Simulations of the story that `rapport demo` tells: is each effect's interval honest, and are the words right?

Plans are locked as `rapport plan draft` proposes them from what is published before the first go-live: what can be
proven must hold, the rest is watched by a named person. Without a guardrail on safety that must hold nothing can be
PROCEED, and the draft says so and asks for a wider margin: the one on crises is widened, to the first of `WIDER` that
can be proven. How often the word is then plain, and how often it names what is only watched, are lines of their own.
The safety fact of the story (a signal closed by automation) halts at once whatever the looks say, and is left out here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, cached_property, partial

import numpy as np

from bench.validate.simulation import Draw, Simulation, held
from bench.validate.stories import AIM, GAP, Story
from bench.validate.years import Looks
from metrics.effects.declared import ALLIANCE, BURNOUT, CRISIS
from metrics.effects.exposure import expose
from metrics.effects.gaps import EQUITY
from metrics.effects.interventions import Intervention
from metrics.effects.lookwords import LookTaken, words
from metrics.effects.panels import Panel
from metrics.effects.reading import interval, read
from metrics.plan import DEFAULTS, Aim, Guardrail, Plan
from metrics.plan_scope import came, others_of
from metrics.planner import outlook
from metrics.verdict import Foundation, Role, Verdict, Word, decide
from rapport.demo.scenario import AI, HUMAN
from rapport.demo.scenario import CRISIS as MESSAGING

SEEDS = 100
WEEKS = 182  # until the year of the redesign's plan is over
WIDER = (1.5, 1.75, 2.0, 2.5, 3.0)  # ratios of typical times
NAMES = {
    AIM: "slots lost",
    "no_show_rate": "no-show rate",
    ALLIANCE: "alliance, of those who answer",
    "in_care_12_weeks": "still in care at 12 weeks",
    CRISIS: "time to a human in a crisis",
    BURNOUT: "burnout",
    GAP: "no-show gap of one language",
}
COMPONENTS = {AI: "wave 1", HUMAN: "the redesign", MESSAGING: "crisis messaging"}


class Telling:
    """One seed of the story: its effects, and the words of a plan for wave 1 and of one for the redesign."""

    def __init__(self, sites: int, seed: int) -> None:
        self.story = Story(sites, seed, WEEKS)

    def effect(self, component: str, metric: str) -> Draw:
        """One effect as a release keeps it, held against the truth."""
        known = self.story.known
        found = read(
            expose(self.story.panels[metric], known[component], [known[name] for name in known if name != component])
        )
        if found.value is None or found.error is None or found.freedom is None:
            return 0.0, None, False
        truth = self.story.truth(component, metric, found.models)
        return held(truth, found.value, *interval(found.value, found.error, found.freedom))

    def looks(self, plan: Plan) -> Looks:
        """The plan's looks, as far as they are asked for."""
        return Looks(self.story.panels, plan, *self._came(plan), until=self.story.until)

    def words(self, plan: Plan) -> tuple[LookTaken, ...]:
        """Every word of the plan's looks."""
        return words(self.story.panels, plan, *self._came(plan), until=self.story.until)

    def _came(self, plan: Plan) -> tuple[Intervention, tuple[Intervention, ...]]:
        known = tuple(self.story.known.values())
        change = came(plan, known)
        if change is None:
            raise ValueError(f"{plan.says} never came in this story")
        return change, others_of(plan, known)

    @cached_property
    def wave_1(self) -> Plan:
        return self.plan(AI)

    @cached_property
    def redesign(self) -> Plan:
        """With everything there is by then, against the time before any of it."""
        return self.plan(HUMAN, replaces=(AI, MESSAGING))

    def plan(self, component: str, replaces: tuple[str, ...] = ()) -> Plan:
        """The default plan for a component, roles and margins as its planner allows on the day before it comes."""
        lives = {site: day for site, day in self.story.known[component].starts.items() if day is not None}
        first, last = min(lives.values()), max(lives.values())
        end = max(first + timedelta(weeks=52), last + timedelta(weeks=26))
        told = Plan(component, "", lives, end, Aim(AIM, 3.0, 4.5, "wanted"), (), replaces=replaces)
        before = self._before(first)
        known = [one for one in self.story.known.values() if one.first < first]
        guards = tuple(_guardrail(before, told, each.metric, each.margin, known) for each in DEFAULTS)
        return Plan(component, "", lives, end, told.aim, guards, replaces=replaces)

    @cached_property
    def ended(self) -> Verdict | None:
        """The last word on the redesign where it is PROCEED, a second person having signed; None where it is not."""
        looks = self.looks(self.redesign)
        if not looks.proceeding()[-1]:
            return None
        lines = [looks.line(watch)[-1].as_line() for watch in (looks.aim, *looks.guards)]
        return decide(lines, Foundation(signed_by="a second person"))

    def _before(self, day: date) -> dict[str, Panel]:
        return {metric: panel.until(panel.week_of(day)) for metric, panel in self.story.panels.items()}


def _guardrail(
    before: dict[str, Panel], plan: Plan, metric: str, margin: float, known: Sequence[Intervention]
) -> Guardrail:
    """Must hold where that can be proven (for crises: at the first margin at which it can), else watched."""
    name = GAP if metric == EQUITY else metric
    full = (None,) * len(DEFAULTS)  # alpha is shared by as many
    for size in WIDER if metric == CRISIS else (margin,):
        asked = Plan(plan.component, "", plan.go_live, plan.decision_on, plan.aim, full, replaces=plan.replaces)  # type: ignore[arg-type]
        if outlook(before[name], name, Role.MUST_HOLD, size, asked, known).must_hold:
            return Guardrail(name, size, Role.MUST_HOLD, "as the planner allows")
    return Guardrail(name, margin, Role.WATCHED, "cannot be proven here", "the clinical lead")


@cache
def telling(sites: int, seed: int) -> Telling:
    """One seed, told once for all that is asked of it."""
    return Telling(sites, seed)


def _kept_from(told: Telling) -> bool:
    """Did no look at wave 1 say PROCEED?"""
    return not told.looks(told.wave_1).proceeded(ALLIANCE)


def _let_go(told: Telling) -> bool:
    """Does the redesign's plan end with PROCEED, whatever is only watched named in the same sentence?"""
    said = told.ended
    return said is not None and said.word is Word.PROCEED and all(name in said.sentence for name in said.watched)


def _plainly(told: Telling) -> bool:
    """Does it end with PROCEED and nothing more to say: every guardrail proven?"""
    return told.ended is not None and told.ended.sentence == Word.PROCEED


def _says_what_it_cannot(told: Telling) -> bool:
    """No plain PROCEED at any look, wave 1 never, and whatever is not proven is named as watched."""
    return all(_honest(told, plan) for plan in (told.wave_1, told.redesign)) and _kept_from(told)


def _honest(told: Telling, plan: Plan) -> bool:
    names = [told.story.panels[one.metric].name for one in plan.guardrails if one.role is Role.WATCHED]
    for look in told.words(plan):
        signed = decide([line.as_line() for line in look.lines], Foundation(signed_by="a second person"))
        named = all(any(said.startswith(name) for said in signed.watched) for name in names)
        if not names or not named or (signed.word is Word.PROCEED and "not provable" not in signed.sentence):
            return False
    return True


def _effect(random: np.random.Generator, sites: int, component: str, metric: str) -> Draw:
    return telling(sites, _seed(random)).effect(component, metric)


def _word(random: np.random.Generator, sites: int, kept: Callable[[Telling], bool]) -> Draw:
    return 0.0, math.nan, kept(telling(sites, _seed(random)))


def _seed(random: np.random.Generator) -> int:
    return int(random.integers(2**31))


def _simulation(
    key: str, what: str, sites: int, draw: Callable[[np.random.Generator], Draw], least: float
) -> Simulation:
    return Simulation(
        key=f"story_{key}",
        what=f"the story: {what}",
        setting=f"{sites} sites as `rapport demo` draws them, {WEEKS} weeks",
        draw=draw,
        covers=(least, 1.0),
        draws=SEEDS,
        biased=True,
        stream=f"story_{sites}",
    )


def _words(key: str, what: str, sites: int, kept: Callable[[Telling], bool]) -> Simulation:
    return _simulation(key, what, sites, partial(_word, sites=sites, kept=kept), 0.90)


_ASKED = [(component, metric) for component in (AI, HUMAN) for metric in NAMES] + [(MESSAGING, CRISIS)]
SCENARIOS = (
    _words("wave_1_12", "wave 1 is PROCEED at no look", 12, _kept_from),
    _words(
        "redesign_12",
        "the redesign, against the time before anything went live, ends with PROCEED, or with PROCEED and what is not "
        "provable at this size (crisis margin widened to what can be proven; signed)",
        12,
        _let_go,
    ),
    replace(
        _words("redesign_plain_12", "the redesign ends with plain PROCEED, every guardrail proven", 12, _plainly),
        known=True,
        note="the rest name what is only watched, and by whom: still in care, burnout, the gap of one language",
    ),
    _words(
        "words_at_three",
        "wave 1 is not PROCEED, nothing is plainly, and what cannot be proven is named",
        3,
        _says_what_it_cannot,
    ),
    *(
        _simulation(
            f"{component}_{metric.partition(':')[0]}_12",
            f"effect of {COMPONENTS[component]} on {NAMES[metric]}",
            12,
            partial(_effect, sites=12, component=component, metric=metric),
            0.88,
        )
        for component, metric in _ASKED
    ),
)
