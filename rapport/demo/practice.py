"""What happened in the whole synthetic practice? Everything that was drawn, before anybody wrote it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rapport.demo.chance import Chance
from rapport.demo.drawn import (
    crisis,
    feedback,
    measures,
    messages,
    outcomes,
    people,
    predictions,
    staff,
    stays,
    visits,
)
from rapport.demo.drawn.measures import Sheets
from rapport.demo.drawn.staff import Surveys
from rapport.demo.scenario import Scenario

Progress = Callable[[str, float | None], None]
STREAMS = 24  # sources of chance: one per thing drawn, so that a change in one leaves the others as they were


@dataclass(frozen=True)
class Practice:
    """One table per thing drawn; what the columns mean is said where each is drawn."""

    scenario: Scenario
    stays: pd.DataFrame
    people: pd.DataFrame
    staff: pd.DataFrame
    visits: pd.DataFrame
    measures: dict[str, Sheets]
    crisis: pd.DataFrame
    triage: pd.DataFrame
    messages: pd.DataFrame
    notices: pd.DataFrame
    predictions: pd.DataFrame
    feedback: pd.DataFrame
    surveys: dict[str, Surveys]
    hours: pd.DataFrame
    costs: pd.DataFrame


def draw(scenario: Scenario, chance: Chance, streams: list[np.random.Generator], tell: Progress) -> Practice:
    """The practice of a scenario. streams: for what is of the same size in every scenario of one practice."""
    tell("Inventing patients and their stays", 0.0)
    stayed = stays.draw(scenario, streams[0])
    known = people.identities(len(stayed), scenario, streams[1])
    workers = people.clinicians(scenario, streams[2])
    tell("Booking appointments", 0.1)
    booked = visits.draw(stayed, scenario, chance, streams[3])
    outcomes.add(booked, stayed, scenario, chance, streams[4])
    tell("Answering questionnaires, sending messages", 0.2)
    signals = crisis.draw(booked, scenario, chance)
    return Practice(
        scenario,
        stayed,
        known,
        workers,
        booked,
        measures=measures.draw(booked, stayed, scenario, chance, streams[5]),
        crisis=signals,
        triage=crisis.triage(booked, scenario, chance),
        messages=messages.draw(booked, signals, scenario, chance),
        notices=messages.notices(booked, scenario, chance),
        predictions=predictions.draw(booked, known, scenario, chance),
        feedback=feedback.draw(booked, known, workers, scenario, chance),
        surveys=staff.surveys(scenario, streams[6]),
        hours=staff.hours(scenario, streams[7]),
        costs=staff.costs(scenario),
    )
