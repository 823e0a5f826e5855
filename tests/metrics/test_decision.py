"""Is what a release says of a rollout kept with it, whole, and does a decision say no more?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from metrics.decision import decision
from metrics.effects.interventions import Kind, interventions
from metrics.effects.released import complete_effects
from metrics.effects.stored import METHOD, as_row, from_row
from metrics.governing import govern
from metrics.query import results
from metrics.verdict import Word
from tests.metrics.released_rollouts import FEE_CENTS, NOBODY, WEEKS, practice
from tests.metrics.releases import frames, header, monday
from warehouse.record import effects_made, keep_effects, read_record
from warehouse.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = practice(tmp_path_factory.mktemp("practice"))
    govern(store)
    return store


def test_effects_are_kept_with_the_release_and_read_as_they_were(store: Store) -> None:
    record = read_record(store)
    assert record.made == {1: METHOD}
    effects = {row["metric"]: from_row(row) for row in record.effects}
    missed = effects["no_show_rate"]
    assert missed.adjusted.high is not None
    assert missed.adjusted.high < 0
    assert missed.ratio.value == pytest.approx(0.6, abs=0.1)
    assert {as_row(effect)["metric"] for effect in effects.values()} == set(effects)
    assert all(from_row(as_row(effect)) == effect for effect in effects.values())
    assert effects["alliance"].adjusted.value is None
    assert effects["alliance"].adjusted.reason


def test_what_was_saved_follows_from_the_effect_kept_with_the_release(store: Store) -> None:
    effect = next(row for row in read_record(store).effects if row["metric"] == "slots_lost")
    row = results(store, metric="no_show_savings", site="*")[0]
    each = row.n * FEE_CENTS / 100
    assert (row.value, row.low) == pytest.approx((-effect["adjusted_value"] * each, -effect["adjusted_high"] * each))
    assert "against the adjusted effect of AI scheduling on slots lost" in row.reason


def test_a_run_that_was_killed_before_the_effects_is_made_good(tmp_path: Path) -> None:
    store = practice(tmp_path, live=NOBODY)
    assert decision(store).pending == 1
    assert decision(store).release is None
    assert complete_effects(store) == (1,)
    assert (decision(store).release, decision(store).pending) == (1, None)
    assert complete_effects(store) == ()


def test_readers_keep_to_the_release_that_has_its_effects(store: Store, tmp_path: Path) -> None:
    own = practice(tmp_path, live=NOBODY)
    govern(own)
    own.publish(header(published_until=monday(WEEKS)), frames())
    found = decision(own)
    assert (found.release, found.pending) == (1, 2)


def test_effects_of_another_version_are_made_anew(tmp_path: Path) -> None:
    store = practice(tmp_path, live=NOBODY)
    keep_effects(store, 1, "0", [])
    assert complete_effects(store) == (1,)
    assert effects_made(store) == {1: METHOD}
    assert not keep_effects(store, 99, METHOD, [])


def test_without_a_plan_there_is_no_verdict(store: Store) -> None:
    found = decision(store)
    assert found.word is None
    assert found.sentence.startswith("No verdict: no plan is locked.")
    assert {line.metric for line in found.others} >= {"no_show_rate", "slots_lost", "alliance"}
    assert [moment.site for moment in found.timeline] == ["s00", "s01"]


def test_a_safety_fact_halts_even_without_a_plan(tmp_path: Path) -> None:
    fact = {"fact": "closed_by_automation", "happened": True, "says": "A crisis signal was closed by automation."}
    store = practice(tmp_path, live=NOBODY, safety_fact=pd.DataFrame([fact]))
    found = decision(store)
    assert found.word is Word.HALT
    assert found.safety == ("A crisis signal was closed by automation.",)


def rollout(*rows: tuple[str, int, int | None, str | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "site": site,
                "component": "bot",
                "went_live_on": monday(live),
                "ended_on": monday(ended) if ended else None,
                "version": version,
            }
            for site, live, ended, version in rows
        ]
    )


def test_a_later_version_is_an_intervention_of_its_own_against_the_time_before_the_first() -> None:
    found = interventions(
        rollout(("a", 60, None, "1.0"), ("a", 90, None, "2.0"), ("b", 70, None, "1.0")), ["a", "b", "c"]
    )
    first, second = found
    assert (first.name, first.kind, second.name, second.kind) == ("1.0", Kind.GO_LIVE, "2.0", Kind.VERSION)
    assert first.starts == {"a": monday(60), "b": monday(70), "c": None}
    assert first.left_out == {"a": ((monday(90), None),)}
    assert second.starts == {"a": monday(90), "b": None, "c": None}
    assert second.left_out == {"a": ((monday(60), monday(90)),), "b": ((monday(70), None),)}


def test_a_take_back_is_compared_with_the_weeks_in_use() -> None:
    found = interventions(rollout(("a", 60, 100, None), ("b", 70, None, None)), ["a", "b"])
    assert [one.kind for one in found] == [Kind.GO_LIVE, Kind.TAKEN_BACK]
    assert found[0].left_out == {"a": ((monday(100), None),)}
    assert found[1].starts == {"a": monday(100), "b": None}
    assert found[1].left_out == {"a": ((None, monday(60)),), "b": ((None, monday(70)),)}


def test_small_sites_under_one_name_are_in_between_until_the_last_of_them_went_live() -> None:
    (only,) = interventions(rollout(("a", 60, None, None), ("a", 66, None, None)), ["a"])
    assert only.starts == {"a": monday(66)}
    assert only.left_out == {"a": ((monday(60), monday(66)),)}
    assert only.first == date(2025, 4, 7)
