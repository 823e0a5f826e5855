"""Can somebody outside the practice compute a count of one to ten from what is given to them?"""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from warehouse.external import ENOUGH, external

K = 11
KEYS = {"stratifier": "all", "stratum": "all", "period": "all", "unit": "share", "state": "published", "reason": ""}


def row(site: str, x: float, n: int, metric: str = "no_show_rate", **more: Any) -> dict[str, Any]:
    value = x / n if n else None
    people = {"people_with": x, "people_without": n - x, **dict.fromkeys(ENOUGH, K)}  # everybody came once
    return {"metric": metric, "site": site, "value": value, "low": 0.01, "high": 0.6, "n": n, **people, **KEYS, **more}


def shown(given: pd.DataFrame) -> set[tuple[str, str]]:
    kept = given[given["state"] == "published"]
    return set(zip(kept["site"], kept["metric"], strict=True))


def sites(given: pd.DataFrame) -> set[str]:
    return {site for site, _ in shown(given)}


def test_a_numerator_of_one_to_ten_is_withheld_and_so_is_a_site_beside_it() -> None:
    rows = pd.DataFrame([row("*", 105, 1000), row("a", 60, 500), row("b", 40, 300), row("c", 5, 200)])
    given = external(rows, K)
    assert sites(given) == {"*", "a"}
    hidden = given[given["state"] == "withheld"]
    assert hidden[["value", "low", "high", "n"]].isna().all(axis=None)
    assert hidden["reason"].tolist() == [
        "withheld outside the practice: a figure withheld beside it would follow",
        "withheld outside the practice: a count of fewer than 11",
    ]


def test_many_visits_of_few_people_are_withheld_and_so_is_a_site_beside_them() -> None:
    """40 visits missed by 5 people are a count of 5 people; those of b together with them are of at least 15."""
    rows = [row("*", 130, 1000), row("a", 60, 500), row("b", 30, 300, people_with=15), row("c", 40, 200, people_with=5)]
    given = external(pd.DataFrame(rows), K).set_index("site")
    assert sites(given.reset_index()) == {"*", "a"}
    assert "at least 11 people" in given.loc["c", "reason"]
    assert "beside it" in given.loc["b", "reason"]
    kept = external(pd.DataFrame(rows).assign(people_with=[90, 40, 15, 11]), K)
    assert sites(kept) == {"*", "a", "b", "c"}


@pytest.mark.parametrize("side", ["people_with", "people_without"])
def test_where_people_are_not_known_no_share_leaves(side: str) -> None:
    rows = pd.DataFrame([row("*", 500, 1000)])
    assert sites(external(rows, K)) == {"*"}
    assert sites(external(rows.assign(**{side: 0}), K)) == set()
    assert sites(external(rows.drop(columns=side), K)) == set()


def test_people_withheld_together_may_be_the_same_few() -> None:
    """Two sites of the same eight people: what follows by subtraction is about eight, so a third is withheld too."""
    few = {"people_with": 8, "people_without": 200}
    rows = [row("*", 140, 1000), row("a", 60, 400), row("b", 40, 300, **few), row("c", 40, 300, **few)]
    assert sites(external(pd.DataFrame(rows), K)) == {"*"}


def test_those_it_did_not_happen_to_are_protected_alike() -> None:
    rows = pd.DataFrame([row("*", 595, 600), row("a", 295, 300), row("b", 300, 300)])
    assert external(rows, K).set_index("site").loc["*", "state"] == "withheld"  # 5 of 600 came


def test_nobody_and_at_least_k_may_leave() -> None:
    rows = pd.DataFrame([row("*", 25, 300), row("a", 25, 200), row("b", 0, 100)])
    assert sites(external(rows, K)) == {"*", "a", "b"}


def test_withheld_sites_together_are_at_least_k() -> None:
    rows = pd.DataFrame([row("*", 94, 940), row("a", 50, 500), row("b", 38, 300), row("c", 3, 70), row("d", 3, 70)])
    assert sites(external(rows, K)) == {"*", "a"}


def test_slots_lost_tells_no_late_cancellations() -> None:
    """Slots lost less no-shows is late cancellations, where nothing was refilled."""
    names = ("no_show_rate", "late_cancel_rate", "slots_lost")
    rows = []
    for site, held, missed, late in (("*", 600, 60, 26), ("a", 300, 30, 4), ("b", 300, 30, 22)):
        told = ((missed, held), (late, held + late), (missed + late, held + late))
        rows += [row(site, x, n, name) for (x, n), name in zip(told, names, strict=True)]
    given = shown(external(pd.DataFrame(rows), K))
    assert ("a", "no_show_rate") in given
    assert not given & {("a", "late_cancel_rate"), ("a", "slots_lost"), ("b", "late_cancel_rate"), ("b", "slots_lost")}


def test_means_are_held_to_n_alone_and_rates_are_rounded() -> None:
    rows = pd.DataFrame(
        [row("a", 5, 40, "wait_from_booking", unit="days"), row("b", 5, 7, "wait_from_booking", unit="days")]
    ).assign(value=[3.14159, 2.0])
    given = external(rows, K)
    assert given["state"].tolist() == ["withheld", "withheld"]  # one withheld beside another
    rows = pd.DataFrame([row("a", 123, 1000).copy()]).assign(low=0.12345)
    assert external(rows, K).loc[0, "low"] == 0.123


def test_a_rate_tells_what_it_counts_and_a_count_is_one() -> None:
    """0.9 per 1,000 of 10,000 contacts are 9 complaints."""
    few = row("a", 0, 10_000, "complaints", unit="per 1,000 contacts", people_with=9) | {"value": 0.9}
    many = few | {"value": 1.1, "people_with": 11}
    signals = row("a", 1, 400, "crisis_closed_by_automation", unit="signals") | {"value": 1.0, "people_with": 400}
    for rows, left in (([few], set()), ([many], {"complaints"}), ([signals], set())):
        assert {metric for _, metric in shown(external(pd.DataFrame(rows), K))} == left


def test_two_numbers_of_rows_that_differ_by_a_few_do_not_both_leave() -> None:
    """Of 500 answers 495 could be scored for a part: five people left its items out."""
    rows = [row("*", 100, n, metric) for metric, n in (("whole", 500), ("goal", 495), ("task", 480))]
    apart = pd.DataFrame(rows).assign(family="score_cells")
    assert {metric for _, metric in shown(external(apart, K))} == {"whole", "task"}
    assert len(shown(external(apart.assign(family=["a", "b", "b"]), K))) == 3
    assert len(shown(external(apart.assign(n=[500, 500, 489]), K))) == 3


def test_what_cannot_be_said_tells_no_count_and_is_protected_by_a_figure_beside_it() -> None:
    """3 of 17 are too few to say; told beside the practice and all other sites, they would follow."""
    reason = "rests on 17 visits; at least 30 are needed"
    few = row("c", 3, 17, state="cannot_say", reason=reason) | {"value": None}
    rows = [row("*", 103, 1017), row("a", 60, 600), row("b", 40, 400)]
    given = external(pd.DataFrame([*rows, few]), K).set_index("site")
    assert sites(given.reset_index()) == {"*", "a"}
    assert given.loc["c", ["state", "reason"]].tolist() == ["cannot_say", "cannot be said from what is published"]
    assert pd.isna(given.loc["c", "n"])
    late = few | {"unit": "minutes", "people_with": 12, "reason": "for too many it was not over"}
    means = pd.DataFrame([*rows, late]).assign(unit="minutes")
    assert sites(external(means, K)) == {"*", "a", "b"}, "those of enough people hide nobody"
    assert external(means, K)["reason"].tolist()[-1] == "for too many it was not over"


def test_what_is_said_beside_a_figure_counts_nobody() -> None:
    said = "12 of 24 weeks; the rest is withheld; 3 of 120 are undetermined; without some weeks of 2 of 5 sites; so"
    given = external(pd.DataFrame([row("a", 60, 120, reason=said)]), K)
    told = "12 of 24 weeks; the rest is withheld; without some weeks of 2 of 5 sites; so"
    assert given["reason"].tolist() == [told]


@pytest.mark.parametrize(("part", "whole"), [("wait_from_booking", "wait_gap"), ("crisis_unreached", "crisis_contact")])
def test_a_figure_that_would_tell_a_withheld_one_stays_with_it(part: str, whole: str) -> None:
    rows = [row("a", 40, 400, part, people_with=5), row("a", 0, 360, whole, unit="minutes", people_with=200)]
    assert shown(external(pd.DataFrame(rows), K)) == set()
    assert shown(external(pd.DataFrame(rows).assign(people_with=[30, 200]), K)) == {("a", part), ("a", whole)}


def test_what_is_said_of_nobody_may_leave() -> None:
    cost = row("a", 0, 4, "automation_cost", unit="money", people_with=0) | {"value": 133_015.0}
    assert sites(external(pd.DataFrame([cost]), K)) == {"a"}


def test_what_is_withheld_inside_stays_so_with_its_reason() -> None:
    rows = pd.DataFrame([row("*", 50, 500), row("a", 0, 0, state="withheld", value=None, reason="too few")])
    given = external(rows, K).set_index("site")
    assert given.loc["a", ["state", "reason"]].tolist() == ["withheld", "too few"]
    assert given.loc["*", "state"] == "published"


def crossed(seed: int) -> pd.DataFrame:
    """Sites x strata x periods with totals over the sites; counts small and large."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for stratum, period in itertools.product("fmx", ("2024-01-01", "2024-01-29", "2024-02-26")):
        cells = []
        for site in "abcd":
            n = chance.choice([14, 40, 90, 300])
            cells.append((site, chance.randint(0, n // 3), n))
        cells.append(("*", sum(x for _, x, _ in cells), sum(n for _, _, n in cells)))
        more = {"stratifier": "sex", "stratum": stratum, "period": period}
        rows += [row(site, x, n, **more) for site, x, n in cells]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("seed", range(12))
def test_an_attacker_with_every_total_computes_no_small_count(seed: int) -> None:
    """The attacker holds every total over sites, strata or periods that may leave, and every figure given out."""
    rows = crossed(seed)
    given = external(rows, K)
    assert (given["state"] == "withheld").any(), "there is something to hide"
    at_site = (rows["site"] != "*").to_numpy()
    cells = rows[at_site].reset_index(drop=True)
    kept = (given.loc[at_site, "state"] != "withheld").to_numpy()
    n = cells["n"].to_numpy(dtype=float)
    x = np.round(cells["value"].astype(float).fillna(0).to_numpy() * n)

    def small(places: Any) -> bool:
        return any(0 < total < K for total in (x[places].sum(), (n - x)[places].sum(), n[places].sum()))

    known = [np.eye(len(cells))[place] for place in np.flatnonzero(kept)]
    lines = [
        group.index.to_numpy()
        for keys in (["stratum", "period"], ["site", "period"], ["site", "stratum"])
        for _, group in cells.groupby(keys)
    ]
    known += [cells.index.isin(line).astype(float) for line in lines if not small(line)]
    space = np.array(known)
    rank = np.linalg.matrix_rank(space)
    for place in np.flatnonzero(~kept):
        follows = np.linalg.matrix_rank(np.vstack([space, np.eye(len(cells))[place]])) == rank
        assert not (follows and small([place]))
    for line in lines:
        assert small(line) or not small(line[~kept[line]])


def test_without_the_figures_beside_them_the_attacker_would_succeed() -> None:
    rows = pd.DataFrame([row("*", 105, 1000), row("a", 60, 500), row("b", 40, 300), row("c", 5, 200)])
    only_small = rows[rows["site"] != "c"].set_index("site")
    x = only_small["value"] * only_small["n"]
    assert round(x["*"] - x["a"] - x["b"]) == 5
