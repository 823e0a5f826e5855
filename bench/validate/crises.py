"""Simulations of crises: time to a human, what is missed, false alarms."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from bench.validate import made
from bench.validate.simulation import Draw, Floats, Simulation
from bench.validate.visits import EXACT
from warehouse.totals import PART

TYPICAL, SIGMA = 25.0, 1.0  # minutes, log-normal
NEVER = 0.02  # of signals, not reached before the week had settled
SETTLED = 14 * 24 * 60
STEPS = ((120, 1), (480, 15), (1440, 60), (14400, 360), (10**9, 1440))  # as released: up to, in steps of
TARGET = 60
IN_STEPS = "no less: times are released in steps, and a limit is a whole step"


def rounded(minutes: Floats, up: bool) -> Floats:
    """As times are released: the end of the step where it was over, its beginning where it was not yet."""
    found, below = np.array(minutes), 0
    for until, step in STEPS:
        here = (minutes > below) & (minutes <= until)
        found[here] = (np.ceil if up else np.floor)(minutes[here] / step) * step
        below = until
    return found


def _signals(random: np.random.Generator, draws: int, many: int) -> tuple[np.ndarray, Floats, np.ndarray]:
    """(draw, whole minutes to contact, was anybody reached) of each signal."""
    draw = np.repeat(np.arange(draws), many)
    minutes = TYPICAL * np.exp(SIGMA * random.normal(size=len(draw)))
    reached = random.random(len(draw)) >= NEVER
    return draw, np.where(reached, np.ceil(minutes), SETTLED + random.integers(0, 10080, len(draw))), reached


def _times(random: np.random.Generator, draws: int, many: int) -> made.Cells:
    draw, minutes, reached = _signals(random, draws, many)
    time = np.where(reached, rounded(minutes, True), rounded(minutes, False))
    size = len(draw)
    rows = {"draw": draw, "time": time, "observed": reached * 1, "censored": 1 - reached * 1}
    words = {"question": np.full(size, "crisis", object), "how": np.full(size, "", object)}
    return made.cells("time_cells", {**rows, **words}, draws, part="crisis" + PART)


def _quantile(metric: str, p: float, many: int) -> Simulation:
    truth = math.ceil(TYPICAL * math.exp(SIGMA * float(special.ndtri(p / (1 - NEVER)))))

    def drawn(random: np.random.Generator, draws: int) -> list[Draw]:
        return made.told(metric, _times(random, draws, many), float(rounded(np.array([float(truth)]), True)[0]))

    name = "median" if p == 0.5 else f"p{p * 100:.0f}"
    return Simulation(
        f"{metric}_{many}",
        f"{name} of the minutes to a human, as released",
        f"{many} signals, {NEVER:.0%} never reached".replace("%", " %"),
        many=drawn,
        covers=(0.935, 1.0),
        note=IN_STEPS,
    )


def _typical(random: np.random.Generator, draws: int) -> list[Draw]:
    draw, minutes, reached = _signals(random, draws, 60)
    draw, minutes = draw[reached], minutes[reached]
    logs = np.round(np.log1p(minutes) * 1e6)
    rows = made.added(
        draw,
        draws,
        contacted=np.ones(len(draw)),
        signals=np.ones(len(draw)),
        log_minutes=logs,
        log_minutes_squared=logs**2,
    )
    return made.told("crisis_contact", made.cells("crisis_cells", rows, draws), _true_typical())


def _true_typical() -> float:
    """The geometric mean of 1 + whole minutes, less 1."""
    minutes = np.arange(1, 20_000)
    edges = np.log(np.append(minutes, 20_000) / TYPICAL) / SIGMA
    chance = np.diff(special.ndtr(np.concatenate([[-np.inf], edges[:-1]])))
    return float(np.expm1(chance @ np.log1p(minutes)))


def _inside(random: np.random.Generator, draws: int) -> list[Draw]:
    """A tenth is undetermined: of those the true share inside is another, which no method could know."""
    n, p = random.integers(60, 300, draws), random.uniform(0.6, 0.95, draws)
    open_ = random.binomial(n, 0.05)
    within = random.binomial(n - open_, p)
    rows = {
        "draw": np.arange(draws),
        "signals": n,
        "within_target": within,
        "past_target": n - open_ - within,
        "undetermined": open_,
    }
    return made.told("crisis_inside_target", made.cells("crisis_cells", rows, draws), 0.95 * p + 0.05 * (p - 0.3))


def _inside_by_severity(random: np.random.Generator, draws: int) -> list[Draw]:
    """Watched for different times, so that some are undetermined: Kaplan-Meier at the target."""
    draw, minutes, reached = _signals(random, draws, 120)
    watched = random.uniform(5, 400, len(draw))
    seen = reached & (minutes <= watched)
    rows = {
        "draw": draw,
        "time": np.where(seen, minutes, np.floor(watched)),
        "observed": seen * 1,
        "censored": 1 - seen * 1,
    }
    size = len(draw)
    named = {
        "question": np.full(size, "crisis", object),
        "how": np.full(size, "", object),
        "stratum": np.full(size, "urgent", object),
    }
    inside, past = seen & (minutes <= TARGET), (seen & (minutes > TARGET)) | (~seen & (watched > TARGET))
    counts = made.added(
        draw,
        draws,
        signals=np.ones(size),
        within_target=inside * 1.0,
        past_target=past * 1.0,
        undetermined=~(inside | past) * 1.0,
    )
    target = {
        "name": np.array(["crisis_target.urgent"], object),
        "value": np.array([float(TARGET)]),
        "low": np.array([float(TARGET)]),
        "high": np.array([float(TARGET)]),
    }
    split = {"by": "severity", "strata": ("urgent",)}
    first = made.cells(
        "crisis_cells",
        {**counts, "stratum": np.full(draws, "urgent", object)},
        draws,
        aside={"declared_value": target},
        **split,
    )
    return made.told(
        "crisis_inside_target", made.also(first, "time_cells", {**rows, **named}, "crisis" + PART), _true_inside()
    )


def _true_inside() -> float:
    return float(special.ndtr(math.log(TARGET / TYPICAL) / SIGMA)) * (1 - NEVER)


def _share(metric: str, what: str, columns: tuple[str, str, str], p: tuple[float, float]) -> Simulation:
    """columns: the events, the others, and what n is counted in ("" where it is both together)."""

    def many(random: np.random.Generator, draws: int) -> list[Draw]:
        n, chance = random.integers(40, 250, draws), random.uniform(*p, draws)
        events = random.binomial(n, chance)
        above, others, below = columns
        rows = {"draw": np.arange(draws), "signals": n, above: events}
        rows |= {others: n - events} if others else {}
        rows |= {below: n} if below else {}
        return made.told(metric, made.cells("crisis_cells", rows, draws), chance)

    return Simulation(metric, what, f"{p[0]:.0%} to {p[1]:.0%} of 40 to 250".replace("%", " %"), many=many)


def _closed(random: np.random.Generator, draws: int) -> list[Draw]:
    rate = random.uniform(0.5, 6.0, draws)
    rows = {"draw": np.arange(draws), "signals": np.full(draws, 100), "closed_by_automation": random.poisson(rate)}
    return made.told("crisis_closed_by_automation", made.cells("crisis_cells", rows, draws), rate)


def _false_alarms(random: np.random.Generator, draws: int) -> list[Draw]:
    weeks, rate = random.integers(50, 600, draws), random.uniform(0.05, 0.8, draws)
    rows = {"draw": np.arange(draws), "clinician_weeks": weeks, "false_by_automation": random.poisson(rate * weeks)}
    return made.told("crisis_false_alarms", made.cells("crisis_cells", rows, draws), rate)


BOUNDS = "no less: the limits allow for whatever became of those undetermined"
CRISES = (
    _quantile("crisis_median", 0.5, 60),
    _quantile("crisis_p90", 0.9, 150),
    _quantile("crisis_p95", 0.95, 400),
    Simulation("crisis_contact", "typical minutes to a human, geometric mean", "60 signals", many=_typical),
    Simulation(
        "crisis_inside",
        "reached inside the target",
        "60 to 300 signals, 5 % undetermined, who fare worse",
        many=_inside,
        covers=(0.935, 1.0),
        note=BOUNDS,
        biased=True,
    ),
    Simulation(
        "crisis_inside_severity",
        "the same by severity, Kaplan-Meier at the target",
        "120 signals, some watched for less than the target",
        many=_inside_by_severity,
    ),
    _share("crisis_unreached", "nobody reached yet", ("unreached", "contacted", ""), (0.01, 0.08)),
    _share("crisis_out_of_hours", "outside opening hours", ("out_of_hours", "", ""), (0.2, 0.6)),
    _share(
        "crisis_inside_target_out_of_hours",
        "inside the target, out of hours",
        ("out_of_hours_within_target", "", "out_of_hours"),
        (0.5, 0.95),
    ),
    _share(
        "crisis_found_by_automation", "real danger automation noticed", ("real_found", "real_missed", ""), (0.5, 0.97)
    ),
    _share("crisis_alarms_real", "alarms that were real", ("real_found", "false_by_automation", ""), (0.2, 0.8)),
    Simulation(
        "crisis_closed",
        "signals closed by automation alone",
        "0.5 to 6 expected",
        many=_closed,
        covers=(0.935, 1.0),
        note=EXACT,
    ),
    Simulation(
        "crisis_false_alarms",
        "false alarms a clinician and week",
        "0.05 to 0.8 in 50 to 600 clinician-weeks",
        many=_false_alarms,
        covers=(0.935, 1.0),
        note=EXACT,
    ),
)
