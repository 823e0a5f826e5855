"""How does the messaging service write down signs of danger, and the intake desk requests for care?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.drawn.crisis import AUTOMATION_WORD
from rapport.demo.exports.texts import codes, numbered, plain
from rapport.demo.practice import Practice

AUTOMATED = AUTOMATION_WORD
SEVERITY_WORDS = {"low": "Low", "medium": "Moderate", "high": "High", "unknown": "Not rated"}


def crisis(practice: Practice) -> pd.DataFrame:
    """Moments are in UTC, as the service's own log has them."""
    scenario, signals = practice.scenario, practice.crisis
    return pd.DataFrame(
        {
            "Alert": numbered("S", 3_000, 0, len(signals)),
            "Client ID": practice.people["patient"].to_numpy()[signals["person"]],
            "Location": codes(signals["site"], scenario),
            "Detected": _utc(signals["detected"], practice),
            "Detected By": signals["detected_by"],
            "Channel": signals["channel"],
            "Severity": signals["severity"].map(SEVERITY_WORDS),
            "Routed": _utc(signals["routed"], practice),
            "Human Contact": _utc(signals["contact"], practice),
            "Closed": _utc(signals["closed"], practice),
            "Closed By": signals["closed_by"],
            "Review": signals["adjudication"].map({"true": "Confirmed", "false": "Ruled out", "unknown": "Pending"}),
        }
    )


def triage(practice: Practice) -> pd.DataFrame:
    scenario, asked = practice.scenario, practice.triage
    level = np.array(plain(asked["by_automation"]), dtype=object)
    return pd.DataFrame(
        {
            "Request": numbered("T", 40_000, 0, len(asked)),
            "Client ID": practice.people["patient"].to_numpy()[asked["person"]],
            "Location": codes(asked["site"], scenario),
            "Requested": clock.moments(asked["requested"], scenario),
            "Assistant Level": np.where(asked["by_automation"] == 0, "", level),
            "Clinician Level": plain(asked["by_clinician"]),
            "Care Began": clock.moments(asked["right_care"], scenario),
        }
    )


def _utc(minutes: pd.Series, practice: Practice) -> np.ndarray:
    return clock.utc_instants(minutes.to_numpy(), practice.scenario)
