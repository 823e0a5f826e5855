"""The sweep finds what identifies however it is written, and is not alarmed by months, counts and labels."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from deid import sweep
from etl import proof, proof_places
from etl.errors import InputError
from etl.proof_known import Index, look_up
from etl.proof_places import OTHERS, QUALITY, RELEASE, Source
from tests.etl_vault.practice import settings


def feed(*known: tuple[str, str]) -> duckdb.DuckDBPyConnection:
    """An engine with the identifiers of a feed at hand."""
    con = duckdb.connect()
    con.register("told", pd.DataFrame(known, columns=["kind", "value"], dtype=object))
    con.execute("CREATE TEMP TABLE known_identifier AS SELECT kind::VARCHAR AS kind, value::VARCHAR AS value FROM told")
    return con


def met(known: list[tuple[str, str]], *texts: str, place: str = RELEASE, where: str = "t.c", **how: Any) -> list[str]:
    """The kinds met in these texts."""
    found = look_up(feed(*known), Index([Source(place, where, texts, **how)]))
    return sorted(each.kind for each in found.met)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("full_name", "Maria Gonzalez", "seen by MARIA GONZALEZ on Monday"),
        ("full_name", "Zoë O'Brien", "zoe obrien.txt"),
        ("full_name", "Maria Gonzalez", "letter to GONZALEZ, Maria"),
        ("full_name", "Zoë O'Brien", "O'Brien_Zoe.pdf"),
        ("full_name", "Ana Maria Heikkonen-Aro", "heikkonen-aro-ana-maria.pdf"),
        ("clinician_name", "Oluwaseun Heron", "Heron, Oluwaseun"),
        ("full_name", "Zoë O'Brien", "<td>Zoë</td><td>O’Brien</td>"),
        ("email", "m.gonzalez+x@mail.example", '{"to": "M.Gonzalez+x@mail.example"}'),
        ("phone", "+1 (416) 555-0199", "call 416.555.0199"),
        ("phone", "416-555-0199", "4165550199"),
        ("street", "12 Elm Street, Apt 4", "12 elm street apt 4"),
        ("health_number", "1234 567 890", "OHIP 1234567890"),
        ("patient_number", "MRN-00417", "mrn 00417"),
        ("patient_number", "482913", "row of 482913.0"),
        ("clinician_name", "Oluwaseun Heron", "with Oluwaseun Heron"),
    ],
)
def test_an_identifier_is_met_however_it_is_written(kind: str, value: str, text: str) -> None:
    assert met([(kind, value)], text) == [kind]
    assert met([(kind, value)], text, place=QUALITY) == [kind]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("given_name", "May", "published in May"),
        ("given_name", "May", "May"),  # the whole value, and a month
        ("family_name", "White", "White"),  # a category
        ("family_name", "Smith", "smithereens"),
        ("given_name", "Wilhelmina", "Wilhelmina Street clinic"),  # a word amid others that no patient wrote
        ("full_name", "Will May", "this will may be"),
        ("patient_number", "417", "417"),
        ("patient_number", "12045", "12045 rows"),
        ("patient_number", "482913", "0.482913"),
        ("patient_number", "171200", "17 of 1200; 17, 1200; 17 1200"),
        ("birth_date", "1984-03-02", "made on 1984-03-02"),
        ("street", "Main Street", "the Main Street site"),
        ("full_name", "May White", "White, May 2026"),
        ("email", "unknown", "unknown"),  # what stands there where there is none
        ("phone", "none", "none"),
        ("phone", "n/a", "na"),
        ("phone", "?", "*"),
        ("email", "-", "*"),
        ("postal_code", "Not known", "not_known"),
        ("street", "No fixed address", "no fixed address"),
    ],
)
def test_words_counts_and_days_are_no_identifiers(kind: str, value: str, text: str) -> None:
    assert met([(kind, value)], text) == []


def test_a_name_that_is_a_whole_value_is_met() -> None:
    assert met([("given_name", "Wilhelmina")], "Wilhelmina") == ["given_name"]


def test_one_label_of_a_group_may_be_somebodys_name_and_several_are_a_wrong_mapping() -> None:
    names = [("family_name", name) for name in ("Wilhelmina", "Nguyen", "Gonzalez")]
    assert met(names, "Nguyen", "public", "self", label=True) == []
    assert met(names, "Nguyen", "Gonzalez", "Wilhelmina", label=True) == ["family_name"] * 3


def test_in_a_patients_own_words_single_names_and_birth_dates_count() -> None:
    known = [("given_name", "Wilhelmina"), ("given_name", "Hope"), ("birth_date", "1984-03-02")]
    assert met(known, "I told Wilhelmina I hope it helps", prose=True) == ["given_name"]
    assert met(known, "born 1984-03-02", prose=True) == ["birth_date"]


def test_a_practice_named_after_its_clinician_is_no_hit_and_after_a_patient_is() -> None:
    known = [("clinician_name", "Oluwaseun Heron"), ("full_name", "Maria Gonzalez")]
    assert met(known, "Oluwaseun Heron Counselling", declared=True) == []
    assert met(known, "Maria Gonzalez House", declared=True) == ["full_name"]


def test_numbers_too_common_to_tell_are_left_out_and_counted() -> None:
    dense = [("patient_number", str(number)) for number in range(100_000, 300_000)]
    found = look_up(feed(*dense), Index([Source(RELEASE, "t.c", ("a sum of 182913",))]))
    assert found.met == []
    assert found.unsearched["patient_number"] == 200_000
    sparse = [("patient_number", str(number)) for number in range(100_000, 100_100)]
    assert met(sparse, "a sum of 100017") == ["patient_number"]
    short = look_up(feed(("patient_number", "417"), ("patient_number", "482913")), Index([]))
    assert (short.known["patient_number"], short.unsearched["patient_number"]) == (2, 1)


def test_words_where_an_identifier_should_be_are_left_out_and_counted() -> None:
    known = [("email", "unknown"), ("email", "none"), ("email", "jo@mail.example"), ("street", "Rowanhurst")]
    found = look_up(feed(*known), Index([Source(RELEASE, "t.c", ("unknown", "none"))]))
    assert (found.met, found.known["email"], +found.unsearched) == ([], 3, {"email": 2})


def test_a_name_met_family_first_is_counted_once() -> None:
    known = look_up(feed(("full_name", "Maria Gonzalez")), Index([Source(OTHERS, "a.txt", ("Gonzalez, Maria",))]))
    assert (known.known["full_name"], len(known.met)) == (1, 1)


def test_in_a_patients_own_words_two_ordinary_words_are_a_name_in_its_own_order_alone() -> None:
    known = [("full_name", "May White")]
    assert met(known, "I saw May White", prose=True) == ["full_name"]
    assert met(known, "as white may be", prose=True) == []


def test_without_a_feed_nothing_is_said_to_have_been_searched() -> None:
    assert not look_up(duckdb.connect(), Index([Source(RELEASE, "t.c", ("Maria",))])).at_hand
    assert not look_up(feed(), Index([])).at_hand


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("write to jo@mail.example.com", {"e-mail"}),
        ("call 416-555-0199", {"telephone"}),
        ("078-05-1120", {"social security number"}),
        ("see http://example.org/a", {"web address"}),
        ("from 10.1.2.3", {"network address"}),
        ("mac 00:1B:44:11:3A:B7", {"hardware"}),
        ("MRN 4829134", {"number"}),
        ("17 of 1,200 rows; threshold 0.05", set()),
        ("45 CFR 164.514(b)(2)(i)", set()),
        ("bootstrap-table@1.19.0", set()),
    ],
)
def test_what_is_written_like_an_identifier_is_classed(text: str, classes: set[str]) -> None:
    found = set(sweep.shapes(text))
    assert classes <= found
    assert bool(found - {"web address"}) == bool(classes - {"web address"})


def canaries(folder: Path, *names: str) -> None:
    (folder / "canaries.txt").write_text("# invented people\n" + "\n".join(names) + "\n", encoding="utf-8")


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode())


def zipped(text: str) -> bytes:
    with io.BytesIO() as whole:
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f"<si><t>{text}</t></si>")
        return whole.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzipped,
        zipped,
        lambda text: gzip.compress(zipped(text)),
        lambda text: text.encode("utf-16"),  # "Unicode text" of a spreadsheet
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: b"caf\xe9 " + text.encode("latin-1"),
    ],
)
def test_an_identifier_in_a_file_is_found_whatever_the_encoding(
    content: Callable[[str], bytes], tmp_path: Path
) -> None:
    chosen = settings(tmp_path)
    canaries(tmp_path, "Zyxwora Quillfeather")
    (tmp_path / "rapport-data").mkdir()
    (tmp_path / "rapport-data" / "figures.dat").write_bytes(
        content("a\nZyxwora Quillfeather, jo@mail.example.com\nb\n")
    )
    swept = proof.sweep_of(chosen, proof_places.from_files(chosen))
    assert {found.kind for found in swept.found} == {"canary", "e-mail"}


def test_an_accented_name_in_an_old_encoding_is_found(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    canaries(tmp_path, "Zoë Quillfeather")
    (tmp_path / "rapport-data").mkdir()
    (tmp_path / "rapport-data" / "run.log").write_bytes("café: Zoë Quillfeather\n".encode("cp1252"))
    swept = proof.sweep_of(chosen, proof_places.from_files(chosen))
    assert [found.kind for found in swept.found] == ["canary"]


def test_the_name_of_a_file_in_an_archive_is_looked_at(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    canaries(tmp_path, "Zyxwora Quillfeather")
    (tmp_path / "rapport-data").mkdir()
    with zipfile.ZipFile(tmp_path / "rapport-data" / "figures.zip", "w") as archive:
        archive.writestr("letters/Quillfeather_Zyxwora.png", b"")
    swept = proof.sweep_of(chosen, proof_places.from_files(chosen))
    assert [found.kind for found in swept.found] == ["canary"]


def test_an_archive_that_cannot_be_opened_is_no_clean_one(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    (tmp_path / "rapport-data").mkdir()
    for content in (gzipped("a" * 4000)[:-20], zipped("a")[:60]):
        (tmp_path / "rapport-data" / "figures.zip").write_bytes(content)
        with pytest.raises(InputError, match="cannot be opened"):
            list(proof_places.from_files(chosen))


@pytest.mark.parametrize("text", ["Quillfeather, Zyxwora", "quillfeather_zyxwora"])
def test_a_canary_is_met_family_name_first(text: str, tmp_path: Path) -> None:
    canaries(tmp_path, "Zyxwora Quillfeather")
    swept = proof.sweep_of(settings(tmp_path), [Source(OTHERS, "a.csv", (text,))])
    assert [found.kind for found in swept.found] == ["canary"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"Zyxwora \xe9\n", "UTF-8"), (b"# who\n\nZyxwora Quillfeather\nZy\n", "line 4"), (None, "cannot be read")],
)
def test_a_list_of_canaries_that_cannot_be_read_is_said(content: bytes | None, says: str, tmp_path: Path) -> None:
    if content is None:
        (tmp_path / "canaries.txt").mkdir()
    else:
        (tmp_path / "canaries.txt").write_bytes(content)
    with pytest.raises(InputError, match=says) as refused:
        proof.canaries(settings(tmp_path))
    assert "Zy" not in str(refused.value)


def test_a_canary_is_found_in_a_cell_a_report_and_a_file_name_and_never_said(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    canaries(tmp_path, "Zyxwora Quillfeather")
    assert proof.canaries(chosen) == ("Zyxwora Quillfeather",)
    docs = tmp_path / "rapport-data" / "quality"
    docs.mkdir(parents=True)
    (docs / "index.html").write_text("<p>Zyxwora</p> <b>quillfeather</b>")
    (docs / "zyxwora-quillfeather.html").write_text("<p>nothing</p>")
    sources = [Source(RELEASE, "site.site", ("Zyxwora Quillfeather",)), *proof_places.from_files(chosen)]
    swept = proof.sweep_of(chosen, sources)
    assert {found.place for found in swept.found} == {RELEASE, QUALITY, proof_places.NAMES}
    assert "quillfeather" not in str(swept.sentence()).lower()
    assert [row.item for row in swept.rows() if row.state == "failed"] == [18]


def test_a_canary_that_was_deleted_from_the_database_is_still_found(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    canaries(tmp_path, "Zyxwora Quillfeather")
    (tmp_path / "warehouse.sqlite").write_bytes(b"\x00" * 4096 + b"ZYXWORA quillfeather" + b"\x00" * 4096)
    assert [found.kind for found in proof.sweep_of(chosen, []).found] == ["canary"]


def test_a_telephone_number_in_a_log_is_found_and_a_version_is_not(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    folder = tmp_path / "rapport-data" / "logs"
    folder.mkdir(parents=True)
    (folder / "run.log").write_text("version 1.19.0 at https://example.org\n")
    assert proof.sweep_of(chosen, proof_places.from_files(chosen)).found == ()
    (folder / "run.log").write_text("could not call 416-555-0199\n")
    found = proof.sweep_of(chosen, proof_places.from_files(chosen)).found
    assert [(each.kind, each.place, each.where) for each in found] == [("telephone", proof_places.LOGS, "logs/run.log")]


def test_the_eighteen_rows_say_what_was_not_searched() -> None:
    source = Source(OTHERS, "exports/a.csv", ("nothing",))
    chosen = settings(Path("/nowhere"))
    rows = proof.sweep_of(chosen, [source]).rows()
    assert [row.item for row in rows] == list(range(1, 19))
    assert "not searched" in rows[0].checked
    assert (rows[0].state, rows[3].state, rows[16].state) == ("not applicable", "passed", "passed")
    with_feed = proof.sweep_of(chosen, [source], feed(("full_name", "Maria Gonzalez"), ("given_name", "May"))).rows()
    assert "2 known from the exports" in with_feed[0].checked
    assert "1 of them left out" in with_feed[0].checked
    assert [row.item for row in with_feed if row.state != "passed"] == [2]  # no street and no postal code are given


def test_the_exports_themselves_are_not_searched_should_they_lie_in_the_data_folder(tmp_path: Path) -> None:
    chosen = settings(tmp_path, data_dir=tmp_path)
    (tmp_path / "visits.csv").write_text("call 416-555-0199\n")
    canaries(tmp_path, "Zyxwora Quillfeather")
    assert proof.sweep_of(chosen, proof_places.from_files(chosen)).found == ()
    (tmp_path / "visits-copy.csv").write_text("call 416-555-0199\n")
    assert len(proof.sweep_of(chosen, proof_places.from_files(chosen)).found) == 1


def test_a_log_kept_outside_the_data_folder_is_searched_and_one_inside_once(tmp_path: Path) -> None:
    chosen = settings(tmp_path, data_dir=tmp_path / "rapport-data")
    outside, inside = tmp_path / "pages" / "views.jsonl", chosen.data_dir / "audit" / "views.jsonl"
    for path in (outside, inside):
        path.parent.mkdir(parents=True)
        path.write_text('{"page": "call 416-555-0199"}\n')
    assert [source.where for source in proof_places.from_log(inside, chosen)] == []
    found = proof.sweep_of(chosen, proof_places.from_log(outside, chosen)).found
    assert [(each.place, each.where) for each in found] == [("logs", "views.jsonl")]


def test_the_wording_of_a_notice_is_no_ones_number_and_elsewhere_it_may_be() -> None:
    """The words patients were told by are those at least k of them share."""
    rows = pd.DataFrame({"topic": ["P-2023"], "version": ["P-2023"]})
    sources = {source.where: source for source in proof_places.from_release({}, {"notice_cells": rows})}
    assert proof._written(sources["notice_cells.version"]) == set()
    assert proof._written(sources["notice_cells.topic"]) == {"number"}
    shown = replace(sources["notice_cells.version"], texts=("a@example.org",))
    assert proof._written(shown) == {"e-mail"}
