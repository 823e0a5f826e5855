"""A release says which policy it was made under, and who vouched for what; `rapport doctor` asks when it is due."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from deid import policy, postal
from etl.policy_frames import frames, same_attestations
from etl.settings import PrivacySettings
from rapport.commands.privacy_findings import Asked, attestations, census, profile
from tests.etl_sources.ways import settings_of, source
from warehouse.schema import ATTESTATION, POLICY_COLUMN

TODAY = date(2026, 3, 1)
KNOWN = {"about": "actual_knowledge", "by": "Ann Example, owner", "on": TODAY, "says": "I know of nothing."}


def settings(folder: Path, *said: dict[str, Any], name: str = "safe_harbor", **changes: Any) -> Any:
    privacy = PrivacySettings.model_validate({"profile": name, "attestations": said})
    return settings_of(folder, appointment=source(**changes)).model_copy(update={"privacy": privacy})


def test_every_column_of_the_policy_is_told_mapped_or_not(tmp_path: Path) -> None:
    told = frames(settings(tmp_path, constants={"site_id": "North"}))["policy_column"]
    assert set(told.columns) == {column.name for column in POLICY_COLUMN.columns} - {"release_id"}
    assert len(told) == len(policy.rules())
    mapped = told[told["mapped"]]
    assert set(mapped["table_name"]) == {"appointment"}
    assert set(mapped["column_name"]) == {"appointment_id", "patient_id", "site_id", "starts_at", "status"}


def test_a_rule_of_status_counts_as_a_mapping_of_it(tmp_path: Path) -> None:
    way = {"columns": {"starts_at": "Start"}, "values": {}, "preset": "nextgen"}
    told = frames(settings(tmp_path, **way))["policy_column"]
    assert set(told[told["mapped"]]["column_name"]) == {"starts_at", "status"}


def test_the_profile_in_force_decides_the_action(tmp_path: Path) -> None:
    for name, action in (("safe_harbor", "zip3"), ("ontario", "province")):
        told = frames(settings(tmp_path, name=name))["policy_column"].set_index(["table_name", "column_name"])
        assert told.loc[("patient", "postal_code"), "action"] == action


def test_attestations_are_told_in_order_with_their_place(tmp_path: Path) -> None:
    column = {"about": "not_part_2", "table": "appointment", "column": "OTP", "says": "one-time passwords"}
    told = frames(settings(tmp_path, KNOWN, KNOWN | column))["attestation"]
    assert set(told.columns) == {column.name for column in ATTESTATION.columns} - {"release_id"}
    assert list(told["says"]) == ["I know of nothing.", "appointment.OTP: one-time passwords"]
    assert list(told["position"]) == [0, 1]


def test_the_same_words_said_on_a_later_day_are_new(tmp_path: Path) -> None:
    chosen = settings(tmp_path, KNOWN)
    shown = frames(chosen)["attestation"].assign(release_id=1)
    assert same_attestations(shown, chosen)
    assert same_attestations(shown.assign(attested_on=pd.to_datetime(shown["attested_on"])), chosen)
    assert not same_attestations(shown, settings(tmp_path, KNOWN | {"on": TODAY + timedelta(days=365)}))
    assert not same_attestations(shown, settings(tmp_path))
    nothing = frames(settings(tmp_path))["attestation"]
    assert same_attestations(nothing, settings(tmp_path))


def test_no_attestation_is_an_empty_table_with_its_columns(tmp_path: Path) -> None:
    told = frames(settings(tmp_path))["attestation"]
    assert told.empty
    assert "attested_by" in told.columns


def test_actual_knowledge_is_asked_for_where_missing_and_every_year(tmp_path: Path) -> None:
    with pytest.raises(Asked, match=r'about = "actual_knowledge"'):
        attestations(settings(tmp_path), TODAY)
    assert attestations(settings(tmp_path, KNOWN), TODAY) == f"actual knowledge: Ann Example, owner, {TODAY}"
    assert "Ann" in attestations(settings(tmp_path, KNOWN), TODAY + timedelta(days=365))
    with pytest.raises(Asked, match="asked for yearly"):
        attestations(settings(tmp_path, KNOWN), TODAY + timedelta(days=366))


def test_actual_knowledge_dated_in_the_future_is_none(tmp_path: Path) -> None:
    with pytest.raises(Asked, match="in the future"):
        attestations(settings(tmp_path, KNOWN), TODAY - timedelta(days=1))


def test_the_lines_that_are_asked_for_do_not_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(Asked) as asked:
        attestations(settings(tmp_path), TODAY)
    by, says = re.findall(r'(?:by|says) = "([^"]*)"', str(asked.value))
    for change in ({"by": by}, {"says": says}):
        with pytest.raises(ValidationError):
            settings(tmp_path, KNOWN | change)


def test_nobody_is_asked_about_synthetic_data(tmp_path: Path) -> None:
    assert "nobody" in attestations(settings(tmp_path).model_copy(update={"synthetic": True}), TODAY)


def test_a_stale_census_is_said() -> None:
    year, due, _ = postal.census()
    assert str(year) in census(date(due - 1, 12, 31))
    with pytest.raises(Asked, match="newer count is out"):
        census(date(due, 1, 1))


def test_the_profile_is_said_with_its_smallest_group(tmp_path: Path) -> None:
    assert profile(settings(tmp_path, name="ontario")) == "Ontario (PHIPA); groups of at least 20 patients"
