import math

import numpy as np
import pytest

from metrics.benefit import Assumption, Line, net_benefit
from metrics.errors import CellError

SLOTS = Assumption("slots", 10, 4, 16, "slots a week", "estimate")
FEE = Assumption("fee", 100, 100, 100, "euros a slot")
KEPT = Assumption("not_refilled", 0.7, 0.5, 0.9, "share")
LICENCE = Assumption("licence", 300, 300, 300, "euros a week")
HOURS = Assumption("repair_hours", 4, 1, 9, "hours a week")
WAGE = Assumption("wage", 40, 35, 45, "euros an hour")
ALL = (SLOTS, FEE, KEPT, LICENCE, HOURS, WAGE)
ACCOUNT = (
    Line("slots no longer lost", ("slots", "fee", "not_refilled"), True),
    Line("licence", ("licence",), False),
    Line("repair work", ("repair_hours", "wage"), False),
)


def test_the_account_adds_up_by_hand() -> None:
    found = net_benefit(ACCOUNT, ALL, seed=1)
    assert found.value == 10 * 100 * 0.7 - 300 - 160
    assert found.lines == {"slots no longer lost": 700, "licence": -300, "repair work": -160}


def test_the_assumption_that_turns_the_answer_is_named_with_its_value() -> None:
    turns = {turn.name: turn for turn in net_benefit(ACCOUNT, ALL, seed=1).turns}
    assert turns["slots"].at == pytest.approx(460 / 70)
    assert turns["slots"].turns
    assert turns["wage"].at == pytest.approx(100)
    assert not turns["wage"].turns
    assert net_benefit(ACCOUNT, ALL, seed=1).turns[0].name == "slots"


def test_the_chance_of_a_loss_is_that_of_the_normal_where_one_estimate_is_all_that_is_unsure() -> None:
    lines = (Line("gain", ("slots", "fee"), True), Line("licence", ("licence",), False))
    found = net_benefit(lines, (SLOTS, FEE, Assumption("licence", 700, 700, 700, "euros")), seed=3, draws=200_000)
    spread = (16 - 10) / 1.96
    assert found.chance_of_loss == pytest.approx(0.5 * math.erfc((10 - 7) / spread / math.sqrt(2)), abs=0.003)
    assert (found.low, found.high) == pytest.approx((4 * 100 - 700, 16 * 100 - 700), abs=10)


def test_the_same_seed_gives_the_same_answer() -> None:
    assert net_benefit(ACCOUNT, ALL, seed=5) == net_benefit(ACCOUNT, ALL, seed=5)
    assert net_benefit(ACCOUNT, ALL, seed=5) != net_benefit(ACCOUNT, ALL, seed=6)


def test_uneven_limits_draw_unevenly() -> None:
    found = net_benefit((Line("x", ("x",), True),), (Assumption("x", 10, 9, 20, "", "estimate"),), seed=2)
    assert (found.low, found.high) == pytest.approx((9, 20), abs=0.4)


def test_an_assumption_used_twice_in_a_line_has_no_single_turning_value() -> None:
    square = (Line("area", ("side", "side"), True), Line("cost", ("licence",), False))
    found = net_benefit(square, (Assumption("side", 20, 10, 30, "m"), LICENCE), seed=1)
    side = next(turn for turn in found.turns if turn.name == "side")
    assert (side.at, side.turns) == (None, True)


def test_accounts_that_are_none_are_refused() -> None:
    with pytest.raises(CellError, match="low <= value <= high"):
        Assumption("x", 5, 6, 7, "")
    with pytest.raises(CellError, match="no assumption price"):
        net_benefit((Line("x", ("price",), True),), ALL, seed=1)
    with pytest.raises(CellError, match="twice"):
        net_benefit(ACCOUNT, (*ALL, WAGE), seed=1)
    with pytest.raises(CellError, match="needs a line"):
        net_benefit((), ALL, seed=1)


def test_limits_hold_most_of_what_is_drawn() -> None:
    found = net_benefit(ACCOUNT, ALL, seed=9)
    assert found.low < found.value < found.high
    assert 0 < found.chance_of_loss < 0.5
    assert np.isfinite([found.low, found.high]).all()
