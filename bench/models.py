"""The forecasts of missed visits from the rows: ranks, squares and logistic recalibration, forecast by forecast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import special, stats

from bench.given import Given
from bench.limits import Answers, differences, shares, summed, wilson
from bench.peer import Key, Z

Told = Iterator[tuple[str, Answers]]
IN_TIME = (48, 72)  # hours ahead
FEWEST = 30


def forecasts(given: Given, keys: list[str]) -> Told:
    every_model = _forecasts(given)
    model = every_model.loc[every_model["day"] == every_model["day"].max(), "model_version"].max()
    rows = every_model[every_model["model_version"] == model]
    every, alert = rows["missed"].notna(), rows["alert"]
    yield "predictor_ppv", shares(summed(rows, keys, n=alert, y=alert & rows["missed"]))
    yield "predictor_flagged", shares(summed(rows, keys, n=every, y=alert))
    yield "predictor_ppv_in_time", shares(summed(rows[rows["in_time"]], keys, n=alert, y=alert & rows["missed"]))
    yield "predictor_flagged_in_time", shares(summed(rows[rows["in_time"]], keys, n=every, y=alert))
    yield "predictor_overridden", shares(summed(rows, keys, n=alert, y=rows["overridden"]))
    total = summed(rows, keys, n=rows["acted"], changed=rows["overridden"])
    yield "predictor_rubber_stamped", shares(total.assign(y=np.maximum(total["n"] - total["changed"], 0)))
    names = ("predictor_auc", "predictor_brier", "predictor_intercept", "predictor_slope", "predictor_in_the_large")
    found: dict[str, Answers] = {name: {} for name in (*names, "predictor_observed_expected")}
    for key, part in _groups(rows, keys):
        score, missed = part["score"].to_numpy(float), part["missed"].to_numpy(float)
        if min(missed.sum(), len(missed) - missed.sum()) < FEWEST:
            continue
        for name, answer in zip(
            found, (_auc(score, missed), _brier(score, missed), *_fits(score, missed)), strict=False
        ):
            found[name][key] = answer
        low, high = wilson(np.array([missed.mean()]), np.array([float(len(missed))]))
        expected = score.mean()
        limits = (float(low[0] / expected), float(high[0] / expected))
        found["predictor_observed_expected"][key] = (float(missed.mean() / expected), *limits)
    yield from found.items()
    if keys:
        for metric in ("overbooked", "reminded"):
            total = summed(every_model, keys, n=every_model["missed"].notna(), y=every_model[metric])
            yield f"{metric}_gap", _against_others(total)


def _forecasts(given: Given) -> pd.DataFrame:
    """Forecasts of visits that were kept or missed, with what was done."""
    visits = given.frames["appointment"]
    held = visits[visits["status"].isin(("attended", "no_show"))]
    names = ["appointment_id", "day", "status", "starts_at", "sex", "race_ethnicity", "language", "payer"]
    rows = given.frames["prediction"].dropna(subset=["score"]).merge(held[names], on="appointment_id")
    ahead = (pd.to_datetime(rows["starts_at"]) - pd.to_datetime(rows["scored_at"])).dt.total_seconds() / 3600
    hours, action = rows["hours_ahead"].astype(float).fillna(ahead), rows["action"].fillna("none")
    return rows.assign(
        score=rows["score"].astype(float),
        missed=rows["status"].eq("no_show"),
        alert=(rows["score"] >= rows["threshold"]).fillna(False),
        in_time=hours.between(*IN_TIME),
        acted=action.ne("none"),
        overridden=rows["overridden_by_human"].eq(True),
        overbooked=action.eq("overbook"),
        reminded=action.isin(("reminder", "call")),
    )


def _auc(score: Any, missed: Any) -> tuple[float, float, float]:
    """By mid-ranks, with DeLong's variance (Sun & Xu 2014)."""
    had, had_not = score[missed > 0], score[missed == 0]
    m, n = len(had), len(had_not)
    together = stats.rankdata(np.concatenate([had, had_not]))
    above = (together[:m] - stats.rankdata(had)) / n
    below = 1 - (together[m:] - stats.rankdata(had_not)) / m
    auc = float(above.mean())
    error = float(np.sqrt(above.var(ddof=1) / m + below.var(ddof=1) / n))
    return auc, auc - Z * error, auc + Z * error


def _brier(score: Any, missed: Any) -> tuple[float, float, float]:
    squares = (score - missed) ** 2
    value, error = float(squares.mean()), float(np.sqrt(squares.var() / len(squares)))
    return value, value - Z * error, value + Z * error


def _fits(score: Any, missed: Any) -> list[tuple[float, float, float]]:
    """Intercept and slope of the recalibration, and the shift with the slope at 1 (robust error)."""
    odds = special.logit(np.clip(score, 1e-4, 1 - 1e-4))
    line = sm.GLM(missed, sm.add_constant(odds), family=sm.families.Binomial()).fit()
    flat = sm.GLM(missed, np.ones((len(odds), 1)), family=sm.families.Binomial(), offset=odds).fit(cov_type="HC0")
    told = [(line.params[place], line.bse[place]) for place in (0, 1)] + [(flat.params[0], flat.bse[0])]
    return [(float(value), float(value - Z * error), float(value + Z * error)) for value, error in told]


def _against_others(total: pd.DataFrame) -> Answers:
    rest = total.sum() - total
    return differences(shares(total), shares(rest))


def _groups(rows: pd.DataFrame, keys: list[str]) -> Iterator[tuple[Key, pd.DataFrame]]:
    if not keys:
        yield (), rows
        return
    for name, part in rows.groupby(keys, observed=True):
        yield name if isinstance(name, tuple) else (name,), part
