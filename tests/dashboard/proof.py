"""The privacy proof of the made-up practice, in the words in which a release writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

import pandas as pd

from deid import check, policy

MADE = datetime(2025, 12, 1, 9, 31)  # noqa: DTZ001  stored as UTC without a zone
PLACES = ("this release", "releases kept", "quality reports", "logs", "exports and other files", "file names")
QUOTES = (
    (4711, 2025, "complaint", "The reminder called me [NAME] and then cancelled <b>my</b> visit."),
    (815, 2025, None, "=SUM of it all: I felt heard."),
)


def frames(hits: Mapping[str, int] | None = None, *, read: bool = True) -> dict[str, pd.DataFrame]:
    """The released tables. hits: found things by kind; read: the exports were read in this run."""
    known = {"given_name": 4210, "family_name": 4210, "email": 3700, "phone": 3900, "birth_date": 4188} if read else {}
    looked = check.Looked(2764, 214, known, {"given_name": 612}, hits or {}, at_hand=read)
    return {
        "privacy_check": pd.DataFrame([asdict(row) for row in check.rows(looked)]),
        "sweep_result": _sweep(sum((hits or {}).values()), read=read),
        "policy_column": _policy(),
        "policy_drop": pd.DataFrame(
            {"table_name": ["appointment"] * 2, "reason": ["repeat_of_identical_row", "opted_out_of_analytics"]}
            | {"rows": [9, 12]}
        ),
        "risk_figure": _risk(),
        "attestation": attestation(date(2025, 6, 2)),
        "quote": pd.DataFrame(QUOTES, columns=["quote_id", "year", "kind", "text"]),
    }


def attestation(on: date) -> pd.DataFrame:
    """One statement of actual knowledge, made on this day."""
    says = "I know of no way to tell from these counts who a patient is."
    row = {"position": 0, "about": "actual_knowledge", "attested_by": "A. Officer", "attested_on": on, "says": says}
    return pd.DataFrame([row])


def _sweep(hits: int, *, read: bool) -> pd.DataFrame:
    needles = {"known identifiers": 19596 if read else None, "canaries": 3, "patterns": 11}
    rows = [
        (place, needle, MADE, number, 400 if number else 0, hits if (place, needle) == (PLACES[0], "patterns") else 0)
        for place in PLACES
        for needle, number in needles.items()
    ]
    return pd.DataFrame(rows, columns=["place", "needle", "made_at", "needles", "looked_at", "hits"])


def _policy() -> pd.DataFrame:
    rows = [
        (rule.table, rule.column, str(rule.privacy), str(rule.action), rule.table in ("patient", "site"), rule.reason)
        for rule in policy.rules("safe_harbor").values()
    ]
    columns = ["table_name", "column_name", "privacy_class", "action", "mapped", "reason"]
    return pd.DataFrame(rows, columns=columns)


def _risk() -> pd.DataFrame:
    rows = [
        ("released: smallest group", 14.0, "published", "patients in the smallest group any released count is about"),
        ("released: highest risk", 1 / 14, "published", "1 / smallest group: the chance to pick the right one"),
        ("vault: people alone", 0.031, "published", "share whose traits nobody shares, of 4,210 patients in the vault"),
        ("vault: highest risk", None, "withheld", "1 / smallest class (prosecutor); withheld: fewer than 11 people"),
        ("vault: l-diversity", 2.0, "published", "fewest different reasons why care ended, among those alike"),
        ("vault: alone by all their visit days", 0.97, "published", "share of patients whom all their visit days tell"),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "state", "meaning"])
