"""What does comparing sites that went live with sites not yet live say? The event study beside the pooled model.

Shown from 12 sites only with an interval: below, its errors are far too small (coverage 20 to 85 % at 3 to 6 sites).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.errors import CellError

FEWEST_UNITS = 12  # below it diff-diff's standard errors cover 20 to 90 % instead of 95
WITHHELD = f"with fewer than {FEWEST_UNITS} sites its standard errors are too small to show"
NEVER = 0
_COLUMNS = ("site", "period", "first", "value")
_CONTROLS = ("not_yet_treated", "never_treated")


@dataclass(frozen=True)
class DidEffect:
    """An effect in the unit of `value`; without an interval where there are too few sites."""

    value: float
    error: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class DidResult:
    """The effect of going live, from comparisons of sites within periods.

    overall: mean over treated site-periods. dynamic: mean over times since go-live, each counted once. group_time:
    first (period of go-live), period, value, error. event_study: since (periods since go-live; before it a check that
    sites ran alike), value, error, low, high. by_group: first, value, error, low, high. Errors and limits are nan where
    they are withheld; `reason` then says why. remarks: what could not be estimated.
    """

    overall: DidEffect
    dynamic: DidEffect
    group_time: pd.DataFrame
    event_study: pd.DataFrame
    by_group: pd.DataFrame
    units: int
    never_treated: int
    reason: str
    remarks: tuple[str, ...]


def staggered_did(panel: pd.DataFrame, *, control: str = "not_yet_treated", level: float = 0.95) -> DidResult:
    """What did going live change, compared with sites not (yet) live in the same period?

    panel: one row per site and period: site, period (1, 2, ...: go-live dates in the same count), first (the period of
    go-live; missing, 0 or after the last period = never), value. Sites count alike whatever their size.
    Callaway and Sant'Anna's group-time effects without covariates, each against the period before go-live [1]; errors
    clustered by site, limits by t with one less than the number of sites, none under 12 sites.
    Raises CellError for a panel with holes, or without a site to compare with.
    [1] Callaway & Sant'Anna 2021, J Econometrics 225:200.
    """
    from diff_diff import CallawaySantAnna

    rows = _checked(panel)
    if control not in _CONTROLS:
        raise CellError(f"control must be one of {', '.join(_CONTROLS)}")
    if control == "never_treated" and not (rows["first"] == NEVER).any():
        raise CellError("no site stayed without it: compare with not_yet_treated")
    with _heard() as remarks:
        fit = CallawaySantAnna(control_group=control).fit(
            rows, outcome="value", unit="site", time="period", first_treat="first"
        )
        events, groups = fit.aggregate("event_study"), fit.aggregate("group").to_dataframe()
    units = rows["site"].nunique()
    multiple = float(stats.t.ppf(0.5 + level / 2, units - 1)) if units >= FEWEST_UNITS else None
    study = _table(events.to_dataframe(), "event_time", "since", multiple)
    return DidResult(
        _effect(fit.overall_att, fit.overall_se, multiple),
        _effect(*_dynamic(events), multiple),
        _group_time(fit.group_time_effects, multiple),
        study,
        _table(groups, "label", "first", multiple),
        units,
        int((rows.groupby("site")["first"].first() == NEVER).sum()),
        "" if multiple is not None else WITHHELD,
        remarks(),
    )


def sun_abraham(panel: pd.DataFrame, *, covariates: Sequence[str] = (), level: float = 0.95) -> DidEffect:
    """The same question by regression, each go-live date against sites that never went live.

    panel as for `staggered_did`, with columns for the covariates. Effects of each date and time since, weighted by how
    many site-periods they stand for [1]. Raises CellError without a site that never went live.
    [1] Sun & Abraham 2021, J Econometrics 225:175.
    """
    from diff_diff import SunAbraham

    rows = _checked(panel, covariates)
    if not (rows["first"] == NEVER).any():
        raise CellError("no site stayed without it: this estimator needs one")
    with _heard():
        fit = SunAbraham(cluster="site").fit(
            rows, outcome="value", unit="site", time="period", first_treat="first", covariates=list(covariates) or None
        )
    units = rows["site"].nunique()
    multiple = float(stats.t.ppf(0.5 + level / 2, units - 1)) if units >= FEWEST_UNITS else None
    return _effect(fit.overall_att, fit.overall_se, multiple)


def _checked(panel: pd.DataFrame, covariates: Sequence[str] = ()) -> pd.DataFrame:
    absent = [name for name in (*_COLUMNS, *covariates) if name not in panel]
    if absent:
        raise CellError(f"the panel has no column {', '.join(absent)}")
    rows = panel[[*_COLUMNS, *covariates]].copy()
    rows["first"] = pd.to_numeric(rows["first"]).fillna(NEVER)
    rows.loc[rows["first"] > rows["period"].max(), "first"] = NEVER
    if rows.isna().to_numpy().any():
        raise CellError("leave out nothing and leave nothing empty: each site needs a value in each period")
    if rows.duplicated(["site", "period"]).any() or (rows.groupby("site")["first"].nunique() > 1).any():
        raise CellError("a site and period stand there twice, or a site has two go-live dates")
    if len(rows) != rows["site"].nunique() * rows["period"].nunique():
        raise CellError("each site needs a value in each period: choose longer periods, or leave the site out")
    _check_contrast(rows)
    return rows


def _check_contrast(rows: pd.DataFrame) -> None:
    """Is there a site seen before its go-live, and another to compare it with after?"""
    dates = rows.groupby("site")["first"].first()
    live = dates[(dates != NEVER) & (dates > rows["period"].min())]
    if live.empty:
        raise CellError("no site was seen both before and after its go-live")
    if not ((dates == NEVER) | (dates > live.min())).any():
        raise CellError("all sites went live in the same period: there is none to compare with")


@contextmanager
def _heard() -> Iterator[Any]:
    """Warnings of the estimator, as sentences instead of lines on the terminal."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lambda: tuple(dict.fromkeys(str(each.message) for each in caught))


def _dynamic(events: Any) -> tuple[float, float]:
    """(mean over the times since go-live, its standard error), from their joint covariance."""
    table = events.to_dataframe().set_index("event_time")
    later = [since for since in table.index if since >= 0]
    value = float(table.loc[later, "att"].mean())
    if events.vcov is None or events.vcov_index is None:
        return value, float("nan")
    order = [int(since) for since in events.vcov_index]
    weights = np.array([1 / len(later) if since in later else 0.0 for since in order])
    return value, float(np.sqrt(weights @ np.asarray(events.vcov) @ weights))


def _effect(value: float, error: float, multiple: float | None) -> DidEffect:
    if multiple is None or not np.isfinite(error):
        return DidEffect(float(value), None, None, None)
    return DidEffect(float(value), float(error), float(value - multiple * error), float(value + multiple * error))


def _table(found: pd.DataFrame, key: str, name: str, multiple: float | None) -> pd.DataFrame:
    kept = found.loc[~found["is_reference"].astype(bool)] if "is_reference" in found else found
    value = kept["att"].to_numpy(dtype=float)
    error = kept["se"].to_numpy(dtype=float) if multiple is not None else np.full(len(kept), np.nan)
    reach = error * (multiple or np.nan)
    columns = {"value": value, "error": error, "low": value - reach, "high": value + reach}
    return pd.DataFrame({name: kept[key].astype(int).to_numpy(), **columns})


def _group_time(effects: Any, multiple: float | None) -> pd.DataFrame:
    rows = [
        (int(first), int(period), told["effect"], told["se"] if multiple is not None else np.nan)
        for (first, period), told in sorted(effects.items())
        if told["skip_reason"] is None
    ]
    return pd.DataFrame(rows, columns=["first", "period", "value", "error"])
