"""The slow way for what happens outside of visits: whose site and strata it is, and which groups it counts in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pandas as pd

from tests.etl_release.plain import WEEKS

Row = dict[str, Any]
Strata = dict[str, Callable[[Row], str]]


def last_visits(events: list[Row], visits: Iterable[Row]) -> list[Row]:
    """Each event with the last visit its patient kept up to its `day`; the one the engine takes where there are two."""
    kept: dict[int, list[Row]] = {}
    for row in visits:
        if row["status"] == "attended":
            kept.setdefault(row["patient_id"], []).append(row)
    found = []
    for event in events:
        before = [row for row in kept.get(event["patient_id"], []) if row["starts_on"] <= event["day"]]
        last = max((row["starts_on"] for row in before), default=None)
        found.append(event | {"visits": [row for row in before if row["starts_on"] == last]})
    return found


def sites_of(events: list[Row], known: list[str]) -> list[Row]:
    """With `site`: the event's own, else that of the last visit; those of nobody's site are left out."""
    found = []
    for event in events:
        visited = max((row["site_id"] for row in event["visits"]), key=known.index, default=None)
        site = event["site_id"] or visited
        if site in known:
            found.append(event | {"site": site})
    return found


def strata_of(frames: dict[str, pd.DataFrame], people: Iterable[Row]) -> Strata:
    """What each stratifier says of an event."""
    sex = {person["patient_id"]: person["sex"] for person in people}
    category = frames["category"]
    labels = {name: list(rows["stratum"]) for name, rows in category.groupby("stratifier")}

    def word(name: str, value: str | None) -> str:
        named = {part for label in labels[name] for part in label.split(" + ")}
        told = value or "not recorded"
        wanted = told if told in named else "all others"
        return next(label for label in labels[name] if wanted in label.split(" + "))

    def modality(row: Row) -> str:
        codes = sorted({visit["modality"] for visit in row["visits"] if visit["modality"]})
        unknown = any(visit["modality"] is None for visit in row["visits"])
        return word("modality", None if unknown or not codes else codes[-1])

    return {
        "all": lambda row: "all",
        "sex": lambda row: word("sex", sex.get(row["patient_id"])),
        "modality": modality,
        "exposure": lambda row: "automation" if row["visits"] and _last_exposed(row) else "none",
    }


def _last_exposed(row: Row) -> bool:
    order = {None: 9, "in_person": 0, "phone": 1, "video": 2}
    last = max(row["visits"], key=lambda visit: (order[visit["modality"]], not visit["exposed"]))
    return bool(last["exposed"])


def shown_rows(cells: pd.DataFrame, rows: list[Row], stratum: Callable[[Row], str]) -> Iterator[tuple[Row, list[Row]]]:
    """Each published cell and the rows that are counted in its group."""
    for cell in cells[cells["state"] == "published"].to_dict("records"):
        end = cell["period_start"] + timedelta(weeks=WEEKS[cell["grain"]])
        here = [row for row in rows if cell["period_start"] <= row["day"] < end and cell["site"] in ("*", row["site"])]
        yield cell, [row for row in here if stratum(row) == cell["stratum"]]


def released_of(rows: list[Row], cells: pd.DataFrame) -> list[Row]:
    """The rows in published undivided groups of these cells."""
    shown = cells[(cells["stratifier"] == "all") & (cells["state"] == "published")]
    weeks = {
        (site, start + timedelta(weeks=n))
        for site, grain, start in shown[["site", "grain", "period_start"]].itertuples(index=False)
        for n in range(WEEKS[grain])
    }
    monday = lambda row: row["day"] - timedelta(days=row["day"].weekday())  # noqa: E731
    return [row for row in rows if (row["site"], monday(row)) in weeks or ("*", monday(row)) in weeks]
