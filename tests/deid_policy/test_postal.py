"""A postal code becomes three digits, 000, a province, or nothing."""

from __future__ import annotations

import random
import string

import duckdb
import pytest

from deid import postal
from deid.policy import Action, PolicyError
from deid.postal import postal_area
from etl.conform.postal import area_sql
from tests.etl_sources.ways import Reader, source

HHS_2000 = [
    "036",
    "059",
    "063",
    "102",
    "203",
    "556",
    "692",
    "790",
    "821",
    "823",
    "830",
    "831",
    "878",
    "879",
    "884",
    "890",
    "893",
]  # guidance of 2012
CENSUS_2020 = [
    "036",
    "059",
    "102",
    "202",
    "203",
    "204",
    "205",
    "369",
    "556",
    "692",
    "753",
    "772",
    "821",
    "823",
    "878",
    "879",
    "884",
    "893",
]  # 20,000 or fewer


def area(code: str, action: Action = Action.ZIP3, zone: str = "America/New_York") -> str | None:
    return postal_area(code, action, zone)


@pytest.mark.parametrize("prefix", sorted({*HHS_2000, *CENSUS_2020}))
def test_an_area_of_few_people_becomes_000(prefix: str) -> None:
    assert area(f"{prefix}01") == "000"


def test_a_prefix_nobody_was_counted_behind_becomes_000() -> None:
    assert [area(code) for code in ("09012", "96201", "34001", "00000", "99999-1234")] == ["000"] * 4 + ["999"]


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("90210", "902"),
        ("90210-1234", "902"),
        ("902101234", "902"),
        (" 02138 ", "021"),
        ("2138", None),  # a spreadsheet took the leading zero: nobody can say which
        ("M5V 2T6", "ON"),
        ("k1a0b1", "ON"),
        ("H2X", "QC"),
        ("X0E 0A0", "NT or NU"),
        ("D1A 1A1", None),  # no province begins with D
        ("SW1A 1AA", None),
        ("1012 AB", None),
        ("", None),
        ("90210 Beverly Hills", None),
    ],
)
def test_a_code_is_reduced_or_dropped(code: str, kept: str | None) -> None:
    assert area(code) == kept


def test_under_ontario_only_the_province_is_kept() -> None:
    assert area("M5V 2T6", Action.PROVINCE) == "ON"
    assert area("90210", Action.PROVINCE) is None


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Mexico_City", "Europe/London", "UTC"])
def test_five_digits_of_another_country_are_no_zip(zone: str) -> None:
    assert area("75001", zone=zone) is None
    assert area("E1W", zone=zone) is None


def test_the_census_file_is_the_one_that_was_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(postal.kept_prefixes()) == 894 - len({*HHS_2000, *CENSUS_2020})
    altered = postal._people("zip3_2020.csv") | {"059": 50_000}
    monkeypatch.setattr(postal, "_people", lambda _: altered)
    postal.kept_prefixes.cache_clear()
    with pytest.raises(PolicyError, match="does not add up"):
        postal.kept_prefixes()
    monkeypatch.undo()
    postal.kept_prefixes.cache_clear()


@pytest.mark.parametrize("action", [Action.ZIP3, Action.PROVINCE])
def test_the_engine_reduces_a_code_as_python_does(action: Action) -> None:
    chance = random.Random(3)
    shapes = ("99999", "99999-9999", "A9A 9A9", "A9A9A9", "A9A", "a9a 9a9", "9999", "AA99 9AA", "99999 9", "*****")
    kinds = {"9": string.digits, "A": string.ascii_uppercase, "a": string.ascii_lowercase, "*": string.printable}
    shaped = (chance.choice(shapes) for _ in range(4000))
    written = ["".join(chance.choice(kinds.get(mark, mark)) for mark in shape) for shape in shaped]
    codes = [*(code.strip() for code in written), *(f"{number:03}01" for number in range(1000))]
    con = duckdb.connect()
    sql = area_sql("code", action, "America/Toronto")
    found = con.execute(f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS code)", [codes]).fetchall()
    assert [value for (value,) in found] == [postal_area(code, action, "America/Toronto") for code in codes]


def test_an_export_keeps_the_area_and_not_the_code(reader: Reader) -> None:
    reader.write("Id,Zip\n1,90210\n2,05901\n3,M5V 2T6\n4,SW1A 1AA\n5,\n", "patients.csv")
    way = source("patients.csv", columns={"patient_id": "Id", "postal_code": "Zip"}, values={})
    reader.read(way, "patient", timezone="America/Chicago")
    assert reader.column("postal_area", "patient") == ["902", "000", "ON", None, None]
    assert reader.column("reason", "patient") == [None] * 5
