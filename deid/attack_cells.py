"""What is wrong with single rows of the cell tables, and with the rows of two releases side by side?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from deid import attack_families
from deid.disclosure import GRAINS

Frames = Mapping[str, pd.DataFrame]

NUMBERS = {  # table: its keys, and the column that says how many people a row is about
    "attendance_cells": (("stratifier", "stratum", "site", "grain", "period_start"), "patients"),
    "retention_cells": (("stratifier", "stratum", "site", "grain", "period_start", "week_in_care"), "at_risk"),
    "contrast_cells": (("component", "outcome", "confounder", "stratum", "exposed"), "patients"),
    "contrast_repeats": (("component", "outcome", "scope"), "patients"),
    "repeat_cells": (("outcome", "site", "window", "window_start", "stratifier", "stratum"), "patients"),
    "notice_cells": (("topic", "version", "outcome"), "patients"),
    **{name: (kept.keys, "patients") for name, kept in attack_families.FAMILIES.items()},
}
WORDS = ("state", "position", "release_id")


def small_groups(frames: Frames, k: int) -> Iterator[str]:
    """Published groups of 1 to k-1 people."""
    for name, (_, people) in NUMBERS.items():
        rows = _published(frames, name)
        family = attack_families.FAMILIES.get(name)
        least = k if family is None else family.k(k)
        who = "patients" if least == k else "members of staff"
        for column in (people, "patients", *(("starts_followed",) if name == "retention_cells" else ())):
            if column in rows and rows[column].between(1, least - 1).any():
                yield f"A published group of {name} has between 1 and {least - 1} {who}."


def numbers_withheld(frames: Frames) -> Iterator[str]:
    """Withheld groups that carry a number all the same."""
    for name, (keys, _) in NUMBERS.items():
        rows = _rows(frames, name)
        if "state" not in rows:
            continue
        counts = [column for column in rows.columns if column not in (*keys, *WORDS)]
        if rows.loc[rows["state"] != "published", counts].notna().any(axis=None):
            yield f"A withheld group of {name} carries a number."


def everybody_alike(frames: Frames) -> Iterator[str]:
    """Published groups whose members all share a sensitive outcome: all came, all missed, all left."""
    rows = _published(frames, "attendance_cells")
    if len(rows) and (_one_of(rows["attended"], rows["no_show"])).any():
        yield "In a published group of attendance_cells everybody kept, or everybody missed, their visits."
    rows = _published(frames, "contrast_cells")
    if len(rows) and (_one_of(rows["events"], rows["n"] - rows["events"])).any():
        yield "In a published group of contrast_cells everybody kept, or everybody missed, their visits."
    rows = _published(frames, "retention_cells")
    for everyone, left in (("at_risk", "unplanned"), ("starts_followed", "left_after_first")):
        if len(rows) and ((rows[everyone] > 0) & (rows[everyone] == rows[left])).any():
            yield "In a published group of retention_cells everybody left."
    yield from attack_families.everybody_alike(frames)


def changed(previous: Frames, latest: Frames) -> list[str]:
    """What differs between two releases where both hold something? See `deid.attack.between`."""
    found: set[str] = set()
    for name, (keys, _) in NUMBERS.items():
        old, new = (_keyed(_rows(frames, name), keys) for frames in (previous, latest))
        if old.empty or new.empty:
            continue
        common = old.index.intersection(new.index)
        if not old.loc[common].equals(new.loc[common]):
            found.add(f"A group of {name} carries other numbers than in the release before.")
        gone, come = (rows.index.difference(common).to_frame(index=False) for rows in (old, new))
        whole_study = name.startswith(("contrast", "notice"))
        cut_anew = len(gone) > 0 if whole_study else bool(_weeks(gone, name) & _weeks(come, name))
        if name in attack_families.FAMILIES:
            cut_anew = cut_anew or attack_families.added(old.index.to_frame(index=False), come, name)
        if cut_anew:
            found.add(f"Groups of {name} lie over weeks which the release before cuts differently.")
    return sorted(found)


def _weeks(rows: pd.DataFrame, name: str) -> set[tuple[object, ...]]:
    """What a table's groups lie over: stratifier, Monday, and the part of the curve or the window."""
    if rows.empty:
        return set()
    if name == "repeat_cells":
        return set(rows[["stratifier", "window", "window_start", "outcome"]].itertuples(index=False, name=None))
    part = rows["week_in_care"] if name == "retention_cells" else pd.Series(0, index=rows.index)
    found: set[tuple[object, ...]] = set()
    for by, at, grain, start in zip(rows["stratifier"], part, rows["grain"], rows["period_start"], strict=True):
        found.update((by, at, start + pd.Timedelta(weeks=n)) for n in range(GRAINS[grain]))
    return found


def _keyed(rows: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """The rows by their keys, every number a plain one (-1 where there is none), the state beside them."""
    if rows.empty:
        return rows
    days = {name: pd.to_datetime(rows[name]) for name in keys if name in ("period_start", "window_start")}
    rows = rows.drop(columns=["release_id", "position"], errors="ignore").assign(**days)
    numbers = [name for name in rows.columns if name not in (*keys, "state")]
    plain = rows.assign(
        **{name: pd.to_numeric(rows[name]).astype("Float64").fillna(-1).astype("int64") for name in numbers}
    )
    return plain.set_index(list(keys)).sort_index()[sorted({*plain.columns} - set(keys))]


def _rows(frames: Frames, name: str) -> pd.DataFrame:
    found = frames.get(name)
    return pd.DataFrame() if found is None else found


def _published(frames: Frames, name: str) -> pd.DataFrame:
    rows = _rows(frames, name)
    return rows[rows["state"] == "published"] if "state" in rows else rows


def _one_of(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one + other > 0) & ((one == 0) | (other == 0))
