"""`rapport quotes` and `rapport forget` from the command line, a reader's keys coming through a pipe."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from deid.keys import home_folder
from tests.etl_vault import comments as practice
from tests.etl_vault.forget_kills import quick
from tests.rapport.small import Outcome, rapport

CONFIG = """
[practice]
name = "Harbour Street"
timezone = "America/Toronto"
extracted_on = 2024-12-31

[tables.patient]
file = "patients.csv"
columns = { patient_id = "id", given_name = "given", family_name = "family", phone = "phone", birth_date = "born" }

[tables.appointment]
file = "visits.csv"
columns = { appointment_id = "id", patient_id = "patient", site_id = "site", starts_at = "starts", status = "status" }

[tables.feedback]
file = "feedback.csv"
columns = { feedback_id = "id", patient_id = "patient", given_at = "given", kind = "kind", comment = "text" }
"""
SAID = [
    ["F1", "MRN-00003", "2024-02-01", "survey", "", "The room was warm and quiet"],
    ["F2", "MRN-00004", "2024-02-02", "survey", "", "I am the only female judge in our town"],
    ["F3", "MRN-00005", "2024-02-03", "survey", "", "Thanks to all of you"],
]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, stand_in in quick():
        monkeypatch.setattr(name, stand_in)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A practice that was ingested once, and its key."""
    folder = tmp_path_factory.mktemp("practice")
    practice.write(folder, said=SAID)
    (folder / "rapport.toml").write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in quick():
            patch.setattr(name, stand_in)
        patch.setenv("RAPPORT_HOME", str(folder / "home"))
        done = rapport("ingest", "--config", str(folder / "rapport.toml"))
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def here(known: Path, tmp_path: Path) -> Path:
    shutil.copytree(known / "home", home_folder(), dirs_exist_ok=True)
    shutil.copytree(known, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("home"))
    return tmp_path


@pytest.fixture
def typed(here: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command with these lines on its standard input."""

    def run(*arguments: str, lines: str = "") -> Outcome:
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return rapport(*arguments, "--config", str(here / "rapport.toml"))

    return run


def test_reader_approves_shortens_and_withholds(typed) -> None:
    assert typed("quotes", "list", "--json").json() == {"to review": 2, "to review, held": 1}
    seen = typed("quotes", "review", "--by", "Ada Reader", lines="w\nr\n4\na\na\n")
    assert seen.code == 0, seen.err
    assert "only female judge" in seen.out  # those that are held come first
    assert "the only one" in seen.out
    assert "Approved 2, withheld 1, skipped 0 of 3." in seen.err
    assert typed("quotes", "list", "--json").json() == {"approved": 2, "withheld": 1}
    assert typed("ingest").code == 0
    told = typed("audit", "show", "--json").json()
    events = [(entry["event"], entry["by"]) for entry in told if entry["event"].startswith("quote.")]
    assert events == [
        ("quote.withheld", "Ada Reader"),
        ("quote.approved", "Ada Reader"),
        ("quote.approved", "Ada Reader"),
    ]
    assert "judge" not in repr(told)


def test_reader_may_stop_skip_undo_and_mistype(typed) -> None:
    lines = "x\nr\nno such words\nr\n1\nu\ns\nq\n"
    seen = typed("quotes", "review", lines=lines)
    assert seen.code == 0
    assert "That is not in the text" in seen.err
    assert "[REMOVED]" in seen.out
    assert "Approved 0, withheld 0, skipped 1 of 3." in seen.err
    assert typed("quotes", "review", lines="").code == 0  # nothing more to read is an end, not a fault
    assert typed("quotes", "list", "--json").json() == {"to review": 2, "to review, held": 1}


def test_words_that_only_begin_like_a_key_decide_nothing(typed) -> None:
    lines = "about that: take it out\nwell\nstop\nAPPROVE\nS\n remove more \n1\nU\nquit\n"
    seen = typed("quotes", "review", lines=lines)
    assert "Approved 1, withheld 0, skipped 1 of 3." in seen.err
    assert seen.err.count("Write one of the letters in brackets.") == 3


def test_reader_is_told_in_full_why_a_comment_needs_care(typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rapport.console.OUT.width", 40)
    seen = typed("quotes", "review", lines="q\n")
    assert "Read with care:" in seen.out
    held = typed("quotes", "review", lines="q\n").out.split("Read with care:")[1].split("╭")[0]
    assert "judge" in held or "only" in held


def test_a_reader_who_presses_control_c_has_quit_and_is_told_what_is_kept(
    typed, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keys(io.StringIO):
        def readline(self, *_: object) -> str:
            line = super().readline()
            if not line:
                raise KeyboardInterrupt
            return line

    monkeypatch.setattr("sys.stdin", Keys("w\n"))
    seen = rapport("quotes", "review", "--config", str(here / "rapport.toml"))
    assert seen.code == 0
    assert "Approved 0, withheld 1, skipped 0 of 3." in seen.err
    assert typed("quotes", "list", "--json").json() == {"to review": 2, "withheld": 1}


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_a_stop_by_hand_is_no_fault_of_rapport(typed, fault: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise fault from KeyboardInterrupt()  # how the engine says it

    monkeypatch.setattr("rapport.commands.forget.forget", stopped)
    seen = typed("forget", "--patient", "MRN-00003", "--yes")
    assert seen.code == 130
    assert "Stopped" in seen.err
    assert "itself failed" not in seen.err


def test_forget_names_the_worklist_that_may_still_hold_a_record_of_theirs(typed, here: Path) -> None:
    (here / "rapport-data" / "follow-up.csv").write_text("crisis_id\nX1\n")
    assert "follow-up.csv" in typed("forget", "--patient", "MRN-00003", "--yes").err


def test_list_shows_no_text(typed) -> None:
    shown = typed("quotes", "list")
    assert shown.code == 0
    assert "warm" not in shown.out + shown.err


def test_patient_is_forgotten_by_a_number_that_is_asked_for(typed) -> None:
    done = typed("forget", lines="MRN-00007\nyes\n")
    assert done.code == 0, done.err
    assert "Forgotten: 1 people, 31 rows" in done.err
    assert "MRN" not in done.out + done.err
    again = typed("forget", "--yes", "--json", lines="MRN-00007\n")
    assert again.json() == {"people": 0, "rows": 0, "release": None}


def test_lost_key_of_a_vault_with_forgotten_people_is_not_replaced(typed, here: Path) -> None:
    assert typed("forget", "--yes", "--patient", "MRN-00003").code == 0
    key = home_folder() / "root.key"
    kept = key.read_bytes()
    key.unlink()
    refused = typed("ingest", "--rebuild")
    assert refused.code == 2
    assert "Put back that vault and the key" in refused.err
    assert not key.exists()  # nothing stands where the copy is to be put back
    key.write_bytes(kept)
    key.chmod(0o600)
    assert typed("ingest").code == 0


def test_patients_are_forgotten_by_a_file(typed, here: Path) -> None:
    (here / "gone.txt").write_text("MRN-00001\nMRN-00002\n\n")
    done = typed("forget", "--patients-file", str(here / "gone.txt"), "--yes", "--json")
    assert (done.code, done.json()["people"]) == (0, 2)


@pytest.mark.parametrize(
    ("arguments", "lines", "says"),
    [
        ((), "MRN-99999\nyes\n", "This number is no patient's in the vault"),
        ((), "MRN-00007\nno\n", "Nobody was forgotten"),
        ((), "\n", "No patient's number was given"),
        (("--patient", "MRN-00007", "--patients-file", "x"), "", "either --patient or --patients-file"),
        (("--patients-file", "nowhere.txt"), "", "cannot be read"),
    ],
)
def test_what_is_not_understood_forgets_nobody(typed, arguments: tuple[str, ...], lines: str, says: str) -> None:
    done = typed("forget", *arguments, lines=lines)
    assert done.code == 2
    assert says in done.err
    assert "MRN-" not in done.err
    assert typed("ingest", "--json").json()["release"] == 1


def test_without_a_vault_there_is_nothing_to_read_or_forget(tmp_path: Path) -> None:
    (tmp_path / "rapport.toml").write_text(CONFIG)
    for command in (("quotes", "list"), ("quotes", "review"), ("forget", "--yes", "--patient", "1")):
        done = rapport(*command, "--config", str(tmp_path / "rapport.toml"))
        assert done.code == 2, command
        assert "vault" in done.err


def test_a_person_codes_without_seeing_what_the_codebook_says(typed, here: Path) -> None:
    told = typed("quotes", "code", "--sample", "3", lines="1\n9\n\nq\n")
    assert told.code == 0
    assert "[1] cared_for" not in told.out
    assert "Write numbers from 1 to 2" in told.err
    assert "kappa" in told.out
    log = typed("audit", "show", "--json").json()
    assert log[-1]["event"] == "comments.coded"
    assert log[-1]["details"] == {"comments": 2, "themes": 2}
    again = typed("quotes", "code", lines="s\n")
    assert "1 of 1" in again.out
    assert "Released once comments of 11 patients are coded." in again.err
