"""The story of the synthetic practice in three worlds that share one luck: all of it, no redesign, nothing at all.

The truth of an effect is what the panel holds less what the same panel holds in the world without that component, over
the cells the estimator calls treated: for questionnaires therefore the change of the mean of the answers there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from bench.validate.story_panels import AIM, GAP, SETTLE_WEEKS, Panels, crisis_panel, panels_of, world
from metrics.effects.declared import CRISIS
from metrics.effects.interventions import Intervention, Kind
from metrics.effects.panels import Panel
from metrics.effects.pooled import Model
from rapport.demo.scenario import AI, COMPONENTS, HUMAN, Effects, Scenario
from rapport.demo.scenario import CRISIS as MESSAGING
from rapport.demo.scenarios import story

__all__ = ["AIM", "GAP", "Story"]


def longer(sites: int, weeks: int) -> Scenario:
    """The story at so many sites (three: as `rapport demo` tells it), followed for so many weeks."""
    told = story(None if sites == 3 else sites)
    return replace(told, weeks=weeks, extracted_on=told.first_day + timedelta(weeks=weeks, days=2))


def without_redesign(effects: Effects) -> Effects:
    """Wave 1 alone."""
    plain = Effects()
    back = {name: getattr(plain, name) for name in vars(plain) if name.endswith("_back")}
    return replace(effects, **back)


@dataclass(frozen=True)
class Story:
    """One seed: the panels of the story and of the worlds without a component, and what went live when."""

    sites: int
    seed: int
    weeks: int

    @cached_property
    def scenario(self) -> Scenario:
        return longer(self.sites, self.weeks)

    @cached_property
    def until(self) -> date:
        """The first day that is not published."""
        return self.scenario.monday(self.weeks - SETTLE_WEEKS)

    @cached_property
    def _told(self) -> tuple[Panels, Panel]:
        """What is published, and the panel on crises had there been no messaging; the practice is not kept."""
        drawn = world(self.scenario, self.seed)
        return panels_of(drawn), crisis_panel(drawn, "minutes_without")

    @property
    def panels(self) -> Panels:
        """What is published."""
        return self._told[0]

    @cached_property
    def without(self) -> dict[str, Panels]:
        """Component -> the panels, had it not come."""
        effects = self.scenario.effects
        messages = replace(Effects(), crisis_ratio=effects.crisis_ratio, bot_closures=effects.bot_closures)
        told = {AI: messages, HUMAN: without_redesign(effects)}
        found: dict[str, Panels] = {
            name: panels_of(world(replace(self.scenario, effects=each), self.seed)) for name, each in told.items()
        }
        return {**found, MESSAGING: {CRISIS: self._told[1]}}

    def truth(self, component: str, metric: str, models: Sequence[Model]) -> float:
        """What the component truly changed, over the cells the models call treated, in the metric's unit."""
        pairs = zip(_sides(self.panels[metric]), _sides(self.without[component][metric]), models, strict=True)
        moved = [_moved(cells, other, model) for cells, other, model in pairs]
        change = moved[0] - sum(moved[1:])
        how = self.panels[metric].translation
        return how.points(change) if how else change

    @cached_property
    def known(self) -> dict[str, Intervention]:
        """What went live, by component."""
        found = {}
        for component in COMPONENTS:
            starts = {
                site.name: self.scenario.monday(site.live[component]) if component in site.live else None
                for site in self.scenario.sites
            }
            found[component] = Intervention(component, str(Kind.GO_LIVE), Kind.GO_LIVE, starts, {})
        return found


def _sides(panel: Panel) -> list[pd.DataFrame]:
    return [panel.cells] if panel.against is None else [panel.cells, panel.against]


def _moved(cells: pd.DataFrame, other: pd.DataFrame, model: Model) -> float:
    """The mean of the treated cells as it was, less what it was in the other world."""
    keys = ["site", "week"]
    treated = model.design.cells.loc[model.design.treated, keys]
    both = treated.merge(cells, on=keys).merge(other, on=keys, suffixes=("", "_other"))
    value = "total" if "total" in both else "events"
    without = both[f"{value}_other"] / both["n_other"]
    if "expected" in both:  # the same people are not in care for as many weeks in both
        without *= (both["expected"] / both["n"]) / (both["expected_other"] / both["n_other"])
    return float(np.average(both[value] / both["n"] - without, weights=both["n"]))
