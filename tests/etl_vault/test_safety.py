"""A sign of danger that automation closed alone is seen, however broken the rest of the export is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from etl import safety
from etl.safety import NO_CONTACT, UNKNOWN_WORD, UNREADABLE
from etl.settings import Condition, IngestSettings, TableSource
from tests.etl_vault.practice import settings

HEADER = "Alert,Client,Site,Noticed,By,Contact,Closed,Closed By,Note"
COLUMNS = {
    "crisis_id": "Alert",
    "patient_id": "Client",
    "site_id": "Site",
    "detected_at": "Noticed",
    "detected_by": "By",
    "human_contact_at": "Contact",
    "closed_at": "Closed",
    "closed_by": "Closed By",
}
REACHED = "A1,P1,north,2024-05-01 10:00,automation,2024-05-01 10:20,2024-05-01 11:00,automation,ok"
BY_HUMAN = "A2,P2,north,2024-05-01 10:00,automation,,2024-05-01 11:00,human,ok"
ALONE = "A3,P3,north,2024-05-02 10:00,automation,,2024-05-02 10:01,automation,ok"


def practice(folder: Path, *lines: str, header: str = HEADER, **changes: object) -> IngestSettings:
    (folder / "crisis.csv").write_bytes(("\n".join([header, *lines]) + "\n").encode("utf-8", "surrogateescape"))
    source = TableSource.model_validate({"file": "crisis.csv", "columns": COLUMNS, **changes})
    plain = settings(folder)
    return plain.model_copy(update={"tables": {**plain.tables, "crisis_signal": source}})


def seen(chosen: IngestSettings) -> list[tuple[str | None, int, str]]:
    return [(each.record, each.line, each.why) for each in safety.look(chosen).closed]


def test_only_what_automation_closed_without_contact_counts(tmp_path: Path) -> None:
    assert seen(practice(tmp_path, REACHED, BY_HUMAN, ALONE)) == [("A3", 4, NO_CONTACT)]
    look = safety.look(practice(tmp_path, REACHED, BY_HUMAN))
    assert (look.told, look.happened) == (True, False)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("A3,P3,north,yesterday,nobody,,2024-05-02 10:01,automation,ok", NO_CONTACT),  # time and word unreadable
        ("A3,,,,,,,automation,", NO_CONTACT),  # all that is required is missing
        ("A3,P3,north,2024-05-02 10:00,automation,,2024-05-02 10:01,automation,ok,too,many", NO_CONTACT),
        ("A3,P3,north,2024-05-02 10:00,automation,,2024-05-02 10:01,automation", NO_CONTACT),  # ragged
        ('A3,P3,north,2024-05-02 10:00,automation,,2024-05-02 10:01,automation,"not closed', NO_CONTACT),
        ('A3,P3,"nor"th,2024-05-02 10:00,automation,,2024-05-02 10:01,automation,5" tape', NO_CONTACT),
        ("A3,P\udcff3,north,2024-05-02 10:00,automation,,2024-05-02 10:01, Automation ,\udcfe", NO_CONTACT),
        ("A3,P3\0,north,2024-05-02 10:00,automation,,2024-05-02 10:01,automation,\0", NO_CONTACT),
        ("A3,P3,north,2024-05-02 10:00,automation,n/a,2024-05-02 10:01,automation,ok", UNREADABLE),
        ("A3,P3,north,2024-05-02 10:00,automation,0000-00-00,2024-05-02 10:01,automation,ok", UNREADABLE),
        ("A3,P3,north,2024-05-02 10:00,automation,,2024-05-02 10:01,Chatbot,ok", UNKNOWN_WORD),
    ],
)
def test_a_broken_row_hides_nothing(tmp_path: Path, line: str, why: str) -> None:
    found = seen(practice(tmp_path, REACHED, line, BY_HUMAN, '"A9","P1","north","2024-05-03",human,,,,"two\nlines"'))
    assert found == [("A3", 3, why)]


def test_rows_after_an_unclosed_quote_are_rows(tmp_path: Path) -> None:
    many = [BY_HUMAN.replace("A2", f"B{at}") for at in range(120)]
    chosen = practice(tmp_path, 'A0,P1,north,2024-05-01,human,,,human,"open', *many, ALONE, *many)
    assert seen(chosen) == [("A3", 123, NO_CONTACT)]


def test_other_columns_and_tables_may_be_missing(tmp_path: Path) -> None:
    chosen = practice(tmp_path, "A3,automation", header="Alert,Closed By")
    assert seen(chosen) == [("A3", 2, NO_CONTACT)]
    assert not (tmp_path / "visits.csv").exists()


def test_the_mapping_is_followed(tmp_path: Path) -> None:
    words = {"values": {"closed_by": {"Rule 7": "automation", "System": "human"}}}
    lines = (
        ALONE.replace(",automation,ok", ",rule 7,ok"),
        ALONE.replace("A3", "A4").replace("automation,ok", "System,ok"),
    )
    assert seen(practice(tmp_path, *lines, **words)) == [("A3", 2, NO_CONTACT)]
    stamped = REACHED.replace("2024-05-01 10:20", "05/01/2024 10:20 AM")
    assert seen(practice(tmp_path, stamped)) == [("A1", 2, UNREADABLE)]
    assert seen(practice(tmp_path, stamped, formats={"human_contact_at": "%m/%d/%Y %I:%M %p"})) == []
    exercise = {"leave_out": {"drill": Condition(column="Note", equals=("drill",)).model_dump()}}
    assert seen(practice(tmp_path, ALONE.replace(",ok", ",drill"), **exercise)) == []


def test_a_signal_is_counted_once(tmp_path: Path) -> None:
    assert len(seen(practice(tmp_path, ALONE, REACHED, ALONE))) == 1


def test_a_database_is_looked_at_too(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/ehr.sqlite")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alert (id TEXT, who TEXT, contact TEXT, closed_by TEXT)"))
        connection.execute(
            sa.text(
                "INSERT INTO alert VALUES ('A3', 'P3', NULL, 'automation'), "
                "('A4', 'P4', '2024-05-01 10:00', 'automation')"
            )
        )
    columns = {"crisis_id": "id", "patient_id": "who", "human_contact_at": "contact", "closed_by": "closed_by"}
    source = TableSource.model_validate({"url": "sqlite:///ehr.sqlite", "database_table": "alert", "columns": columns})
    plain = settings(tmp_path)
    found = seen(plain.model_copy(update={"tables": {"crisis_signal": source}}))
    assert found == [("A3", 1, NO_CONTACT)]


def test_what_cannot_be_read_at_all_is_not_told(tmp_path: Path) -> None:
    chosen = practice(tmp_path, ALONE)
    (tmp_path / "crisis.csv").unlink()
    assert not safety.look(chosen).told
    assert not safety.look(settings(tmp_path)).told
    (tmp_path / "crisis.csv").write_bytes(b"PK\x03\x04\0\0")
    assert not safety.look(chosen).told
