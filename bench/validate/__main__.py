"""Validates the estimators: `python -m bench.validate [KEY ...]`; every simulation and reference where none is named.

--draws: how often each simulation draws (2,000). --quick draws 100 times and writes nothing: to try it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from bench.figures import today
from bench.validate import references, report
from bench.validate.simulation import run

SEED = 20_260_101


def main() -> int:
    """Run what was asked for, say what is not as promised, and renew docs/validation.md."""
    options = _options()
    wanted = [each for each in report.SIMULATIONS if not options.keys or each.key in options.keys]
    draws = 100 if options.quick else options.draws
    found = []
    for simulation in wanted:
        result = replace(run(simulation, draws, SEED), day=today())
        found.append(result)
        print(report.simulation_line(simulation, result), flush=True)
    lines = references.lines() if references.FOLDER.is_dir() and not options.keys else []
    if options.quick:
        return 0
    results = report.keep(found, lines)
    report.DOCUMENT.write_text(report.document(results), encoding="utf-8")
    print(report.printed(results))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.validate", description=__doc__)
    parser.add_argument("keys", nargs="*", help="which simulations; all, and the references, where absent")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--quick", action="store_true", help="100 draws, nothing written")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
