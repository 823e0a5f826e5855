"""How long do all metrics take from cells: against pandas and lifelines on the rows, and as the practice grows?"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from bench import peer, rows
from bench.figures import Figure, today
from bench.generate import Practice
from bench.ingest import released
from metrics.cells import load_every, stratifiers_of
from metrics.declare import Metric
from metrics.query import EVERY, ResultRow, results, results_from, wanted
from metrics.registry import METRICS
from warehouse.schema import ALL, ALL_SITES
from warehouse.store import Store, open_store

TRIES = 25
PEER_TRIES = 2
AGREE_WITHIN = 0.002  # of a share, or of a mean relative to it
MUCH_WIDER = 1.25  # an interval over some two thirds of the weeks

Answers = dict[tuple[str, ...], dict[peer.Key, peer.Answer]]


class Disagreement(Exception):  # noqa: N818
    """The two sides of a ratio did not compute the same thing."""


def figures(scratch: Path, tiny: int, small: int, large: int) -> list[Figure]:
    """The speed-up at `small`, the growth from `tiny` to `large`."""
    grown = growth(released(scratch, tiny), released(scratch, large))  # before the peer fills the process with rows
    return [speed_up(released(scratch, small)), grown]


def speed_up(made: Practice) -> Figure:
    """All metrics from the warehouse against the same from the rows."""
    store = open_store(made.warehouse_url, read_only=True)
    folder = rows.store(made)
    held = rows.read(folder)
    stratifiers = _stratifiers(store)
    theirs = peer.everything(held, stratifiers)
    asked = tuple(metric for metric in METRICS if (metric.key,) in theirs)
    same = compared(same_questions(store, asked), theirs)
    from_rows = [seconds_of(lambda: peer.everything(rows.read(folder), stratifiers)) for _ in range(PEER_TRIES)]
    from_held = seconds_of(lambda: peer.everything(held, stratifiers))
    from_cells = [seconds_of(lambda: same_questions(store, asked)) for _ in range(TRIES)]
    all_of_them = [seconds_of(lambda: everything(store)) for _ in range(TRIES)]
    peers, ours = median(from_rows), median(from_cells)
    return Figure(
        "metrics_1m",
        peers / ours,
        f"{peers:.1f} / {ours:.3f}",
        f"{min(from_rows):.1f} to {max(from_rows):.1f}; {min(from_cells):.3f} to {max(from_cells):.3f}; {_size(store)}"
        f"; {len(asked)} metrics, {same:,} figures the same on both sides; rows in memory, all worked out,"
        f" {from_held / ours:.0f} ×; all {len(METRICS)} metrics from cells {median(all_of_them):.3f} s",
        today(),
    )


def growth(little: Practice, much: Practice) -> Figure:
    """All metrics on a release of many rows against one of few, in turn."""
    stores = [open_store(made.warehouse_url, read_only=True) for made in (little, much)]
    for store in stores:
        everything(store)
    tries = [[_processor(lambda one=store: everything(one)) for store in stores] for _ in range(TRIES)]  # type: ignore[misc]
    few, many = ([seconds[side] for seconds in tries] for side in (0, 1))
    ratios = [after / before for before, after in tries]
    sizes = ", ".join(_size(store) for store in stores)
    return Figure(
        "metrics_growth",
        median(many) / median(few),
        f"{median(many):.3f} / {median(few):.3f}",
        f"processor time; {min(ratios):.2f} to {max(ratios):.2f}; {sizes}",
        today(),
    )


def everything(store: Store) -> list[ResultRow]:
    """Every metric for the practice and every site, undivided and by every stratifier, as read from the warehouse.

    As `rapport metrics --by every` does.
    """
    return results(store, by=EVERY)


def same_questions(store: Store, asked: tuple[Metric, ...]) -> list[ResultRow]:
    """The metrics that are also computed from the rows, likewise read from the warehouse."""
    splits = load_every(store, whole=True, wanted=wanted(asked))
    return [row for cells in splits for metric in asked for row in results_from(cells, metric=metric.key)]


def _stratifiers(store: Store) -> list[str]:
    release = store.releases()[0]
    return [name for name in stratifiers_of(store.read("category", release.id)) if name != ALL]


def compared(ours: list[ResultRow], theirs: Answers, slack: Callable[[ResultRow], float] = lambda row: 0.0) -> int:
    """How many figures both sides tell. Raises Disagreement where they are not the same.

    Undivided, value and limits must agree. Strata, and figures beside which it is said that weeks are withheld, are
    published for fewer weeks than the rows hold: there the value must lie within the other side's interval, and where
    the interval is far wider, as many weeks are lacking, nothing is compared. Merged strata: one side alone tells them.
    slack: by how much a figure of fewer weeks may lie outside it.
    """
    many = shared = 0
    for row in ours:
        site = () if row.site == ALL_SITES else (row.site,)
        split = () if row.stratifier == ALL else (row.stratum,)
        keys = (row.metric, *("site" for _ in site), *(row.stratifier for _ in split))
        shared += keys in theirs
        found = theirs.get(keys, {}).get((*site, *split))
        if row.value is None or row.low is None or row.high is None or found is None:
            continue
        part = bool(split or "withheld" in row.reason or "not yet published" in row.reason)
        if part and row.high - row.low > MUCH_WIDER * (found[2] - found[1]):
            continue
        many += 1
        numbers = (row.value, row.low, row.high)
        near = all(abs(a - b) <= AGREE_WITHIN * max(1.0, abs(b)) for a, b in zip(numbers, found, strict=True))
        more = slack(row)
        if not (near or (part and found[1] - more <= row.value <= found[2] + more)):
            raise Disagreement(f"{row.metric} of {row.site} {row.stratum}: {numbers} from cells, {found} from rows")
    if many < shared / 10:  # at the full size nearly all are
        raise Disagreement(f"only {many} of {shared} figures can be compared")
    return many


def _size(store: Store) -> str:
    release = store.releases()[0].id
    cells = sum(len(store.read(name, release)) for name in ("attendance_cells", "retention_cells", "repeat_cells"))
    return f"{cells:,} cells"


def _processor(work: Callable[[], object]) -> float:
    """Of one thread, which waits for nothing: unlike the clock's, not longer when the machine is busy."""
    began = time.process_time()
    work()
    return time.process_time() - began


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
