"""Exports of what happens outside of visits, beside those of the practice of comments: every table a release counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from etl.settings import IngestSettings, ReleaseSettings, Stratifiers, TableSource
from tests.etl_vault import comments
from tests.etl_vault.comments import FIRST, _csv

ROWS, PEOPLE, DAYS = 600, 60, 350
Rows = list[list[str]]


def _day(number: int) -> str:
    return (FIRST + timedelta(days=number * 7 % DAYS)).isoformat()


def _who(number: int) -> str:
    return f"MRN-{number * 11 % PEOPLE:05d}"


def _table(columns: dict[str, str], values: Any) -> tuple[dict[str, str], Rows]:
    """(the mapping, the rows): values(number) gives what follows number, patient and day."""
    return columns, [[str(number), _who(number), _day(number), *values(number)] for number in range(ROWS)]


def exports() -> dict[str, tuple[dict[str, str], Rows]]:
    person = {"patient_id": "patient"}
    return {
        "measure": _table(
            {"measure_id": "id", **person, "invited_at": "day", "instrument": "a", "taken_at": "b", "items": "c"},
            lambda n: (
                ["phq_9", "gad_7", "wai_sr"][n % 3],
                "" if n % 5 == 0 else _day(n),
                ";".join(str(1 + (n * at + n // 60) % 3) for at in range(1, [10, 8, 13][n % 3])),
            ),
        ),
        "crisis_signal": _table(
            {
                "crisis_id": "id", **person, "detected_at": "day", "detected_by": "a", "human_contact_at": "b",
                "severity": "c", "closed_by": "d",
            },
            lambda n: (["human", "automation"][n % 2], "" if n % 9 == 0 else _day(n), ["low", "high"][n // 60 % 2], ""),
        ),
        "triage": _table(
            {
                "triage_id": "id", **person, "requested_at": "day", "automation_level": "a", "clinician_level": "b",
                "right_care_at": "c",
            },
            lambda n: (str(1 + n % 5), str(1 + n // 7 % 5), _day(n)),
        ),
        "contact": _table(
            {"contact_id": "id", **person, "sent_at": "day", "automated": "a", "delivered": "b", "opted_out": "c"},
            lambda n: ("yes", "yes", ["no", "yes"][n % 11 == 0]),
        ),
        "feedback": _table(
            {"feedback_id": "id", **person, "given_at": "day", "kind": "a", "rating": "b"},
            lambda n: (["survey", "complaint"][n % 7 == 0], str(n % 11)),
        ),
        "notice": _table(
            {"notice_id": "id", **person, "given_at": "a", "topic": "b", "version": "c"},
            lambda n: ((FIRST + timedelta(days=100 + n % 60)).isoformat(), ["privacy", "automation"][n // 60 % 2], "1"),
        ),
    }  # fmt: skip


def courses() -> tuple[dict[str, str], Rows]:
    """Most end within the first twelve weeks."""
    columns = {"episode_id": "id", "patient_id": "patient", "started_on": "from", "ended_on": "to"}
    ends = ["" if n % 5 == 0 else (FIRST + timedelta(days=62 + n % 20)).isoformat() for n in range(PEOPLE)]
    starts = [(FIRST + timedelta(days=n % 9)).isoformat() for n in range(PEOPLE)]
    return columns, [[str(n), f"MRN-{n:05d}", starts[n], ends[n]] for n in range(PEOPLE)]


def forecasts() -> tuple[dict[str, str], Rows]:
    columns = {"prediction_id": "id", "appointment_id": "visit", "score": "score", "model_version": "model"}
    return columns, [[str(n), f"A{n}", f"{n % 97 / 100}", "v1"] for n in range(1800)]


def write(folder: Path, without: str = "") -> None:
    """All exports; `without`: the number of a patient who never came."""
    comments.write(folder, said=[])
    first = ("id", "patient", "day")
    for table, (columns, rows) in exports().items():
        _csv(folder / f"{table}.csv", (*first, *sorted({*columns.values()} - {*first})), rows)
    _csv(folder / "episode.csv", ("id", "patient", "from", "to"), courses()[1])
    _csv(folder / "prediction.csv", ("id", "visit", "score", "model"), forecasts()[1])
    visits = [line.split(",") for line in (folder / "visits.csv").read_text().splitlines()]
    gone = {line[0] for line in visits if without and line[1] == without}
    for export in folder.glob("*.csv"):
        lines = export.read_text().splitlines()
        kept = [line for line in lines if not without or (without not in line and not gone & set(line.split(",")[1:2]))]
        export.write_text("\n".join(kept) + "\n")


def configured(folder: Path, **changes: Any) -> IngestSettings:
    chosen = comments.configured(folder)
    tables = {table: {"file": f"{table}.csv", "columns": columns} for table, (columns, _) in exports().items()}
    tables["episode"] = {"file": "episode.csv", "columns": courses()[0]}
    tables["prediction"] = {"file": "prediction.csv", "columns": forecasts()[0]}
    added = {name: TableSource.model_validate(told | {"worst_quarantined_share": 0.9}) for name, told in tables.items()}
    release = ReleaseSettings(stratifiers=Stratifiers(names=()))
    return chosen.model_copy(update={"tables": {**chosen.tables, **added}, "release": release, **changes})
