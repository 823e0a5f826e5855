"""Where did every row of an ingest go, and what did the quality gate say?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import pandas as pd

from etl.safety import FACT, NOT_LOOKED, Look

ROWS_SHOWN = 20  # row numbers named per reason

TOUCHED = "touched_despite_opting_out"
PASSED, FAILED, ERROR, NOT_APPLICABLE = "passed", "failed", "error", "not applicable"


@dataclass(frozen=True)
class TableReport:
    """One table's reconciliation: read = kept + quarantined (all reasons) + dropped_by_policy, in rows.

    changed: rows new or different in the vault; waiting: rows held back until published periods are made anew.
    first_rows: up to 20 row numbers per quarantine reason. latest_on: the last day the kept rows speak of.
    dropped_for: dropped_by_policy by reason; dropped_people: of how many people, where the reason is about a person.
    touched, touched_people: rows in which automation touched people who had asked that it should not.
    """

    table: str
    read: int
    kept: int
    quarantined: dict[str, int]
    dropped_by_policy: int
    changed: int = 0
    waiting: int = 0
    latest_on: date | None = None
    first_rows: dict[str, tuple[int, ...]] = field(default_factory=dict)
    dropped_for: dict[str, int] = field(default_factory=dict)
    dropped_people: dict[str, int] = field(default_factory=dict)
    touched: int = 0
    touched_people: int = 0

    @property
    def quarantined_rows(self) -> int:
        return sum(self.quarantined.values())


@dataclass(frozen=True)
class CheckResult:
    """One check of the quality gate. The share judged is numerator / denominator, where both are there."""

    check: str
    table: str
    state: str
    numerator: float | None = None
    denominator: float | None = None
    threshold: float | None = None
    failed_rows: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class IngestReport:
    """One ingest. `already`: these very exports had been released before, and nothing was done."""

    release: int
    tables: tuple[TableReport, ...]
    quality: tuple[CheckResult, ...]
    seconds: float
    already: bool = False
    notes: tuple[str, ...] = ()  # for the operator alone
    safety: Look = NOT_LOOKED  # was a sign of danger closed by automation alone?

    def as_json(self) -> dict[str, Any]:
        """What `rapport ingest --json` prints; other programs rely on it. `people` is there where people asked,
        `safety` where crisis signals are exported."""
        content: dict[str, Any] = {
            "release": self.release,
            "tables": [
                {
                    "table": table.table,
                    "read": table.read,
                    "kept": table.kept,
                    "quarantined": table.quarantined,
                    "dropped_by_policy": table.dropped_by_policy,
                }
                for table in self.tables
            ],
            "quality": [
                {"check": check.check, "table": check.table, "state": check.state, "failed_rows": check.failed_rows}
                for check in self.quality
            ],
            "seconds": round(self.seconds, 3),
        }
        content |= {"safety": {FACT: self.safety.happened}} if self.safety.told else {}
        return content | ({"people": asked} if (asked := self.asked()) else {})

    def asked(self) -> list[dict[str, Any]]:
        """Where were rows left out, or automation not, because of what people asked for? For the operator alone."""
        left = [
            {"table": table.table, "what": reason, "rows": table.dropped_for[reason], "people": people}
            for table in self.tables
            for reason, people in table.dropped_people.items()
        ]
        touched = [
            {"table": table.table, "what": TOUCHED, "rows": table.touched, "people": table.touched_people}
            for table in self.tables
            if table.touched
        ]
        return left + touched

    def row_numbers(self, table: str, reason: str) -> str:
        """Which rows of the export were refused for this reason? "27034, 32765"; the first 20, then how many more."""
        report = next(entry for entry in self.tables if entry.table == table)
        shown = report.first_rows.get(reason, ())
        more = report.quarantined.get(reason, 0) - len(shown)
        numbers = ", ".join(str(row) for row in shown)
        return f"{numbers} and {more:,} more" if more > 0 else numbers


def to_text(tables: Sequence[TableReport], quality: Sequence[CheckResult], notes: Sequence[str] = ()) -> str:
    """The report as kept in the vault beside its run."""
    content = {"tables": [asdict(table) for table in tables], "quality": [asdict(check) for check in quality]}
    return json.dumps(content | {"notes": list(notes)}, default=str)


def notes_from_text(text: str) -> tuple[str, ...]:
    """What the operator was told besides."""
    return tuple(json.loads(text).get("notes", ()))


def from_text(text: str) -> tuple[tuple[TableReport, ...], tuple[CheckResult, ...]]:
    """The report of an earlier run, as `to_text` wrote it."""
    content = json.loads(text)
    return tuple(_table(entry) for entry in content["tables"]), tuple(CheckResult(**c) for c in content["quality"])


def _table(entry: dict[str, Any]) -> TableReport:
    report = TableReport(**entry)
    return replace(
        report,
        latest_on=date.fromisoformat(entry["latest_on"]) if entry["latest_on"] else None,
        first_rows={reason: tuple(rows) for reason, rows in entry["first_rows"].items()},
    )


def frames(tables: Sequence[TableReport], quality: Sequence[CheckResult], k: int) -> dict[str, pd.DataFrame]:
    """The rows the warehouse shows about this ingest, by warehouse table. Counts only; no row numbers.

    k: rows dropped because fewer people than this asked for it are not shown, neither as read nor as dropped.
    """
    shown = [_shown(table, k) for table in tables]
    reconciliation = [
        {
            "table_name": table.table,
            "rows_read": table.read,
            "kept": table.kept,
            "dropped_by_policy": table.dropped_by_policy,
            "changed": table.changed,
            "waiting": table.waiting,
            "latest_on": table.latest_on,
        }
        for table in shown
    ]
    checks = [
        {"check_name": check.check, "table_name": check.table} | _without(asdict(check), ("check", "table"))
        for check in (*quality, *(_touched(table, k) for table in tables if table.touched))
    ]
    check_columns = ["check_name", "table_name", "state", "numerator", "denominator", "threshold", "failed_rows"]
    return {
        "reconciliation": pd.DataFrame(reconciliation),
        "quarantine_count": _reasons(shown, "quarantined"),
        "policy_drop": _reasons(shown, "dropped_for"),
        "quality_result": pd.DataFrame(checks, columns=[*check_columns, "detail"]),
    }


def _shown(table: TableReport, k: int) -> TableReport:
    few = {reason for reason, people in table.dropped_people.items() if people < k}
    hidden = sum(table.dropped_for.get(reason, 0) for reason in few)
    left = {reason: rows for reason, rows in table.dropped_for.items() if reason not in few}
    return replace(
        table, read=table.read - hidden, dropped_by_policy=table.dropped_by_policy - hidden, dropped_for=left
    )


def _touched(table: TableReport, k: int) -> CheckResult:
    """Whether automation kept away from those who asked: how often it did not is shown where enough people asked."""
    few = table.touched_people < k
    return CheckResult(
        TOUCHED,
        table.table,
        NOT_APPLICABLE,  # it is told, not judged: the rows are kept whatever it says
        numerator=None if few else float(table.touched),
        threshold=None if few else 0.0,
        failed_rows=None if few else table.touched,
        detail=f"withheld: fewer than {k} people" if few else "rows in which automation touched people who opted out",
    )


def _reasons(tables: Sequence[TableReport], what: str) -> pd.DataFrame:
    rows = [
        {"table_name": table.table, "reason": reason, "rows": rows}
        for table in tables
        for reason, rows in getattr(table, what).items()
    ]
    return pd.DataFrame(rows, columns=["table_name", "reason", "rows"])


def _without(entry: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in names}
