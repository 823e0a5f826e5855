"""What did the patients of the synthetic practice say about their care? Ratings, and comments that give people away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn.outcomes import ATTENDED
from rapport.demo.drawn.stays import WORLDS
from rapport.demo.drawn.visits import draws
from rapport.demo.scenario import AI, HUMAN, Scenario

TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("feedback.json").read_text(encoding="utf-8"))
THEMES = ("cared", "processed", "naming", "revealing", "other_language")  # what is left is plain
KINDS = {"cared": "Compliment", "processed": "Complaint"}
ANSWER_AFTER = (2, 72)  # hours after the visit


def draw(
    visits: pd.DataFrame, people: pd.DataFrame, staff: pd.DataFrame, scenario: Scenario, chance: Chance
) -> pd.DataFrame:
    """Which attended visits were followed by an answer, and what did it say?

    One row per answer in order of time: person, site, week, given (local minutes), kind, rating (1 to 10) and theme in
    each of the three worlds (what the comment was made from; not exported; "" where nothing was written), comment
    (often empty) and names (does it name somebody?).
    """
    attended = visits[(visits["status"] == ATTENDED) & visits["past"]]
    frame = attended[draws(attended, chance, "feedback").happens("answers", scenario.feedback_share)]
    frame = frame[["key", "person", "site", "clinician", "week", "starts"]].reset_index(drop=True)
    delay = draws(frame, chance, "feedback").whole("delay", ANSWER_AFTER[0] * 60, ANSWER_AFTER[1] * 60)
    frame["given"] = clock.awake(frame["starts"].to_numpy() + delay)
    frame = frame[frame["given"] < clock.extracted(scenario)]
    frame = frame.sort_values(["given", "person"], kind="stable").reset_index(drop=True)
    luck = draws(frame, chance, "feedback")
    _ratings(frame, scenario, luck)
    _themes(frame, scenario, luck)
    frame["comment"] = _comments(frame, people, staff, scenario, luck)
    frame["kind"] = frame["theme"].map(KINDS).fillna("Survey")
    named = np.array(staff["name"])[frame["clinician"]]
    frame["names"] = [
        theme == "naming" or name in text
        for theme, name, text in zip(frame["theme"], named, frame["comment"], strict=True)
    ]
    return frame


def truth(frame: pd.DataFrame) -> dict[str, Any]:
    """What an honest reading should find in the answers, and the names that must appear nowhere."""
    written = frame[frame["comment"] != ""]
    return {
        "answers": len(frame),
        "comments": len(written),
        "comments_by_theme": {theme: int(n) for theme, n in written["theme"].value_counts().sort_index().items()},
        "comments_that_name_somebody": int(written["names"].sum()),
        "canaries": TEXTS["stranger"],
    }


def _ratings(frame: pd.DataFrame, scenario: Scenario, luck: Draws) -> None:
    site, week, effects = frame["site"].to_numpy(), frame["week"].to_numpy(), scenario.effects
    level = scenario.rating + luck.normal("rating", scenario.rating_spread)
    first = effects.rating_points * scenario.ramp(AI, site, week)
    back = effects.rating_back * scenario.ramp(HUMAN, site, week)
    for world, shift in zip(WORLDS, (first + back, first, 0.0 * first), strict=True):
        frame[f"rating{world}"] = np.clip(np.round(level + shift), 1, 10).astype("int8")


def _themes(frame: pd.DataFrame, scenario: Scenario, luck: Draws) -> None:
    """A theme for each answer in each world; the plain remarks give way to what is said more often."""
    site, week, effects = frame["site"].to_numpy(), frame["week"].to_numpy(), scenario.effects
    ai, human = scenario.ramp(AI, site, week), scenario.ramp(HUMAN, site, week)
    which, writes = luck.share("theme"), luck.happens("writes", scenario.comment_share)
    for world in WORLDS:
        shares = np.tile(np.array(scenario.themes), (len(frame), 1))
        if world != "_without":
            shares[:, :2] += np.outer(ai, (effects.cared_share, effects.processed_share))
        if world == "":
            shares[:, :2] += np.outer(human, (effects.cared_back, effects.processed_back))
        drawn = (which[:, None] >= np.cumsum(shares, axis=1)).sum(axis=1)
        frame[f"theme{world}"] = np.where(writes, np.array([*THEMES, "plain"], dtype=object)[drawn], "")


def _comments(
    frame: pd.DataFrame, people: pd.DataFrame, staff: pd.DataFrame, scenario: Scenario, luck: Draws
) -> list[str]:
    turn = luck.whole("turn", 0, 10_000)
    names, written = staff["name"].tolist(), np.flatnonzero(frame["theme"] != "")
    known = dict(zip(written.tolist(), people.iloc[frame["person"].iloc[written]].to_dict("records"), strict=True))
    comments = [""] * len(frame)
    for row, answer in zip(written.tolist(), frame.iloc[written].to_dict("records"), strict=True):
        said = _Said(known[row], names[answer["clinician"]], scenario.sites[answer["site"]].name)
        day = scenario.first_day + timedelta(days=int(answer["given"]) // clock.DAY)
        comments[row] = said.words(str(answer["theme"]), int(turn[row]), day)
    return comments


@dataclass(frozen=True)
class _Said:
    """Who says it, about whom and where."""

    person: dict[Any, Any]
    clinician: str
    site: str

    def words(self, theme: str, position: int, given: date) -> str:
        person = self.person
        return TEXTS[theme][position % len(TEXTS[theme])].format(
            given=person["given"],
            given_lower=person["given"].lower(),
            family=person["family"],
            family_upper=person["family"].upper(),
            phone=person["phone"],
            email=person["email"],
            street=person["street"],
            health_number=person["health_number"],
            born=f"{person['birth_date']:%B %d, %Y}",
            day=f"{given:%d %B}",
            clinician=self.clinician,
            clinician_first=self.clinician.split(" ", maxsplit=1)[0],
            site=self.site,
            stranger=TEXTS["stranger"][position % len(TEXTS["stranger"])],
        )
