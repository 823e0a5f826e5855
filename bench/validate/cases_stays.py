"""Others' figures about time in care and time to contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from metrics.gray import gray_test
from metrics.survival import cumulative_incidence, kaplan_meier, logrank, restricted_mean

Figures = Iterator[tuple[str, float, float]]  # what, ours, theirs


def _counts(time: pd.Series[float], event: pd.Series[bool]) -> pd.DataFrame:
    rows = pd.DataFrame({"time": time, "observed": event.astype(int), "censored": (~event).astype(int)})
    return rows.groupby("time", as_index=False).sum()


def _by(rows: pd.DataFrame, column: str, time: str, event: pd.Series[bool]) -> dict[str, pd.DataFrame]:
    return {str(name): _counts(part[time], event[part.index]) for name, part in rows.groupby(column)}


def lung(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "lung.csv")
    died = rows["status"] == 2
    groups = _by(rows, "sex", "time", died)
    for sex in ("1", "2"):
        found, case = kaplan_meier(groups[sex]).quantile(0.5), told["km_median_ci"]["by_sex"]["log-log"][f"sex={sex}"]
        for name, ours in (("median", found.value), ("lower", found.low), ("upper", found.high)):
            yield f"median, sex {sex}: {name}", ours or 0, case[name]
    for case in told["survival_at_sex_loglog"]:
        share, low, high = kaplan_meier(groups[case["strata"][-1]]).at(case["time"])
        for name, ours in (("surv", share), ("lower", low), ("upper", high)):
            yield f"S({case['time']}), {case['strata']}: {name}", ours, case[name]
    for name in ("rmst_365", "rmst_730"):
        for case in told[name]:
            mean = restricted_mean(groups[case["group"][-1]], case["tau"])
            yield f"restricted mean to {case['tau']}, {case['group']}", mean.value, case["rmst"]
            yield f"restricted mean to {case['tau']}, {case['group']}: error", mean.standard_error, case["se"]
    yield "log-rank by sex", logrank(groups).chi2, told["logrank_sex"]["chisq"]
    ecog = logrank(_by(rows, "ph.ecog", "time", died))
    yield "log-rank by performance status, 3 df", ecog.chi2, told["logrank_ph_ecog"]["chisq"]


def gehan(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "gehan.csv")
    groups = _by(rows, "treat", "time", rows["event"] == 1)
    for name, cells in groups.items():
        yield f"median, {name}", kaplan_meier(cells).median or 0, told["km"]["log-log"][f"treat={name}"]["median"]
    for case in told["table6mp"]:
        if case["strata"] == "treat=6-MP":
            yield f"S({case['time']}), 6-MP", kaplan_meier(groups["6-MP"]).at(case["time"])[0], case["surv"]
    for case in told["rmst"]:
        mean = restricted_mean(groups[case["group"].removeprefix("treat=")], case["tau"])
        yield f"restricted mean to 22, {case['group'].removeprefix('treat=')}", mean.value, case["rmst"]
        yield f"restricted mean to 22, {case['group'].removeprefix('treat=')}: error", mean.standard_error, case["se"]
    yield "log-rank", logrank(groups).chi2, told["logrank"]["chisq"]


def waltons(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "waltons.csv")
    groups = _by(rows, "group", "T", rows["E"] == 1)
    yield "log-rank", logrank(groups).chi2, told["logrank"]
    for name, medians, means in zip(("control", "miR-137"), told["med_loglog"], told["rmst50"], strict=True):
        found, mean = kaplan_meier(groups[name]).quantile(0.5), restricted_mean(groups[name], 50)
        for what, ours, theirs in zip(
            ("", ": lower", ": upper"), (found.value, found.low, found.high), medians, strict=True
        ):
            yield f"median, {name}{what}", ours or 0, theirs
        yield f"restricted mean to 50, {name}", mean.value, means[0]
        yield f"restricted mean to 50, {name}: error", mean.standard_error, means[1]


def melanoma(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "melanoma.csv")
    events = {"melanoma": rows["event"] == 1, "other": rows["event"] == 2, "censored": rows["event"] == 0}
    cells = pd.DataFrame({"time": rows["time"], **events}).groupby("time", as_index=False).sum()
    for cause in ("melanoma", "other"):
        found = cumulative_incidence(cells, cause)
        for case in told["cif_all"]:
            row = found[found["time"] <= case["time"]].iloc[-1]
            yield f"incidence at {case['time']}, {cause}", row["incidence"], case[f"p_{cause}"]
            yield f"incidence at {case['time']}, {cause}: error", row["standard_error"], case[f"se_{cause}"]


def crisis(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "crisis_A.csv")
    for name, case in told.items():
        if name.startswith("logrank"):
            continue
        priority, _, automation = name.partition("|automation=")
        part = rows[(rows["priority"] == priority) & rows["automation"].astype(str).isin(list(automation or "01"))]
        curve = kaplan_meier(_counts(part["minutes"], part["responded"] == 1))
        yield f"median minutes, {name}", curve.median or 0, case["km_median"]["est"]
        yield f"p90 minutes, {name}", curve.quantile(0.9).value or 0, case["km_p90"]["est"]
        yield (
            f"inside {case['sla_minutes']} minutes, {name}",
            1 - curve.at(case["sla_minutes"])[0],
            case["km_attainment"]["est"],
        )
    strata = [_by(part, "automation", "minutes", part["responded"] == 1) for _, part in rows.groupby("priority")]
    yield "log-rank within priorities", logrank(strata).chi2, told["logrank_automation_stratified"]["chisq"]


def gray(folder: Path, told: Mapping[str, Any]) -> Figures:
    rows = pd.read_csv(folder / "melanoma.csv")
    events = {"melanoma": rows["event"] == 1, "other": rows["event"] == 2, "censored": rows["event"] == 0}
    cells = pd.DataFrame({"time": rows["time"], **events})
    groups = {str(name): cells[part].groupby("time", as_index=False).sum() for name, part in _ulcers(rows).items()}
    for cause, case in zip(("melanoma", "other"), told["gray_test_ulcer"], strict=True):
        yield f"Gray's test by ulcer, {cause}", gray_test(groups, cause).chi2, case["stat"]


def _ulcers(rows: pd.DataFrame) -> dict[int, pd.Series[bool]]:
    return {ulcer: rows["ulcer"] == ulcer for ulcer in (0, 1)}
