"""Runs the benchmarks: `python -m bench [ingest] [metrics] [every] [pages]`; all of them where none is named.

--scratch FOLDER keeps the generated practices there for the next run; without it they are made in a temporary folder
(about 8 GB) and deleted. --quick runs everything at a hundredth of the size, and writes nothing: to try the benchmarks.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import every, ingest, metrics, pages, report
from bench.figures import Figure

FULL = (100_000, 1_000_000, 10_000_000)
QUICK = (10_000, 20_000, 100_000)


def main() -> None:
    """Measure what was asked for, print it, and renew docs/benchmarks.md."""
    options = _options()
    tiny, small, large = QUICK if options.quick else FULL
    parts: dict[str, Callable[[Path], list[Figure]]] = {
        "ingest": lambda scratch: ingest.figures(scratch, small, large),
        "metrics": lambda scratch: metrics.figures(scratch, tiny, small, large),
        "every": lambda scratch: every.figures(scratch, options.share * (0.01 if options.quick else 1)),
        "pages": lambda scratch: pages.figures(scratch, small),
    }
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as temporary:
        scratch = options.scratch or Path(temporary)
        scratch.mkdir(parents=True, exist_ok=True)
        for name in options.names or parts:
            print(f"{name} ...", flush=True)
            measured = parts[name](scratch.resolve())
            print(report.printed(measured), flush=True)
            if not options.quick:
                report.write(measured)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", choices=["ingest", "metrics", "every", "pages", []], help="which; all where absent"
    )
    parser.add_argument("--scratch", type=Path, help="keep the generated practices in this folder")
    parser.add_argument("--share", type=float, default=0.1, help="of the patients of `large`, for `every` (0.1)")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the size, nothing written")
    return parser.parse_args()


if __name__ == "__main__":
    main()
