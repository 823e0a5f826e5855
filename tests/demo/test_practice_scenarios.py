"""Scenarios of one seed differ where automation makes them differ, and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl.canonical import TABLES
from etl.errors import InputError
from rapport.commands import demo as command
from rapport.config import load
from rapport.demo import SCENARIOS, files, make_practice, story
from rapport.demo.scenario import AI, COMPONENTS, CRISIS, HUMAN
from rapport.demo.scenarios import MOST_SITES
from tests.demo.plain import Row, day, sound

RENUMBERED = ("Appointment ID", "Rebooked From")  # counted through in order of booking
NEVER_LIVE = "NGT"


def told(practice: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((practice / "truth.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def no_effect(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_practice(tmp_path_factory.mktemp("no-effect"), scenario=SCENARIOS["no-effect"](None)).parent


@pytest.fixture(scope="module")
def harm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_practice(tmp_path_factory.mktemp("harm"), scenario=SCENARIOS["harm"](None)).parent


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_practice(tmp_path_factory.mktemp("tiny"), scenario=SCENARIOS["tiny"](None)).parent


def _lines(found: list[Row]) -> list[tuple[str, ...]]:
    return sorted(tuple(value for name, value in row.items() if name not in RENUMBERED) for row in found)


def test_site_that_never_goes_live_is_the_same_in_every_scenario(practice: Path, no_effect: Path, harm: Path) -> None:
    here, *others = (
        _lines([row for row in sound(folder, "appointments.csv", "A") if row["Location"] == NEVER_LIVE])
        for folder in (practice, no_effect, harm)
    )
    assert len(here) > 10_000
    assert all(other == here for other in others)


def test_nothing_differs_before_the_first_go_live(practice: Path, no_effect: Path) -> None:
    first = story().monday(int(story().live_week(AI).min()))
    before, after = (
        [
            [row for row in sound(folder, "appointments.csv", "A") if (day(row["Start"]) < first) == early]
            for folder in (practice, no_effect)
        ]
        for early in (True, False)
    )
    assert _lines(before[0]) == _lines(before[1])
    assert _lines(after[0]) != _lines(after[1])


def test_no_effect_is_none_on_anything(no_effect: Path) -> None:
    for key, effect in told(no_effect)["effects"].items():
        for window in ("after_go_live", "until_next", "settled"):
            assert not effect.get(window, {}).get("difference"), key
    crisis = told(no_effect)["traps"]["crisis"]
    assert crisis["closed_by_automation_without_human_contact"] == 0


def test_naive_reader_finds_harm_where_there_is_none(no_effect: Path) -> None:
    effect = told(no_effect)["effects"][f"{AI} on no_show_rate"]
    assert effect["naive"]["all_weeks"]["difference"] > 0.01
    assert effect["where_it_never_went_live"]["difference"] < -0.01


def test_what_would_have_been_is_what_happens_without_an_effect(truth: dict[str, Any], no_effect: Path) -> None:
    key = f"{AI} on no_show_rate"
    without = truth["effects"][key]["until_next"]["without"]
    assert told(no_effect)["effects"][key]["until_next"]["with"] == pytest.approx(without, abs=0.004)


def test_harm_is_twice_the_margin_and_is_not_given_back(harm: Path, truth: dict[str, Any]) -> None:
    effects = told(harm)["effects"]
    assert effects[f"{AI} on alliance"]["settled"]["difference"] == pytest.approx(-4.8, abs=0.3)
    assert effects[f"{HUMAN} on alliance"]["after_go_live"]["difference"] == 0
    assert effects[f"{CRISIS} on crisis_log_minutes"]["settled"]["difference"] > 0.4
    assert told(harm)["traps"]["crisis"]["closed_by_automation_without_human_contact"] == 0
    gain, same = (each[f"{AI} on no_show_rate"]["settled"]["relative"] for each in (effects, truth["effects"]))
    assert gain == pytest.approx(same, abs=0.02)


def test_tiny_practice_is_one_site_of_fifty_visits_a_week(tiny: Path) -> None:
    content = told(tiny)
    assert len(content["parameters"]["sites"]) == 1
    assert 40 < content["appointments"] / content["parameters"]["weeks"] < 62
    assert SCENARIOS["tiny"](None).live_week(AI).min() == 40
    for table, counts in content["files"].items():
        refused = sum(counts["quarantined"].values())
        assert refused <= 0.5 * TABLES[table].worst_quarantined_share * counts["read"]
    assert load(tiny / "rapport.toml").ingest.synthetic


def test_rows_are_the_same_in_chunks_of_any_size(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CHUNK", 333)
    chunked = make_practice(tmp_path, scenario=SCENARIOS["tiny"](None)).parent
    for file, prefix in (("appointments.csv", "A"), ("messages.csv", "G"), ("episodes.csv", "E2")):
        assert _lines(sound(chunked, file, prefix)) == _lines(sound(tiny, file, prefix))
    assert told(chunked)["files"]["appointment"]["kept"] == told(tiny)["files"]["appointment"]["kept"]


def test_large_practice_has_five_million_visits_when_it_is_drawn_whole(tmp_path: Path) -> None:
    large = SCENARIOS["large"](None)
    part = 400
    content = told(
        make_practice(
            tmp_path,
            scenario=replace(
                large, intakes_per_week=large.intakes_per_week / part, effects=replace(large.effects, bot_closures=0)
            ),
        ).parent
    )
    assert content["appointments"] * part == pytest.approx(5_000_000, rel=0.1)
    assert content["files"]["measure"]["kept"] * part == pytest.approx(1_000_000, rel=0.15)
    assert len(content["parameters"]["sites"]) == 10


@pytest.mark.parametrize("sites", [2, 3, 12, MOST_SITES])
def test_sites_go_live_one_after_the_other_and_the_last_never(sites: int) -> None:
    scenario = story(sites)
    assert len({site.code for site in scenario.sites}) == sites
    assert not scenario.sites[-1].live
    live = [[site.live[component] for component in COMPONENTS] for site in scenario.sites[:-1]]
    assert [weeks[0] for weeks in live] == sorted(weeks[0] for weeks in live)
    assert min(weeks[COMPONENTS.index(AI)] for weeks in live) >= 104
    assert max(map(max, live)) <= scenario.weeks - 8


@pytest.mark.parametrize(
    ("scenario", "sites", "says"),
    [
        ("storry", None, "did you mean 'story'"),
        ("story", 1, "between 2 and"),
        ("story", MOST_SITES + 1, "between 2 and"),
        ("tiny", 3, "leave the number of sites out"),
    ],
)
def test_scenario_that_cannot_be_made_is_refused_in_words(
    tmp_path: Path, scenario: str, sites: int | None, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        command.run(tmp_path, port=0, seed=1, scenario=scenario, sites=sites, serve=False)
    assert not list(tmp_path.iterdir())


def test_two_practices_are_not_mixed_in_one_folder(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds another synthetic practice"):
        command.run(tiny, port=0, seed=2026, scenario="story", sites=None, serve=False)
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds other files"):
        command.run(tmp_path, port=0, seed=2026, scenario="tiny", sites=None, serve=False)
