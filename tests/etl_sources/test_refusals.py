"""What is no export of this table is refused with one clear sentence."""

import zipfile

import pytest

from etl.errors import InputError
from etl.mapping import check
from tests.etl_sources.ways import COLUMNS, Reader, settings_of, source

HEAD = "Id,Client,Start,Status\n"
ROW = "1,p1,2024-03-05 10:00:00,Kept\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"appointments\.csv is empty"),
        (b"\xef\xbb\xbf\n\n", r"appointments\.csv is empty"),
        (HEAD.encode(), r"appointments\.csv has a header and no row under it"),
        (b"PK\x03\x04" + bytes(50), "is not text but an Excel workbook"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "is not text"),
        (b"SQLite format 3\0" + bytes(500), "an SQLite database"),
        (
            (HEAD + ROW).replace("Client", "Cliant").encode(),
            r'there is no column "Client" \(patient_id .*Did you mean "Cliant"',
        ),
        ((HEAD.replace("\n", ",Client\n") + ROW).encode(), r'the column "Client" is there 2 times'),
    ],
)
def test_a_file_that_cannot_be_the_table_is_refused(reader: Reader, content: bytes, says: str) -> None:
    reader.write(content)
    with pytest.raises(InputError, match=says):
        reader.read()


def test_headers_match_exactly_first_then_without_case_and_spaces(reader: Reader) -> None:
    reader.write("ID,client ,START,status,Start\n1,p1,x,Kept,2024-03-05 10:00:00\n")
    reader.read()
    assert reader.rows("appointment_id, starts_on::VARCHAR, reason") == [("1", "2024-03-05", None)]


def test_a_missing_file_names_the_nearest(reader: Reader) -> None:
    reader.write(HEAD + ROW, "apointments.csv")
    with pytest.raises(InputError, match=r'is not there\. Did you mean "apointments\.csv"'):
        reader.read()


def test_a_folder_and_a_workbook_are_no_export(reader: Reader) -> None:
    (reader.folder / "exports").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        reader.read(source("exports"))
    reader.write("x", "book.xlsx")
    with pytest.raises(InputError, match=r"reads \.csv, \.tsv, \.txt"):
        reader.read(source("book.xlsx"))


def test_an_unreadable_file_is_named(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    reader.write(HEAD + ROW)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(InputError, match="this account may not read it"):
        reader.read()


def test_a_zip_holds_one_table(reader: Reader) -> None:
    with zipfile.ZipFile(reader.folder / "two.zip", "w") as archive:
        archive.writestr("a.csv", HEAD + ROW)
        archive.writestr("b.csv", HEAD + ROW)
    with pytest.raises(InputError, match=r"two\.zip must hold exactly one .*it holds 2"):
        reader.read(source("two.zip"))
    reader.write("no zip", "text.zip")
    with pytest.raises(InputError, match="damaged, or no zip"):
        reader.read(source("text.zip"))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"columns": {**COLUMNS, "pacient_id": "X"}}, r'"pacient_id" is no column .*Did you mean "patient_id"'),
        ({"values": {"status": {"Kept": "atended"}}}, r'"atended" is no word .*Did you mean "attended"'),
        ({"columns": {"appointment_id": "Id"}}, r"which column holds patient_id .*\[tables\.appointment\.columns\]"),
        ({"timezone": "Europe/Pariss"}, r'no time zone\. Did you mean "Europe/Paris"'),
        ({"preset": "cliniquo"}, r'preset = "cliniquo" is unknown\. Did you mean "cliniko"'),
        ({"url": "sqlite:///x.db"}, "exactly one of file and url"),
        ({"formats": {"status": "%d"}}, "neither a date nor a time"),
    ],
)
def test_a_wrong_mapping_names_the_nearest_word(reader: Reader, changes: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check(settings_of(reader.folder, appointment=source(**changes)))


def test_an_unknown_table_names_the_nearest(reader: Reader) -> None:
    with pytest.raises(InputError, match=r'\[tables\.apointment\] .*Did you mean "appointment"'):
        check(settings_of(reader.folder, apointment=source()))


def test_a_right_mapping_has_no_fault(reader: Reader) -> None:
    assert check(settings_of(reader.folder, appointment=source())) == []


def test_an_unknown_encoding_names_the_nearest(reader: Reader) -> None:
    reader.write(HEAD + ROW)
    with pytest.raises(InputError, match=r'encoding = "latin1-x" is unknown\. Did you mean "latin-1"'):
        reader.read(source(encoding="latin1-x"))
