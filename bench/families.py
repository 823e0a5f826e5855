"""Every family of metrics from the rows, with pandas, lifelines and statsmodels, as one would write it with care.

Each function takes the rows and the keys of a split, and gives the metrics it tells with their limits, by group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from bench import models, waits
from bench.given import Given
from bench.limits import Answers, answers, clustered, differences, effects, means, rates, shared, shares, summed
from bench.peer import Key, Z
from metrics.cut import effect_past_cut

Told = Iterator[tuple[str, Answers]]
MEANS = {  # metric -> questionnaire and scale
    "alliance": ("WAI-SR", "total"),
    "alliance_goal": ("WAI-SR", "goal"),
    "alliance_task": ("WAI-SR", "task"),
    "alliance_bond": ("WAI-SR", "bond"),
    "session_rating": ("SRS", "total"),
}
WORSE = {"worse_phq_9": ("PHQ-9", 6.0), "worse_gad_7": ("GAD-7", 4.0)}
CASES = {"depression": ("PHQ-9", 10.0, 6.0), "anxiety": ("GAD-7", 8.0, 4.0)}
COURSE_GAP = pd.Timedelta(days=91)  # an answer so much later begins a new course
BURNOUT = {"burnout": "work.points", "burnout_personal": "personal.points", "burnout_client": "client.points"}


def everything(given: Given, stratifiers: Sequence[str]) -> dict[tuple[str, ...], Answers]:
    """Every metric for the practice and every site, undivided and by each stratifier: (metric, keys...) -> groups."""
    found: dict[tuple[str, ...], Answers] = {}
    for by in (None, *stratifiers):
        for site in ((), ("site",)):
            keys = [*site, *([by] if by else [])]
            for family in (*FAMILIES, *(() if by else OF_STAFF)):
                if not (site and family in PRACTICE_WIDE):
                    found |= {(name, *keys): answers for name, answers in family(given, keys)}
    return found


def visits(given: Given, keys: list[str]) -> Told:
    rows = given.frames["appointment"]
    was = {name: rows["status"] == name for name in ("attended", "no_show", "late_cancel")}
    freed = was["no_show"] | was["late_cancel"]
    lost = freed & ~rows["refilled"].eq(True)
    due = was["attended"] | was["no_show"]
    asked = {
        "no_show_rate": (due, was["no_show"]),
        "late_cancel_rate": (due | freed, was["late_cancel"]),
        "slots_lost": (due | freed, lost),
    }
    for metric, (population, event) in asked.items():
        total = summed(rows, keys, n=population, y=event)
        own, _ = clustered(rows, keys, population, event.astype(float))
        share = (total["y"] / total["n"]).to_numpy()
        yield metric, shares(total, np.maximum(own / (share * (1 - share)), 1))
    wait = (rows["day"] - pd.to_datetime(rows["booked_on"])).dt.days
    known = due & wait.notna()
    total = summed(rows, keys, n=known, y=wait.where(known), yy=(wait**2).where(known))
    own_wait, _ = clustered(rows, keys, known, wait)
    yield "wait_from_booking", means(total, own_wait)
    if set(keys) - {"site"}:
        yield "wait_gap", _longer(total, own_wait)
    remote = due & rows["modality"].isin(("video", "phone")) & rows["connection_failed"].notna()
    failed = remote & rows["connection_failed"].eq(True)
    yield "failed_connections", shares(summed(rows, keys, n=remote, y=failed))
    reminded = rows["reminders"].astype(float).where(due)
    yield "reminders_per_visit", rates(summed(rows, keys, n=reminded.notna(), y=reminded), 1.0)


def _longer(total: pd.DataFrame, own: np.ndarray) -> Answers:
    """A group's mean wait less that of all others of its site."""
    n, days = total["n"].to_numpy(), total["y"].to_numpy()
    spread = n * np.fmax(np.maximum(total["yy"].to_numpy() - days**2 / n, 0) / (n - 1), own)
    table = pd.DataFrame({"n": n, "y": days, "v": spread}, index=total.index)
    rest = (
        table.groupby(level="site", observed=True).transform("sum") if total.index.nlevels > 1 else table.sum()
    ) - table
    gap = (table["y"] / table["n"] - rest["y"] / rest["n"]).to_numpy()
    half = Z * np.sqrt((table["v"] / table["n"] ** 2 + rest["v"] / rest["n"] ** 2).to_numpy())
    return answers(total, gap, gap - half, gap + half)


def scores(given: Given, keys: list[str]) -> Told:
    for metric, (instrument, scale) in MEANS.items():
        rows = given.sheets[instrument]
        points = rows[f"{scale}.points"]
        total = summed(rows, keys, n=points.notna(), y=points, yy=points**2)
        own, often = clustered(rows, keys, points.notna(), points)
        yield metric, means(total, own)
        if metric == "session_rating":
            total["past"] = summed(rows, keys, y=points < 36)["y"]
            n, mean = total["n"].to_numpy(), (total["y"] / total["n"]).to_numpy()
            effect = np.maximum(own / ((total["yy"] / total["n"]).to_numpy() - mean**2), 1)
            past = effect_past_cut(effect, often, (total["past"] / n).to_numpy(), n)
            yield "session_below_cutoff", shares(total, past, y="past")
        if metric == "alliance":
            yield "alliance_answered", shares(summed(rows, keys, n=points.isna() | True, y=points.notna()))
    for metric, (instrument, change) in WORSE.items():
        rows = _in_order(given.sheets[instrument], "total.points")
        follows, before = _before(rows, "total.points")
        fell = follows & (rows["total.points"] - before >= change - 1e-9)
        yield metric, shared(rows, keys, follows, fell)
    rows = _in_order(given.sheets["WAI-SR"], "total.points")
    follows, _ = _before(rows, "total.points")
    course = (~follows).cumsum()
    place, first = rows.groupby(course).cumcount(), rows.groupby(course)[["total.points", "moment"]].transform("first")
    known = first["moment"] >= pd.Timestamp(given.about["data_start"]) + COURSE_GAP
    fourth = (place == 3) & known
    change_ = (rows["total.points"] - first["total.points"]).where(fourth)
    yield "alliance_early_change", means(summed(rows, keys, n=fourth, y=change_, yy=change_**2))


def _in_order(rows: pd.DataFrame, points: str) -> pd.DataFrame:
    moment = pd.to_datetime(rows["taken_at"]).fillna(pd.to_datetime(rows["taken_on"])).fillna(rows["day"])
    kept = rows.assign(moment=moment)[rows[points].notna()]
    return kept.sort_values(["patient", "moment", "measure_id"], ignore_index=True)


def _before(rows: pd.DataFrame, points: str) -> tuple[pd.Series, pd.Series]:
    """Does an answer follow another of the same course, and what was that one?"""
    earlier = rows.groupby("patient", sort=False)[[points, "moment"]].shift()
    return (rows["moment"] - earlier["moment"] < COURSE_GAP), earlier[points]


def outcomes(given: Given, keys: list[str]) -> Told:
    """Of finished courses of care: first and last sheet between beginning and end."""
    start, courses = pd.Timestamp(given.about["start"]), given.frames["course"]
    ended = pd.to_datetime(courses["ended_on"])
    until = start + pd.Timedelta(weeks=given.about["retained"] // 4 * 4)
    over = (ended >= start) & (ended < until) & courses["second_visit_on"].notna()
    finished = courses[over & (pd.to_datetime(courses["started_on"]) >= pd.Timestamp(given.about["data_start"]))]
    for word, (instrument, case, change) in CASES.items():
        rows = _first_and_last(finished, given.sheets[instrument])
        first, last = rows["first"], rows["last"]
        paired = first.notna()
        better, worse = paired & (first - last >= change), paired & (last - first >= change)
        at_case = paired & (first >= case)
        recovered = at_case & (last < case)
        for name, (event, population) in {
            "improved": (better, paired | True),
            "deteriorated": (worse, paired | True),
            "recovered": (recovered, at_case),
            "reliably_recovered": (recovered & better, at_case),
        }.items():
            yield f"{word}_{name}", shares(summed(rows, keys, n=population, y=event))
        moved = last - first
        yield f"{word}_change", means(summed(rows, keys, n=paired, y=moved, yy=moved**2))


def _first_and_last(courses: pd.DataFrame, sheets: pd.DataFrame) -> pd.DataFrame:
    told = sheets[["patient", "site", "day", "measure_id", "total.points"]].dropna(subset=["total.points"])
    both = courses[["course", "patient", "site", "started_on", "ended_on"]].merge(told, on=["patient", "site"])
    inside = (both["day"] >= pd.to_datetime(both["started_on"])) & (both["day"] <= pd.to_datetime(both["ended_on"]))
    own = both[inside].sort_values(["course", "day", "measure_id"]).groupby("course")["total.points"]
    ends = pd.DataFrame({"first": own.first(), "last": own.last()})[own.size() > 1]
    return courses.join(ends, on="course")


def messages(given: Given, keys: list[str]) -> Told:
    rows = given.frames["contact"]
    came, gone = rows["delivered"].eq(True), rows["opted_out"].eq(True)
    alike = effects(rows, keys, came, gone)
    yield "message_opt_outs", shares(summed(rows, keys, n=came, y=gone), alike)
    sides = [rows["personalised"].eq(kind) for kind in (True, False)]
    one, other = (shares(summed(rows, keys, n=came & side, y=gone & side), alike) for side in sides)
    yield "message_opt_out_gap", differences(one, other)
    yield "message_escalated", shared(rows, keys, came | True, rows["escalated"].eq(True))


def comments(given: Given, keys: list[str]) -> Told:
    said, seen, sent = (given.frames[name] for name in ("feedback", "appointment", "contact"))
    rated = said["rating"].notna()
    rating = said["rating"].astype(float)
    total = summed(said, keys, n=rated, y=rating, yy=rating**2)
    yield "experience_rating", means(total, clustered(said, keys, rated, rating)[0])
    contacts = pd.concat(
        [
            seen.loc[seen["status"].eq("attended"), ["patient", *keys]].assign(m=1.0, y=0.0),
            sent.loc[sent["delivered"].eq(True), ["patient", *keys]].assign(m=1.0, y=0.0),
            said.loc[said["kind"].eq("complaint"), ["patient", *keys]].assign(m=0.0, y=1.0),
        ],
        ignore_index=True,
    )
    own = contacts.groupby([*keys, "patient"], observed=True)[["m", "y"]].sum()
    m, y = own["m"], own["y"]
    parts = pd.DataFrame({"n": m, "y": y, "mm": m * m, "my": m * y, "yy": y * y, "people": (m > 0).astype(float)})
    all_ = parts.groupby(level=keys, observed=True).sum() if keys else parts.sum().to_frame().T
    n, said_, mm, my, yy, people = (all_[name].to_numpy() for name in parts)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = said_ / n
        times = (yy - 2 * rate * my + rate**2 * mm) * people / (people - 1) / said_
    yield "complaints", rates(all_, 1000.0, np.fmax(np.where(np.isfinite(times), times, 1.0), 1.0))


def staff(given: Given, keys: list[str]) -> Told:
    rows = given.sheets["CBI"]
    for metric, column in BURNOUT.items():
        points = rows[column]
        yield metric, means(summed(rows, keys, n=points.notna(), y=points, yy=points**2))
    yield "staff_answered", shares(summed(rows, keys, n=rows["site"].notna(), y=rows["work.points"].notna()))


Family = Callable[[Given, list[str]], Told]
FAMILIES: tuple[Family, ...] = (visits, scores, outcomes, messages, comments, waits.crises, waits.triage)
FAMILIES = (*FAMILIES, waits.rebooking, waits.stays, models.forecasts)
OF_STAFF: tuple[Family, ...] = (staff,)
PRACTICE_WIDE: tuple[Family, ...] = (models.forecasts,)
__all__ = ["Key", "everything"]
