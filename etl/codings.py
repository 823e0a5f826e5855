"""How far do the rules of the codebook agree with a person who read the same comments without seeing what they say?

A person codes comments drawn at random; what they said is kept in the vault beside the wording they read. At each
release the rules of today read the same comments, and four counts a theme leave: both, the rules alone, the person
alone, neither. From these follows Cohen's kappa (metrics/agreement.py).
"""

# ruff: noqa: S608  every name in the SQL stands here
from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Collection
from datetime import datetime

import duckdb
import pandas as pd

from etl import quotes
from etl.codebook import Codebook
from etl.declared_frames import AGREEMENT, VALUES
from etl.quotes import Comment

WAYS = ("both", "rules", "person", "neither")
UNIT = "comments"
_SAME = "c.feedback_id = f.feedback_id AND c.text_hash = sha256(f.comment)"
_TEXT = "f.comment IS NOT NULL AND trim(f.comment) <> ''"


def sample(con: duckdb.DuckDBPyConnection, size: int) -> list[Comment]:
    """Comments nobody has coded yet, drawn at random: as many as are asked for, or all there are."""
    if not quotes.there(con):
        return []
    rows = con.execute(
        "SELECT f.feedback_id, year(f.given_on), f.kind, f.comment, f.comment_state, '', '' FROM vault.feedback f "
        f"LEFT JOIN vault.coding c ON {_SAME} WHERE {_TEXT} AND c.feedback_id IS NULL ORDER BY f.feedback_id"
    ).fetchall()
    drawn = secrets.SystemRandom().sample(rows, min(size, len(rows)))
    return [Comment(*row) for row in drawn]


def keep(
    con: duckdb.DuckDBPyConnection,
    comment: Comment,
    themes: Collection[str],
    asked: Collection[str],
    *,
    by: str,
    at: datetime,
) -> bool:
    """Remember what a person read in this wording. False where the comment is another one by now.

    asked: the themes there were to choose from; of others nothing is known.
    """
    shown = con.execute("SELECT comment FROM vault.feedback WHERE feedback_id = ?", [comment.feedback_id]).fetchone()
    if shown is None or shown[0] != comment.text:
        return False
    con.execute("DELETE FROM vault.coding WHERE feedback_id = ?", [comment.feedback_id])
    digest = hashlib.sha256(comment.text.encode()).hexdigest()
    row = [comment.feedback_id, digest, sorted(themes), sorted(asked), by, at]
    con.execute("INSERT INTO vault.coding VALUES (?, ?, ?, ?, ?, ?)", row)
    return True


def drop_void(con: duckdb.DuckDBPyConnection) -> None:
    """Forget what was read in wordings that no longer stand."""
    if quotes.there(con):
        con.execute(
            "DELETE FROM vault.coding WHERE feedback_id NOT IN ("
            f"SELECT c.feedback_id FROM vault.coding c JOIN vault.feedback f ON {_SAME})"
        )


def compared(con: duckdb.DuckDBPyConnection, codebook: Codebook) -> tuple[dict[str, Counter[str]], int]:
    """For each theme, how often person and rules said what; and how many patients wrote the comments."""
    found: dict[str, Counter[str]] = {theme: Counter() for theme in codebook.themes}
    if not quotes.there(con):
        return found, 0
    rows = con.execute(
        f"SELECT f.comment, c.themes, c.asked, f.patient_id FROM vault.coding c JOIN vault.feedback f ON {_SAME}"
    ).fetchall()
    for text, themes, asked, _ in rows:
        read = codebook.read(text)
        for theme in set(asked) & found.keys():
            found[theme][_way(rules=theme in read, person=theme in themes)] += 1
    return found, len({patient for *_, patient in rows})


def frame(con: duckdb.DuckDBPyConnection, codebook: Codebook, k: int) -> pd.DataFrame:
    """Rows of `declared_value`: agreement.THEME.WAY with the count; none while fewer than k patients wrote them."""
    counts, patients = compared(con, codebook)
    rows = [
        (f"{AGREEMENT}{theme}.{way}", float(ways[way]), None, None, UNIT, _SAYS[way])
        for theme, ways in counts.items()
        if patients >= k and ways.total()
        for way in WAYS
    ]
    return pd.DataFrame(rows, columns=list(VALUES))


_SAYS = {
    "both": "a person and the codebook both read this theme in them",
    "rules": "the codebook read it in them, the person did not",
    "person": "a person read it in them, the codebook did not",
    "neither": "neither read it in them",
}


def _way(*, rules: bool, person: bool) -> str:
    if rules and person:
        return "both"
    if rules:
        return "rules"
    return "person" if person else "neither"
