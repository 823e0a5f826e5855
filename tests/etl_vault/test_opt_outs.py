"""Who opted out of analytics is counted nowhere; where automation touched those who asked it not to is counted."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from etl.errors import InputError
from etl.settings import IngestSettings, OptOutList, PrivacySettings
from tests.etl_vault import comments as practice
from tests.etl_vault.forget_kills import quick, two_releases
from tests.etl_vault.practice import opened, take
from tests.etl_vault.test_forget import cells, inside, person

OUT = ("MRN-00007", "MRN-00008")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, stand_in in quick():
        monkeypatch.setattr(name, stand_in)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("practice")
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in quick():
            patch.setattr(name, stand_in)
        two_releases(folder, without="")
    return folder


def dated(folder: Path, *rows: str, automation: bool = False) -> IngestSettings:
    """The same with the days on which they asked."""
    (folder / "out.csv").write_text("\n".join(["patient_id,asked", *rows]) + "\n", encoding="utf-8")
    which = "opt_out_automation" if automation else "opt_out_analytics"
    chosen = OptOutList(file="out.csv", since="asked")
    return practice.configured(folder, privacy=PrivacySettings(**{which: chosen}))


def listed(folder: Path, *numbers: str, automation: bool = False, header: str = "patient_id") -> IngestSettings:
    """The practice with an opt-out list."""
    (folder / "out.csv").write_text("\n".join([header, *numbers]) + "\n", encoding="utf-8")
    which = "opt_out_automation" if automation else "opt_out_analytics"
    return practice.configured(folder, privacy=PrivacySettings(**{which: OptOutList(file="out.csv")}))


def test_people_who_opt_out_leave_the_vault_and_every_kept_release(known: Path, tmp_path: Path) -> None:
    shutil.copytree(known, tmp_path / "here")
    clean = tmp_path / "clean"
    clean.mkdir()
    two_releases(clean, without=OUT[0])
    expected = cells(practice.configured(clean))
    chosen = listed(tmp_path / "here", OUT[0])
    report = take(chosen)
    assert not report.already
    found = cells(chosen)
    assert [len(each["attendance_cells"]) > 0 for each in found] == [True, True]
    for name in ("attendance_cells", "retention_cells"):
        assert found[1][name].equals(expected[0][name]), name  # the release before, made anew
        assert found[0][name].equals(expected[0][name]), name  # and the same periods in the new one
    assert inside(chosen, "SELECT count(*) FROM vault.identity WHERE kind = 'patient'") == [(59,)]
    assert inside(chosen, "SELECT count(*) FROM vault.appointment") == [(1770,)]
    dropped = {table.table: table.dropped_for for table in report.tables if table.dropped_for}
    assert dropped["appointment"] == {"opted_out_of_analytics": 30}
    assert {"table": "appointment", "what": "opted_out_of_analytics", "rows": 30, "people": 1} in report.asked()
    assert "Opted out of analytics: 1 on the list, 1 of them in the exports." in report.notes
    assert take(chosen).already


def test_list_is_honoured_from_the_first_ingest(tmp_path: Path) -> None:
    practice.write(tmp_path)
    chosen = listed(tmp_path, *OUT, "MRN-77777")
    report = take(chosen)
    assert inside(chosen, "SELECT count(*) FROM vault.appointment") == [(1740,)]
    assert "Opted out of analytics: 3 on the list, 2 of them in the exports." in report.notes
    for table in report.tables:
        assert table.read == table.kept + table.quarantined_rows + table.dropped_by_policy
    store = opened(chosen)
    assert store.read("policy_drop", report.release).empty  # two people are too few to speak of
    shown = store.read("reconciliation", report.release).set_index("table_name")
    assert (shown["rows_read"] == shown["kept"] + shown["dropped_by_policy"]).all()
    assert shown.loc["appointment", "rows_read"] == 1740


def test_enough_people_who_opt_out_are_counted_in_the_release(tmp_path: Path) -> None:
    practice.write(tmp_path)
    chosen = listed(tmp_path, *(f"MRN-{number:05d}" for number in range(11)))
    report = take(chosen)
    drops = opened(chosen).read("policy_drop", report.release).set_index(["table_name", "reason"])["rows"]
    assert drops["appointment", "opted_out_of_analytics"] == 330
    assert drops["patient", "opted_out_of_analytics"] == 11


def test_person_who_opts_in_again_comes_back_under_another_number(known: Path, tmp_path: Path) -> None:
    shutil.copytree(known, tmp_path, dirs_exist_ok=True)
    before = person(practice.configured(tmp_path))
    take(listed(tmp_path, OUT[0]))
    chosen = listed(tmp_path)
    take(chosen, restate=True)
    assert person(chosen) not in (None, before)
    assert inside(chosen, "SELECT count(*) FROM vault.appointment") == [(1800,)]


def test_list_is_part_of_what_an_ingest_reads(tmp_path: Path) -> None:
    practice.write(tmp_path)
    take(listed(tmp_path))
    assert take(listed(tmp_path)).already
    assert not take(listed(tmp_path, OUT[0])).already


def test_what_automation_did_to_those_who_asked_it_not_to_is_counted(tmp_path: Path) -> None:
    practice.write(tmp_path)
    export = tmp_path / "visits.csv"
    lines = export.read_text().splitlines()
    touched_ones = [line[:-1] + "Y" if at % 7 == 1 else line for at, line in enumerate(lines)]
    export.write_text("\n".join(touched_ones) + "\n")
    chosen = listed(tmp_path, *OUT, automation=True)
    report = take(chosen)
    (touched,) = [entry for entry in report.asked() if entry["what"] == "touched_despite_opting_out"]
    assert (touched["table"], touched["people"]) == ("appointment", 2)
    visits = next(table for table in report.tables if table.table == "appointment")
    assert (visits.kept, visits.touched) == (1800, touched["rows"])
    shown = opened(chosen).read("quality_result", report.release)
    (row,) = shown[shown["check_name"] == "touched_despite_opting_out"].to_dict("records")
    assert row["numerator"] != row["numerator"]  # withheld: too few people
    assert "withheld" in row["detail"]


def test_what_automation_did_before_they_asked_is_not_counted(tmp_path: Path) -> None:
    practice.write(tmp_path)
    export = tmp_path / "visits.csv"
    lines = export.read_text().splitlines()
    export.write_text("\n".join(line[:-1] + "Y" if at else line for at, line in enumerate(lines)) + "\n")

    def touched(*rows: str) -> int:
        chosen = dated(tmp_path, *rows, automation=True)
        (entry,) = [each for each in take(chosen).asked() if each["what"] == "touched_despite_opting_out"] or [None]
        return entry["rows"] if entry else 0

    every = touched(f"{OUT[0]},")
    days = sorted(day for (day,) in inside(dated(tmp_path, automation=True), "SELECT starts_on FROM vault.appointment"))
    middle = days[len(days) // 2]
    some = touched(f"{OUT[0]},{middle}")
    assert 0 < some < every
    assert touched(f"{OUT[0]},{middle}", f"{OUT[0]},") == every  # asked at an unknown time as well
    assert touched(f"{OUT[0]},{days[-1] + timedelta(days=1)}") == 0


def test_whoever_opted_out_of_analytics_is_left_out_with_what_happened_before(tmp_path: Path) -> None:
    practice.write(tmp_path)
    chosen = dated(tmp_path, f"{OUT[0]},{datetime.now(tz=UTC).date() - timedelta(days=2)}")
    take(chosen)
    assert inside(chosen, "SELECT count(*) FROM vault.appointment") == [(1770,)]


@pytest.mark.parametrize(
    ("day", "says"),
    [("2024", "no day in"), ("31/01/2025", "no day in"), ("2999-01-01", "still to come"), ("soon", "no day in")],
)
def test_a_day_that_cannot_stand_stops_the_ingest(tmp_path: Path, day: str, says: str) -> None:
    practice.write(tmp_path)
    with pytest.raises(InputError, match=f"row 2 has .*{says}") as refused:
        take(dated(tmp_path, f"{OUT[0]},2024-01-31", f"{OUT[1]},{day}"))
    assert "MRN-0" not in str(refused.value)
    assert day not in str(refused.value)


def test_a_column_of_days_that_is_not_there_is_named(tmp_path: Path) -> None:
    practice.write(tmp_path)
    (tmp_path / "out.csv").write_text("patient_id\nMRN-00007\n")
    wanted = OptOutList(file="out.csv", since="Asked on")
    with pytest.raises(InputError, match='no column "Asked on"'):
        take(practice.configured(tmp_path, privacy=PrivacySettings(opt_out_analytics=wanted)))


WRONG = {
    "absent": (None, "cannot be read"),
    "not text": (b"\xff\xfe\x00binary", "not UTF-8"),
    "another column": (b"client\nMRN-00007\n", 'no column "patient_id"'),
    "a row without a number": (b"patient_id,since\n,2024-01-01\n", "row 1 has no number"),
    "an open quote": (b'patient_id\n"MRN-00007\nMRN-00008\n', "cannot be read after row"),
    "a rounded number": (b"patient_id\n1.2E+15\n", "rounded by a spreadsheet"),
    "a torn row": (b"patient_id,since\nMRN-00007\n", "row 1 has no number"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_is_read_without_the_whole_list(tmp_path: Path, wrong: str) -> None:
    practice.write(tmp_path)
    chosen = listed(tmp_path, OUT[0])
    content, says = WRONG[wrong]
    (tmp_path / "out.csv").unlink()
    if content is not None:
        (tmp_path / "out.csv").write_bytes(content)
    with pytest.raises(InputError, match=says) as refused:
        take(chosen)
    assert "MRN-0" not in str(refused.value)
    assert opened(chosen).latest() is None


@pytest.mark.parametrize(
    "text", ["patient_id\n", "\ufeffpatient_id;since\n MRN-00007 ;2024\n\n", "patient_id\r\nMRN-00007\r\n"]
)
def test_lists_as_spreadsheets_write_them_are_read(tmp_path: Path, text: str) -> None:
    practice.write(tmp_path)
    chosen = listed(tmp_path)
    (tmp_path / "out.csv").write_text(text, encoding="utf-8", newline="")
    take(chosen)
    expected = 1800 if text == "patient_id\n" else 1770
    assert inside(chosen, "SELECT count(*) FROM vault.appointment") == [(expected,)]
