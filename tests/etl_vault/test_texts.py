"""A comment reaches the vault with its identifiers taken out; the original is written down nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from etl import texts, vault
from etl.known import KNOWN
from etl.settings import IngestSettings, TableSource
from tests.etl_vault import comments as practice
from tests.etl_vault.forget_kills import quick
from tests.etl_vault.practice import opened, take

SECRETS = ("Wilhelmina", "Canarywood", "CANARYWOOD", "416-555", "canary.example", "Vandermolen", "Quillfeather", "MRN-")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, stand_in in quick():
        monkeypatch.setattr(name, stand_in)


def said(*rows: str, who: int = 0, start: int = 0) -> list[list[str]]:
    """Comments of one patient."""
    number = f"MRN-{who:05d}"
    return [[f"F{start + n}", number, "2024-05-06", "survey", "5", text] for n, text in enumerate(rows)]


def held(chosen: IngestSettings, column: str = "comment") -> dict[int, Any]:
    """What the vault holds of each comment, in the order of its numbers."""
    with practice.opened(chosen) as con:
        return dict(con.execute(f"SELECT feedback_id, {column} FROM vault.feedback ORDER BY given_on").fetchall())


def texts_of(chosen: IngestSettings) -> list[str]:
    return sorted(held(chosen).values(), key=str)


def test_identifiers_of_the_patient_are_taken_out_and_counted(tmp_path: Path) -> None:
    practice.write(tmp_path)
    chosen = practice.configured(tmp_path)
    take(chosen)
    found = texts_of(chosen)
    assert "The room was warm and the staff were kind to me" in found
    assert "[NAME] felt heard, thank you" in found
    assert "Please call me back on [CONTACT] about the bill" in found
    assert set(held(chosen, "comment_state").values()) == {"clean"}
    assert set(held(chosen, "comment_found").values()) == {"NAME 1", "CONTACT 1", ""}


def test_a_word_in_place_of_a_number_is_not_taken_out_of_what_a_patient_said(tmp_path: Path) -> None:
    nobody = {"phone": "none", "email": "unknown", "card": "missing"}
    words = "None of the staff was unknown and no letter was missing"
    practice.write(tmp_path, people=practice.patients(p0=nobody), said=[*practice.comments(), *said(words, start=900)])
    chosen = practice.configured(tmp_path)
    take(chosen)
    assert words in texts_of(chosen)


def test_original_is_written_down_nowhere(tmp_path: Path) -> None:
    rows = said(
        "My birthday is 1950-03-01, card 9876000000, I live at 100 Vandermolen Street", "Dr. Quillfeather helped"
    )
    practice.write(tmp_path, said=[*practice.comments(), *[[f"X{n}", *row[1:]] for n, row in enumerate(rows)]])
    chosen = practice.configured(tmp_path)
    report = take(chosen)
    with practice.opened(chosen) as con:
        inside = "".join(repr(con.execute(f"SELECT * FROM vault.{name}").fetchall()) for name in vault.tables_in(con))
    assert [secret for secret in (*SECRETS, "1950-03-01", "9876000000") if secret in inside] == []
    files = [file for file in (*chosen.data_dir.rglob("*"), *tmp_path.glob("warehouse*")) if file.is_file()]
    on_disk = b"".join(file.read_bytes() for file in files)
    assert [secret for secret in SECRETS if secret.encode() in on_disk] == []
    assert [secret for secret in SECRETS if secret in repr(report)] == []


def test_same_comments_again_change_nothing(tmp_path: Path) -> None:
    practice.write(tmp_path)
    chosen = practice.configured(tmp_path)
    take(chosen)
    before = held(chosen, "(comment, row_hash, changed_in)")
    practice.write(tmp_path, said=list(reversed(practice.comments())))
    again = take(chosen)
    assert again.already
    assert [table.changed for table in again.tables] == [0] * len(again.tables)
    assert held(chosen, "(comment, row_hash, changed_in)") == before


def test_hash_of_a_row_says_nothing_of_what_was_taken_out(tmp_path: Path) -> None:
    """Two originals that differ only in what is taken out leave the very same row: no guess can be tried on it."""
    hashes = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        family = {"one": "Canarywood", "two": "Heronsdale"}[name]
        text = f"I am {family} and waited"
        practice.write(folder, people=practice.patients(p0={"family": family}), said=said(text))
        chosen = practice.configured(folder)
        take(chosen)
        with practice.opened(chosen) as con:
            columns = ", ".join(f"comment{part}" for part in texts.PARTS)
            hashes.append(con.execute(f"SELECT {columns}, hash({columns}) FROM vault.feedback").fetchall())
            held_columns = {name for (name,) in con.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
    assert hashes[0] == hashes[1]
    assert not {"comment_digest", "comment_hash", "original"} & held_columns


def test_new_name_of_a_patient_is_taken_out_of_what_was_said_before(tmp_path: Path) -> None:
    chosen = practice.configured(tmp_path)
    earlier = "My sister Table Brightness drove me"  # words no scrubber has reason to take out
    practice.write(tmp_path, said=said(earlier, "It was fine"))
    take(chosen)
    assert earlier in texts_of(chosen)
    # The next export brings other comments, and the patient under another name.
    practice.write(
        tmp_path, people=practice.patients(p0={"family": "Brightness"}), said=said("All well", who=1, start=7)
    )
    report = take(chosen)
    assert "My sister Table [NAME] drove me" in texts_of(chosen)
    assert not report.already
    again = take(practice.configured(tmp_path), restate=True)
    assert next(table.changed for table in again.tables if table.table == "feedback") == 0


def test_changed_scrubber_reads_every_text_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    practice.write(tmp_path)
    chosen = practice.configured(tmp_path)
    take(chosen)
    seen: list[bool] = []
    real = texts.scrub_again

    def watched(*arguments: Any, **how: Any) -> int:
        seen.append(how["anew"])
        return real(*arguments, **how)

    monkeypatch.setattr(texts, "scrub_again", watched)
    for module in ("etl.vault.scrubber_version", "etl.pipeline.scrubber_version"):
        monkeypatch.setattr(module, lambda: "another")
    report = take(chosen)
    assert seen == [True]
    assert [table.changed for table in report.tables] == [0] * len(report.tables)


def test_texts_that_single_somebody_out_are_held(tmp_path: Path) -> None:
    rows = said(
        "I am the only female judge in town and everyone knows me",
        "Le personnel est très gentil mais la salle était froide et sombre toute la journée",
        "",
        "Fine, thanks",
    )
    practice.write(tmp_path, said=rows)
    chosen = practice.configured(tmp_path)
    take(chosen)
    assert sorted(held(chosen, "comment_state").values()) == ["clean", "empty", "held", "not English: held"]


HARD = {
    "long": "The waiting room was warm. " * 7_500,
    "html": "<p>Wilhelmina&nbsp;<b>Canarywood</b> was <a href='https://x.example/?u=Canarywood'>here</a></p>",
    "emoji": "👩‍⚕️ was kind 👍🏽 to Wilhelmina 🙂",
    "right to left": "\u202eולהלימינה הייתה כאן\u202c and Canarywood too",
    "common word": "I may hope that will is a grace, said Wilhelmina",
}


@pytest.mark.parametrize("kind", HARD)
def test_hard_texts_pass_and_give_nobody_away(tmp_path: Path, kind: str) -> None:
    practice.write(tmp_path, said=said(HARD[kind], "Fine, thanks"))
    chosen = practice.configured(tmp_path)
    report = take(chosen)
    assert next(table.kept for table in report.tables if table.table == "feedback") == 2
    found = "".join(texts_of(chosen))
    assert "Wilhelmina" not in found
    assert "Canarywood" not in found


def test_nul_and_half_characters_are_refused_by_row_and_reason_alone(tmp_path: Path) -> None:
    practice.write(tmp_path, said=said("Fine, thanks 🙂🙂🙂", "good\0Canarywood", "bad SURROGATE Canarywood"))
    export = tmp_path / "feedback.csv"
    export.write_bytes(export.read_bytes().replace(b"SURROGATE", b"\xed\xa0\x80"))
    chosen = practice.configured(tmp_path)
    report = take(chosen)
    feedback = next(table for table in report.tables if table.table == "feedback")
    assert feedback.quarantined == {"nul_bytes": 1, "undecodable": 1}
    assert texts_of(chosen) == ["Fine, thanks 🙂🙂🙂"]
    with practice.opened(chosen) as con:
        assert "Canary" not in repr(con.execute("SELECT * FROM vault.quarantine").fetchall())


def test_two_patients_of_one_name_lose_each_their_own_number(tmp_path: Path) -> None:
    twins = practice.patients(p1={"given": "Wilhelmina", "family": "Canarywood"})
    rows = said("Wilhelmina Canarywood here, 416-555-0000", who=0)
    rows += said("Wilhelmina Canarywood here, 416-555-0001", who=1, start=5)
    practice.write(tmp_path, people=twins, said=rows)
    chosen = practice.configured(tmp_path)
    take(chosen)
    assert texts_of(chosen) == ["[NAME] here, [CONTACT]"] * 2


def test_practice_that_exports_no_names_still_scrubs(tmp_path: Path) -> None:
    """An empty list of what is known: patterns, the lexicon and the tagger are what is left."""
    practice.write(tmp_path, said=said("Call Jennifer Thompson on 416-555-0199, chart MRN-00000"))
    full = practice.configured(tmp_path)
    source = full.tables["patient"].model_copy(update={"columns": {"patient_id": "id"}})
    chosen = practice.configured(tmp_path, tables={**full.tables, "patient": source})
    take(chosen)
    (found,) = texts_of(chosen)
    assert not [word for word in ("Jennifer", "Thompson", "0199", "00000") if word in found]


def test_two_rows_of_one_number_with_different_words_are_not_one(tmp_path: Path) -> None:
    practice.write(tmp_path, said=[*said("Fine, thanks"), *said("Terrible, really")])
    report = take(practice.configured(tmp_path))
    feedback = next(table for table in report.tables if table.table == "feedback")
    assert feedback.quarantined == {"key_twice_different_content": 2}


def test_known_identifiers_stand_ready_for_the_sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl.publishing import Publisher

    kept: dict[str, list[str]] = {}
    real = Publisher.next

    def looked(self: Publisher, *arguments: Any, **how: Any) -> int:
        for kind, value in self.con.execute(f"SELECT kind, value FROM {KNOWN}").fetchall():
            kept.setdefault(kind, []).append(value)
        return real(self, *arguments, **how)

    monkeypatch.setattr(Publisher, "next", looked)
    practice.write(tmp_path)
    take(practice.configured(tmp_path))
    first = practice.patient(0)
    for kind, name in (("given_name", "given"), ("email", "email"), ("health_number", "card"), ("birth_date", "born")):
        assert first[name] in kept[kind]
    assert "Wilhelmina Canarywood" in kept["full_name"]
    assert set(kept["patient_number"]) == {f"MRN-{number:05d}" for number in range(60)}
    assert "Dr. Philippa Quillfeather" in kept["clinician_name"]


def test_practice_without_comments_makes_no_scrubber(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> None:
        raise AssertionError("a scrubber was made")

    practice.write(tmp_path)
    full = practice.configured(tmp_path)
    tables: dict[str, TableSource] = {name: source for name, source in full.tables.items() if name != "feedback"}
    monkeypatch.setattr("deid.text.Scrubber", none)
    assert take(practice.configured(tmp_path, tables=tables)).release == 1
    assert opened(full).latest() is not None
