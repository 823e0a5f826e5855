"""The allow-list holds for every column, and each of its rules can fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

import etl
from deid import policy
from deid.policy import ENOUGH, Action, PolicyError, Privacy
from etl.canonical import TABLES, governed, vault_columns
from etl.declaration import Column, Kind
from etl.release.build import _header
from etl.settings import PrivacySettings, ReleaseSettings
from etl.tables import ALL
from tests.etl_release.practice import settings

LINE = {"class": "quasi", "action": "merge", "why": "rare words together"}


def test_every_canonical_column_has_one_line_under_every_profile() -> None:
    columns = {(table.name, column.name) for table in ALL for column in table.columns}
    for name in policy.profiles():
        assert set(policy.rules(name)) == columns
    assert len(TABLES) == 16


def test_a_column_without_a_line_stops_the_load_and_names_the_line_to_add() -> None:
    patient = next(table for table in ALL if table.name == "patient")
    wider = replace(patient, columns=(*patient.columns, Column("nickname", Kind.FREE_TEXT, "what friends say")))
    tables = [wider if table.name == "patient" else table for table in ALL]
    with pytest.raises(
        PolicyError, match=r"nothing of patient\.nickname.*Add under \[tables\.patient\]: nickname = \{"
    ):
        governed(tables, policy.rules())


def test_a_line_without_a_column_stops_the_load() -> None:
    with pytest.raises(PolicyError, match=r"site\.name is no column: take its line out"):
        policy.check([key for key in policy.rules() if key != ("site", "name")], policy.rules())


@pytest.mark.parametrize("privacy", Privacy)
def test_an_action_too_weak_for_its_class_is_refused(privacy: Privacy) -> None:
    for action in Action:
        line = {"t": {"c": {"class": str(privacy), "action": str(action), "why": "because"}}}
        if action in ENOUGH[privacy]:
            assert policy.read(line, "safe_harbor", ("safe_harbor",))[("t", "c")].action is action
        else:
            with pytest.raises(PolicyError, match="is not enough for class"):
                policy.read(line, "safe_harbor", ("safe_harbor",))


def test_what_names_or_finds_a_person_can_only_be_dropped() -> None:
    assert ENOUGH[Privacy.DIRECT] == {Action.DROP}
    assert Action.KEEP not in ENOUGH[Privacy.QUASI] | ENOUGH[Privacy.FREE_TEXT] | ENOUGH[Privacy.PSEUDONYM]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"class": "secret"}, "classes are direct"),
        ({"action": "hide"}, "actions are drop"),
        ({"off": "keep"}, "write class, action and why"),
        ({"ontario": "drop"}, "the same columns under every profile"),
        ({"ontario": "keep"}, "is not enough"),
    ],
)
def test_a_line_that_is_not_understood_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        policy.read({"t": {"c": LINE | change}}, "ontario", ("safe_harbor", "ontario"))


def test_a_line_without_a_reason_is_refused() -> None:
    with pytest.raises(PolicyError, match="write class, action and why"):
        policy.read({"t": {"c": {"class": "safe", "action": "keep"}}}, "ontario", ("safe_harbor", "ontario"))


def test_direct_and_free_text_columns_have_no_place_in_the_vault() -> None:
    for table in TABLES.values():
        stored = {column.name for _, _, column in vault_columns(table)}
        for column in table.columns:
            if column.privacy in (Privacy.DIRECT, Privacy.FREE_TEXT):
                assert column.name not in stored
            if column.kind in (Kind.PERSON_KEY, Kind.RECORD_KEY):
                assert column.privacy is Privacy.PSEUDONYM
            if column.kind is Kind.FREE_TEXT:
                assert column.privacy in (Privacy.DIRECT, Privacy.FREE_TEXT, Privacy.QUASI)


def test_a_column_outside_the_policy_cannot_be_asked_what_it_gives_away() -> None:
    with pytest.raises(PolicyError, match="stands under no policy"):
        _ = Column("nickname", Kind.FREE_TEXT, "what friends say").kept


def test_the_profiles_of_the_configuration_are_those_of_the_policy() -> None:
    assert set(get_args(PrivacySettings.model_fields["profile"].annotation)) == set(policy.profiles())
    with pytest.raises(PolicyError, match='no privacy profile "none"'):
        policy.profile("none")


@pytest.mark.parametrize(
    ("profile", "configured", "smallest"),
    [("safe_harbor", 11, 11), ("safe_harbor", 15, 15), ("ontario", 11, 20), ("ontario", 30, 30)],
)
def test_a_group_is_never_smaller_than_the_profile_asks(profile: str, configured: int, smallest: int) -> None:
    chosen = settings(
        release=ReleaseSettings(smallest_group=configured),
        privacy=PrivacySettings.model_validate({"profile": profile}),
    )
    assert chosen.smallest_group == smallest


def test_no_copy_of_the_settings_goes_under_what_the_profile_asks() -> None:
    chosen = settings(privacy=PrivacySettings(profile="ontario"))
    lowered = chosen.model_copy(update={"release": ReleaseSettings(smallest_group=11)})
    assert lowered.smallest_group == 20


def test_the_release_is_made_under_what_the_profile_asks() -> None:
    chosen = settings(privacy=PrivacySettings(profile="ontario"))
    header = _header(chosen, None, datetime(2025, 1, 1, tzinfo=UTC))
    assert (header["smallest_group"], header["privacy_profile"]) == (20, "ontario")


def test_nothing_reads_the_configured_threshold_past_the_profile() -> None:
    past = [
        path.name
        for path in (Path(etl.__file__).parent).rglob("*.py")
        if "release.smallest_group" in path.read_text(encoding="utf-8") and path.name != "settings.py"
    ]
    assert past == []
