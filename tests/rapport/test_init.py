"""The configuration `rapport init` writes can be read back, and names the columns of the export it was shown."""

from pathlib import Path

import pytest

from etl.errors import InputError
from rapport.commands import init
from rapport.config import load


def test_what_init_writes_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "rapport.toml"
    init.run(path, None)
    assert load(path).ingest.tables["appointment"].columns["starts_at"] == "starts_at"


def test_columns_of_an_export_are_recognised(tmp_path: Path) -> None:
    export = tmp_path / "visits.csv"
    export.write_text('Id;Client ID;Start;"Appointment status";Note\n1;2;2026-01-01;Show;x\n', encoding="utf-8")
    init.run(tmp_path / "rapport.toml", export)
    source = load(tmp_path / "rapport.toml").ingest.tables["appointment"]
    assert source.file == "visits.csv"
    assert source.columns == {
        "appointment_id": "Id",
        "patient_id": "Client ID",
        "starts_at": "Start",
        "status": "Appointment status",
    }


def test_an_existing_configuration_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rapport.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        init.run(path, None)
    assert path.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04\0\0"])
def test_an_export_without_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    export = tmp_path / "visits.csv"
    export.write_bytes(content)
    with pytest.raises(InputError, match="header"):
        init.run(tmp_path / "rapport.toml", export)
    assert not (tmp_path / "rapport.toml").exists()
