"""What did the patients of the synthetic practice say about their care? Ratings, and comments that give people away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rapport.demo.scenario import Scenario

TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("feedback.json").read_text(encoding="utf-8"))
THEMES = ("cared", "processed", "naming", "revealing", "other_language")  # what is left is plain
KINDS = {"cared": "Compliment", "processed": "Complaint"}
ANSWER_AFTER = (2, 72)  # hours after the visit


def draw(
    visits: pd.DataFrame, people: pd.DataFrame, staff: pd.DataFrame, scenario: Scenario, rng: np.random.Generator
) -> pd.DataFrame:
    """Which attended visits were followed by an answer, and what did it say?

    One row per answer in order of time: feedback, person, site, given_at, kind, rating (1 to 10), comment (often
    empty), theme (what the comment was made from; not exported) and names (does it name somebody?).
    """
    attended = visits[(visits["status"] == "attended") & visits["past"]]
    answered = attended[rng.random(len(attended)) < scenario.feedback_share]
    delay = rng.integers(ANSWER_AFTER[0] * 60, ANSWER_AFTER[1] * 60, len(answered)) * np.timedelta64(60, "s")
    frame = answered[["person", "site", "clinician", "exposed"]].reset_index(drop=True)
    frame["given_at"] = answered["starts_at"].to_numpy() + delay
    frame = frame[frame["given_at"] < np.datetime64(scenario.extracted_on)]
    frame = frame.sort_values(["given_at", "person"], kind="stable").reset_index(drop=True)
    mean = np.where(frame["exposed"], scenario.rating_with_ai, scenario.rating)
    frame["rating"] = np.clip(np.round(rng.normal(mean, scenario.rating_spread)), 1, 10).astype(int)
    frame["theme"] = _themes(frame, scenario, rng)
    frame["comment"] = _comments(frame, people, staff, scenario, rng)
    frame["kind"] = frame["theme"].map(KINDS).fillna("Survey")
    frame["names"] = frame["theme"].eq("naming") | frame["comment"].str.contains("|".join(staff["name"]), regex=True)
    frame["feedback"] = [f"F{70_000 + position}" for position in range(len(frame))]
    return frame


def truth(frame: pd.DataFrame) -> dict[str, Any]:
    """What an honest reading should find in the answers, and the names that must appear nowhere."""
    written = frame[frame["comment"] != ""]
    rating = frame.groupby(frame["exposed"].map({True: "with", False: "without"}))["rating"].mean()
    return {
        "answers": len(frame),
        "comments": len(written),
        "comments_by_theme": {theme: int(n) for theme, n in written["theme"].value_counts().sort_index().items()},
        "comments_that_name_somebody": int(written["names"].sum()),
        "mean_rating": {word: float(value) for word, value in rating.items()},
        "canaries": TEXTS["stranger"],
    }


def _themes(frame: pd.DataFrame, scenario: Scenario, rng: np.random.Generator) -> np.ndarray:
    """A theme for each answer; "" where nothing was written."""
    exposed = frame["exposed"].to_numpy(bool)
    shares = np.where(exposed[:, None], scenario.themes_with_ai, scenario.themes)
    edges = np.cumsum(shares, axis=1)
    drawn = (rng.random(len(frame))[:, None] >= edges).sum(axis=1)
    words = np.array([*THEMES, "plain"])[drawn]
    return np.where(rng.random(len(frame)) < scenario.comment_share, words, "")


def _comments(
    frame: pd.DataFrame, people: pd.DataFrame, staff: pd.DataFrame, scenario: Scenario, rng: np.random.Generator
) -> list[str]:
    turn = rng.integers(0, 10_000, len(frame))
    known, names = people.to_dict("records"), staff["name"].tolist()
    comments = []
    for answer, position in zip(frame.to_dict("records"), turn.tolist(), strict=True):
        if answer["theme"]:
            said = _Said(known[answer["person"]], names[answer["clinician"]], scenario.sites[answer["site"]].name)
            comments.append(said.words(str(answer["theme"]), position, answer["given_at"]))
        else:
            comments.append("")
    return comments


@dataclass(frozen=True)
class _Said:
    """Who says it, about whom and where."""

    person: dict[Any, Any]
    clinician: str
    site: str

    def words(self, theme: str, position: int, given_at: datetime) -> str:
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
            day=f"{given_at:%d %B}",
            clinician=self.clinician,
            clinician_first=self.clinician.split(" ", maxsplit=1)[0],
            site=self.site,
            stranger=TEXTS["stranger"][position % len(TEXTS["stranger"])],
        )
