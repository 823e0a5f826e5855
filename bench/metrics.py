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
from metrics.cells import stratifiers_of
from metrics.query import ResultRow, results
from warehouse.schema import ALL, ALL_SITES
from warehouse.store import Store, open_store

TRIES = 7
PEER_TRIES = 2
AGREE_WITHIN = 0.005  # the release leaves out weeks not yet settled, and the faulty rows


class Disagreement(Exception):  # noqa: N818
    """The two sides of a ratio did not compute the same thing."""


def figures(scratch: Path, tiny: int, small: int, large: int) -> list[Figure]:
    """The speed-up at `small`, the growth from `tiny` to `large`."""
    return [speed_up(released(scratch, small)), growth(released(scratch, tiny), released(scratch, large))]


def speed_up(made: Practice) -> Figure:
    """All metrics from the warehouse against the same from the rows."""
    store = open_store(made.warehouse_url, read_only=True)
    folder = rows.store(made)
    held = rows.read(folder)
    stratifiers = _stratifiers(store)
    _same(everything(store), peer.everything(held, stratifiers))
    from_rows = [_seconds(lambda: peer.everything(rows.read(folder), stratifiers)) for _ in range(PEER_TRIES)]
    from_held = _seconds(lambda: peer.everything(held, stratifiers))
    from_cells = [_seconds(lambda: everything(store)) for _ in range(TRIES)]
    return Figure(
        "metrics_1m",
        median(from_rows) / median(from_cells),
        f"{median(from_rows):.1f} / {median(from_cells):.3f}",
        f"{min(from_rows):.1f} to {max(from_rows):.1f}; {min(from_cells):.3f} to {max(from_cells):.3f}; {_size(store)}"
        f"; rows in memory, all worked out: {from_held / median(from_cells):.0f} ×",
        today(),
    )


def growth(little: Practice, much: Practice) -> Figure:
    """All metrics on a release of many rows against one of few, in turn."""
    stores = [open_store(made.warehouse_url, read_only=True) for made in (little, much)]
    for store in stores:
        everything(store)
    tries = [[_seconds(lambda one=store: everything(one)) for store in stores] for _ in range(TRIES)]  # type: ignore[misc]
    few, many = ([seconds[side] for seconds in tries] for side in (0, 1))
    ratios = [after / before for before, after in tries]
    sizes = ", ".join(_size(store) for store in stores)
    return Figure(
        "metrics_growth",
        median(many) / median(few),
        f"{median(many):.3f} / {median(few):.3f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}; {sizes}",
        today(),
    )


def everything(store: Store) -> list[ResultRow]:
    """Every metric for the practice and every site, undivided and by every stratifier, as read from the warehouse."""
    found = results(store)
    for by in _stratifiers(store):
        found.extend(results(store, by=by))
    return found


def _stratifiers(store: Store) -> list[str]:
    release = store.releases()[0]
    return [name for name in stratifiers_of(store.read("category", release.id)) if name != ALL]


def _same(ours: list[ResultRow], theirs: dict[tuple[str, ...], dict[peer.Key, peer.Answer]]) -> None:
    """Raises Disagreement where the practice's no-show rate is not the same on both sides."""
    mine = next(row.value for row in ours if (row.metric, row.site, row.stratifier) == ("no_show_rate", ALL_SITES, ALL))
    other = next(iter(theirs["no_show_rate",].values()))[0]
    if mine is None or abs(mine - other) > AGREE_WITHIN:
        raise Disagreement(f"no-show rate {mine} from cells, {other} from rows")


def _size(store: Store) -> str:
    release = store.releases()[0].id
    cells = sum(len(store.read(name, release)) for name in ("attendance_cells", "retention_cells", "repeat_cells"))
    return f"{cells:,} cells"


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
