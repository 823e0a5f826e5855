"""Crises, triage and time in care from the rows: curves by lifelines, agreement by statsmodels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from lifelines.utils import median_survival_times, qth_survival_times, restricted_mean_survival_time
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from bench.given import Given
from bench.limits import Answers, answers, clustered, effects, rates, shared, shares, summed, wilson
from bench.peer import HORIZON_WEEKS, MEAN_WEEKS, Key, Z, _at, _error_of_mean

Told = Iterator[tuple[str, Answers]]
STEPS = ((0, 1), (120, 15), (480, 60), (1440, 360), (10_080, 1440))  # minutes are released in steps
CARE_DAYS = 84
LEVELS = 5
FEWEST = 11  # requests, for a kappa
BOOKED_BY = ("staff", "self_service", "automation")
PLANNED = ("completed", "transferred", "administrative")


def crises(given: Given, keys: list[str]) -> Told:
    rows = _signals(given)
    timed, waiting = rows["timed"], rows["waiting"]
    for share, metric in ((0.5, "crisis_median"), (0.9, "crisis_p90"), (0.95, "crisis_p95")):
        yield metric, _quantiles(rows[timed | waiting], keys, "time", "timed", share)
    logs = np.log1p(rows["minutes"].where(timed))
    total = summed(rows, keys, n=timed, y=logs, yy=logs**2)
    mean = (total["y"] / total["n"]).to_numpy()
    spread = ((total["yy"] - total["n"] * mean**2) / (total["n"] - 1)).to_numpy()
    spread = np.fmax(spread, clustered(rows, keys, timed, logs)[0]) / total["n"].to_numpy()
    half = stats.t.ppf(0.975, total["n"] - 1) * np.sqrt(spread)
    yield "crisis_contact", answers(total, *(np.expm1(log) for log in (mean, mean - half, mean + half)))
    every = timed | ~timed
    yield "crisis_unreached", shared(rows, keys, every, ~timed & ~rows["by_day"])
    severe = rows["severity"].map(given.about["targets"]).astype(float)
    inside, past = timed & (rows["minutes"] <= severe), (timed | waiting) & (rows["minutes"] > severe)
    yield (
        "crisis_inside_target",
        _bounded(summed(rows, keys, inside=inside, past=past, n=every), effects(rows, keys, every, inside)),
    )
    alone = rows["closed_by"].eq("automation") & ~rows["by_day"]
    contact, closed = pd.to_datetime(rows["human_contact_at"]), pd.to_datetime(rows["closed_at"])
    alone &= (contact.isna() | (contact > closed)) & (closed.isna() | (closed < rows["horizon"]))
    total = summed(rows, keys, y=alone).assign(n=1.0)
    yield "crisis_closed_by_automation", rates(total, 1.0)
    real, noticed = rows["adjudication"].eq("true"), rows["detected_by"].eq("automation")
    false = rows["adjudication"].eq("false")
    yield "crisis_found_by_automation", shared(rows, keys, real, noticed)
    yield "crisis_alarms_real", shared(rows, keys, (real | false) & noticed, real)


def _signals(given: Given) -> pd.DataFrame:
    """What became of each signal, as known when its week had settled."""
    rows = given.frames["crisis_signal"]
    days = (rows["week"] + 1) * 7 + given.about["settle_days"]
    midnight = pd.Timestamp(given.about["start"]) + pd.to_timedelta(days, unit="D")
    horizon = midnight.dt.tz_localize(given.about["timezone"]).dt.tz_convert("UTC").dt.tz_localize(None)
    noticed, contact = pd.to_datetime(rows["detected_at"]), pd.to_datetime(rows["human_contact_at"])
    timed = noticed.notna() & (contact < horizon)
    by_day = (contact.isna() | noticed.isna()) & (pd.to_datetime(rows["human_contact_on"]) < midnight)
    waiting = noticed.notna() & ~timed & ~by_day
    minutes = (contact.where(timed, horizon) - noticed).dt.total_seconds() / 60
    time = _in_steps(minutes.fillna(0).to_numpy(), timed.to_numpy())
    more = {"timed": timed, "by_day": by_day, "waiting": waiting, "minutes": minutes, "time": time, "horizon": horizon}
    return rows.assign(**more)


def _bounded(total: pd.DataFrame, alike: Any) -> Answers:
    """Inside the target, limits of the worst and the best case of those of whom it is not known."""
    inside, past, n = (total[name].to_numpy() for name in ("inside", "past", "n"))
    limits = wilson(inside / n, n / alike)[0], wilson(1 - past / n, n / alike)[1]
    return answers(total, inside / (inside + past), *limits)


def _in_steps(minutes: Any, observed: Any) -> Any:
    found = np.zeros(len(minutes))
    for start, step in STEPS:
        over = (minutes - start) / step
        found = np.where(minutes >= start, start + step * np.where(observed, np.ceil(over), np.floor(over)), found)
    return found


def triage(given: Given, keys: list[str]) -> Told:
    rows = given.frames["triage"]
    days = (pd.to_datetime(rows["right_care_on"]) - rows["day"]).dt.days
    known = pd.Timestamp(given.about["data_end"]) - pd.Timedelta(days=CARE_DAYS)
    weeks = ((known - pd.Timestamp(given.about["start"])).days + 1) // 7
    seen = days < CARE_DAYS
    followed = rows.assign(time=days.where(seen, CARE_DAYS), seen=seen)[rows["week"] < weeks]
    yield "right_care_median", _quantiles(followed, keys, "time", "seen", 0.5)
    both = rows[rows["automation_level"].gt(0) & rows["clinician_level"].gt(0)]
    n = both["day"].notna()
    given_, right = both["automation_level"], both["clinician_level"]
    yield "triage_under", shares(summed(both, keys, n=n, y=given_ > right))
    yield "triage_over", shares(summed(both, keys, n=n, y=given_ < right))
    plain: Answers = {}
    weighted: Answers = {}
    for key, part in _groups(both, keys):
        if len(part) < FEWEST:
            continue
        table = pd.crosstab(part["automation_level"], part["clinician_level"])
        levels = range(1, LEVELS + 1)
        square = table.reindex(index=levels, columns=levels, fill_value=0).to_numpy()
        found = cohens_kappa(square)
        plain[key] = (float(found.kappa), max(float(found.kappa_low), -1.0), min(float(found.kappa_upp), 1.0))
        weighted[key] = _left_out(square)
    yield "triage_kappa", plain
    yield "triage_kappa_weighted", weighted


def _left_out(table: Any) -> tuple[float, float, float]:
    """Weighted kappa, t limits on Fisher's z with the variance of leaving out one case after the other."""
    kappa, n = float(cohens_kappa(table, wt="quadratic", return_results=False)), table.sum()
    z = np.zeros(table.shape)
    for place in zip(*np.nonzero(table), strict=True):
        left = table.copy()
        left[place] -= 1
        z[place] = np.arctanh(cohens_kappa(left, wt="quadratic", return_results=False))
    mean = (table * z).sum() / n
    half = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) / n * (table * (z - mean) ** 2).sum())
    return kappa, float(np.tanh(np.arctanh(kappa) - half)), float(np.tanh(np.arctanh(kappa) + half))


def rebooking(given: Given, keys: list[str]) -> Told:
    """After each missed visit: the first booking of a later one, or one that is linked to it, and who made it."""
    seen = given.frames["appointment"]
    missed = seen[seen["status"].eq("no_show")]
    own = missed[["appointment_id", "patient", "starts_on"]]
    later = given.frames["booking"].dropna(subset=["booked_on"]).rename(columns={"patient_id": "patient"})
    pairs = own.merge(later, on="patient", suffixes=("", "_next"))
    days = (pd.to_datetime(pairs["booked_on"]) - pd.to_datetime(pairs["starts_on"])).dt.days
    after = (pairs["starts_on_next"] > pairs["starts_on"]) & (days >= 0)
    linked = pairs["rebooked_from"].eq(pairs["appointment_id"])
    by = pairs["booked_via"].map({word: place for place, word in enumerate(BOOKED_BY)}).fillna(len(BOOKED_BY))
    pairs = pairs.assign(days=days.clip(lower=0), by=by)[after | linked]
    soon = pairs.loc[linked | (pairs["days"] <= given.about["rebook_days"]), "appointment_id"].unique()
    again = missed["appointment_id"].isin(soon)
    yield "rebooked", shares(summed(missed, keys, n=again | True, y=again))
    follow = given.about["lapse_days"]
    first = pairs[pairs["days"] < follow].sort_values(["days", "by"]).drop_duplicates("appointment_id")
    known = pd.Timestamp(given.about["data_end"]) - pd.Timedelta(days=follow)
    weeks = ((known - pd.Timestamp(given.about["start"])).days + 1) // 7
    rows = missed[missed["week"] < weeks].merge(
        first[["appointment_id", "days", "by"]], on="appointment_id", how="left"
    )
    rows = rows.assign(time=rows["days"].fillna(follow), seen=rows["days"].notna())
    yield "rebooking_median", _quantiles(rows, keys, "time", "seen", 0.5)
    told = rows["by"] < len(BOOKED_BY)
    for place, word in enumerate(BOOKED_BY):
        yield f"rebooked_by_{word}", shares(summed(rows, keys, n=told, y=rows["by"].eq(place)))


def stays(given: Given, keys: list[str]) -> Told:
    """Time in care: a course enters when it is first seen, and leaves unplanned or is followed no further."""
    rows = _followed(given)
    at_horizon: Answers = {}
    mean: Answers = {}
    for key, part in _groups(rows[rows["last"] >= rows["entered"]], keys):
        curve = KaplanMeierFitter().fit(part["last"] + 1, part["unplanned"], entry=part["entered"])
        share = float(curve.survival_function_.loc[:HORIZON_WEEKS].iloc[-1, 0])
        at_horizon[key] = (share, *_at(curve.confidence_interval_, HORIZON_WEEKS))
        weeks = float(restricted_mean_survival_time(curve, t=MEAN_WEEKS))
        half = Z * _error_of_mean(curve, weeks)
        mean[key] = (weeks, weeks - half, weeks + half)
    yield "in_care_12_weeks", at_horizon
    yield "mean_weeks_in_care", mean


def _followed(given: Given) -> pd.DataFrame:
    """The first and the last week in care of each course that begins in the published weeks."""
    rows = given.frames["course"]
    start, until = pd.Timestamp(given.about["start"]), given.about["retained"] // 4 * 4
    began, entry, ended = (pd.to_datetime(rows[name]) for name in ("started_on", "entry_on", "ended_on"))
    first = (began - start).dt.days
    entered = np.maximum(-(-(entry - began).dt.days // 7), -(first // 7))
    stayed = (ended - began).dt.days // 7
    known = (until * 7 - 1 - first) // 7
    over = stayed.notna() & (stayed <= known)
    last = stayed.where(over, known)
    return rows.assign(entered=np.maximum(entered, 0), last=last, unplanned=over & rows["end_reason"].eq("unplanned"))


def _quantiles(rows: pd.DataFrame, keys: list[str], time: str, observed: str, share: float) -> Answers:
    found: Answers = {}
    for key, part in _groups(rows, keys):
        curve = KaplanMeierFitter().fit(part[time], part[observed])
        limits = curve.confidence_interval_
        if share == 0.5:
            value, ends = curve.median_survival_time_, median_survival_times(limits)
        else:
            value, ends = curve.percentile(1 - share), qth_survival_times(1 - share, limits)
        low, high = (float(end) for end in np.asarray(ends).ravel())
        found[key] = (float(value), low, high)
    return found


def _groups(rows: pd.DataFrame, keys: list[str]) -> Iterator[tuple[Key, pd.DataFrame]]:
    if not keys:
        yield (), rows
        return
    for name, part in rows.groupby(keys, observed=True):
        if len(part):
            yield name if isinstance(name, tuple) else (name,), part
