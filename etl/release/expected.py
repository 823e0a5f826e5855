"""Each visit's risk of being missed, or its slot lost, as its confounders let expect: columns to be summed like any."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from etl.release import confounders, engine, strata
from etl.release.attendance import within
from etl.release.confounders import Factor, Model
from etl.release.grid import as_date
from etl.release.rows import Column, Rows
from etl.release.slots import STATUSES
from etl.release.work import Work
from warehouse.schema import ALL

TABLE = "confounder_fit"
OUTCOMES = ("no_show", "lost")


def attributes(work: Work) -> list[strata.Attribute]:
    """The confounders whose categories are coded in the engine; those that are stratifiers as well are so already."""
    release = work.settings.release
    own = [name for name in release.confounders if name not in ("new_patient", "weekday", "site")]
    wanted = {item.name: item for item in work.wanted}
    missing = tuple(name for name in own if name not in wanted)
    more = release.stratifiers.model_copy(update={"names": missing})
    named = strata.named_before(work.before("category"))
    found = strata.attributes(work.appointments, work.patients, more, work.k, named) if missing else []
    return [wanted[name] for name in own if name in wanted] + found


def with_risks(work: Work, slots: Rows, known: list[strata.Attribute], regions: Mapping[str, pd.DataFrame]) -> Rows:
    """The slots with `risk_<outcome>` where there is a model of it. Adds confounder_fit.

    regions: the site-weeks that are published undivided (under "all"), and divided by each stratifier. A model is
    fitted on those in which every confounder's bands are published: what it tells follows from what is shown.
    """
    factors = confounders.factors_of(
        slots, work.settings.release.confounders, {item.name: item for item in known}, work.sites.labels
    )
    if work.previous is not None:
        models = [confounders.stored(outcome, work.before(TABLE)) for outcome in OUTCOMES]
    else:
        models = _fitted(work, slots, factors, regions)
    risks: dict[str, Column] = {}
    for model in models:
        work.add(TABLE, model.table)
        if model.intercept is not None:
            risks[f"risk_{model.outcome}"] = model.risks(factors, len(slots))
    return slots.having(**risks)


def _fitted(work: Work, slots: Rows, factors: list[Factor], regions: Mapping[str, pd.DataFrame]) -> list[Model]:
    until = _first_go_live(work)
    last = work.grid.until if until is None else min(work.grid.week(until), work.grid.until)
    numbered = slots.having(row=np.arange(len(slots)))
    for name, where in regions.items():
        if name == ALL or name in work.settings.release.confounders:
            numbered = within(numbered, where)
    chosen = numbered.where(numbered["week"] < last)["row"] if len(numbered) else np.zeros(0, dtype=np.int64)
    status, refilled = slots["status"][chosen], slots["refilled"][chosen]
    attended, missed, late = (status == STATUSES.index(word) for word in ("attended", "no_show", "late_cancel"))
    before = Rows({name: slots[name][chosen] for name in ("patient",)})
    day = work.grid.day(last)
    found = []
    for outcome, base, happened in (
        ("no_show", attended | missed, missed),
        ("lost", attended | missed | late, (missed | late) & (refilled != 1)),
    ):
        here = [factor.take(chosen[base]) for factor in factors]
        found.append(confounders.fit(outcome, before.where(base), happened[base], here, work.k, day))
    return found


def _first_go_live(work: Work) -> date | None:
    """The first day any component was in use anywhere; None where no rollout is recorded."""
    rollout = engine.table(work.backend, "rollout")
    first = rollout.aggregate(first=rollout.went_live_on.min()).to_pandas()["first"].iloc[0]
    return None if pd.isna(first) else as_date(first)
