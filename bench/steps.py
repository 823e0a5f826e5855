"""Where does an ingest spend its time? `python -m bench.steps rapport.toml`: the seconds of each step it tells of.

A vault and warehouse are made in `rapport-data` of that toml's folder, as by `rapport ingest`. No promise is made of
these: they tell where to look.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from deid.keys import root_key
from etl.pipeline import ingest
from rapport.config import load
from warehouse.store import open_store


class Stopwatch:
    """Notes when each step was announced; seconds by the clock and of processor time until the next."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float, float]] = []

    def tell(self, step: str, _share: float | None) -> None:
        """The ingest's `progress`."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        self.steps.append((step, time.perf_counter(), used.ru_utime + used.ru_stime))

    def taken(self) -> list[dict[str, str | float]]:
        """Each step, with its seconds by the clock and of processor time."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        return [
            {"step": step, "seconds": end - start, "cpu": cpu_end - cpu}
            for (step, start, cpu), (_, end, cpu_end) in pairs
        ]

    def lines(self) -> list[str]:
        """One line per step that took a tenth of a second or more."""
        long = [each for each in self.taken() if float(each["seconds"]) >= 0.1]
        return [f"{each['seconds']:8.2f} s  {each['cpu']:8.2f} s cpu  {each['step']}" for each in long]


def main(toml: Path, *, as_json: bool) -> None:
    """Ingest once and print where the time went."""
    settings = load(toml).ingest
    watch = Stopwatch()
    home = toml.parent / "home"
    try:
        ingest(
            settings,
            root_key=root_key(home, create=not (settings.data_dir / "vault").exists()),
            store=open_store(settings.warehouse_url),
            now=datetime.now(UTC),
            progress=watch.tell,
        )
    finally:
        watch.tell("end", 1.0)
        print(json.dumps(watch.taken()) if as_json else "\n".join(watch.lines()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), as_json="--json" in sys.argv[2:])
