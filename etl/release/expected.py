"""What do confounders let expect of each visit, and of each answer? Columns to be summed like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from etl.release import confounders, engine, strata
from etl.release.confounders import Model
from etl.release.frames import PreviousRelease
from etl.release.grid import as_date
from etl.release.levels import Factor
from etl.release.rows import Column, Rows
from etl.release.sheets import HUNDREDTHS
from etl.release.slots import NEW_KNOWN_FROM_DAYS, STATUSES
from etl.release.work import Work
from warehouse.schema import ALL

TABLE = "confounder_fit"
OUTCOMES = ("no_show", "lost")
ANSWERS = ("later answer", "first answer", "first or later answer")


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
    last = last_week(work)
    chosen = slots["week"] < last
    for name, where in regions.items():
        if name == ALL or name in work.settings.release.confounders:
            chosen &= slots.among(where[["site", "week"]])
    rows, factors = slots.where(chosen), [factor.take(chosen) for factor in factors]
    status, refilled = rows["status"], rows["refilled"]
    attended, missed, late = (status == STATUSES.index(word) for word in ("attended", "no_show", "late_cancel"))
    day = work.grid.day(last)
    found = []
    for outcome, base, happened in (
        ("no_show", attended | missed, missed),
        ("lost", attended | missed | late, (missed | late) & (refilled != 1)),
    ):
        here = [factor.take(base) for factor in factors]
        found.append(confounders.fit(outcome, rows.where(base), happened[base], here, work.k, day))
    return found


def with_points(work: Work, instrument: str, scales: Sequence[str], sheets: Rows) -> Rows:
    """The sheets with `<scale>.modelled` and `<scale>.expected` (hundredths) where there is a model. Adds its summary.

    What is declared of visits does not fit an answer: in the place of a new patient stands the first answer, and of
    the others those count that are known of a patient or of the last visit.
    """
    known = {item.name: item for item in work.wanted if item.column in sheets.columns}
    names = [name for name in work.settings.release.confounders if name in known or name == "site"]
    others = confounders.factors_of(sheets, names, known, work.sites.labels)
    last = last_week(work)
    found: dict[str, Column] = {}
    for scale in scales:
        outcome, answered = f"score.{instrument}.{scale}", sheets[f"{scale}.answered"].astype(bool)
        factors = [_answer(sheets, answered), *others]
        if work.previous is not None:
            model = confounders.stored(outcome, work.before(TABLE))
        else:
            chosen = answered & (sheets["week"] < last)
            points = sheets[f"{scale}.points"][chosen] / HUNDREDTHS
            here = [factor.take(chosen) for factor in factors]
            model = confounders.fit_points(outcome, sheets.where(chosen), points, here, work.k, work.grid.day(last))
        work.add(TABLE, model.table)
        if model.intercept is not None:
            told = np.where(answered, model.linear(factors, len(sheets)), np.nan)
            found[f"{scale}.modelled"] = ~np.isnan(told)
            found[f"{scale}.expected"] = np.rint(np.nan_to_num(told) * HUNDREDTHS).astype(np.int64)
    return sheets.having(**found)


def _answer(sheets: Rows, answered: Column) -> Factor:
    """Is it the first answer of the patient? So early in the exports nobody can say."""
    first = np.full(1 + int(sheets["patient"].max(initial=0)), np.iinfo(np.int32).max, dtype=np.int64)
    np.minimum.at(first, sheets["patient"][answered], sheets["week"][answered])
    later = sheets["week"] > first[sheets["patient"]]
    early = sheets["week"] < NEW_KNOWN_FROM_DAYS // 7
    return Factor("answer", np.where(later, 0, np.where(early, 2, 1)), ANSWERS)


def fitted_until(previous: PreviousRelease | None, extracted_on: date) -> date | None:
    """Up to which day were the models of the release fitted that is to be made anew as of its own day?

    Then nothing but the people who left makes a difference. None for any other release.
    """
    if previous is None or not previous.restate or as_date(previous.header["extracted_on"]) != extracted_on:
        return None
    days = previous.rows(TABLE).get("fitted_until", pd.Series(dtype=object)).dropna()
    return as_date(days.max()) if len(days) else None


def last_week(work: Work) -> int:
    """The first week that is not fitted on: that of the first go-live, or the first that is not settled."""
    days = [day for day in (_first_go_live(work), work.fitted_until) if day is not None]
    return min([work.grid.until, *(work.grid.week(day) for day in days)])


def _first_go_live(work: Work) -> date | None:
    """The first day any component was in use anywhere; None where no rollout is recorded."""
    rollout = engine.table(work.backend, "rollout")
    first = rollout.aggregate(first=rollout.went_live_on.min()).to_pandas()["first"].iloc[0]
    return None if pd.isna(first) else as_date(first)
