"""Which synthetic practices are there? By name, each with what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from rapport.demo.scenario import AI, CRISIS, HUMAN, Effects, Scenario, Site

PLACES = (
    ("HRB", "Harbourside", True),
    ("MIL", "Mill Lane", True),
    ("NGT", "Northgate", False),
    ("ELM", "Elm Park", True),
    ("STN", "Stonebridge", False),
    ("LKV", "Lakeview", True),
    ("ORC", "Orchard Hill", False),
    ("WHF", "Wharf Street", True),
    ("CED", "Cedar House", True),
    ("MEA", "Meadow Court", False),
    ("KNG", "King's Corner", True),
    ("PIN", "Pine Ridge", False),
    ("SAN", "Sandbank", False),
    ("TWR", "Tower Road", True),
    ("GLN", "Glen Valley", False),
    ("BRK", "Brookside", True),
    ("ASH", "Ashdown", True),
    ("CST", "Castle Green", False),
    ("FER", "Ferry Point", True),
    ("RVN", "Raven's Wood", False),
)
MOST_SITES = len(PLACES)
STORY = Effects(
    no_show_ratio=0.60,
    unplanned_ratio=1.12,
    unplanned_back=0.88,
    alliance_points=-4.6,
    alliance_back=5.0,
    session_points=-1.8,
    session_back=1.9,
    rating_points=-1.2,
    rating_back=1.3,
    processed_share=0.16,
    processed_back=-0.15,
    cared_share=-0.12,
    cared_back=0.18,
    crisis_ratio=0.55,
    bot_closures=1,
    told_ratio=0.80,
    burnout_points=6.0,
    burnout_back=-4.5,
    load_points=0.9,
    load_back=-0.6,
    admin_ratio=0.85,
    repair_hours=1.6,
    repair_back=-1.1,
)
HARM = replace(
    STORY,
    alliance_points=-5.4,  # about -4.8 once settled: twice the margin of 2.4 points
    alliance_back=0.0,
    session_back=0.0,
    rating_back=0.0,
    processed_back=0.0,
    cared_back=0.0,
    unplanned_ratio=1.25,
    unplanned_back=1.0,
    crisis_ratio=1.6,  # about twice the margin of 1.25, as a ratio
    bot_closures=0,  # it must be found by statistics, not by a single event
    burnout_back=0.0,
    load_back=0.0,
    repair_back=0.0,
)
THREE = (
    Site("HRB", "Harbourside", True, 0.42, 0.10, {CRISIS: 80, AI: 104, HUMAN: 130}),
    Site("MIL", "Mill Lane", True, 0.33, -0.05, {CRISIS: 86, AI: 110, HUMAN: 136}),
    Site("NGT", "Northgate", False, 0.25, -0.08),  # never has any of it
)
INTAKES_PER_SITE = 3.0  # a week, where the number of sites is chosen: about 100 visits a week and site


def story(sites: int | None = None) -> Scenario:
    """Wave 1 buys attendance with trust; the redesign keeps the one and gives back the other."""
    if sites is None:
        return Scenario("story", THREE, STORY)
    return Scenario("story", staggered(sites), STORY, intakes_per_week=INTAKES_PER_SITE * sites)


def no_effect(sites: int | None = None) -> Scenario:
    """Automation goes live and changes nothing; trends, seasons and the mix of patients move as in the story."""
    return replace(story(sites), name="no-effect", effects=Effects())


def harm(sites: int | None = None) -> Scenario:
    """Attendance is bought with trust and safety, and nothing is given back."""
    return replace(story(sites), name="harm", effects=HARM)


def tiny(sites: int | None = None) -> Scenario:
    """One site of about 50 visits a week with 40 weeks before go-live: too little for an effect to be told."""
    _only(sites, 1, "tiny")
    site = Site("HRB", "Harbourside", True, 1.0, 0.0, {CRISIS: 40, AI: 40})
    return Scenario(
        "tiny",
        (site,),
        replace(STORY, bot_closures=0),
        first_day=date(2025, 6, 30),
        weeks=52,
        intakes_per_week=1.6,
        clinicians_per_site=6,
        administrators_per_site=2,
    )


def large(sites: int | None = None) -> Scenario:
    """Ten sites, five million appointments, a million questionnaires: the story at the size of a health system."""
    _only(sites, 10, "large")
    return Scenario(
        "large",
        staggered(10),
        STORY,
        intakes_per_week=965.0,
        clinicians_per_site=160,
        administrators_per_site=40,
        measure_every=13,
        session_share=0.03,
        feedback_share=0.01,
        comment_share=0.10,
    )


SCENARIOS: dict[str, Callable[[int | None], Scenario]] = {
    "story": story,
    "no-effect": no_effect,
    "harm": harm,
    "tiny": tiny,
    "large": large,
}


def staggered(sites: int) -> tuple[Site, ...]:
    """So many sites of one size, one after the other over 16 weeks; the last never has any of it.

    Raises ValueError for fewer than two sites or more than there are names for.
    """
    if not 2 <= sites <= MOST_SITES:
        raise ValueError(f"between 2 and {MOST_SITES} sites can be made up; {sites} were asked for")
    step = 16 / max(1, sites - 2)
    made = []
    for position, (code, name, urban) in enumerate(PLACES[:sites]):
        late = round(position * step)
        live = {CRISIS: 80 + late, AI: 104 + late, HUMAN: 126 + late}
        shift = (0.10, -0.05, -0.08, 0.02)[position % 4]
        made.append(Site(code, name, urban, 1 / sites, shift, live if position < sites - 1 else {}))
    return tuple(made)


def _only(asked: int | None, has: int, name: str) -> None:
    if asked not in (None, has):
        raise ValueError(f"the scenario {name} has {has} site{'s' * (has > 1)}; leave the number of sites out")
