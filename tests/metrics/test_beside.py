"""Is what an earlier component does, once it has settled in, kept from being read as what the next one did?"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from metrics.effects.answer import answer
from metrics.effects.design import BESIDE, SETTLING, Priors, Rollout, make_design
from metrics.effects.exposure import expose
from metrics.effects.interventions import Intervention, Kind
from metrics.effects.its import assumed
from metrics.effects.panels import Panel
from metrics.effects.pooled import Terms
from tests.metrics.rollouts import START, monday

FIRST, NEXT = {"s00": 104, "s01": 110}, {"s00": 130, "s01": 136}
LOSS, RAMP = -4.6, 8  # points, once as many weeks are over: as in the synthetic practice
SPREAD = 7.0  # of one answer


def came(component: str, weeks: dict[str, int]) -> Intervention:
    starts = {site: monday(weeks[site]) if site in weeks else None for site in ("s00", "s01", "s02")}
    return Intervention(component, str(Kind.GO_LIVE), Kind.GO_LIVE, starts, {})


def panel(given_back: float) -> Panel:
    """Means of thirty answers a week: the first component takes LOSS over RAMP weeks, the next gives back."""
    chance = np.random.default_rng(2)
    cells = pd.DataFrame([(site, at) for site in ("s00", "s01", "s02") for at in range(156)], columns=["site", "week"])
    since, later = (cells["week"] - cells["site"].map(weeks).fillna(1e9) + 1 for weeks in (FIRST, NEXT))
    mean = 48 + LOSS * np.clip(since / RAMP, 0, 1) + given_back * (later > 0) + chance.normal(0, 0.2, len(cells))
    cells = cells.assign(n=30, total=30 * mean, squares=30 * (mean**2 + SPREAD**2))
    return Panel(
        "alliance", "Alliance", "trust", "higher", "points", "gaussian", 1, START, cells, priors=Priors().scaled(SPREAD)
    )


@pytest.mark.parametrize("given_back", [0.0, 4.0])
def test_the_rest_of_a_ramp_is_not_read_as_what_came_next(given_back: float) -> None:
    """With one term for all weeks of the first component nothing reads as a loss of 0.6, and 4 as 3.4."""
    found = answer(panel(given_back), came("b", NEXT), (came("a", FIRST),)).adjusted
    assert found.value == pytest.approx(given_back, abs=0.25)
    assert found.low is not None
    assert found.high is not None
    assert found.low < given_back < found.high


def test_both_terms_are_there_and_only_one_is_said() -> None:
    exposed = expose(panel(0.0), came("b", NEXT), (came("a", FIRST),))
    settling = exposed.panel.cells[f"{BESIDE}a{SETTLING}"]
    assert settling.groupby(exposed.panel.cells["site"]).sum().to_dict() == {"s00": 8.0, "s01": 8.0, "s02": 0.0}
    assert exposed.beside == ("a",)
    assert sum("a" in label and "term of its own" in label for label in exposed.labels) == 1


@pytest.mark.parametrize(
    ("go_live", "beside", "decides"),
    [
        ({"s00": 104, "s01": 110}, 0.1, False),  # drift and season are shown by the site not live yet
        ({"s00": 104, "s01": 110}, 0.6, True),
        ({"s00": 104, "s01": None}, 0.1, False),
        ({"s00": 104, "s01": 104}, 0.1, True),
    ],
)
def test_what_is_assumed_of_drift_decides_only_where_no_site_shows_it(
    go_live: dict[str, int | None], beside: float, decides: bool
) -> None:
    cells = panel(0.0).cells
    design = make_design(cells[cells["site"].isin(list(go_live))], Rollout(go_live))
    assert assumed(design, Terms(priors=0.9, cells=0.1, shared=0.0, repeats=0.0, beside=beside)) is decides
