"""How is the privacy proof laid out as tables? One line of words for each released row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import reasons, words
from dashboard.tables import Table

PROFILES = {"safe_harbor": "HIPAA Safe Harbor", "ontario": "Ontario (PHIPA)"}
STATES = {"passed": "✓ Passed", "failed": "✕ Failed", "not applicable": "– Does not apply"}
ABOUT = {
    "actual_knowledge": "Actual knowledge",
    "not_psychotherapy_notes": "Not psychotherapy notes",
    "not_part_2": "Not 42 CFR Part 2 records",
}
ACTIONS = {
    "drop": "Never kept",
    "pseudonym": "A random number in its place",
    "scrub": "Kept with identifiers removed",
    "alias": "Under a name the practice chose",
    "year_only": "The year alone",
    "top_code_90": "90 and over as one group",
    "zip3": "Three digits of the ZIP, or 000",
    "province": "The province alone",
    "band": "Counts over bands, weeks or sums only",
    "merge": "Rare words published together",
    "keep": "Kept as it is",
}
PLACES = ("this release", "releases kept", "quality reports", "logs", "exports and other files", "file names")
NEEDLES = ("known identifiers", "canaries", "patterns")
LEFT_OUT = {
    "repeat_of_identical_row": "The same row again",
    "forgotten": "Of a person who asked to be forgotten",
    "opted_out_of_analytics": "Of a person who opted out of analytics",
}


def checks(found: pd.DataFrame) -> Table:
    """One line an item of the Safe Harbor list."""
    lines = tuple(
        (
            f"{row['item']}. {row['title']}",
            STATES.get(row["state"], words.name_of(row["state"])),
            row["checked"],
            _whole(row["looked_at"]),
            _whole(row["hits"]),
        )
        for row in _rows(found)
    )
    return Table(("Identifier", "Result", "What was looked at", "Values", "Found"), lines)


def sweep(found: pd.DataFrame) -> Table:
    """One line a place and a kind of needle."""
    lines = tuple(
        (
            words.name_of(row["place"]),
            words.name_of(row["needle"]),
            "not at hand" if pd.isna(row["needles"]) else _whole(row["needles"]),
            "not searched" if pd.isna(row["needles"]) else _whole(row["looked_at"]),
            _whole(row["hits"]),
            f"{words.day(row['made_at'])}, {row['made_at']:%H:%M} UTC",
        )
        for row in sorted(_rows(found), key=lambda row: (_place(PLACES, row["place"]), _place(NEEDLES, row["needle"])))
    )
    return Table(("Where", "Looked for", "How many", "Texts searched", "Found", "When"), lines)


def attestations(found: pd.DataFrame) -> Table:
    """One line a statement."""
    lines = tuple(
        (
            ABOUT.get(row["about"], words.name_of(row["about"])),
            row["attested_by"],
            words.day(row["attested_on"]),
            row["says"],
        )
        for row in _rows(found)
    )
    return Table(("About", "By", "On", "Says"), lines)


def policy(found: pd.DataFrame) -> Table:
    """One line a canonical column, the mapped ones first."""
    ordered = sorted(_rows(found), key=lambda row: not row["mapped"])
    lines = tuple(
        (
            f"{row['table_name']}.{row['column_name']}",
            words.name_of(row["privacy_class"]),
            ACTIONS.get(row["action"], words.name_of(row["action"])),
            "yes" if row["mapped"] else "no",
            row["reason"] or "",
        )
        for row in ordered
    )
    return Table(("Column", "Class", "What is done", "In the exports", "Why"), lines)


def drops(found: pd.DataFrame) -> Table:
    """One line a table and a reason."""
    lines = tuple(
        (words.name_of(row["table_name"]), left_out(row["reason"]), _whole(row["rows"])) for row in _rows(found)
    )
    return Table(("Table", "Reason", "Rows"), lines)


def left_out(code: str) -> str:
    """Why a row was left out on purpose, as words."""
    return LEFT_OUT.get(code) or words.sentence(reasons.reason(code)).rstrip(".")


def risk(found: pd.DataFrame) -> Table:
    """One line a measure, what is of the release first."""
    first = ("released: smallest group", "released: highest risk")
    ordered = sorted(_rows(found), key=lambda row: _place(first, row["measure"]))
    lines = tuple((words.name_of(row["measure"]), _figure(row), words.sentence(row["meaning"])) for row in ordered)
    return Table(("Measure", "Value", "Meaning"), lines)


def quotes(found: pd.DataFrame) -> Table:
    """One line an approved comment."""
    lines = tuple((row["text"], words.name_of(row["kind"] or "comment"), str(row["year"])) for row in _rows(found))
    return Table(("Comment", "Kind", "Year"), lines)


def _figure(row: dict[Any, Any]) -> str:
    if row["state"] != "published" or pd.isna(row["value"]):
        return words.state(row["state"].replace(" ", "_"))
    value = float(row["value"])
    if "risk" in row["measure"] or row["meaning"].startswith("share"):
        return words.amount(value, "share")
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _place(order: tuple[str, ...], name: str) -> int:
    """Where it stands; what is not in the order comes last."""
    return order.index(name) if name in order else len(order)


def _whole(number: Any) -> str:
    return "—" if pd.isna(number) else f"{int(number):,}"


def _rows(found: pd.DataFrame) -> list[dict[Any, Any]]:
    return found.astype(object).where(found.notna(), None).to_dict("records")
