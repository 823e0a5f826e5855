"""What moment does a text mean, transition days included?"""

# ruff: noqa: DTZ001  readings of a clock have no zone of their own

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from etl.conform.zones import to_local, to_utc
from etl.errors import InputError
from tests.etl_sources.ways import COLUMNS, Reader, source

HEAD = "Id,Client,Start,Status,Booked\n"
BOOKED = {**COLUMNS, "booked_at": "Booked"}


def starts(*texts: str) -> str:
    return HEAD + "".join(f"{n},p{n},{text},Kept,\n" for n, text in enumerate(texts, start=1))


def read(reader: Reader, *texts: str, timezone: str = "Europe/Paris", **changes: object) -> list[tuple[object, ...]]:
    reader.write(starts(*texts))
    reader.read(source(**changes), timezone=timezone)
    return reader.rows("starts_at, starts_on, reason")


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Paris",
        "America/New_York",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Casablanca",
    ],
)
def test_every_half_hour_of_two_years_is_converted_as_python_does(reader: Reader, zone: str) -> None:
    clock = ZoneInfo(zone)
    reader.con.execute(
        "CREATE TEMP TABLE clock AS SELECT unnest(range(TIMESTAMP '2015-01-01', TIMESTAMP '2017-01-01', "
        "INTERVAL 30 MINUTE)) AS reading"
    )
    got = reader.con.execute(
        f"SELECT reading, moment, {to_local('moment', zone)} "
        f"FROM (SELECT reading, {to_utc('reading', zone)} AS moment FROM clock)"
    ).fetchall()
    for reading, moment, back in got:
        expected = reading.replace(tzinfo=clock).astimezone(UTC)
        exists = expected.astimezone(clock).replace(tzinfo=None) == reading
        if exists:
            assert moment == expected.replace(tzinfo=None)
            assert back == reading
        elif reading.time() == datetime.min.time():
            assert moment is not None
        else:
            assert moment is None


def test_a_time_inside_the_spring_gap_is_a_reason_and_the_hour_before_is_not(reader: Reader) -> None:
    got = read(reader, "2024-03-31 01:59:59", "2024-03-31 02:30:00", "2024-03-31 03:00:00")
    assert [row[0] for row in got] == [datetime(2024, 3, 31, 0, 59, 59), None, datetime(2024, 3, 31, 1)]
    assert [row[2] for row in got] == [None, "starts_at_in_dst_gap", None]


def test_the_hour_that_comes_twice_means_its_first_coming(reader: Reader) -> None:
    (got,) = read(reader, "2024-10-27 02:30:00")
    assert got == (datetime(2024, 10, 27, 0, 30), date(2024, 10, 27), None)


def test_an_offset_or_z_is_honoured_and_the_day_is_the_practices(reader: Reader) -> None:
    got = read(
        reader, "2024-03-05T23:30:00Z", "2024-03-05T23:30:00+01:00", "2024-03-05 23:30:00-0500", "2024-03-05T12:00"
    )
    assert got == [
        (datetime(2024, 3, 5, 23, 30), date(2024, 3, 6), None),
        (datetime(2024, 3, 5, 22, 30), date(2024, 3, 5), None),
        (datetime(2024, 3, 6, 4, 30), date(2024, 3, 6), None),
        (datetime(2024, 3, 5, 11, 0), date(2024, 3, 5), None),
    ]


def test_a_declared_z_is_a_letter_and_a_declared_offset_is_one(reader: Reader) -> None:
    text = "2024-03-05T23:30:00Z"
    assert read(reader, text, formats={"starts_at": "%Y-%m-%dT%H:%M:%SZ"})[0][0] == datetime(2024, 3, 5, 22, 30)
    assert read(reader, text, formats={"starts_at": "%Y-%m-%dT%H:%M:%S%z"})[0][0] == datetime(2024, 3, 5, 23, 30)


def test_another_source_zone_is_converted_to_the_practices_day(reader: Reader) -> None:
    (got,) = read(reader, "2024-03-05 23:30:00", timezone="Europe/Paris")
    assert got[1] == date(2024, 3, 5)
    reader.write(starts("2024-03-05 23:30:00"))
    reader.read(source(timezone="UTC"), timezone="Europe/Paris")
    assert reader.rows("starts_at, starts_on") == [(datetime(2024, 3, 5, 23, 30), date(2024, 3, 6))]


def test_a_column_of_days_alone_has_no_time_of_day(reader: Reader) -> None:
    assert read(reader, "2024-03-05 00:00:00", "2024-03-06") == [
        (None, date(2024, 3, 5), None),
        (None, date(2024, 3, 6), None),
    ]
    reader.write(starts("2024-03-05T00:00:00Z", "2024-03-06T00:00:00Z"))
    reader.read(timezone="America/New_York")
    assert reader.column("starts_on") == [date(2024, 3, 5), date(2024, 3, 6)]


def test_midnight_among_times_is_a_time(reader: Reader) -> None:
    assert read(reader, "2024-03-05 00:00:00", "2024-03-06 09:00:00")[0][0] == datetime(2024, 3, 4, 23, 0)


@pytest.mark.parametrize(
    ("declared", "text"), [("epoch_ms", "1709632800000"), ("epoch_s", "1709632800"), ("epoch_ms", "1709632800000.0")]
)
def test_seconds_and_milliseconds_since_1970_are_moments(reader: Reader, declared: str, text: str) -> None:
    (got,) = read(reader, text, formats={"starts_at": declared})
    assert got == (datetime(2024, 3, 5, 10), date(2024, 3, 5), None)


def test_a_list_of_formats_is_tried_in_order(reader: Reader) -> None:
    formats = {"starts_at": ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}
    assert read(reader, "05/03/2024 09:00", "06/03/2024", formats=formats) == [
        (datetime(2024, 3, 5, 8), date(2024, 3, 5), None),
        (None, date(2024, 3, 6), None),
    ]


def test_an_excel_day_number_and_a_day_that_is_none_are_reasons(reader: Reader) -> None:
    got = read(
        reader,
        "45321",
        "31/02/2024 09:00",
        "01/02/2024 09:00",
        "",
        "9999-12-31",
        formats={"starts_at": "%d/%m/%Y %H:%M"},
    )
    assert [row[2] for row in got] == [
        "starts_at_excel_serial",
        "starts_at_unreadable",
        None,
        "starts_at_missing",
        "starts_at_unreadable",
    ]


def test_day_or_month_first_is_asked_for_and_no_date_is_shown(reader: Reader) -> None:
    with pytest.raises(InputError, match=r'"Start" has dates such as 99/99/9999 .*first in row 1.*%d/%m/%Y') as fault:
        read(reader, "03/04/2024", "05/06/2024")
    assert "03/04" not in str(fault.value)


def test_a_wrong_format_for_most_rows_is_the_mappings_fault(reader: Reader) -> None:
    with pytest.raises(
        InputError, match=r"20 of 20 rows cannot be read \(starts_at_unreadable, first in row 1\).*formats"
    ):
        read(reader, *["2024-03-05 09:00"] * 20, formats={"starts_at": "%d.%m.%Y"})
