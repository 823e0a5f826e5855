"""Which line is which row, and which lines are no rows?"""

import zipfile
from pathlib import Path

import pytest

from etl.errors import InputError
from tests.etl_sources.ways import Reader, source

HEAD = "Id,Client,Start,Status,Notes\n"


def good(number: int, notes: str = "") -> str:
    return f"{number},p{number},2024-03-05 10:00:00,Kept,{notes}\n"


def test_rows_are_numbered_from_one_under_the_header(reader: Reader) -> None:
    reader.write(HEAD + good(1) + good(2))
    assert reader.read().rows_read == 2
    assert reader.rows("source_row, appointment_id") == [(1, "1"), (2, "2")]


def test_row_numbers_hold_on_four_threads_with_refused_lines_quoted_breaks_and_empty_lines(tmp_path: Path) -> None:
    reader, row, expected = Reader(tmp_path, threads=4), 0, {}
    with (tmp_path / "appointments.csv").open("wb") as out:
        out.write(HEAD.encode())
        for line in range(1, 1_200_001):
            if line % 100_003 == 7:
                out.write(b"\n")
                continue
            row += 1
            if line % 50_021 == 11:
                out.write(b"%d,too,few\n" % row)
                expected[row] = "ragged_row"
            elif line % 90_001 == 13:
                out.write(good(row).encode().replace(b"\n", b",more,\n"))
                expected[row] = "ragged_row"
            elif line % 90_001 == 17:
                out.write(good(row).encode().replace(b"Kept", b"K\xffept"))
                expected[row] = "undecodable"
            elif line % 9_001 == 19:
                out.write(good(row, '"said ""no""\n\nand, then\n\n yes"').encode())
            else:
                out.write(b"%d,p,2024-03-05 10:00:00,Kept,\n" % row)
    report = reader.read(source(encoding="utf-8"))
    assert report.rows_read == row
    assert dict(reader.refused()) == expected
    wrong = reader.con.execute(
        "SELECT count(*) FROM conformed_appointment WHERE appointment_id::BIGINT <> source_row"
    ).fetchone()
    assert wrong == (0,)


def test_row_numbers_hold_when_thousands_of_lines_are_refused(reader: Reader) -> None:
    lines = [f"{number},few\n" if number % 3 == 0 else good(number) for number in range(1, 9_001)]
    reader.write(HEAD + "".join(lines))
    assert reader.read().rows_read == 9_000
    assert len(reader.refused()) == 3_000
    assert all(row == int(key) for row, key in reader.rows("source_row, appointment_id"))


def test_a_field_of_ten_megabytes_is_refused_and_its_neighbours_are_not(reader: Reader) -> None:
    reader.write(HEAD + good(1) + good(2, "x" * 10_000_000) + good(3))
    reader.read()
    assert reader.refused() == [(2, "field_too_long")]
    assert reader.column("appointment_id") == ["1", "3"]


def test_a_row_with_nul_bytes_is_refused(reader: Reader) -> None:
    reader.write((HEAD + good(1) + good(2) + good(3)).encode().replace(b"p2", b"p\0002"))
    assert reader.read().rows_read == 3
    assert reader.refused() == [(2, "nul_bytes")]
    assert reader.column("source_row") == [1, 3]


def test_an_unclosed_quote_is_one_refused_row_when_lines_follow(reader: Reader) -> None:
    reader.write(HEAD + "".join(good(n, '"fine"') for n in range(1, 30)) + good(30, '"open'))
    reader.read()
    assert reader.refused() == [(30, "unclosed_quote")]


def test_empty_lines_above_the_header_and_at_the_end_are_no_rows(reader: Reader) -> None:
    reader.write("\r\n\r\n" + (HEAD + good(1) + "2,few\n" + good(3)).replace("\n", "\r\n") + "\r\n")
    assert reader.read().rows_read == 3
    assert reader.column("source_row") == [1, 3]
    assert reader.refused() == [(2, "ragged_row")]


def test_a_byte_order_mark_is_no_part_of_the_first_column(reader: Reader) -> None:
    reader.write(b"\xef\xbb\xbf" + (HEAD + good(1)).encode())
    reader.read()
    assert reader.column("appointment_id") == ["1"]


@pytest.mark.parametrize("encoding", [None, "latin-1"])
def test_latin_1_is_declared_or_noticed(reader: Reader, encoding: str | None) -> None:
    way = source(columns={**source().columns, "site_id": "Notes"}, encoding=encoding)
    reader.write((HEAD + good(1, "Neuchâtel") + good(2, "Orléans")).encode("latin-1"))
    reader.read(way)
    assert reader.column("site_id") == ["Neuchâtel", "Orléans"]


def test_utf_16_of_a_spreadsheet_is_read(reader: Reader) -> None:
    way = source(columns={**source().columns, "site_id": "Notes"})
    reader.write((HEAD + good(1, "Orléans")).replace(",", "\t").encode("utf-16"))
    reader.read(way)
    assert reader.column("site_id") == ["Orléans"]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_the_delimiter_is_noticed(reader: Reader, delimiter: str) -> None:
    reader.write((HEAD + good(1)).replace(",", delimiter))
    reader.read()
    assert reader.column("status") == ["attended"]


def test_a_zip_leaves_no_plain_copy(reader: Reader) -> None:
    with zipfile.ZipFile(reader.folder / "appointments.zip", "w") as archive:
        archive.writestr("export/appointments.csv", HEAD + "".join(good(n) for n in range(1, 5_001)))
    report = reader.read(source("appointments.zip"))
    assert report.rows_read == 5_000
    assert reader.column("source_row") == [int(key) for key in reader.column("appointment_id")]
    assert list((reader.folder / "data" / "vault" / "tmp").iterdir()) == []


def test_a_damaged_zip_is_named_and_leaves_nothing(reader: Reader) -> None:
    path = reader.folder / "appointments.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("appointments.csv", HEAD + "".join(good(n) for n in range(1, 200_001)))
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"appointments\.zip"):
        reader.read(source("appointments.zip"))
    assert list((reader.folder / "data" / "vault" / "tmp").iterdir()) == []


def test_a_file_whose_rows_all_have_another_width_is_refused(reader: Reader) -> None:
    reader.write(HEAD + "".join(good(n).rstrip() + ",x,y\n" for n in range(1, 50)))
    with pytest.raises(
        InputError, match=r"appointments\.csv: 49 of 49 lines are no rows \(ragged_row, first in row 1\)"
    ):
        reader.read()
