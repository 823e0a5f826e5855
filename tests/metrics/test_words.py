"""Does a metric's formula, read word for word, give the figure the metric gives?

The counts a formula names are added up here by themselves and reckoned with as it says. A formula that names another
count than the function reads, or puts one on the other side of the line, gives another figure.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from metrics.cells import Cells, load_every
from metrics.declare import Metric
from metrics.registry import METRICS, metric_named
from metrics.tables import SOURCES
from tests.metrics.families import whole_store

ALIASES = {  # words of a formula that stand for a count
    "no-shows": "no_show",
    "past cut-off": "past_cutoff",
    "worse": "ruptures",
    "person-weeks": "people_weeks",
    "failed": "connection_failed",
    "opt-outs": "opted_out",
    "pairs": "paired",
}
HUNDREDTHS = {
    *("points", "early_change", "rating", "change"),
    *("admin_hours", "after_hours", "repair_hours"),
}  # held as whole hundredths
NOT_ARITHMETIC = {  # no sum of counts over another: curves, models, gaps between groups, money
    *("no_show_beyond_expected", "slots_lost_beyond_expected", "rebooking_median", "in_care_12_weeks"),
    *("rebooked_by_staff", "rebooked_by_self_service", "rebooked_by_automation", "right_care_median"),
    *("mean_weeks_in_care", "unplanned_12_weeks", "in_care_gap_exposed", "message_opt_out_gap", "hours_given_back"),
    *("told_automation_cancelled", "told_automation_no_show", "told_automation_attended", "told_privacy_cancelled"),
    *("told_privacy_attended", "crisis_median", "crisis_p90", "crisis_p95", "crisis_contact"),
    *("triage_under", "triage_over", "triage_kappa", "triage_kappa_weighted", "no_show_savings", "net_benefit"),
    *("net_loss_chance", "automation_cost", "predictor_auc", "predictor_brier", "predictor_intercept"),
    *("predictor_slope", "predictor_in_the_large", "predictor_observed_expected", "predictor_drift"),
    *("wait_gap", "overbooked_gap", "reminded_gap"),
    *("predictor_ppv_in_time", "predictor_flagged_in_time"),  # of the forecasts made in time alone
}
ARITHMETIC = [metric for metric in METRICS if metric.key not in NOT_ARITHMETIC]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    return load_every(whole_store(tmp_path_factory.mktemp("whole")))[0]


def expression(formula: str, counts: tuple[str, ...]) -> str:
    """The formula with each count by its name in the cells: "past cut-off / answered" -> "past_cutoff / answered"."""
    text = re.split(r"[,;]", formula)[0].lower()
    names = {name.replace("_", " "): name for name in counts} | {name: name for name in counts} | ALIASES
    for said in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<![\w]){re.escape(said)}(?![\w])", names[said], text)
    return re.sub(r"(?<=[\d)]) x (?=[\w(])", " * ", text)


def reckon(told: str, sums: Mapping[str, np.ndarray]) -> np.ndarray:
    """The expression on sums by name; anything but numbers, names, + - * / and brackets is refused."""
    tree = ast.parse(told, mode="eval")
    allowed = (ast.Expression, ast.BinOp, ast.Name, ast.Load, ast.Constant, ast.Add, ast.Sub, ast.Mult, ast.Div)
    if not all(isinstance(node, allowed) for node in ast.walk(tree)):
        raise ValueError(f"{told!r} is no arithmetic")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(eval(compile(tree, "formula", "eval"), {"__builtins__": {}}, dict(sums)))  # noqa: S307


def by_its_words(metric: Metric, cells: Cells, period: str) -> np.ndarray:
    """The figure of every group, as the formula says."""
    table, source = cells.tables[metric.cells[0]], SOURCES[metric.cells[0]]
    groups = metric.groups(cells, period)
    sums = {name: groups.total(np.nan_to_num(table[name])) for name in source.counts}
    sums |= {name: sums[name] / 100 for name in HUNDREDTHS & sums.keys()}
    return reckon(expression(metric.formula, source.counts), sums)


@pytest.mark.parametrize("metric", ARITHMETIC, ids=lambda metric: metric.key)
def test_formula_read_word_for_word_gives_the_figure(metric: Metric, cells: Cells) -> None:
    period = "12weeks" if metric.side == "fairness" else "all"  # over everything: of the model in use alone
    told, found = by_its_words(metric, cells, period), metric.answers(cells, period).measured.value
    known = np.isfinite(found)
    assert known.any()
    assert found[known] == pytest.approx(told[known])


@pytest.mark.parametrize(
    ("key", "formula"),
    [
        ("no_show_rate", "no_show / (attended + no_show + late_cancel)"),  # another count below the line
        ("alliance_ruptures", "ruptures / answered"),
        ("slots_lost", "(no_show + late_cancel) / (attended + no_show + late_cancel)"),
        ("complaints", "100 x complaints / contacts"),
    ],
)
def test_formula_that_says_something_else_is_seen(key: str, formula: str, cells: Cells) -> None:
    wrong = replace(metric_named(key), formula=formula)
    with pytest.raises(AssertionError):
        test_formula_read_word_for_word_gives_the_figure(wrong, cells)


def test_formula_of_a_count_that_is_not_there_is_seen(cells: Cells) -> None:
    with pytest.raises(NameError):
        by_its_words(replace(metric_named("complaints"), formula="grumbles / contacts"), cells, "all")
