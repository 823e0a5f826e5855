"""The audit log shows every change made to it, and survives a stop while it is written."""

import json
import multiprocessing
import stat
from pathlib import Path

import pytest

from tests.rapport.small import rapport, write
from warehouse.audit import FIRST, TORN, AuditLog


def filled(folder: Path, number: int = 6) -> AuditLog:
    log = AuditLog(folder / "audit")
    for at in range(number):
        log.append("ingest", "operator", {"release": at, "rows": at * 10, "quiet": False, "note": None})
    return log


def lines(log: AuditLog) -> list[bytes]:
    return log.path.read_bytes().splitlines()


def put(log: AuditLog, rows: list[bytes]) -> None:
    log.path.write_bytes(b"".join(row + b"\n" for row in rows))


def test_entries_are_numbered_chained_and_private(tmp_path: Path) -> None:
    log = filled(tmp_path)
    entries = log.entries()
    assert [entry.number for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert [entry.previous for entry in entries] == [FIRST, *(entry.hash for entry in entries[:-1])]
    assert log.verify() is None
    assert log.verify(entries[-1].hash) is None
    assert log.verify(entries[2].hash[:16]) is None  # an older head: the log grew since
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.folder.stat().st_mode) == 0o700


def test_a_changed_line_is_named(tmp_path: Path) -> None:
    log = filled(tmp_path)
    rows = lines(log)
    rows[2] = rows[2].replace(b'"rows":20', b'"rows":21')
    put(log, rows)
    assert "Line 3 (entry 3) was changed" in str(log.verify())


def test_a_changed_line_with_its_hash_made_anew_breaks_the_next(tmp_path: Path) -> None:
    log = filled(tmp_path)
    other = filled(tmp_path / "other", 2)
    other.append("ingest", "operator", {"release": 99})
    rows = lines(log)
    forged = json.loads(lines(other)[2])
    rows[2] = json.dumps(forged, sort_keys=True, separators=(",", ":")).encode()
    put(log, rows)
    assert "does not follow" in str(log.verify())


def test_a_removed_line_is_named(tmp_path: Path) -> None:
    log = filled(tmp_path)
    rows = lines(log)
    put(log, rows[:2] + rows[3:])
    assert "Line 3 holds entry 4, which does not follow entry 2" in str(log.verify())


def test_a_removed_first_line_is_named(tmp_path: Path) -> None:
    log = filled(tmp_path)
    put(log, lines(log)[1:])
    assert "Line 1 holds entry 2" in str(log.verify())


def test_reordered_lines_are_named(tmp_path: Path) -> None:
    log = filled(tmp_path)
    rows = lines(log)
    put(log, [*rows[:3], rows[4], rows[3], rows[5]])
    assert "Line 4 holds entry 5" in str(log.verify())


def test_a_shortened_log_shows_against_a_head_noted_elsewhere(tmp_path: Path) -> None:
    log = filled(tmp_path)
    head = log.head()
    put(log, lines(log)[:-2])
    assert log.verify() is None  # whole in itself: this is why the head is noted
    assert "cut off its end" in str(log.verify(head))


def test_a_log_written_anew_shows_against_a_head_noted_elsewhere(tmp_path: Path) -> None:
    head = filled(tmp_path).head()
    (tmp_path / "audit" / "audit.jsonl").unlink()
    assert "does not hold the head" in str(filled(tmp_path, 9).verify(head))


def test_too_short_a_head_is_refused(tmp_path: Path) -> None:
    assert "at least 16" in str(filled(tmp_path).verify("abc"))


def test_an_unreadable_line_in_the_middle_is_named(tmp_path: Path) -> None:
    log = filled(tmp_path)
    rows = lines(log)
    rows[3] = rows[3][:20]
    put(log, rows)
    assert "Line 4 cannot be read" in str(log.verify())


@pytest.mark.parametrize("left", [1, 40, -1])
def test_a_torn_last_line_is_told_and_marked_by_the_next_entry(tmp_path: Path, left: int) -> None:
    log = filled(tmp_path)
    whole = log.path.read_bytes()
    start = whole.rstrip(b"\n").rfind(b"\n") + 1
    torn = whole[start:-1][:left]
    log.path.write_bytes(whole[:start] + torn)
    assert "Line 6, the last, was not written to its end" in str(log.verify())
    log.append("serve", "operator", {})
    assert log.verify() is None
    events = [entry.event for entry in log.entries()]
    assert events == ["ingest"] * 5 + [TORN, "serve"]
    assert torn in log.path.read_bytes().splitlines()  # nothing was removed


def test_a_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    log = filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes().rstrip(b"\n"))
    assert log.verify() is None
    log.append("serve", "operator", {})
    assert [entry.number for entry in log.entries()] == [1, 2, 3, 4, 5, 6, 7]
    assert log.verify() is None


def test_a_torn_line_cannot_be_used_to_hide_a_change(tmp_path: Path) -> None:
    log = filled(tmp_path)
    with log.path.open("ab") as stream:
        stream.write(b'{"number":7,"at"')
    log.append("serve", "operator", {})
    rows = lines(log)
    rows[6] = b"something else"
    put(log, rows)
    assert "Line 7 cannot be read: it was changed" in str(log.verify())


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=filled, args=(tmp_path, 15)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    log = AuditLog(tmp_path / "audit")
    assert len(log.entries()) == 45
    assert log.verify() is None


@pytest.mark.parametrize("details", [{"rows": [1]}, {"rows": {"a": 1}}, {"share": float("nan")}])
def test_only_plain_details_are_written(tmp_path: Path, details: dict) -> None:
    with pytest.raises(ValueError, match=r"detail|JSON"):
        AuditLog(tmp_path / "audit").append("ingest", "operator", details)
    assert AuditLog(tmp_path / "audit").entries() == ()


def test_the_command_verifies_shows_and_fails(tmp_path: Path) -> None:
    config = str(write(tmp_path))
    assert rapport("audit", "verify", "--config", config).code == 0
    log = filled(tmp_path / "rapport-data")
    outcome = rapport("audit", "verify", "--config", config)
    assert (outcome.code, log.head() in outcome.out) == (0, True)
    assert [entry["number"] for entry in rapport("audit", "show", "--config", config, "--json").json()] == [
        *range(1, 7)
    ]
    assert "164.316" in rapport("audit", "show", "--config", config).err
    assert rapport("audit", "verify", "--config", config, "--head", "0" * 64).code == 3
    put(log, lines(log)[1:])
    outcome = rapport("audit", "verify", "--config", config)
    assert outcome.code == 3
    assert "Line 1" in outcome.err
