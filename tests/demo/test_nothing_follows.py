"""Of every kind of synthetic practice, and under either profile: does the attacker find nothing, week after week?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from deid.attack import between, within
from etl import opt_outs
from etl.intake import Intake, take_in
from etl.release import PreviousRelease, ReleaseTables, make_release
from etl.session import Session
from etl.settings import IngestSettings, PrivacySettings, ReleaseSettings, Stratifiers
from rapport.config import load
from rapport.demo import SCENARIOS, Scenario, make_practice
from tests.demo.way import KEY, NOW

WEEKS = 44
SPLITS = ("language", "lead_time")  # words of patients of whom few share some, and a band
COMMENT = 'comment = "Comment"'  # scrubbing it takes longer than all that is asked here
KINDS = [  # a scenario, its sites, and a profile: every release costs seconds
    ("harm", None, "ontario"),
    ("no-effect", None, "safe_harbor"),
    ("tiny", None, "ontario"),
    ("story", 6, "safe_harbor"),
]

Profile = Literal["safe_harbor", "ontario"]
SMALLEST = {"safe_harbor": 11, "ontario": 20}


def short(scenario: Scenario) -> Scenario:
    """Its last weeks, whatever went live a third as late."""
    weeks = min(scenario.weeks, WEEKS)
    sites = [
        replace(site, live={name: week * weeks // scenario.weeks for name, week in site.live.items()})
        for site in scenario.sites
    ]
    first = scenario.monday(scenario.weeks - weeks)
    return replace(scenario, sites=tuple(sites), weeks=weeks, first_day=first)


@dataclass(frozen=True)
class Vault:
    """A practice taken in, and the releases made of it."""

    con: Any
    settings: IngestSettings

    def release(self, profile: Profile, day: date, before: ReleaseTables | None) -> ReleaseTables:
        chosen = {"extracted_on": day, "privacy": PrivacySettings(profile=profile)}
        previous = PreviousRelease(before.header, before.frames) if before else None
        return make_release(self.con, self.settings.model_copy(update=chosen), previous, NOW)


@contextmanager
def taken_in(folder: Path, scenario: Scenario) -> Iterator[Vault]:
    toml = make_practice(folder, scenario=scenario)
    words = toml.read_text(encoding="utf-8")
    assert COMMENT in words
    toml.write_text(words.replace(COMMENT, "# " + COMMENT), encoding="utf-8")
    release = ReleaseSettings(stratifiers=Stratifiers(names=SPLITS))
    settings = load(toml).ingest.model_copy(update={"release": release})
    day = settings.extracted_on or NOW.date()
    with Session(settings, KEY) as session:
        intake = Intake(settings, NOW, day, "", None, False, False, None, None, lambda what, share: None)
        opt_outs.read(session.con, settings)
        take_in(session.con, intake)
        yield Vault(session.con, settings)


@pytest.mark.parametrize(("name", "sites", "profile"), KINDS)
def test_nothing_that_is_withheld_follows_from_a_release_and_the_next(
    tmp_path: Path, name: str, sites: int | None, profile: Profile
) -> None:
    """The later release holds the earlier one word for word (`between`): whatever follows from that follows from it."""
    with taken_in(tmp_path / "practice", short(SCENARIOS[name](sites))) as vault:
        last = vault.settings.extracted_on
        assert last is not None
        first = vault.release(profile, last - timedelta(weeks=1), None)
        second = vault.release(profile, last, first)
        assert between(first.frames, second.frames) == []
        assert len(first.frames["attendance_cells"]) < len(second.frames["attendance_cells"])
        k = second.header["smallest_group"]
        assert k == SMALLEST[profile]
        assert within(second.frames, second.header["grid_start"], k) == []
