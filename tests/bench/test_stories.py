"""The story as validation draws it: one luck in every world, and a truth that is the difference between them."""

from __future__ import annotations

from bench.validate.stories import Story
from metrics.effects.exposure import expose
from metrics.effects.reading import read
from rapport.demo.scenario import AI

GO_LIVE, FULL_GROWN = 104, 112


def test_worlds_are_alike_until_the_go_live_and_truth_is_what_they_differ_by_after_it() -> None:
    story = Story(2, 5, 126)
    panel, other = story.panels["no_show_rate"], story.without[AI]["no_show_rate"]
    both = panel.cells.merge(other.cells, on=["site", "week"], suffixes=("", "_other"))
    before = both[both["week"] < GO_LIVE]
    assert before["events"].equals(before["events_other"])
    grown = both[(both["week"] >= FULL_GROWN) & (both["site"] == story.scenario.sites[0].name)]
    assert 0.5 < grown["events"].sum() / grown["events_other"].sum() < 0.7  # 40 % fewer
    never = both[both["site"] == story.scenario.sites[1].name]
    assert never["events"].equals(never["events_other"])
    found = read(expose(panel, story.known[AI], ()))
    treated = found.models[0].design.cells[found.models[0].design.treated][["site", "week"]].merge(both)
    moved = (treated["events"] - treated["events_other"] * treated["n"] / treated["n_other"]).sum() / treated["n"].sum()
    assert (
        abs(story.truth(AI, "no_show_rate", found.models) - moved) < 1e-3
    )  # but for visits given back, whose mix differs
    assert moved < -0.04
