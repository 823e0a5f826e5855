"""What does the way from CSV to a released warehouse cost, against DuckDB's own load of the same files?"""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median

from bench.figures import Figure, today
from bench.generate import MEMORY_LIMIT, Practice, practice
from bench.run import Cost, measure
from etl.session import THREADS

ROUNDS_OF_SMALL = 3
COMMAND = "from rapport.cli import main; main()"


def figures(scratch: Path, small: int, large: int) -> list[Figure]:
    """Ratio and peak at `large`, growth from `small` to `large`."""
    little, much = practice(scratch, small), practice(scratch, large)
    rounds = [(bare_load(little), ingest(little)) for _ in range(ROUNDS_OF_SMALL)]
    before, whole, after = bare_load(much), ingest(much), bare_load(much)
    bare = (before.seconds + after.seconds) / 2
    bare_cpu = (before.cpu + after.cpu) / 2
    of_small = median(cost.seconds for _, cost in rounds)
    spread = [cost.seconds for _, cost in rounds]
    ratios = [cost.seconds / load.seconds for load, cost in rounds]
    return [
        Figure(
            "ingest_10m",
            whole.seconds / bare,
            f"{whole.seconds:.0f} / {bare:.1f}",
            f"bare load {before.seconds:.1f}, then {after.seconds:.1f}; processor {whole.cpu / bare_cpu:.1f} ×; "
            f"with a tenth of the rows {median(ratios):.1f} × ({min(ratios):.1f} to {max(ratios):.1f})",
            today(),
        ),
        Figure("ingest_peak", whole.peak_gib, "", f"bare load {before.peak_gib:.2f} GiB", today()),
        Figure(
            "ingest_growth",
            whole.seconds / of_small,
            f"{whole.seconds:.0f} / {of_small:.1f}",
            f"at 1 M {min(spread):.1f} to {max(spread):.1f} in {len(spread)} runs",
            today(),
        ),
    ]


def bare_load(made: Practice) -> Cost:
    """DuckDB's load of the practice's files, with Rapport's threads and memory limit."""
    target = made.folder / "bare.duckdb"
    _remove(target)
    cost = measure(["-m", "bench.bare_load", str(target), MEMORY_LIMIT, str(THREADS), *map(str, made.exports)])
    _remove(target)
    _say(f"bare load of {made.rows:,}", cost)
    return cost


def ingest(made: Practice) -> Cost:
    """`rapport ingest` of the practice into a new vault and a new warehouse."""
    _remove(made.folder / "rapport-data")
    argv = ["-c", COMMAND, "ingest", "--config", str(made.toml), "--json"]
    cost = measure(argv, environment=private_home(made))
    _say(f"ingest of {made.rows:,}", cost)
    (made.folder / "ingest.json").write_text(cost.output, encoding="utf-8")
    return cost


def released(scratch: Path, rows: int) -> Practice:
    """A practice of so many appointments with a released warehouse; made where not there yet."""
    made = practice(scratch, rows)
    if not (made.folder / "ingest.json").exists():
        ingest(made)
    return made


def private_home(made: Practice) -> dict[str, str]:
    """Where the key of a practice made for measuring is kept: with it, and gone with it."""
    return {"RAPPORT_HOME": str(made.folder / "home")}


def _remove(path: Path) -> None:
    for left in (path, path.with_name(path.name + ".wal")):
        if left.is_dir():
            shutil.rmtree(left)
        left.unlink(missing_ok=True)


def _say(what: str, cost: Cost) -> None:
    print(
        f"  {what}: {cost.seconds:.1f} s ({cost.cpu:.1f} s of processor time), peak {cost.peak_gib:.2f} GiB", flush=True
    )
