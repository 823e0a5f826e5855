"""What did the no-show predictor of the synthetic practice say, and what was done about it?

It knows each visit's true risk with some noise, save that it takes one group of patients for safer than it is.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance
from rapport.demo.drawn.outcomes import inverse_logit
from rapport.demo.drawn.visits import draws
from rapport.demo.scenario import HUMAN, PREDICTOR, Scenario

ACTIONS = ("None", "Reminder", "Call", "Overbook")
OVERRIDDEN = 0.08  # of flagged visits
SPREAD_KNOWN = 0.85  # share of the spread in risk (log odds, around the mean) that the predictor sees


def draw(visits: pd.DataFrame, people: pd.DataFrame, scenario: Scenario, chance: Chance) -> pd.DataFrame:
    """One forecast per scored visit in order of scoring: visit (row), person, site, week, scored (local minutes),
    hours_ahead, score, flagged, action, overridden, version, group (of those it is wrong about).
    """
    frame = visits.loc[visits[PREDICTOR], ["key", "person", "site", "week", "starts", "p", HUMAN]].reset_index()
    frame = frame.rename(columns={"index": "visit"})
    number = len(frame)
    luck = draws(frame, chance, "predictions")
    ahead = luck.whole("ahead", 48 * 60, 72 * 60)
    frame["scored"] = frame["starts"].to_numpy() - ahead
    frame["hours_ahead"] = np.round(ahead / 60, 1)
    words = people[scenario.miscalibrated_field].to_numpy()[frame["person"]]
    frame["group"] = words == scenario.miscalibrated_group
    risk = frame["p"].to_numpy()
    logit = np.log(risk / (1 - risk))
    centre = float(logit.mean()) if number else 0.0
    seen = centre + SPREAD_KNOWN * (logit - centre) + luck.normal("noise", scenario.prediction_noise)
    frame["score"] = np.round(inverse_logit(seen + scenario.miscalibrated_shift * frame["group"]), 4)
    frame["flagged"] = frame["score"] >= scenario.prediction_threshold
    way = luck.share("action")
    done = np.select([way < 0.35, way < 0.80], [1, 2], 3)
    frame["overridden"] = frame["flagged"] & luck.happens("overridden", OVERRIDDEN)
    frame["action"] = np.array(ACTIONS)[np.where(frame["flagged"] & ~frame["overridden"], done, 0)]
    frame["version"] = np.where(frame[HUMAN], "2.0", "1.0")
    frame = frame[frame["scored"] < clock.extracted(scenario)]
    return frame.sort_values(["scored", "visit"], kind="stable").reset_index(drop=True)
