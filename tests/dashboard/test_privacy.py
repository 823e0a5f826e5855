"""The privacy proof: the answer first, faults never softened, every released row shown."""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboard import privacy, privacy_tables
from dashboard.access import SINGLE_USER
from etl.settings import IngestSettings
from rapport.commands import privacy_findings
from tests.dashboard import proof
from tests.dashboard.conftest import Open, said
from tests.dashboard.practice import frames, header
from tests.metrics.releases import store_at
from warehouse.store import Release

FOUND = proof.frames()
RELEASE = Release(id=1, content_hash="c", **header())  # type: ignore[arg-type]


def verdict(**changed: pd.DataFrame) -> str:
    given = {"checks": FOUND["privacy_check"], "sweep": FOUND["sweep_result"], **changed}
    return privacy.verdict(**given, release=RELEASE)


def test_answer_comes_first_with_its_counts_and_day(open_page: Open, full_warehouse: Path) -> None:
    text = said(open_page("privacy", full_warehouse))
    answer = verdict()
    assert answer in text
    assert text.index(answer) < text.index("What was checked?")


def test_answer_counts_the_checks_that_passed_and_says_how_many_can_apply() -> None:
    checks = FOUND["privacy_check"].assign(state="passed")
    start = "Nothing that identifies a patient was found in this release: "
    end = "passed, 2,764 values looked at, on 1 December 2025."
    assert verdict(checks=checks) == f"{start}18 of 18 checks {end}"
    checks.loc[[15, 16], "state"] = "not applicable"
    assert verdict(checks=checks) == f"{start}all 16 of the 18 checks that can apply {end}"


def test_every_item_place_and_figure_is_shown_and_can_be_kept(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("privacy", full_warehouse)
    text = said(app)
    for item in range(1, 19):
        assert f'<th scope="row">{item}. ' in text
    assert text.count("Known identifiers</td><td>19,596</td><td>400</td>") == len(proof.PLACES)
    assert "Vault: people alone</th><td>3.1&nbsp;%" in text.replace("3.1\u00a0%", "3.1&nbsp;%")
    assert "Vault: highest risk</th><td>Withheld" in text
    assert "Made under the profile HIPAA Safe Harbor: no count is about fewer than 11 patients (k)" in text
    assert len(app.get("download_button")) == 5
    app.session_state["table-policy"] = app.session_state["table-quotes"] = True
    assert len(app.run().get("download_button")) == 7


def test_policy_is_shown_column_by_column_the_mapped_first(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("privacy", full_warehouse)
    app.session_state["table-policy"] = True
    text = said(app.run())
    assert re.search(r"patient.email</th><td>Direct</td><td>Never kept</td><td>yes</td>", text)
    rows = privacy_tables.policy(FOUND["policy_column"]).lines
    assert len(rows) == len(FOUND["policy_column"])
    assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)


def test_quotes_are_folded_reviewed_and_never_markup(open_page: Open, full_warehouse: Path) -> None:
    app = open_page("privacy", full_warehouse)
    assert "2 comments were approved" in said(app)
    assert "reviewed by a person" in said(app)
    assert "felt heard" not in said(app)
    app.session_state["table-quotes"] = True
    text = said(app.run())
    assert "&lt;b&gt;my&lt;/b&gt;" in text
    assert "<b>my</b>" not in text


def test_a_failed_check_or_a_hit_is_a_fault_in_the_first_words() -> None:
    bad = proof.frames({"telephone": 2})
    text = verdict(checks=bad["privacy_check"], sweep=bad["sweep_result"])
    assert text.startswith("Something that may identify a patient was found: 2 of 18 checks failed (Telephone numbers")
    assert verdict(sweep=bad["sweep_result"]).startswith("Something that may identify a patient was found: the sweep")
    unknown = FOUND["privacy_check"].assign(state="error")
    assert "18 of 18 checks failed" in verdict(checks=unknown)


def test_a_proof_with_rows_missing_is_not_whole() -> None:
    text = verdict(checks=FOUND["privacy_check"].iloc[:17])
    assert text.startswith("Only 17 of the 18 checks were made")
    assert "Nothing" not in text


def test_a_release_made_without_the_exports_says_what_was_not_looked_for() -> None:
    unread = proof.frames(read=False)
    text = verdict(checks=unread["privacy_check"], sweep=unread["sweep_result"])
    assert text.startswith("Nothing that identifies a patient was found")
    assert "could not be looked for" in text
    assert "could not be looked for" in verdict(sweep=FOUND["sweep_result"].iloc[:0])
    assert privacy_tables.sweep(unread["sweep_result"]).lines[0][2:4] == ("not at hand", "not searched")


@pytest.mark.parametrize(("age", "said"), [(1, "A. Officer states, on"), (365, "A. Officer states, on")])
def test_attestation_of_this_year_is_quoted(age: int, said: str) -> None:
    today = date(2026, 6, 2)
    assert privacy.vouched(proof.attestation(today - timedelta(days=age)), today, synthetic=False).startswith(said)


def test_attestation_older_than_a_year_or_missing_is_said() -> None:
    today = date(2026, 6, 2)
    old = privacy.vouched(proof.attestation(today - timedelta(days=366)), today, synthetic=False)
    assert "more than a year ago" in old
    assert "I know of no way" not in old
    other = proof.attestation(today).assign(about="not_part_2")
    for nothing in (other, other.iloc[:0]):
        assert privacy.vouched(nothing, today, synthetic=False).startswith("Nobody has stated yet")


@pytest.mark.parametrize("synthetic", [True, False])
@pytest.mark.parametrize("age", [None, 1, 365, 366])
def test_the_page_asks_for_a_statement_exactly_where_the_command_does(
    *, age: int | None, synthetic: bool, tmp_path: Path
) -> None:
    today = date(2026, 6, 2)
    said = proof.attestation(today - timedelta(days=age or 0)).iloc[: 0 if age is None else 1]
    page = privacy.vouched(said, today, synthetic=synthetic)
    told = [
        {"about": row["about"], "by": row["attested_by"], "on": row["attested_on"], "says": row["says"]}
        for row in said.to_dict("records")
    ]
    settings = IngestSettings.model_validate(
        {"practice": "Harbour", "timezone": "UTC", "base_dir": tmp_path, "data_dir": tmp_path, "tables": {}}
        | {"warehouse_url": "sqlite://", "synthetic": synthetic, "privacy": {"attestations": told}}
    )
    try:
        privacy_findings.attestations(settings, today)
        asked = False
    except privacy_findings.Asked:
        asked = True
    assert ("[[privacy.attestations]]" in page) == asked
    assert asked == (age == 366 or (age is None and not synthetic))


def test_older_release_without_a_proof_claims_nothing(open_page: Open, tmp_path: Path) -> None:
    older = {name: rows for name, rows in frames().items() if name not in privacy.NAMES}
    store_at(tmp_path).publish(header(), older)
    app = open_page("privacy", tmp_path / "warehouse.sqlite")
    assert not app.exception
    text = said(app)
    assert "holds no privacy proof" in text
    assert "Nothing that identifies" not in text
    assert "No comment has been approved" in text
    assert "<table" not in text


def test_a_proof_that_cannot_be_read_is_an_error(open_page: Open, warehouse: Path) -> None:
    with sqlite3.connect(warehouse) as connection:
        connection.execute("DROP TABLE privacy_check")
    app = open_page("privacy", warehouse)
    assert "could not be read" in app.error[0].value
    assert "Nothing that identifies" not in said(app)


@pytest.mark.parametrize("page", ["no_shows", "retention", "data_quality", "privacy"])
def test_single_user_mode_is_said_on_every_page(
    open_page: Open, full_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    assert "can also open the vault" not in said(open_page(page, full_warehouse))
    monkeypatch.setenv(SINGLE_USER, "1")
    for warehouse in (full_warehouse, tmp_path / "none.sqlite"):
        text = said(open_page(page, warehouse))
        assert "the account that runs these pages can also open the vault" in text
        assert "from an account of their own" in text
