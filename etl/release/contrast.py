"""Do exposed patients miss more appointments than others booked equally far ahead? The counts that answer it.

Practice-wide, over the whole study period, and only over weeks in which both the lead-time and the exposure strata are
published: otherwise the difference would tell what was withheld there. Made at the first release and at restatements.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from deid.disclosure import may_show
from deid.merging import merge_arms
from etl.release import engine
from etl.release.slots import STATUSES
from etl.release.strata import Stratifier, group_label
from warehouse.schema import ALL, CONTRAST_CELLS, CONTRAST_REPEATS, PUBLISHED, WITHHELD

OUTCOME = "no_show"
HELD = (STATUSES.index("attended"), STATUSES.index("no_show"))


def contrast_frames(
    rows: ir.Table, components: Sequence[str], confounder: Stratifier, k: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """contrast_cells and contrast_repeats. rows: released slots with `stratum` (of the confounder) and c_<n>."""
    held = rows.filter(rows.status.isin(HELD)).mutate(missed=(rows.status == HELD[1]).cast("int64"))
    withheld = overlapping(held, len(components), k)
    cells: list[pd.DataFrame] = []
    repeats: list[dict[str, object]] = []
    for number, component in enumerate(components):
        arm = held.mutate(arm=held[f"c_{number}"])
        by_stratum = _by_stratum(arm, None)
        if not by_stratum["arm"].any():
            continue
        groups = [] if number in withheld else _joined(by_stratum, confounder, k)
        if not groups:
            cells.append(_hidden(component, confounder.name))
            continue
        found = _by_stratum(arm, groups)
        cells.append(_rows(component, confounder, groups, found))
        comparable = [at for at in range(len(groups)) if (found["stratum"] == at).sum() == 2]
        scopes = [(ALL, [code for group in groups for code in group])]
        scopes += [("comparable", [code for at in comparable for code in groups[at]])] * bool(comparable)
        repeats += [{"component": component, "scope": name, **_squares(arm, codes)} for name, codes in scopes]
    return _frame(cells, CONTRAST_CELLS), _frame([pd.DataFrame(repeats).assign(outcome=OUTCOME)], CONTRAST_REPEATS)


def overlapping(held: ir.Table, count: int, k: int) -> set[int]:
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
        patterns = engine.distinct_patients(held.select("patient_id", "touched", *left), "touched", *left)
        if all(may_show(int(n), k) for n in patterns["patients"]):
            return dropped
        sizes = {name: int(patterns.loc[patterns[name], "patients"].sum()) for name in left}
        dropped.add(names.index(min(left, key=lambda name: sizes[name])))
    return dropped


def _by_stratum(arm: ir.Table, groups: Sequence[Sequence[int]] | None) -> pd.DataFrame:
    rows = arm
    if groups is not None:
        pairs = [(code, at) for at, group in enumerate(groups) for code in group]
        rows = arm.mutate(stratum=arm.stratum.cases(*pairs, else_=0).cast("int16"))
    counts = rows.group_by("stratum", "arm").aggregate(n=rows.count(), events=rows.missed.sum()).to_pandas()
    return counts.merge(engine.distinct_patients(rows, "stratum", "arm"), on=["stratum", "arm"])


def _joined(counts: pd.DataFrame, confounder: Stratifier, k: int) -> list[tuple[int, ...]]:
    lowest = np.zeros((len(confounder.labels), 2), dtype=np.int64)
    for stratum, arm, n in counts[["stratum", "arm", "patients"]].itertuples(index=False):
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


def _squares(arm: ir.Table, codes: Sequence[int]) -> dict[str, int]:
    """Sums over patients of their own visits (m) and missed visits (y) in each arm, their squares and products."""
    rows = arm.filter(arm.stratum.isin(list(codes)))
    own = rows.group_by("patient_id").aggregate(
        m1=rows.arm.sum(),
        m0=(~rows.arm).sum(),
        y1=rows.missed.sum(where=rows.arm).fill_null(0),
        y0=rows.missed.sum(where=~rows.arm).fill_null(0),
    )
    own = own.mutate(**{name: own[name].cast("int64") for name in ("m1", "m0", "y1", "y0")})
    sums: dict[str, ir.Value] = {"patients": own.count()}
    for at in ("1", "0"):
        m, y = own[f"m{at}"], own[f"y{at}"]
        sums |= {f"n{at}": m.sum(), f"y{at}": y.sum(), f"patients{at}": (m > 0).sum()}
        sums |= {f"mm{at}": (m * m).sum(), f"my{at}": (m * y).sum(), f"yy{at}": (y * y).sum()}
    crossed = {"m1m0": own.m1 * own.m0, "y1y0": own.y1 * own.y0, "m1y0": own.m1 * own.y0, "y1m0": own.y1 * own.m0}
    sums |= {name: value.sum() for name, value in crossed.items()}
    found = own.aggregate(**sums).to_pandas().iloc[0]
    return {name: int(value) if value == value else 0 for name, value in found.items()}  # noqa: PLR0124  nan of no rows


def _frame(parts: list[pd.DataFrame], table: object) -> pd.DataFrame:
    columns = [column.name for column in table.columns if column.name != "release_id"]  # type: ignore[attr-defined]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=columns)
    counts = [name for name in ("patients", "n", "events") if name in columns]
    rows = pd.concat(filled, ignore_index=True).reindex(columns=columns)
    rows[counts] = rows[counts].astype("Int64")
    return rows
