"""The rows of a generated practice, as a data scientist would have them ready: typed, banded, episodes worked out.

None of this is timed: the peer begins where its work is pure counting and estimating.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from bench.generate import Practice

QUERY = Path(__file__).with_suffix(".sql")
STRATIFIERS = ("modality", "age_band", "sex", "race_ethnicity", "language", "payer", "lead_time", "exposure")
WORDS = ("site", *STRATIFIERS)


@dataclass(frozen=True)
class Rows:
    """visits: a row per appointment. episodes: a row per course of care: weeks followed, ended (1) or censored (0)."""

    visits: pd.DataFrame
    episodes: pd.DataFrame


def rows_of(made: Practice) -> Rows:
    """The practice's rows, sites and strata as categories."""
    appointments, patients = made.exports
    query = QUERY.read_text(encoding="utf-8")
    con = duckdb.connect()
    con.execute(query.replace("$appointments", str(appointments)).replace("$patients", str(patients)))
    visits, episodes = con.table("visit").df(), con.table("episode").df()
    con.close()
    return Rows(visits.astype(dict.fromkeys(WORDS, "category")), episodes.astype(dict.fromkeys(WORDS, "category")))
