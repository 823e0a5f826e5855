"""Which comments may people outside the boundary read? Those that a person has approved, as they stand now.

A decision belongs to one wording: where the comment changes, or more is taken out of it, the decision is void and the
comment is to be reviewed again. An approved quote has a random number of its own, the same in every release.
"""

# ruff: noqa: S608  every name in the SQL comes from the declarations
from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from etl.profile import WORD_ROWS

APPROVED, WITHHELD = "approved", "withheld"
WAITING = "to review"
REMOVED = "[REMOVED]"
LONGEST = 4000  # characters; nobody reads more on one screen, and what was not read is not approved
WORD = re.compile(r"\S+")
_DECIDED = "q.feedback_id = f.feedback_id AND q.text_hash = sha256(f.comment)"
_WITH_TEXT = "f.comment IS NOT NULL AND trim(f.comment) <> ''"


@dataclass(frozen=True)
class Comment:
    """One scrubbed comment. held: why a person must read it with care; found: what was taken out; decision: so far."""

    feedback_id: int
    year: int
    kind: str | None
    text: str
    state: str
    held: str
    found: str
    decision: str | None = None

    @property
    def too_long(self) -> bool:
        return len(self.text) > LONGEST


def comments(con: duckdb.DuckDBPyConnection, *, decided: bool = False) -> list[Comment]:
    """The comments that wait for a decision, those held first, then the newest; or those already decided."""
    if not there(con):
        return []
    rows = con.execute(
        "SELECT f.feedback_id, year(f.given_on), f.kind, coalesce(q.text, f.comment), f.comment_state, "
        "coalesce(f.comment_held, ''), coalesce(f.comment_found, ''), q.decision "
        f"FROM vault.feedback f LEFT JOIN vault.quote_review q ON {_DECIDED} "
        f"WHERE {_WITH_TEXT} AND q.decision IS {'NOT ' if decided else ''}NULL "
        "ORDER BY f.comment_state = 'clean', f.given_on DESC, f.feedback_id"
    ).fetchall()
    return [Comment(*row) for row in rows]


def decide(
    con: duckdb.DuckDBPyConnection, comment: Comment, decision: str, text: str | None, *, by: str, at: datetime
) -> int | None:
    """Remember what was decided on this wording; the quote's number. None where the comment changed since it was shown.

    text: what may be shown; only for an approved comment, and made of it by taking words out.
    """
    shown = con.execute("SELECT comment FROM vault.feedback WHERE feedback_id = ?", [comment.feedback_id]).fetchone()
    before = con.execute(
        "SELECT quote_id, text FROM vault.quote_review WHERE feedback_id = ?", [comment.feedback_id]
    ).fetchone()
    if shown is None or comment.text not in (shown[0], before[1] if before else None):
        return None
    number = before[0] if before else _unused_number(con)
    con.execute("DELETE FROM vault.quote_review WHERE feedback_id = ?", [comment.feedback_id])
    digest = hashlib.sha256(shown[0].encode()).hexdigest()
    row = [comment.feedback_id, digest, decision, text if decision == APPROVED else None, number, by, at]
    con.execute("INSERT INTO vault.quote_review VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return int(number)


def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many comments are there in each state? No text."""
    if not there(con):
        return {}
    rows = con.execute(
        f"SELECT CASE WHEN NOT coalesce({_WITH_TEXT}, false) THEN 'empty' ELSE coalesce(q.decision, '{WAITING}' || "
        "CASE WHEN f.comment_state = 'clean' THEN '' ELSE ', ' || f.comment_state END) END AS state, "
        f"count(*) FROM vault.feedback f LEFT JOIN vault.quote_review q ON {_DECIDED} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return dict(rows)


def drop_void(con: duckdb.DuckDBPyConnection) -> int:
    """Forget the decisions on wordings that no longer stand. How many?"""
    if not there(con):
        return 0
    row = con.execute(
        "DELETE FROM vault.quote_review WHERE feedback_id NOT IN ("
        f"SELECT q.feedback_id FROM vault.quote_review q JOIN vault.feedback f ON {_DECIDED})"
    ).fetchone()
    return int(row[0]) if row else 0


def frame(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The rows of the warehouse's `quote`: approved wordings with the year alone, in the order of random numbers."""
    columns = ["quote_id", "year", "kind", "text"]
    if not there(con):
        return pd.DataFrame(columns=columns)
    return con.execute(
        "SELECT q.quote_id, year(f.given_on)::INTEGER AS year, CASE WHEN f.kind IN (SELECT kind FROM vault.feedback "
        f"GROUP BY kind HAVING count(*) >= {WORD_ROWS}) THEN f.kind END AS kind, q.text FROM vault.feedback f "
        f"JOIN vault.quote_review q ON {_DECIDED} WHERE q.decision = '{APPROVED}' AND {_WITH_TEXT} ORDER BY q.quote_id"
    ).fetchdf()[columns]


def by_number(rows: pd.DataFrame) -> dict[int, str]:
    """The wording of each quote."""
    return {int(number): text for number, text in zip(rows["quote_id"], rows["text"], strict=True)}


def same(shown: pd.DataFrame, approved: pd.DataFrame) -> bool:
    """Does a release show exactly the quotes that are approved now?"""
    return _plain(shown) == _plain(approved)


def readable(text: str) -> str:
    """The text without what a terminal would obey or a reader could not see: controls, hidden and turning marks."""
    return "".join(
        character
        for character in text
        if character in "\n\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def passages(text: str, said: str) -> list[tuple[int, int]] | None:
    """Where is what the reviewer wants out? "3, 5-7, some words": words by number (from 1), and whatever is written so.

    None where a part of it is not in the text.
    """
    words = [match.span() for match in WORD.finditer(text)]
    found: list[tuple[int, int]] = []
    for part in filter(None, (piece.strip() for piece in said.split(","))):
        numbers = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", part)
        if numbers:
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            if not 1 <= first <= last <= len(words):
                return None
            found.append((words[first - 1][0], words[last - 1][1]))
            continue
        places = [match.span() for match in re.finditer(re.escape(part), text, re.IGNORECASE)]
        if not places:
            return None
        found += places
    return found or None


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with each stretch replaced by [REMOVED]; stretches that touch or overlap become one."""
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start > end or not pieces:
            pieces += [text[end:start], REMOVED]
        end = max(end, stop)
    return "".join([*pieces, text[end:]])


def _plain(rows: pd.DataFrame) -> set[tuple[int, int, str, str]]:
    found = zip(rows["quote_id"], rows["year"], rows["kind"], rows["text"], strict=True)
    return {(int(number), int(year), kind or "", text) for number, year, kind, text in found}


def _unused_number(con: duckdb.DuckDBPyConnection) -> int:
    while True:
        number = secrets.randbelow(2**53 - 1) + 1  # a number every reader of the warehouse can hold
        if con.execute("SELECT 1 FROM vault.quote_review WHERE quote_id = ?", [number]).fetchone() is None:
            return number


def there(con: duckdb.DuckDBPyConnection) -> bool:
    """Does the vault hold comments at all?"""
    found = con.execute(
        "SELECT 1 FROM duckdb_columns() WHERE database_name = 'vault' AND table_name = 'feedback' "
        "AND column_name = 'comment_state'"
    ).fetchone()
    return found is not None
