"""Which outcomes of the synthetic practice have a known truth, and which components could have moved each?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.drawn.measures import PHQ, SRS, WAI, Sheets
from rapport.demo.drawn.outcomes import ATTENDED, NO_SHOW
from rapport.demo.drawn.staff import CBI, LOAD, Surveys
from rapport.demo.practice import Practice
from rapport.demo.scenario import AI, CRISIS
from rapport.demo.truth.effects import Outcome

TARGET_MINUTES = {"high": 60, "medium": 240, "low": 1440}  # the product's own: NHS England, see `etl.declared`


def all_outcomes(practice: Practice) -> Iterator[Outcome]:
    """Each outcome whose truth is known, with what it would have been."""
    yield no_shows(practice)
    yield _sheets(practice.measures[WAI], "alliance", "higher")
    yield _sheets(practice.measures[SRS], "session_rating", "higher")
    yield _sheets(practice.measures[PHQ], "phq_9_mean", "lower")
    yield from _said(practice)
    yield from _crisis(practice)
    yield _surveys(practice.surveys[CBI], "cbi_work_mean")
    yield _surveys(practice.surveys[LOAD], "automation_load_labour_mean")
    yield from _hours(practice)


def counted(practice: Practice) -> pd.DataFrame:
    """The visits of the no-show rate: attended or missed."""
    return practice.visits[practice.visits["status"].isin([ATTENDED, NO_SHOW])]


def no_shows(practice: Practice) -> Outcome:
    """Missed of attended and missed; the redesign and crisis messaging leave it as it is."""
    visits = counted(practice)
    missed = visits["status"] == NO_SHOW
    frame = visits[["site", "week"]].assign(y=missed, y_without=visits["missed_without"])
    return Outcome("no_show_rate", "share of attended and missed visits", "lower", frame, {AI: "y_without"})


def answered(sheet: Sheets | Surveys) -> np.ndarray:
    return np.asarray(sheet.frame["taken"] != clock.NONE)


def _sheets(sheet: Sheets, metric: str, better: str) -> Outcome:
    """Whole answered sheets: what their true totals were, not what somebody counted."""
    whole = sheet.frame["whole"].to_numpy()
    told = _worlds(sheet.frame[answered(sheet) & whole], "total")
    return Outcome(metric, "points", better, told, asked=_asked(sheet)[whole])


def _said(practice: Practice) -> Iterator[Outcome]:
    said = practice.feedback
    yield Outcome("experience_rating", "points of 1 to 10", "higher", _worlds(said, "rating"))
    written = said[said["comment"] != ""]
    for theme, better in (("processed", "lower"), ("cared", "higher")):
        frame = written[["site", "week"]].copy()
        for world, name in (("", "y"), ("_wave_1", "y_wave_1"), ("_without", "y_without")):
            frame[name] = written[f"theme{world}"] == theme
        yield Outcome(f"{theme}_comments", "share of comments", better, frame)


def _crisis(practice: Practice) -> Iterator[Outcome]:
    """Minutes in logarithms, of signals somebody answered: half the minutes is -0.69. Inside the target of its
    severity: of all that were answered or given up; a signal of no known severity has none.
    """
    signals = practice.crisis
    reached = signals[signals["contact"] != clock.NONE]
    logs = reached[["site", "week"]].assign(y=np.log(reached["minutes"]), y_without=np.log(reached["minutes_without"]))
    yield Outcome("crisis_log_minutes", "mean log minutes", "lower", logs, {CRISIS: "y_without"})
    ended = (signals["contact"] != clock.NONE) | (signals["closed"] != clock.NONE)
    judged = signals[ended & signals["severity"].isin(list(TARGET_MINUTES))]
    target, answered = judged["severity"].map(TARGET_MINUTES), judged["contact"] != clock.NONE
    inside = judged[["site", "week"]].assign(
        y=answered & (judged["minutes"] <= target),
        y_without=~judged["unreached"] & (judged["minutes_without"] <= target),
    )
    yield Outcome("crisis_inside_target", "share of signals with a target", "higher", inside, {CRISIS: "y_without"})


def _surveys(survey: Surveys, metric: str) -> Outcome:
    told = _worlds(survey.frame[answered(survey)], "total")
    return Outcome(metric, "points", "lower", told, asked=_asked(survey))


def _asked(sheet: Sheets | Surveys) -> pd.DataFrame:
    """Everybody who was asked: what they would say, and whether they do, in each world."""
    frame = sheet.frame
    return _worlds(frame, "total").assign(
        says=answered(sheet), says_without=frame["answered_without"], says_wave_1=frame["answered_wave_1"]
    )


def _hours(practice: Practice) -> Iterator[Outcome]:
    """Hours a person and week."""
    hours = practice.hours
    desk = hours[hours["role"] > 0]
    people = desk["people"]
    spent = desk["admin"] / people
    admin = desk[["site", "week"]].assign(weight=people, y=spent, y_without=desk["admin_without"] / people)
    yield Outcome("administrator_admin_hours", "hours a person and week", "lower", admin, {AI: "y_without"})
    each = hours["people"]
    repair = hours[["site", "week"]].assign(
        weight=each,
        y=hours["repair"] / each,
        y_wave_1=hours["repair_wave_1"] / each,
        y_without=hours["repair_without"] / each,
    )
    yield Outcome("repair_hours", "hours a person and week", "lower", repair)


def _worlds(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[["site", "week"]].assign(
        y=frame[name], y_wave_1=frame[f"{name}_wave_1"], y_without=frame[f"{name}_without"]
    )
