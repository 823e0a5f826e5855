"""Do exposed patients miss more appointments than others booked equally far ahead? The counts that answer it.

Practice-wide, over the whole study period, and only over weeks in which both the lead-time and the exposure strata are
published: otherwise the difference would tell what was withheld there. Made at the first release and at restatements.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from deid.disclosure import may_show, standing
from deid.merging import merge_arms, nested
from etl.release.rows import Column, Rows, by_group, total
from etl.release.slots import STATUSES
from etl.release.strata import Stratifier, group_label
from warehouse.schema import ALL, CONTRAST_CELLS, CONTRAST_REPEATS, PUBLISHED, WITHHELD

OUTCOME = "no_show"
HELD = (STATUSES.index("attended"), STATUSES.index("no_show"))


def contrast_frames(
    rows: Rows, components: Sequence[str], confounder: Stratifier, published: Sequence[Sequence[int]], k: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """contrast_cells and contrast_repeats. rows: released slots with `stratum` (of the confounder) and c_<n>.

    published: the groups of the confounder's categories in attendance_cells, which no group here may cut across.
    """
    others = list(published)
    held = rows.where(np.isin(rows["status"], HELD))
    held = held.having(missed=held["status"] == HELD[1])
    withheld = overlapping(held, len(components), k)
    cells: list[pd.DataFrame] = []
    repeats: list[dict[str, object]] = []
    for number, component in enumerate(components):
        arm = held.having(arm=held[f"c_{number}"])
        by_stratum = _by_stratum(arm, None, k)
        if not by_stratum["arm"].any():
            continue
        groups = [] if number in withheld else nested(_joined(by_stratum, confounder, k), others)
        others += groups
        if not groups:
            cells.append(_hidden(component, confounder.name))
            continue
        found = _by_stratum(arm, groups, k)
        cells.append(_rows(component, confounder, groups, found))
        comparable = [at for at in range(len(groups)) if (found["stratum"] == at).sum() == 2]
        scopes = [(ALL, [code for group in groups for code in group])]
        scopes += [("comparable", [code for at in comparable for code in groups[at]])] * bool(comparable)
        repeats += [{"component": component, "scope": name, **_squares(arm, codes)} for name, codes in scopes]
    return _frame(cells, CONTRAST_CELLS), _frame([pd.DataFrame(repeats).assign(outcome=OUTCOME)], CONTRAST_REPEATS)


def overlapping(held: Rows, count: int, k: int) -> set[int]:
    """Which components must be withheld so that no small set of patients touched by several can be had by difference?

    n(a or b) is published as the exposure strata, n(a) and n(b) by component: so n(a and b) follows. Components are
    dropped, the smallest first, until every pattern of exposure holds 0 or >= k patients.
    """
    names = [f"c_{number}" for number in range(count)]
    if not names:
        return set()
    dropped: set[int] = set()
    while len(dropped) < count:
        left = [name for number, name in enumerate(names) if number not in dropped]
        patterns = _standing(held, ("touched", *left), k)
        if all(may_show(int(n), k) for n in patterns["standing"]):
            return dropped
        sizes = {name: int(patterns.loc[patterns[name] == 1, "patients"].sum()) for name in left}
        dropped.add(names.index(min(left, key=lambda name: sizes[name])))
    return dropped


def _by_stratum(arm: Rows, groups: Sequence[Sequence[int]] | None, k: int) -> pd.DataFrame:
    rows = arm
    if groups is not None:
        numbers = np.zeros(1 + int(arm["stratum"].max(initial=0)), dtype=np.int16)
        for at, members in enumerate(groups):
            numbers[list(members)] = at
        rows = arm.having(stratum=numbers[arm["stratum"]])
    return _standing(rows, ("stratum", "arm"), k).astype({"arm": bool})


def _standing(rows: Rows, keys: tuple[str, ...], k: int) -> pd.DataFrame:
    """n, events and patients of each group, and as how many patients it counts (`deid.disclosure.standing`)."""
    group, shape = rows.groups(keys)
    size = int(np.prod(shape, dtype=np.int64))
    counts = by_group(keys, shape, n=np.bincount(group, minlength=size), events=total(group, size, rows["missed"]))
    found = counts.merge(rows.people(*keys), on=list(keys))
    patients, n, events = (found[name].to_numpy(dtype=np.int64) for name in ("patients", "n", "events"))
    return found.assign(standing=standing(patients, n - events, events, k))


def _joined(counts: pd.DataFrame, confounder: Stratifier, k: int) -> list[tuple[int, ...]]:
    lowest = np.zeros((len(confounder.labels), 2), dtype=np.int64)
    for stratum, arm, n in counts[["stratum", "arm", "standing"]].itertuples(index=False):
        lowest[int(stratum), int(arm)] = int(n)
    filled = [row for row in range(len(lowest)) if lowest[row].any()]
    return [tuple(filled[row] for row in group) for group in merge_arms(lowest[filled], k)]


def _rows(component: str, confounder: Stratifier, groups: Sequence[Sequence[int]], found: pd.DataFrame) -> pd.DataFrame:
    labels = [
        group_label(confounder.attribute, [code for at in group for code in confounder.groups[at]]) for group in groups
    ]
    every = pd.MultiIndex.from_product([range(len(groups)), [True, False]], names=["stratum", "arm"])
    rows = found.set_index(["stratum", "arm"]).reindex(every, fill_value=0).reset_index()
    return rows.assign(
        component=component,
        outcome=OUTCOME,
        confounder=confounder.name,
        position=rows["stratum"],
        stratum=[labels[at] for at in rows["stratum"]],
        state=PUBLISHED,
    ).rename(columns={"arm": "exposed"})


def _hidden(component: str, confounder: str) -> pd.DataFrame:
    keys = {"component": component, "outcome": OUTCOME, "confounder": confounder, "stratum": ALL}
    return pd.DataFrame([{**keys, "exposed": arm, "position": 0, "state": WITHHELD} for arm in (True, False)])


def _squares(arm: Rows, codes: Sequence[int]) -> dict[str, int]:
    """Sums over patients of their own visits (m) and missed visits (y) in each arm, their squares and products."""
    rows = arm.where(np.isin(arm["stratum"], list(codes)))
    size = 1 + int(rows["patient"].max(initial=0))
    own: dict[str, Column] = {}
    for at, chosen in (("1", rows["arm"]), ("0", ~rows["arm"])):
        own[f"m{at}"] = np.bincount(rows["patient"][chosen], minlength=size)
        own[f"y{at}"] = np.bincount(rows["patient"][chosen & rows["missed"]], minlength=size)
    sums = {"patients": int(((own["m1"] + own["m0"]) > 0).sum())}
    for at in ("1", "0"):
        m, y = own[f"m{at}"], own[f"y{at}"]
        sums |= {f"n{at}": int(m.sum()), f"y{at}": int(y.sum()), f"patients{at}": int((m > 0).sum())}
        sums |= {f"mm{at}": int(m @ m), f"my{at}": int(m @ y), f"yy{at}": int(y @ y)}
    crossed = (("m1", "m0"), ("y1", "y0"), ("m1", "y0"), ("y1", "m0"))
    return sums | {one + other: int(own[one] @ own[other]) for one, other in crossed}


def _frame(parts: list[pd.DataFrame], table: object) -> pd.DataFrame:
    columns = [column.name for column in table.columns if column.name != "release_id"]  # type: ignore[attr-defined]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    counts = [name for name in ("patients", "n", "events") if name in columns]
    rows = pd.concat(filled, ignore_index=True).reindex(columns=columns)
    rows[counts] = rows[counts].astype("Int64")
    return rows
