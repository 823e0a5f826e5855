"""What does the text of a column mean?"""

# ruff: noqa: DTZ001  the vault's times are UTC without saying so

from datetime import date, datetime

import pytest

from etl.errors import InputError
from etl.settings import TableSource
from tests.etl_sources.ways import COLUMNS, WORDS, Reader, source

BASE = {"Id": "1", "Client": "p1", "Start": "2024-03-05 10:00:00", "Status": "Kept"}


def sheet(*rows: dict[str, str]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in (BASE | row)))
    lines = [",".join(f'"{(BASE | row).get(name, "")}"' for name in names) for row in rows]
    return ",".join(names) + "\n" + "\n".join(lines) + "\n"


def read(reader: Reader, *rows: dict[str, str], **changes: object) -> None:
    reader.write(sheet(*rows))
    reader.read(source(**changes))


def one(reader: Reader, column: str, text: str, **changes: object) -> tuple[object, object]:
    read(reader, {"X": text}, columns={**COLUMNS, column: "X"}, **changes)
    return reader.rows(f"{column}, reason")[0]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("120", 12_000),
        ("120.5", 12_050),
        ("$1,234.50", 123_450),
        ("1.234,50 €", 123_450),
        ("(12.00)", -1_200),
        ("-3.10", -310),
        ("1,234", 123_400),
        ("USD 80", 8_000),
    ],
)
def test_money_is_read_in_units_and_kept_in_cents(reader: Reader, text: str, cents: int) -> None:
    assert one(reader, "fee", text) == (cents, None)


@pytest.mark.parametrize("text", ["free", "12 or 13 sessions at 5 each", "1.2.3.4x"])
def test_what_is_no_money_is_a_reason(reader: Reader, text: str) -> None:
    assert one(reader, "fee", text) == (None, "fee_unreadable")


@pytest.mark.parametrize(("text", "minutes"), [("50", 50), ("50.0", 50), ("", None)])
def test_whole_numbers_are_read(reader: Reader, text: str, minutes: int | None) -> None:
    assert one(reader, "minutes", text) == (minutes, None)


def test_half_a_minute_is_not_rounded_in_silence(reader: Reader) -> None:
    assert one(reader, "minutes", "50.5") == (None, "minutes_unreadable")


def test_seconds_become_minutes_by_division(reader: Reader) -> None:
    assert one(reader, "minutes", "3000", divide={"minutes": 60}) == (50, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1", (None, "age_below_0")),
        ("0", (0, None)),
        ("89", (89, None)),
        ("115", (90, None)),
        ("121", (None, "age_above_120")),
    ],
)
def test_ages_are_top_coded_and_impossible_ones_are_reasons(reader: Reader, text: str, expected: object) -> None:
    assert one(reader, "age", text) == expected


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("29872499824296.0", "29872499824296"),
        ("2.9872499824296E+13", "29872499824296"),
        ("00123", "00123"),
        (" p 7 ", "p 7"),
        ("1.0.0", "1.0"),
    ],
)
def test_record_numbers_stay_texts(reader: Reader, text: str, key: str) -> None:
    read(reader, {"Client": text})
    assert reader.rows("patient_id, reason") == [(key, None)]


def test_a_number_a_spreadsheet_has_shortened_identifies_nobody(reader: Reader) -> None:
    read(reader, {"Client": "2.98725E+13"})
    assert reader.rows("patient_id, reason") == [(None, "patient_id_rounded_number")]


def test_a_missing_patient_is_a_reason(reader: Reader) -> None:
    read(reader, {"Client": "NULL"}, {})
    assert reader.column("reason") == ["patient_id_missing", None]


def test_words_are_compared_without_case_and_spaces_and_canonical_words_stand(reader: Reader) -> None:
    read(reader, {"Status": " kEPT "}, {"Status": "No_Show"}, {"Status": "Perhaps"})
    assert reader.rows("status, reason") == [
        ("attended", None),
        ("no_show", None),
        (None, "status_unknown_word"),
    ]


def test_a_word_most_rows_share_is_named_with_the_nearest(reader: Reader) -> None:
    with pytest.raises(InputError, match=r'12 rows say "Attendend" .*first in row 1\. Did you mean "attended"\?'):
        read(reader, *[{"Status": "Attendend"}] * 12)


def test_a_word_few_rows_share_is_not_echoed(reader: Reader) -> None:
    with pytest.raises(InputError, match="the same unknown word") as fault:
        read(reader, *[{"Status": "Maria says"}] * 3)
    assert "Maria" not in str(fault.value)


def test_yes_and_no_are_understood(reader: Reader) -> None:
    assert one(reader, "refilled", "Yes") == (True, None)
    assert one(reader, "refilled", "0") == (False, None)
    assert one(reader, "refilled", "oui", values={**WORDS, "refilled": {"oui": "yes"}}) == (True, None)
    assert one(reader, "refilled", "maybe") == (None, "refilled_unknown_word")


def test_components_come_from_any_column_and_are_sorted(reader: Reader) -> None:
    components = {
        "sms_reminder": {"column": "SMS", "exposed": ["1", "sent"]},
        "ai_scheduling": {"column": "Bot", "exposed": ["y"]},
    }
    read(reader, {"SMS": "Sent", "Bot": "y"}, {"SMS": "0", "Bot": ""}, components=components)
    assert reader.column("exposed") == [["ai_scheduling", "sms_reminder"], []]
    assert one(reader, "exposed", "b; A;b")[0] == ["a", "b"]


def test_past_and_still_booked_is_unknown_and_future_is_booked(reader: Reader) -> None:
    read(reader, {"Status": "Open"}, {"Status": "Open", "Start": "2025-03-05 10:00:00"})
    assert reader.column("status") == ["unknown", "booked"]


@pytest.mark.parametrize(
    ("start", "cancelled", "status"),
    [
        ("2024-03-05 10:00:00", "2024-03-04 10:00:01", "late_cancel"),
        ("2024-03-05 10:00:00", "2024-03-04 10:00:00", "cancelled_patient"),
        ("2024-03-05", "2024-03-05 08:00:00", "late_cancel"),
        ("2024-03-05", "2024-03-04 23:00:00", "cancelled_patient"),
        ("2024-03-05 10:00:00", "", "cancelled_patient"),
    ],
)
def test_a_cancellation_is_late_under_24_hours(reader: Reader, start: str, cancelled: str, status: str) -> None:
    read(reader, {"Status": "Off", "Start": start, "At": cancelled}, columns={**COLUMNS, "status_at": "At"})
    assert reader.column("status") == [status]


def test_birth_dates_become_years_and_ninety_and_over_one_group(reader: Reader) -> None:
    reader.write("Id,Born\n1,1980-05-01\n2,1934-12-31\n3,1935-01-01\n4,2030-01-01\n5,\n", "patients.csv")
    way = source("patients.csv", columns={"patient_id": "Id", "birth_date": "Born"}, values={})
    reader.read(way, "patient")
    assert reader.rows("birth_year, aged_90_plus, reason", "patient") == [
        (1980, False, None),
        (None, True, None),
        (1935, False, None),
        (2030, False, "birth_date_in_future"),
        (None, None, None),
    ]


def test_names_are_read_for_the_length_of_the_run_and_are_no_part_of_the_table(reader: Reader) -> None:
    reader.write("Id,Given,Mail\n1,Maria,m@x.example\n", "patients.csv")
    way = source("patients.csv", columns={"patient_id": "Id", "given_name": "Given", "email": "Mail"}, values={})
    report = reader.read(way, "patient")
    assert report.columns_unused == ()
    assert "Maria" not in str(reader.con.execute("SELECT * FROM conformed_patient").fetchall())
    assert reader.con.execute("SELECT given_name, email, phone FROM own_patient").fetchall() == [
        ("Maria", "m@x.example", None)
    ]


def test_notes_are_never_read(reader: Reader) -> None:
    reader.write("Id,Who,Start,Status,Remark\n1,7,2024-01-02,attended,Maria called\n", "appointments.csv")
    columns = {
        "appointment_id": "Id",
        "patient_id": "Who",
        "starts_at": "Start",
        "status": "Status",
        "visit_notes": "Remark",
    }
    report = reader.read(source("appointments.csv", columns=columns, values={}), "appointment")
    assert report.columns_unused == ("Remark",)
    assert "Maria" not in str(reader.con.execute("SELECT * FROM scanned_appointment").fetchall())


def test_sites_without_a_table_of_their_own_are_those_rows_name(reader: Reader) -> None:
    read(reader, {"Where": "South"}, {"Where": "North"}, {"Where": "South"}, columns={**COLUMNS, "site_id": "Where"})
    assert reader.rows("source_row, site_id, name", "site") == [(1, "North", "North"), (2, "South", "South")]


def test_two_columns_make_one_time(reader: Reader) -> None:
    row = {"Day": "05/03/2024", "Hour": "09:30"}
    formats = {"starts_at": "%d/%m/%Y %H:%M"}
    read(reader, row, {"Day": "06/03/2024"}, columns={**COLUMNS, "starts_at": "Day + Hour"}, formats=formats)
    assert reader.rows("starts_at, starts_on, reason")[0] == (datetime(2024, 3, 5, 8, 30), date(2024, 3, 5), None)
    assert reader.column("reason")[1] == "starts_at_missing"


def test_an_empty_place_among_item_answers_stays_an_empty_place(reader: Reader) -> None:
    reader.write(
        "id,patient,day,tool,items\n1,A,2024-03-04,phq_9,3; 0;;Often;1;-;N/A\n2,A,2024-03-05,phq_9,\n", "tool.csv"
    )
    columns = {"measure_id": "id", "patient_id": "patient", "taken_at": "day", "instrument": "tool", "items": "items"}
    reader.read(TableSource(file="tool.csv", columns=columns, values={"items": {"often": "2"}}), "measure")
    assert reader.rows("items", "measure") == [(["3", "0", None, "2", "1", None, None],), (None,)]


def test_item_answers_may_stand_in_a_column_each(reader: Reader) -> None:
    reader.write("id,patient,day,a,b,c\n1,A,2024-03-04,3,NA,1\n2,A,2024-03-05,,2,\n3,A,2024-03-06,,,\n", "wide.csv")
    columns = {"measure_id": "id", "patient_id": "patient", "taken_at": "day", "items": "a + b + c"}
    wide = TableSource(file="wide.csv", columns=columns, constants={"instrument": "gad_7"})
    reader.read(wide, "measure")
    assert reader.column("items", "measure") == [["3", None, "1"], [None, "2", None], None]
