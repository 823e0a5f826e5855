"""The vault is encrypted, knows nobody by name, and takes each export once."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from deid.keys import subkey
from etl import rules, vault, vault_rows
from etl.canonical import TABLES
from etl.engines.duckdb import attach_vault, connect
from etl.errors import InputError
from etl.vault_people import give_ids
from tests.etl_vault.fixture import conformed, visit

APPOINTMENT, PATIENT = TABLES["appointment"], TABLES["patient"]
KEY = bytes(range(32))


def _opened(folder: Path, key: bytes = KEY) -> duckdb.DuckDBPyConnection:
    con = connect(folder, threads=2)
    attach_vault(con, folder / vault.VAULT_FILE, subkey(key, "vault"))
    vault.prepare(con, key)
    return con


def _taken(con: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]], run: int = 1, seal: date | None = None) -> int:
    con.execute("DROP VIEW IF EXISTS good_appointment")
    for made in ("bad", "dropped"):
        con.execute(f"DROP TABLE IF EXISTS {made}_appointment")
    conformed(con, "appointment", rows)
    rules.find(con, APPOINTMENT, frozenset({"appointment"}), lambda table, value: "false")
    con.begin()
    vault_rows.make_tables(con, APPOINTMENT)
    give_ids(con, [APPOINTMENT])
    changed = vault_rows.write(con, APPOINTMENT, run, seal)
    con.commit()
    return changed


def _statuses(con: duckdb.DuckDBPyConnection, table: str = "appointment") -> list[tuple[str, int]]:
    return con.execute(f"SELECT status, count(*) FROM vault.{table} GROUP BY 1 ORDER BY 1").fetchall()


def _content(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute("SELECT * FROM vault.appointment ORDER BY ALL").fetchall()


def test_same_export_twice_changes_nothing(tmp_path: Path) -> None:
    con, rows = _opened(tmp_path), [visit(n) for n in range(50)]
    assert _taken(con, rows, 1) == 50
    before = _content(con)
    assert _taken(con, list(reversed(rows)), 2) == 0
    assert _content(con) == before


def test_corrected_row_replaces_and_late_row_arrives(tmp_path: Path) -> None:
    con, rows = _opened(tmp_path), [visit(n) for n in range(50)]
    _taken(con, rows, 1)
    rows[7] = visit(7, status="rescheduled")
    assert _taken(con, [*rows, visit(50)], 2) == 2
    assert dict(_statuses(con))["rescheduled"] == 1
    assert con.execute("SELECT count(*), count(*) FILTER (changed_in = 2) FROM vault.appointment").fetchone() == (51, 2)


def test_row_absent_from_a_later_export_stays(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(n) for n in range(50)], 1)
    assert _taken(con, [visit(n) for n in range(40, 60)], 2) == 10
    assert len(_content(con)) == 60


def test_change_in_a_published_period_waits_until_it_is_made_anew(tmp_path: Path) -> None:
    con, rows, seal = _opened(tmp_path), [visit(n) for n in range(50)], date(2024, 2, 1)
    _taken(con, rows, 1)
    before = _content(con)
    rows[3] = visit(3, status="rescheduled")  # begins 11 January 2024
    late = visit(900, starts_on=date(2024, 1, 20), booked_on=None)
    assert _taken(con, [*rows, late], 2, seal) == 2
    assert _content(con) == before
    assert _taken(con, [*rows, late], 3, seal) == 0
    con.begin()
    assert vault_rows.merge_waiting(con) == 2
    con.commit()
    assert vault_rows.waiting_rows(con, APPOINTMENT) == 0
    assert _taken(con, [*rows, late], 4, seal) == 0
    assert len(_content(con)) == 51


def test_row_moved_out_of_a_published_period_waits(tmp_path: Path) -> None:
    con, rows = _opened(tmp_path), [visit(n) for n in range(50)]
    _taken(con, rows, 1)
    rows[3] = visit(3, starts_on=date(2024, 9, 1))
    assert _taken(con, rows, 2, date(2024, 2, 1)) == 1
    assert vault_rows.waiting_rows(con, APPOINTMENT) == 1


def test_change_taken_back_no_longer_waits(tmp_path: Path) -> None:
    con, rows, seal = _opened(tmp_path), [visit(n) for n in range(50)], date(2024, 2, 1)
    _taken(con, rows, 1)
    _taken(con, [visit(3, status="rescheduled"), *rows[4:]], 2, seal)
    assert vault_rows.waiting_rows(con, APPOINTMENT) == 1
    assert _taken(con, rows, 3, seal) == 1
    assert vault_rows.waiting_rows(con, APPOINTMENT) == 0


def test_change_after_the_published_periods_enters_at_once(tmp_path: Path) -> None:
    con, rows = _opened(tmp_path), [visit(n) for n in range(50)]
    _taken(con, rows, 1)
    rows[40] = visit(40, status="rescheduled")
    assert _taken(con, rows, 2, date(2024, 1, 10)) == 1
    assert dict(_statuses(con))["rescheduled"] == 1


def test_vault_of_an_older_engine_is_not_seen_as_changed(tmp_path: Path) -> None:
    con, rows = _opened(tmp_path), [visit(n) for n in range(20)]
    _taken(con, rows, 1)
    con.execute("UPDATE vault.appointment SET row_hash = 0")
    con.execute("ALTER TABLE vault.appointment DROP COLUMN reminders")
    vault_rows.renew_hashes(con, vault.tables_in(con))
    assert _taken(con, rows, 2) == 0


def test_person_numbers_do_not_follow_from_key_and_feed(tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        con = _opened(tmp_path / name)
        _taken(con, [visit(n) for n in range(50)])
        ids.append(
            {number for (number,) in con.execute("SELECT DISTINCT patient_id FROM vault.appointment").fetchall()}
        )
        con.close()
    assert len(ids[0]) == len(ids[1]) == 40
    assert not ids[0] & ids[1]


def test_person_keeps_the_number_over_exports_and_tables(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(n) for n in range(50)], 1)
    known = set(con.execute("SELECT lookup, id FROM vault.identity").fetchall())
    _taken(con, [visit(n) for n in range(60)] + [visit(700, patient_id="P99")], 2)
    assert known < set(con.execute("SELECT lookup, id FROM vault.identity").fetchall())
    assert con.execute("SELECT count(*) FROM vault.identity").fetchone() == (41,)


def test_identities_are_stored_in_the_order_of_the_random_numbers(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(n) for n in range(50)])
    ids = [number for (number,) in con.execute("SELECT id FROM vault.identity").fetchall()]
    assert ids == sorted(ids)


def test_number_of_the_practice_is_found_nowhere_in_the_vault(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(n, patient_id=f"MRN-{n:05d}", appointment_id=f"APT-{n:05d}") for n in range(50)])
    for table in vault.tables_in(con):
        for row in con.execute(f"SELECT * FROM vault.{table}").fetchall():
            assert "MRN-" not in repr(row)
            assert "APT-" not in repr(row)


def test_no_plain_value_is_in_the_files(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    con.execute("SET wal_autocheckpoint = '1TB'")
    _taken(con, [visit(n, booked_via="canarycanary", site_id="canarysite") for n in range(200)])
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert any(file.name.endswith(".wal") for file in files)
    held = b"".join(file.read_bytes() for file in files)
    con.close()
    held += (tmp_path / vault.VAULT_FILE).read_bytes()
    assert len(held) > 10_000
    assert b"canary" not in held


def test_search_for_plain_values_finds_them_in_a_plain_file(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "plain.duckdb")) as con:
        con.execute("CREATE TABLE t AS SELECT 'canarycanary' || range AS v FROM range(200)")
    assert b"canary" in (tmp_path / "plain.duckdb").read_bytes()


def _names_spilled(con: duckdb.DuckDBPyConnection, spill: Path) -> bool:
    """Sort more names than fit into memory, and look into the spill files while they are there."""
    con.execute("SET memory_limit = '64MB'")
    con.execute("SET threads = 1")
    reading = con.execute(  # numbers beside the names, because spilled text alone is often compressed
        "SELECT 'Wilhelmina Canary ' || range AS name, hash(range) AS a, hash(range + 1) AS b, hash(range + 5) AS c "
        "FROM range(1500000) ORDER BY a"
    )
    reading.fetchmany(10)
    held = [file.read_bytes() for file in spill.rglob("*") if file.is_file()]
    assert sum(map(len, held)) > 1_000_000, "nothing was spilled: the test shows nothing"
    return any(b"Wilhelmina Canary" in part for part in held)


def test_spilled_rows_are_encrypted(tmp_path: Path) -> None:
    con = connect(tmp_path, threads=1)
    assert not _names_spilled(con, tmp_path / "tmp")


def test_search_finds_names_where_spilled_rows_are_not_encrypted(tmp_path: Path) -> None:
    con = duckdb.connect(config={"temp_directory": str(tmp_path / "tmp"), "temp_file_encryption": "false"})
    assert _names_spilled(con, tmp_path / "tmp")


def test_wrong_key_is_said_and_changes_nothing(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(1)])
    con.close()
    before = (tmp_path / vault.VAULT_FILE).read_bytes()
    with pytest.raises(InputError, match="key does not open the vault"):
        _opened(tmp_path, os.urandom(32))
    assert (tmp_path / vault.VAULT_FILE).read_bytes() == before


def test_vault_without_the_crypto_module_is_never_a_plain_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="crypto module is missing"):
        _opened(tmp_path)
    assert not (tmp_path / vault.VAULT_FILE).exists()


def test_plain_file_in_the_place_of_the_vault_is_refused(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / vault.VAULT_FILE)).close()
    with pytest.raises(InputError, match="not an encrypted vault"):
        _opened(tmp_path)


def test_known_reference_is_found_through_the_vault(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    _taken(con, [visit(1)])
    present = vault.tables_in(con)
    asked = con.execute(
        f"SELECT {vault.known(present, 'appointment', 'v')}, {vault.known(present, 'patient', 'v')} "
        "FROM (VALUES ('A1'), ('A2')) t(v)"
    ).fetchall()
    assert asked == [(True, False), (False, False)]


def test_patient_row_makes_its_number_known(tmp_path: Path) -> None:
    con = _opened(tmp_path)
    conformed(con, "patient", [{"patient_id": "P1", "sex": "female"}])
    rules.find(con, PATIENT, frozenset({"patient"}), lambda table, value: "false")
    vault_rows.make_tables(con, PATIENT)
    give_ids(con, [PATIENT])
    vault_rows.write(con, PATIENT, 1, None)
    known = vault.known(vault.tables_in(con), "patient", "v")
    assert con.execute(f"SELECT {known} FROM (VALUES ('P1'), ('P2')) t(v)").fetchall() == [(True,), (False,)]
