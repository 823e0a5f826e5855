"""Are groups shown only when they hold nobody or at least k people, whatever comes week by week?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deid.disclosure import BLOCK, CHUNK, SHARED, Atom, Rule, decide_block, decide_strata, may_show, standing
from deid.merging import merge_arms, merge_categories, merge_sites, nested

K = 11
weekly = st.lists(st.sampled_from([0, 3, 10, 11, 15, 22, 40]), min_size=BLOCK, max_size=BLOCK)


def counts(weeks: list[int]) -> dict[tuple[str, int], int]:
    """Distinct patients at each length where nobody comes twice."""
    found = {("week", week): n for week, n in enumerate(weeks)}
    found |= {("4weeks", start): sum(weeks[start : start + CHUNK]) for start in range(0, BLOCK, CHUNK)}
    return found | {("12weeks", 0): sum(weeks)}


def week_by_week(weeks: list[int]) -> list[Atom]:
    """The atoms of one site's block, released every week; only settled weeks are counted."""
    atoms: list[Atom] = []
    for until in range(1, BLOCK + 1):
        settled = [n if week < until else 0 for week, n in enumerate(weeks)]
        taken = [week for atom in atoms for week in atom.weeks]
        atoms += decide_block(0, counts(settled), taken, Rule(until, K))
    return atoms


@given(weekly)
@settings(max_examples=60, deadline=None)
def test_weekly_releases_never_overlap_and_never_show_a_small_group(weeks: list[int]) -> None:
    atoms = week_by_week(weeks)
    covered = [week for atom in atoms for week in atom.weeks]
    assert sorted(covered) == list(range(BLOCK))
    assert all(may_show(sum(weeks[w] for w in atom.weeks), K) for atom in atoms if atom.shown)


@given(weekly)
@settings(max_examples=60, deadline=None)
def test_a_block_seen_first_when_over_is_shown_unless_it_is_too_small(weeks: list[int]) -> None:
    atoms = decide_block(0, counts(weeks), [], Rule(BLOCK, K))
    assert all(atom.shown for atom in atoms) == may_show(sum(weeks), K)
    assert sorted(week for atom in atoms for week in atom.weeks) == list(range(BLOCK))


def test_weeks_are_shown_where_each_is_large_enough_else_four_weeks_else_twelve() -> None:
    assert [atom.grain for atom in decide_block(0, counts([11] * 12), [], Rule(12, K))] == ["week"] * 12
    one_small = counts([11, 3, 11, 11] + [11] * 8)
    assert [atom.grain for atom in decide_block(0, one_small, [], Rule(12, K))] == ["4weeks"] + ["week"] * 8
    thin = counts([3, 0, 0, 0] + [11] * 8)
    assert decide_block(0, thin, [], Rule(12, K)) == [Atom(0, "12weeks", shown=True)]
    assert decide_block(0, counts([3] + [0] * 11), [], Rule(12, K)) == [Atom(0, "12weeks", shown=False)]


def test_a_block_not_over_waits_unless_its_groups_are_twice_as_large_as_they_must_be() -> None:
    assert decide_block(0, counts([21] * 5 + [0] * 7), [], Rule(3, K)) == []
    assert len(decide_block(0, counts([22] * 3 + [0] * 9), [], Rule(3, K))) == 3


def test_a_week_too_small_beside_shown_weeks_is_withheld_alone() -> None:
    weeks = counts([30, 30, 5, 30] + [0] * 8)
    atoms = decide_block(0, weeks, [0, 1], Rule(4, K))
    assert atoms == [Atom(2, "week", shown=False), Atom(3, "week", shown=True)]


@given(st.dictionaries(st.tuples(st.booleans(), st.sampled_from(["week", "4weeks", "12weeks"])), st.integers(0, 30)))
@settings(max_examples=60, deadline=None)
def test_strata_are_shown_whole_or_not_at_all(fewest: dict[tuple[bool, str], int]) -> None:
    coarsest = {0: "week", 4: "4weeks", 8: "week"}
    atoms = decide_strata(0, lambda wide, grain, _: fewest.get((wide, grain), 5), coarsest, [], Rule(12, K))
    for atom in atoms:
        assert not atom.shown or may_show(fewest.get((atom.everywhere, atom.grain), 5), K)
        assert atom.grain != "week" or coarsest[atom.start] == "week"
    lengths = sum(BLOCK if atom.grain == "12weeks" else CHUNK for atom in atoms)
    assert lengths == BLOCK


def test_small_categories_join_the_next_smallest_and_bands_their_neighbour() -> None:
    words = np.array([[100, 12, 2, 3]] * 20)
    assert merge_categories(words, K, ordered=False) == [(0,), (1, 2, 3)]
    bands = np.array([[2, 100, 3, 60]] * 20)
    assert merge_categories(bands, K, ordered=True) == [(0, 1), (2, 3)]


def test_not_recorded_joins_the_smallest_band() -> None:
    assert merge_categories(np.array([[40, 30, 2]] * 20), K, ordered=True, loose=[2]) == [(0,), (1, 2)]


def test_small_sites_are_joined() -> None:
    assert merge_sites(np.array([[200, 4, 3, 80]] * 5), K) == [(0,), (1, 2, 3)]
    assert merge_sites(np.array([[200, 40]] * 5), K) == [(0,), (1,)]


def test_arms_of_a_comparison_are_joined_until_neither_is_small() -> None:
    assert merge_arms(np.array([[50, 0], [40, 5], [40, 30]]), K) == [(0,), (1, 2)]
    assert merge_arms(np.array([[50, 3], [40, 5]]), K) == []


def test_two_ways_of_cutting_a_total_never_cross() -> None:
    """Published "0-2" and "3-6"; compared "0" and "1-6": "0-2" less "0" would be "1-2", too small to stand alone."""
    joined = merge_arms(np.array([[500, 0], [5, 4], [60, 70]]), K)
    assert joined == [(0,), (1, 2)]
    assert nested(joined, [(0, 1), (2,)]) == [(0, 1, 2)]
    assert nested([(0,), (1,), (2,)], [(0, 1), (2,)]) == [(0,), (1,), (2,)]
    assert nested([(0, 1), (2, 3)], [(0,), (1,), (2,), (3,)]) == [(0, 1), (2, 3)]
    assert nested([(0,), (1, 2), (3,), (4,)], [(2, 3), (0, 1)]) == [(0, 1, 2, 3), (4,)]


def test_a_table_by_twelve_weeks_waits_until_they_are_over() -> None:
    rule = Rule(12, K, base="12weeks")
    months = {0: "4weeks", 4: "4weeks", 8: "4weeks"}
    assert decide_strata(0, lambda *_: 40, months, (), rule) == [Atom(0, "12weeks", shown=True)]
    assert decide_strata(0, lambda *_: 40, months, (), Rule(11, K, base="12weeks")) == []


@pytest.mark.parametrize(("k", "base"), [(1, "week"), (11, "24weeks")])
def test_a_rule_that_protects_nobody_is_refused(k: int, base: str) -> None:
    with pytest.raises(ValueError, match="k is at least 2"):
        Rule(10, k, base)


def test_a_group_in_which_everybody_shares_the_outcome_counts_as_too_small() -> None:
    patients = np.array([0, 30, 30, 30, 30, 30, 5])
    kept = np.array([0, 40, 0, 39, 36, 0, 3])
    missed = np.array([0, 0, 40, 1, 4, 0, 3])
    assert standing(patients, kept, missed, K).tolist() == [0, SHARED, SHARED, K, 30, 30, 5]
    assert not may_show(SHARED, K)


def test_a_table_of_twelve_weeks_waits_for_them_undivided_too() -> None:
    rule = Rule(12, K, base="12weeks")
    assert decide_block(0, counts([40] * 12), [], rule) == [Atom(0, "12weeks", shown=True)]
    assert decide_block(0, counts([40] * 12), [], Rule(11, K, base="12weeks")) == []
    assert decide_block(0, counts([0] * 11 + [4]), [], rule) == [Atom(0, "12weeks", shown=False)]
    assert decide_block(0, counts([40] * 12), range(12), rule) == []
