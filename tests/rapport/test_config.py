"""A configuration is read whole or refused in one sentence that names the place and the nearest known word."""

from pathlib import Path

import pytest

from etl.errors import InputError
from rapport.config import load

GOOD = """
[practice]
name = "Harbour Street"
timezone = "America/Toronto"

[tables.appointment]
file = "appointments.csv"
columns = { appointment_id = "Id", patient_id = "Client", starts_at = "Start", status = "Status" }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rapport.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_paths_count_from_the_toml(tmp_path: Path) -> None:
    settings = load(written(tmp_path, GOOD)).ingest
    assert settings.data_dir == tmp_path.resolve() / "rapport-data"
    assert settings.base_dir == tmp_path.resolve()
    assert settings.warehouse_url == f"sqlite:///{tmp_path.resolve()}/rapport-data/warehouse/warehouse.sqlite"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "rapport.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load(path).ingest.practice == "Harbour Street"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("timezone", "timezon"), "`practice.timezon` is not a key Rapport knows; did you mean 'timezone'?"),
        (("America/Toronto", "America/Torono"), "did you mean 'America/Toronto'?"),
        (("columns =", "colums ="), "`tables.appointment.colums` is not a key Rapport knows; did you mean 'columns'?"),
        (("[tables.appointment]", "[tables.apointment]"), "did you mean 'appointment'?"),
        (('name = "Harbour Street"', ""), "`practice.name` is missing"),
        (("[practice]", "[practice"), "is not valid TOML"),
        (("[tables", "[release]\nsmallest_group = 5\n[tables"), "`release.smallest_group`: Input should be greater"),
        (("[tables", "[release.stratifiers]\nage_year = [0]\n[tables"), "did you mean 'age_years'?"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(InputError) as error:
        load(written(tmp_path, GOOD.replace(*change)))
    assert says in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_a_missing_configuration_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rapport init"):
        load(tmp_path / "rapport.toml")


def test_a_folder_is_not_a_configuration(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        load(tmp_path)


def test_the_smallest_group_cannot_be_configured_away(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        load(written(tmp_path, GOOD + "\n[release]\nsmallest_group = 10\n"))
