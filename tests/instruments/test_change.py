import numpy as np
import pandas as pd
import pytest

from instruments import InstrumentError
from instruments.change import jacobson_truax, nhs_outcomes


def test_the_worked_example_of_jacobson_and_truax_is_reliable_and_not_recovered() -> None:
    found = jacobson_truax(32.5, 47.5, reliability=0.80, sd_pre=7.5, norm=(60, 7.5), mean_pre=40)
    assert found.rci == pytest.approx(3.1622776602)
    assert (found.cutoff_a, found.cutoff_b, found.cutoff_c) == (55, 45, 50)
    assert found.difference_error == pytest.approx(4.7434164903)
    assert (found.improved, found.recovered, bool(found.reliable), bool(found.crossed)) == (1, 0, True, False)


def test_patients_are_sorted_into_five_kinds_that_exclude_each_other() -> None:
    pre, post = np.array([20, 20, 20, 20, 8, np.nan]), np.array([5, 12, 19, 30, 20, 3])
    found = jacobson_truax(pre, post, reliability=0.8, sd_pre=5, mean_pre=20, better="lower")
    assert found.smallest_reliable == pytest.approx(1.96 * 5 * np.sqrt(2 * 0.2))
    assert (found.pairs, found.incomplete) == (5, 1)
    counts = (found.recovered, found.improved, found.unchanged, found.deteriorated, found.harmed)
    assert counts == (1, 1, 1, 1, 1)


def test_a_change_of_exactly_the_smallest_reliable_one_is_not_reliable() -> None:
    edge = jacobson_truax(0, 0, reliability=0.5, sd_pre=1).smallest_reliable
    assert not jacobson_truax(0.0, edge, reliability=0.5, sd_pre=1).reliable
    assert jacobson_truax(0.0, edge + 1e-6, reliability=0.5, sd_pre=1).reliable


def test_a_higher_norm_means_higher_is_better_unless_told_otherwise() -> None:
    assert jacobson_truax(10, 20, reliability=0.8, sd_pre=2, norm=(30, 2)).better == "higher"
    assert jacobson_truax(10, 20, reliability=0.8, sd_pre=2).better == "lower"


@pytest.mark.parametrize("wrong", [{"reliability": 1.0}, {"sd_pre": 0.0}, {"norm": (5.0, 0.0)}, {"better": "up"}])
def test_impossible_numbers_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InstrumentError):
        jacobson_truax(1.0, 2.0, **{"reliability": 0.8, "sd_pre": 1.0, **wrong})  # type: ignore[arg-type]


def test_scores_that_are_no_pairs_are_refused() -> None:
    with pytest.raises(InstrumentError, match="not equally many"):
        jacobson_truax([1, 2], [1], reliability=0.8, sd_pre=1)
    with pytest.raises(InstrumentError, match="no patient has both"):
        jacobson_truax([np.nan], [1], reliability=0.8, sd_pre=1)


def referrals(*rows: tuple[float, ...]) -> pd.DataFrame:
    names = ["discharged", "treatment_contacts", "phq9_first", "phq9_last", "gad7_first", "gad7_last"]
    return pd.DataFrame(rows, columns=names)


def test_each_outcome_by_hand() -> None:
    nan = np.nan
    found = nhs_outcomes(
        referrals(
            (1, 2, 15, 5, 12, 3),  # reliably recovered
            (1, 2, 10, 9, 3, 3),  # recovered, by one point: not reliably
            (1, 2, 20, 14, 12, 12),  # reliably improved, still at caseness
            (1, 2, 12, 18, 9, 9),  # reliably worse
            (1, 2, 20, 14, 5, 9),  # better on one and worse on the other: no reliable change
            (1, 2, 4, 4, 3, 3),  # never at caseness
            (1, 2, 15, nan, 12, nan),  # no pair: stays in the denominators
            (1, 1, 15, 5, 12, 3),  # one contact: not finished
            (0, 9, 15, 5, 12, 3),  # still in care
        )
    )
    assert (found.referrals, found.finished, found.caseness_start, found.not_caseness_start) == (9, 7, 6, 1)
    assert (found.recovered, found.reliably_recovered, found.recovered_but_not_reliably) == (2, 1, 1)
    assert (found.reliably_improved, found.reliably_deteriorated) == (2, 1)
    assert (found.no_reliable_change, found.mixed_improved_and_deteriorated, found.without_pair) == (3, 1, 1)
    assert found.reliable_recovery_rate == pytest.approx(1 / 6)
    assert found.reliable_improvement_rate == pytest.approx(2 / 7)


def test_every_finished_course_is_counted_once() -> None:
    random = np.random.default_rng(3)
    rows = pd.DataFrame(random.integers(0, 28, (500, 4)).astype(float)).mask(random.random((500, 4)) < 0.2)
    rows.columns = pd.Index(["phq9_first", "phq9_last", "gad7_first", "gad7_last"])
    found = nhs_outcomes(rows.assign(discharged=1, treatment_contacts=3))
    parts = (found.reliably_improved, found.reliably_deteriorated, found.no_reliable_change, found.without_pair)
    assert sum(parts) == found.finished == 500


def test_one_measure_alone_is_enough() -> None:
    found = nhs_outcomes(referrals((1, 2, 15, 5, 12, 3)).drop(columns=["gad7_first", "gad7_last"]))
    assert found.reliably_recovered == 1


def test_nobody_at_caseness_gives_no_rate() -> None:
    found = nhs_outcomes(referrals((1, 2, 4, 4, 3, 3)))
    assert found.recovery_rate is None
    assert found.reliable_improvement_rate == 0


def test_referrals_without_their_columns_are_refused() -> None:
    with pytest.raises(InstrumentError, match="phq9_first"):
        nhs_outcomes(pd.DataFrame({"discharged": [1], "treatment_contacts": [3]}))
