"""A simulated practice of several sites: weekly visits and missed ones, with drift, season, shocks and a rollout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

YEAR = 365.25 / 7


@dataclass(frozen=True)
class World:
    """How the practice is: visits per site-week, over-dispersion phi, autocorrelation rho, share of shocks in common,
    spread of the sites' drift (logit a year), relative effect of the rollout and the weeks it takes to arrive."""

    weeks: int = 156
    visits: float = 100
    phi: float = 2.0
    rho: float = 0.35
    shared: float = 0.0
    drift_sd: float = 0.12
    effect: float = 0.0
    ramp: int = 0


def simulate(world: World, go_live: Sequence[int | None], rng: np.random.Generator) -> tuple[pd.DataFrame, float]:
    """One practice as a panel (site, week, n, events), and the true effect: the mean of p with minus p without, over
    the visits of whole weeks after go-live."""
    week = np.arange(world.weeks)
    start = rng.integers(52)
    angle = 2 * np.pi * (week + start) / YEAR
    season = 0.15 * np.cos(angle) + 0.05 * np.cos(2 * angle + 1) + 0.25 * np.isin((week + start) % 52, [51, 0])
    common = _shocks(world, rng)
    parts, moved, visits = [], 0.0, 0
    for at, live in enumerate(go_live):
        mean = world.visits * np.exp(rng.normal(0, 0.3) - 0.045)
        base, drift = rng.uniform(0.12, 0.20), rng.normal(-0.05, world.drift_sd)
        own = np.sqrt(world.shared) * common + np.sqrt(1 - world.shared) * _shocks(world, rng)
        spread = np.sqrt((world.phi - 1) / (mean * base * (1 - base)))
        eta = np.log(base / (1 - base)) + drift * (week - world.weeks / 2) / YEAR + season + spread * own
        without = 1 / (1 + np.exp(-eta))
        since = np.full(world.weeks, -1) if live is None else week - live - 1
        reached = np.minimum((since + 1) / world.ramp, 1) if world.ramp else np.ones(world.weeks)
        with_it = without * (1 + world.effect * np.where(since >= 0, reached, 0))
        n = rng.poisson(mean, world.weeks)
        parts.append(pd.DataFrame({"site": f"s{at:02d}", "week": week, "n": n, "events": rng.binomial(n, with_it)}))
        moved += float((n * (with_it - without))[since >= 0].sum())
        visits += int(n[since >= 0].sum())
    return pd.concat(parts, ignore_index=True), moved / max(visits, 1)


def _shocks(world: World, rng: np.random.Generator) -> np.ndarray:
    shocks = np.empty(world.weeks)
    shocks[0] = rng.normal()
    for at in range(1, world.weeks):
        shocks[at] = world.rho * shocks[at - 1] + rng.normal(0, np.sqrt(1 - world.rho**2))
    return shocks
