"""Others' figures about questionnaires, change and predictors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from instruments import score
from instruments.change import jacobson_truax, nhs_outcomes
from metrics.audit import audit
from metrics.calibration import at_threshold, calibration_curve

Figures = Iterator[tuple[str, float, float]]  # what, ours, theirs


def worked(folder: Path, told: Mapping[str, Any]) -> Figures:
    found = jacobson_truax(32.5, 47.5, reliability=0.80, sd_pre=7.5, norm=(60, 7.5), mean_pre=40)
    yield "reliable change index", float(found.rci), told["rci"]
    yield "error of a difference", found.difference_error, told["s_diff"]
    for name in "abc":
        yield f"cut-off {name}", getattr(found, f"cutoff_{name}"), told[f"cutoff_{name}"]


def claus(folder: Path, told: Mapping[str, Any]) -> Figures:
    wide = pd.read_csv(folder / "claus_bdi.csv").pivot(index="id", columns="time", values="bdi")
    sd = float(wide.dropna(subset=[1, 4])[1].std())
    found = jacobson_truax(wide[1], wide[4], reliability=0.80, sd_pre=sd)
    yield "smallest reliable change", found.smallest_reliable, told["min_reliable_change"]
    yield "cut-off a", found.cutoff_a, told["cutoff_a"]
    for name, count in told["all_cutoff_a"].items():
        yield name, getattr(found, name), count


def talking(folder: Path, told: Mapping[str, Any]) -> Figures:
    found = nhs_outcomes(pd.read_csv(folder / "nhs_A.csv"))
    for name, theirs in told.items():
        if name != "by_automation":
            yield name.replace("_", " "), getattr(found, name), theirs


def sheets(folder: Path, told: Mapping[str, Any]) -> Figures:
    sheets = pd.read_csv(folder / "scoring_A.csv").set_index("respondent")
    named = {"core_total": ("CORE-10", "core", 10), "phq_total": ("PHQ-9", "phq", 9), "gad_total": ("GAD-7", "gad", 7)}
    named |= {"wai_total_sum": ("WAI-SR", "wai", 12), "srs_total": ("SRS", "srs", 4), "ors_total": ("ORS", "ors", 4)}
    named |= {"pfi_burnout": ("PFI", "pfi", 16), "cbiw": ("CBI work", "cbiw", 7), "cbip": ("CBI personal", "cbip", 6)}
    for respondent, case in told.items():
        for figure, (key, prefix, many) in named.items():
            row = sheets.loc[respondent]
            answers = [float(row[f"{prefix}{place}"]) for place in range(1, many + 1)]
            yield f"{key}, {respondent}", score(key, answers).total or 0, case[figure]


def predictor(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "predictor_birthwt.csv")
    for name in ("p_model", "p_overconf"):
        cells, case = pd.DataFrame({"score": rows[name], "events": rows["y"], "n": 1}), told[name]
        found, curve = audit(cells), calibration_curve(cells)
        limits = (("lower", found.auc_low, 0), ("upper", found.auc_high, 1))
        yield f"AUC, {name}", found.auc or 0, case["auc"]
        for end, ours, place in limits:
            yield f"AUC, {name}: {end}", ours or 0, case["auc_delong_ci"][place]
        for what, ours, theirs in (
            ("Brier", found.brier, case["brier"]),
            ("intercept", found.intercept, case["cal_intercept"]),
            ("slope", found.slope, case["cal_slope"]),
            ("in the large", found.in_the_large, case["cal_in_large"]),
            ("observed over expected", found.observed_expected, case["oe"]),
            ("average gap", curve.average_gap, case["ece10"]),
            ("largest gap", curve.largest_gap, case["mce10"]),
        ):
            yield f"{what}, {name}", ours or 0, theirs
    for race, case in told["subgroups_race_threshold_0_3"].items():
        part = rows[rows["race"] == int(race)]
        acted = at_threshold(pd.DataFrame({"score": part["p_model"], "events": part["y"], "n": 1}), 0.3)
        yield f"predictive value at .3, race {race}", acted.ppv.value or 0, case["ppv"]
        yield f"sensitivity at .3, race {race}", acted.sensitivity.value or 0, case["tpr"]
