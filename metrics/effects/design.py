"""Which terms does the rollout model have, given who went live when?

Site levels, a common and a site-wise drift, one season for all sites, and the weeks since go-live in bins, because
effects grow: one step for all of them is wrong by points when they do (coverage 3-57 % under a ramp of 26 weeks).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import CellError

Floats = np.ndarray[Any, np.dtype[np.float64]]

WEEKS_A_YEAR = 365.25 / 7
BESIDE = "beside "  # a panel's column of this name: whether another component was in use
SETTLING = ", settling in"  # the end of such a name: whether it was newly in use
BINS = ((0, 8), (8, 26), (26, None))  # weeks since go-live: first inclusive, last exclusive
HARMONICS = 2


@dataclass(frozen=True)
class Priors:
    """What is assumed of the nuisance terms before the data: standard deviations around 0, on the predictor's scale."""

    common_slope: float = 0.15  # logit (or log) a year
    site_slope: float = 0.12  # a year
    season: float = 0.12  # per yearly harmonic coefficient
    beside: float = 0.60  # what another component did: four in ten off a rate, or six tenths of a standard deviation

    def scaled(self, unit: float) -> Priors:
        """The same priors for an outcome measured in points, of which `unit` are one standard deviation."""
        return Priors(*(size * unit for size in (self.common_slope, self.site_slope, self.season, self.beside)))


@dataclass(frozen=True)
class Rollout:
    """Who went live when, in weeks of the panel; None = has not (a control). ended: taken back in that week.

    A period in which a site goes live is phase-in and left out; so is everything after a site took the component back.
    """

    go_live: Mapping[str, int | None]
    ended: Mapping[str, int] = field(default_factory=dict)
    period_weeks: int = 1


@dataclass(frozen=True)
class Design:
    """The columns of the model. `cells` are the rows kept, in order of site and week."""

    cells: pd.DataFrame
    names: tuple[str, ...]
    columns: Floats
    prior_sd: Floats  # infinite where the coefficient is free
    effect: np.ndarray[Any, np.dtype[np.bool_]]  # which columns are the effect
    since: Floats  # weeks since go-live, nan before it and at controls

    @property
    def treated(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return ~np.isnan(self.since)

    @property
    def beside(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which columns are other components?"""
        return np.array([name.startswith(BESIDE) for name in self.names], dtype=bool)


def make_design(
    panel: pd.DataFrame, rollout: Rollout, priors: Priors = Priors(), *, each_period: bool = False
) -> Design:
    """The model's columns for a panel of cells.

    panel: one row per site and period: site, week (whole weeks since the panel began; the period's first), and what
    is measured, and 0 or 1 in columns that begin with BESIDE. each_period: a level of its own for every period instead
    of common drift and season, and the sites' drifts free: what the companion model has.
    Raises CellError where a site is not in the rollout, or a site and week stand there twice.
    """
    cells = _in_order(panel, rollout)
    since, keep = since_and_kept(cells, rollout)
    if not keep.all():
        cells, since = cells[keep].reset_index(drop=True), since[keep]
    names, columns, sds = _period_levels(cells) if each_period else _nuisance(cells, priors)
    bins = [(low, high) for low, high in BINS if _in_bin(since, low, high).any()]
    for low, high in bins:
        names.append(f"weeks {low}+" if high is None else f"weeks {low}-{high - 1}")
        columns.append(_in_bin(since, low, high).astype(float))
        sds.append(np.inf)
    effect = [False] * (len(names) - len(bins)) + [True] * len(bins)
    for name in [str(name) for name in cells.columns if str(name).startswith(BESIDE)]:
        names.append(name)
        columns.append(cells[name].to_numpy(float))
        sds.append(priors.beside)
        effect.append(False)
    return Design(cells, tuple(names), np.column_stack(columns), np.array(sds), np.array(effect, dtype=bool), since)


def independent(columns: Floats, weights: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which columns add something to those before them? One that does not is False (Gram-Schmidt, done twice)."""
    scaled = np.ascontiguousarray((columns * np.sqrt(weights)[:, None]).T)
    basis = np.empty_like(scaled)
    found = 0
    kept = []
    for column in scaled:
        rest = column
        for _ in range(2):
            rest = rest - (basis[:found] @ rest) @ basis[:found]
        size = float(np.linalg.norm(rest))
        kept.append(size > 1e-7 * max(float(np.linalg.norm(column)), 1e-300))
        if kept[-1]:
            basis[found] = rest / size
            found += 1
    return np.array(kept, dtype=bool)


def _in_order(panel: pd.DataFrame, rollout: Rollout) -> pd.DataFrame:
    """The cells by site and week; refused where a site is unknown, or has two cells for one period."""
    codes, sites = pd.factorize(panel["site"], sort=True)
    unknown = sorted(set(sites) - set(rollout.go_live))
    if unknown:
        raise CellError(f"The rollout does not say when {unknown[0]} went live; write None for a site that has not.")
    week = panel["week"].to_numpy()
    order = np.lexsort((week, codes))
    if ((np.diff(codes[order]) == 0) & (np.diff(week[order]) == 0)).any():
        raise CellError("A site has two cells for one period; a panel has one.")
    as_is = np.array_equal(order, np.arange(len(order)))
    return panel.reset_index(drop=True) if as_is else panel.take(order).reset_index(drop=True)


def since_and_kept(cells: pd.DataFrame, rollout: Rollout) -> tuple[Floats, np.ndarray[Any, np.dtype[np.bool_]]]:
    """Weeks from the first whole period in use to each cell (nan before it and at sites that never did), and which
    cells are used: not those of a period in which the site went live, nor any from the one in which it ended."""
    length, week = rollout.period_weeks, cells["week"].to_numpy(float)
    begin = int(week.min()) if len(week) else 0
    codes, sites = pd.factorize(cells["site"])

    def period_of(weeks: Mapping[str, int | None]) -> Floats:
        """Per cell the first week of the period in which that site's week lies; nan where it has none."""
        told = [weeks.get(site) for site in sites]
        found = [np.nan if one is None else float(begin + (one - begin) // length * length) for one in told]
        return np.array(found)[codes]

    phase_in, ended = period_of(rollout.go_live), period_of(rollout.ended)
    with np.errstate(invalid="ignore"):
        since = week - (phase_in + length)
        return np.where(since >= 0, since, np.nan), (week != phase_in) & ~(week >= ended)


Terms = tuple[list[str], list[Floats], list[float]]  # names, columns, prior standard deviations


def _levels(cells: pd.DataFrame, slope_sd: float) -> Terms:
    """A level and a drift for every site."""
    years = _years(cells)
    codes, sites = pd.factorize(cells["site"])
    at = [(codes == place).astype(float) for place in range(len(sites))]
    names = [f"level {site}" for site in sites] + [f"drift {site}" for site in sites]
    return names, [*at, *(column * years for column in at)], [np.inf] * len(sites) + [slope_sd] * len(sites)


def _years(cells: pd.DataFrame) -> Floats:
    week = cells["week"].to_numpy(float)
    return np.asarray((week - week.mean()) / WEEKS_A_YEAR)


def _period_levels(cells: pd.DataFrame) -> Terms:
    names, columns, sds = _levels(cells, np.inf)
    for week in sorted(set(cells["week"]))[1:]:
        names.append(f"period {week}")
        columns.append((cells["week"] == week).to_numpy(float))
        sds.append(np.inf)
    return names, columns, sds


def _nuisance(cells: pd.DataFrame, priors: Priors) -> Terms:
    week = cells["week"].to_numpy(float)
    names, columns, sds = _levels(cells, priors.site_slope)
    names.append("drift")
    columns.append(_years(cells))
    sds.append(priors.common_slope)
    for harmonic in range(1, HARMONICS + 1):
        angle = 2 * np.pi * harmonic * week / WEEKS_A_YEAR
        for word, column in (("cos", np.cos(angle)), ("sin", np.sin(angle))):
            names.append(f"season {harmonic} {word}")
            columns.append(column)
            sds.append(priors.season)
    return names, columns, sds


def _in_bin(since: Floats, low: int, high: int | None) -> np.ndarray[Any, np.dtype[np.bool_]]:
    with np.errstate(invalid="ignore"):
        return np.asarray((since >= low) & (since < (np.inf if high is None else high)))
