"""Validates the estimators: `python -m bench.validate [KEY ...]`; every simulation and reference where none is named.

--draws: how often each simulation draws at most (2,000). --quick draws 100 times and writes nothing: to try it.
--workers: how many run at once (2). What is found is kept as it comes.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from dataclasses import replace
from itertools import chain

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read once, by numpy; matrices this small lose by threads

from bench.figures import today
from bench.validate import references, report
from bench.validate.simulation import Found, run, together

SEED = 20_260_101
NAMED = {each.key: each for each in report.SIMULATIONS}


def main() -> int:
    """Run what was asked for, say what is not as promised, and renew docs/validation.md."""
    options = _options()
    wanted = [each for each in report.SIMULATIONS if not options.keys or each.key in options.keys]
    draws = 100 if options.quick else options.draws
    found = []
    with multiprocessing.get_context("fork").Pool(options.workers) as pool:
        for result in chain.from_iterable(pool.imap_unordered(_run, [(keys, draws) for keys in together(wanted)])):
            found.append(replace(result, day=today()))
            print(report.simulation_line(NAMED[result.key], found[-1]), flush=True)
            if not options.quick:
                report.keep(found[-1:], [])
    lines = references.lines() if references.FOLDER.is_dir() and not options.keys else []
    if options.quick:
        return 0
    results = report.keep(found, lines)
    report.DOCUMENT.write_text(report.document(results), encoding="utf-8")
    print(report.printed(results))
    return 0


def _run(asked: tuple[list[str], int]) -> list[Found]:
    return [run(NAMED[key], asked[1], SEED) for key in asked[0]]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.validate", description=__doc__)
    parser.add_argument("keys", nargs="*", help="which simulations; all, and the references, where absent")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="100 draws, nothing written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
