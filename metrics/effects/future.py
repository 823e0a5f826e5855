"""How precise will an effect be on a later day, if the practice goes on as it did? From the design alone, no outcome.

The columns of the model are laid out to that day with the sites' usual numbers; dispersion, priors and what is known of
patients who repeat are those of the fit. Used before go-live (the planner) and at every look (how much of the
information is in).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from metrics.effects import pooled
from metrics.effects.checks import step_inflation
from metrics.effects.design import BESIDE, SETTLING, Design, Priors, Rollout, independent, make_design, since_and_kept
from metrics.effects.glm import Cells, Fit, Floats
from metrics.effects.its import assumed
from metrics.effects.moments import Times
from metrics.effects.pooled import Model
from metrics.effects.reading import LEVEL_Z

USUAL_WEEKS = 26  # the last half year says how many there are per period


@dataclass(frozen=True)
class Precision:
    """wide_error: as wide as a normal interval would need it to be at 95 %; assumed: what was assumed would answer, and
    not the data; models: as they would be fitted."""

    wide_error: float
    assumed: bool
    models: tuple[Model, ...]

    @property
    def information(self) -> float:
        return self.wide_error**-2

    @property
    def inflation(self) -> float:
        """Of a step's variance by drift and season."""
        return max(step_inflation(model) for model in self.models)


Absent = Mapping[str, Sequence[tuple[float, float]]]  # site -> weeks [from, to) that lie on neither side


def precision(
    model: Model,
    rollout: Rollout,
    priors: Priors,
    until: int,
    absent: Absent = MappingProxyType({}),
    moved: float = 0.0,
) -> Precision | None:
    """What the effect's error will be when every period before week `until` is known; None where it cannot be told.

    model: a fit of the cells so far (with or without treated ones); rollout: who goes live when, in the panel's weeks;
    moved: what the rollout adds to the mean of the cells to come, for a share that falls also varies less.
    """
    if _is_all(model, rollout, until):
        design, mean = model.design, model.fit.fitted
    else:
        cells = laid_out(model, rollout, until, absent)
        if cells.empty:
            return None
        design = make_design(cells, rollout, priors)
        mean = design.cells["expected_mean"].to_numpy(float)
        mean = _moved(mean, moved * design.treated * design.cells["coming"].to_numpy(float), model.family.name)
    if not design.treated.any():
        return None
    foreseen = _foreseen(model, design, mean, rollout.period_weeks)
    if foreseen is None:
        return None
    terms = pooled.variance(foreseen, gradient(foreseen))
    wide = float(np.sqrt(terms.total)) * float(stats.t.ppf(0.975, foreseen.freedom)) / LEVEL_Z
    if not wide > 0:
        return None
    return Precision(wide, assumed(design, terms), (foreseen,))


def _is_all(model: Model, rollout: Rollout, until: int) -> bool:
    """Is nothing to come, nothing after that week, and the rollout the one of the model?"""
    cells = model.design.cells
    week = cells["week"].to_numpy()
    if any(week[rows][-1] + rollout.period_weeks != until for rows in model.times.blocks()):
        return False
    since, kept = since_and_kept(cells, rollout)
    return bool(kept.all()) and np.array_equal(since, model.design.since, equal_nan=True)


def laid_out(model: Model, rollout: Rollout, until: int, absent: Absent) -> pd.DataFrame:
    """The cells so far and those to come (coming: 1), before week `until`: site, week, n, the mean to be expected."""
    past = model.design.cells
    beside = [name for name in map(str, past.columns) if name.startswith(BESIDE)]
    columns = {name: past[name].to_numpy() for name in ("site", "week", "n", *beside)}
    columns |= {"expected_mean": model.fit.fitted, "coming": np.zeros(len(past))}
    begin = int(columns["week"].max()) + rollout.period_weeks
    parts = []
    for rows in model.times.blocks():
        own = {name: values[rows] for name, values in columns.items()}
        known = own["week"] + rollout.period_weeks <= until
        parts.append({name: values[known] for name, values in own.items()})
        parts.append(_to_come(own, range(begin, until - rollout.period_weeks + 1, rollout.period_weeks), absent))
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in columns})


def _to_come(own: dict[str, Any], periods: range, absent: Absent) -> dict[str, Any]:
    """One site's cells of the periods to come, each with its usual numbers.

    A period that is over and not among the cells (no survey in it, or withheld) will not come: counted as to come, it
    made what would be known look like more.
    """
    site, past, length = str(own["site"][0]), own["week"], periods.step
    last = int(past[-1])
    weeks = np.array(periods, dtype=int)
    for since, ended in absent.get(site, ()):
        weeks = weeks[~((weeks + length > since) & (weeks < ended))]

    def usual(name: str) -> float:
        if name.startswith(BESIDE):
            return 0.0 if name.endswith(SETTLING) else float(own[name][-1])
        return float(own[name][past > last - USUAL_WEEKS].mean())

    told = {name: np.full(len(weeks), usual(name)) for name in own if name not in ("site", "week", "coming")}
    told["coming"] = np.ones(len(weeks))
    return {"site": np.full(len(weeks), site, dtype=object), "week": weeks, **told}


def _moved(mean: Floats, by: Floats, family: str) -> Floats:
    """The means after a change; a share or rate keeps a tenth of what it was, for none can fall below 0."""
    if family == "gaussian":
        return mean + by
    most = 1 - 0.1 * (1 - mean) if family == "binomial" else np.inf
    return np.clip(mean + by, 0.1 * mean, most)


def _foreseen(model: Model, design: Design, mean: Floats, period_weeks: int) -> Model | None:
    """The model as it would be fitted to these cells; None where the effect could not be told from the rest."""
    cells = design.cells
    per_n = float((model.cells.weight / model.design.cells["n"].to_numpy(float)).mean())
    weight = cells["n"].to_numpy(float) * per_n
    family = model.family
    working = weight * family.slope(mean) ** 2 / family.variance(mean)
    kept = independent(design.columns, weight)
    if not kept[design.effect].all():
        return None
    penalty = np.where(np.isinf(design.prior_sd), 0.0, design.prior_sd**-2.0)
    free = (penalty == 0) & ~kept
    columns, penalty = design.columns[:, ~free], penalty[~free]
    information = (columns * working[:, None]).T @ columns / model.factor + np.diag(penalty)
    fit = Fit(np.zeros(columns.shape[1]), mean, working, np.zeros(len(mean)))
    freedom = max((len(cells) - int(kept.sum())) / 3, 3.0)
    return Model(
        family,
        design,
        Cells(mean, weight, np.zeros(len(mean))),
        fit,
        columns,
        design.effect[~free],
        design.beside[~free],
        penalty,
        np.asarray(np.linalg.inv(information), dtype=np.float64),
        model.factor,
        model.dispersion,
        Times.of(cells, period_weeks),
        freedom,
        model.repeat_deff,
    )


def gradient(model: Model) -> Floats:
    """Of the mean change of the treated cells, were there none."""
    weights = model.design.cells["n"].to_numpy(float) * model.design.treated
    weights = weights / weights.sum()
    moved = model.columns.copy()
    moved[:, ~model.effect] = 0.0
    return np.asarray((weights * model.family.slope(model.fit.fitted))[:, None] * moved).sum(axis=0)


def joint(parts: Sequence[Precision | None]) -> Precision | None:
    """Of a gap between two groups: both errors count."""
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    error = float(np.sqrt(sum(part.wide_error**2 for part in known)))
    models = tuple(model for part in known for model in part.models)
    return Precision(error, any(part.assumed for part in known), models)
