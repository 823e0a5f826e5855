"""What came of the last validation? Kept in results.json, shown in docs/validation.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from bench.validate.accounts import ACCOUNTS
from bench.validate.answers import ANSWERS
from bench.validate.avoided import AVOIDED
from bench.validate.clusters import CLUSTERS
from bench.validate.crises import CRISES
from bench.validate.forecasts import FORECASTS
from bench.validate.messages import MESSAGES
from bench.validate.pooled import POOLED
from bench.validate.predictors import PREDICTORS
from bench.validate.references import Line
from bench.validate.returning import RETURNING
from bench.validate.returning_times import RETURNING_TIMES
from bench.validate.scenarios import SCENARIOS
from bench.validate.series import SERIES
from bench.validate.shares import SHARES
from bench.validate.simulation import LARGEST_BIAS, Found, Simulation, bounds, met
from bench.validate.staff import STAFF
from bench.validate.stays import STAYS
from bench.validate.triage import TRIAGE
from bench.validate.verdicts import PILOTS, VERDICTS
from bench.validate.visits import VISITS

RESULTS = Path(__file__).with_name("results.json")
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "validation.md"
SIMULATIONS: tuple[Simulation, ...] = (
    *(*SHARES, *CLUSTERS, *VISITS, *STAYS, *MESSAGES, *ANSWERS, *CRISES, *TRIAGE, *STAFF, *ACCOUNTS, *AVOIDED),
    *(*RETURNING, *RETURNING_TIMES),
    *(*PREDICTORS, *FORECASTS, *SERIES, *POOLED, *VERDICTS, *SCENARIOS),
)

TEXT = f"""# Validation

Written by `make validate`; do not edit. Two questions are asked of every estimator: does it give the figures others get
from the same data, and does its interval hold the truth where the truth is known?

## By simulation

Each line is an estimator on data made up anew in every draw, from fixed seeds, counted into cells as a release does.
**Held**: how often the 95 % interval held the truth, with its Monte-Carlo error (one standard error). **Bias**: mean
error of the estimate, in units of its own spread; at most {LARGEST_BIAS:g} is allowed, but for the pooled model, whose
priors draw it in, and for bounds, which have no middle. Where theory allows no more than a lower bound on what is
covered, the reason stands beside it. Visits, waits, scores and ratings are those of patients who come back, and so is
what says so; what is asked over 4, 12 and 52 weeks too. In the other lines each signal, message or forecast stands for
a patient of its own. Where fewer draws were made than a line asks for (2,000; 500 of whole practices; 100 of the
story), two Monte-Carlo errors are forgiven in the last column (three for the bias). Lines in italics show on purpose
what would go wrong with a plainer method, or what falls short, and promise nothing.

Lines on *a year of looks*, and those on words of *the story*, hold no interval: **held** is how often the word was the
one promised, looks every four weeks over a year, roles as drafted, a second person signing whatever asks for it. Sites
drift, shocks last and are shared in part, patients repeat. Where the planner is held to its word, the chance it names
is its mean over {PILOTS} practices of that size, each told the gain that truly comes. A fit that could not change a
word is not made (`bench/validate/years.py` says why that is exact; a test holds it against every word).

"""

REFERENCES = """
## Against published results

The data sets stand beside the project and are not part of it (some are under the GPL); without them this part keeps the
figures of the last run. Survival limits are log(-log) ones throughout, not R's default.

Not compared: Cox and Fine-Gray models (SURV-02, parts of SURV-03 and SURV-05) and weighted log-rank tests. Rapport
keeps no row about a person to regress on; it compares groups by the log-rank test, within strata where there are any,
and by Gray's test, whose variance is our own derivation and differs from cmprsk's by 0.1 % (its tolerance allows that).

"""


@dataclass(frozen=True)
class Results:
    """Everything kept: what simulations found, by key, and the lines against references."""

    found: dict[str, Found]
    lines: list[Line]


def load(path: Path = RESULTS) -> Results:
    """What was kept; simulations that are no longer made are left out."""
    if not path.exists():
        return Results({}, [])
    content = json.loads(path.read_text(encoding="utf-8"))
    known = {simulation.key for simulation in SIMULATIONS}
    found = {each["key"]: Found(**each) for each in content["simulations"] if each["key"] in known}
    return Results(found, [Line(**each) for each in content["references"]])


def keep(found: Iterable[Found], lines: Sequence[Line], path: Path = RESULTS) -> Results:
    """Renew what was measured now; the rest stays as it was."""
    before = load(path)
    merged = Results(before.found | {each.key: each for each in found}, list(lines) or before.lines)
    order = [simulation.key for simulation in SIMULATIONS]
    content = {
        "simulations": [asdict(merged.found[key]) for key in sorted(merged.found, key=order.index)],
        "references": [asdict(line) for line in merged.lines],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return merged


def document(results: Results) -> str:
    """The whole page."""
    simulated = [
        "| estimator | made up | held | must be | bias | draws | met |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    simulated += [simulation_line(each, results.found.get(each.key)) for each in SIMULATIONS]
    return TEXT + "\n".join(simulated) + "\n" + REFERENCES + "\n".join(_cases(results.lines)) + "\n"


def simulation_line(simulation: Simulation, found: Found | None) -> str:
    """One row of the first table."""
    what = f"*{simulation.what}*" if simulation.known else simulation.what
    low, high = bounds(simulation, found)
    promised = "-" if simulation.known else f"{low:.1%} to {high:.1%}".replace("%", " %")
    if found and found.target is not None:
        promised = f"{'' if simulation.known else f'{promised}, as '}{100 * found.target:.1f} % were foreseen"
    if simulation.note and not simulation.known:
        promised += f" ({simulation.note})"
    if found is None:
        return f"| {what} | {simulation.setting} | not run yet | {promised} | | | |"
    held = f"{100 * found.covered:.1f} ± {100 * found.error:.1f} %"
    bias = "-" if found.bias is None else f"{found.bias:+.2f}"
    word = f"({simulation.note})" if simulation.known else "yes" if met(simulation, found) else "**no**"
    draws = f"{found.draws}" + (f", {found.unanswered} could not say" if found.unanswered else "")
    return f"| {what} | {simulation.setting} | {held} | {promised} | {bias} | {draws} | {word} |"


def printed(results: Results) -> str:
    """What was not met, and how many were, for the terminal."""
    promised = [each for each in SIMULATIONS if not each.known and each.key in results.found]
    missed = [each for each in promised if not met(each, results.found[each.key])]
    outside = [line for line in results.lines if not line.inside]
    said = [f"{len(promised) - len(missed)} of {len(promised)} intervals keep their promise."]
    said += [f"  not: {each.what}: {results.found[each.key].covered:.3f}" for each in missed]
    said.append(f"{len(results.lines) - len(outside)} of {len(results.lines)} reference figures inside tolerance.")
    said += [f"  not: {line.case}, {line.figure}: {line.ours:g} against {line.reference:g}" for line in outside]
    return "\n".join(said)


def _cases(lines: Sequence[Line]) -> list[str]:
    """A row a case, then a row a figure."""
    short = [
        "| case | figures | outside | largest difference | allowed | source |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    every = [
        "",
        "### Every figure",
        "",
        "| case | figure | ours | reference | difference |",
        "| --- | --- | --- | --- | --- |",
    ]
    for case, grouped in groupby(lines, key=lambda line: line.case):
        own = list(grouped)
        outside = sum(not line.inside for line in own)
        worst = max(abs(line.difference / line.reference) if _relative(line) else abs(line.difference) for line in own)
        allowed = f"{own[0].tolerance:g}{' of the reference' if own[0].relative else ''}"
        short.append(f"| {case} | {len(own)} | {outside} | {worst:.1e} | {allowed} | {own[0].source} |")
        every += [
            f"| {case} | {line.figure} | {line.ours:.6g} | {line.reference:.6g} | {_small(line)} |" for line in own
        ]
    return short + every


def _relative(line: Line) -> bool:
    return line.relative and line.reference != 0


def _small(line: Line) -> str:
    """The difference without the noise of the last digits, which another machine would print otherwise."""
    scale = max(abs(line.reference), 1.0)
    return "0" if abs(line.difference) < 1e-8 * scale else f"{line.difference:.1e}"
