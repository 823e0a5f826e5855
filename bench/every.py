"""What do all families of metrics cost from cells, against the rows, in a practice with every table?

And the release of that practice, against the rest of its ingest. The practice is the demo's scenario `large`, or one
with a share of its patients.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import families, given
from bench.figures import Figure, today
from bench.metrics import TRIES, compared, seconds_of
from bench.run import Cost, measure
from metrics.cells import load_every
from metrics.declare import Metric
from metrics.query import ResultRow, results_from, wanted
from metrics.registry import METRICS
from rapport.config import load
from rapport.demo import SCENARIOS, Scenario, make_practice
from warehouse.store import Store, open_store

WHOLE = 1.0
FEWEST_CLINICIANS = 4
COUNTING, PUBLISHING = "Counting", "Publishing the release"


def figures(scratch: Path, share: float) -> list[Figure]:
    """The speed-up and the release's part, in a practice of so large a share of `large`."""
    toml = practice(scratch, share)
    return [speed_up(toml), release_part(toml)]


def practice(scratch: Path, share: float) -> Path:
    """The exports and the release of such a practice; made where not there."""
    folder = scratch / f"every-{share:g}"
    toml, told = folder / "rapport.toml", folder / "steps.json"
    if not toml.exists():
        make_practice(folder, scenario=_scaled(SCENARIOS["large"](None), share))
    if not told.exists():
        cost = measure(["-m", "bench.steps", str(toml), "--json"])
        told.write_text(json.dumps({"steps": json.loads(cost.output), "peak_gib": cost.peak_gib}), encoding="utf-8")
        _say(cost)
    return toml


def _scaled(scenario: Scenario, share: float) -> Scenario:
    """So large a share of its patients and staff; the same sites, weeks and truth."""
    if share == WHOLE:
        return scenario
    return replace(
        scenario,
        intakes_per_week=scenario.intakes_per_week * share,
        clinicians_per_site=max(FEWEST_CLINICIANS, round(scenario.clinicians_per_site * share)),
        administrators_per_site=max(FEWEST_CLINICIANS, round(scenario.administrators_per_site * share)),
    )


def speed_up(toml: Path) -> Figure:
    """Every family from the warehouse against the same from the rows."""
    store = open_store(load(toml).ingest.warehouse_url, read_only=True)
    folder = given.store(toml)
    began = time.perf_counter()
    rows = given.read(folder)
    theirs = families.everything(rows, given.STRATIFIERS)
    of_rows = time.perf_counter() - began
    told = {key[0] for key in theirs}
    asked = tuple(metric for metric in METRICS if metric.key in told)
    same = compared(_from_cells(store, asked), theirs, slack=_lacking)
    of_cells = _seconds(lambda: _from_cells(store, asked), TRIES)
    of_all = _seconds(lambda: _from_cells(store, METRICS), 5)
    visits, sheets = len(rows.frames["appointment"]), len(rows.frames["measure"])
    return Figure(
        "metrics_every",
        of_rows / median(of_cells),
        f"{of_rows:.0f} / {median(of_cells):.2f}",
        f"{min(of_cells):.2f} to {max(of_cells):.2f}; {len(asked)} metrics of {visits:,} visits and {sheets:,} sheets;"
        f" {same:,} figures the same on both sides; all {len(METRICS)} metrics from cells {median(of_all):.2f} s",
        today(),
    )


def _lacking(row: ResultRow) -> float:
    """How far may a figure lie outside the other side's interval, since it is told for fewer weeks: that part of them.

    Of millions of visits an interval is so narrow that two weeks more or less lie outside of it.
    """
    told = re.search(r"(\d+) of (\d+) weeks", row.reason)
    return (1 - int(told[1]) / int(told[2])) * max(1.0, abs(row.value or 0.0)) if told else 0.0


def release_part(toml: Path) -> Figure:
    """Counting and publishing against reading, checking, de-identifying and writing the vault."""
    told = json.loads((toml.parent / "steps.json").read_text(encoding="utf-8"))
    ours = [step for step in told["steps"] if step["step"] in (COUNTING, PUBLISHING)]
    rest = [step for step in told["steps"] if step not in ours]
    clock, cpu = ([sum(step[name] for step in part) for part in (ours, rest)] for name in ("seconds", "cpu"))
    return Figure(
        "release_part",
        clock[0] / clock[1],
        f"{clock[0]:.0f} / {clock[1]:.0f}",
        f"one run; of processor time {cpu[0]:.0f} / {cpu[1]:.0f} s; peak {told['peak_gib']:.2f} GiB",
        today(),
    )


def _from_cells(store: Store, asked: tuple[Metric, ...]) -> list[ResultRow]:
    """These metrics for the practice and every site, undivided and by every stratifier, as read from the warehouse."""
    splits = load_every(store, whole=True, wanted=wanted(asked))
    return [row for cells in splits for metric in asked for row in results_from(cells, metric=metric.key)]


def _seconds(work: Callable[[], object], tries: int) -> list[float]:
    return [seconds_of(work) for _ in range(tries)]


def _say(cost: Cost) -> None:
    print(
        f"  ingest: {cost.seconds:.0f} s ({cost.cpu:.0f} s of processor time), peak {cost.peak_gib:.2f} GiB", flush=True
    )
