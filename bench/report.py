"""Are the promises about speed kept? The table printed after a run, and docs/benchmarks.md."""

from __future__ import annotations

from pathlib import Path

from bench import figures
from bench.figures import PROMISES, Figure, Promise

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"

TEXT = """# Benchmarks

Written by `make bench`; do not edit. `make bench ARGS="metrics pages"` measures a part (`ingest`, `metrics`, `every`,
`pages`) and renews those lines alone. Every figure is a ratio of two things measured in one run on one machine, or the
memory of one process, so it means about the same elsewhere.

"""

HOW = """
## How it is measured

- **The practice** is generated (`bench/generate.py`): 20 columns of text, among them names, e-mails, telephone numbers,
  notes with commas, quotes and line breaks; 25 appointments a patient, 4 sites, 104 weeks; 6 rows in 10,000 faulty.
- **Ingest**: `rapport ingest` on appointments and patients, from the start of the process to the release in the
  warehouse; and DuckDB's `CREATE TABLE ... AS SELECT * FROM read_csv(...)` of the same two files into a plain database
  on disk, with the same threads and memory limit. Each in a fresh process, the bare load before and after. Memory is
  what the process and its children hold, looked at every 20 ms.
- **Metrics**: the seven of visits and time in care, for the practice and every site, undivided and by each of eight
  stratifiers, over all periods, read from the warehouse each time, as `rapport metrics --by every` does. Against pandas
  and lifelines on the rows, which compute the very same figures: appointments and patients read each time from
  typed columns (Parquet), strata and courses of care worked out by Rapport's definitions; lifelines fitted to one row
  per course, for every site and stratum; limits on visits from each patient's own sums, by groupby over all visits;
  nothing is looped over rows, nothing is counted beforehand. Courses whose beginning is not known are left out on both
  sides, so nobody enters late. Before measuring, the two sides are compared: undivided figures and their limits must be
  the same to 0.002, those of strata lie in the other side's interval (they may be published for fewer weeks).
  "Rows in memory": what is left of the ratio where reading, strata and courses are not counted. The sums over all
  periods are made as a release is written; that is part of the ingest.
- **Every family**: the demo's scenario `large` with a share of its patients and staff (`--share`, a tenth where nothing
  is said; 1 is ten sites, five million appointments, a million questionnaires), generated, ingested step by step, and
  all its families of metrics worked out from cells for every split. Against the vault's own rows and courses of care in
  typed columns, read each time: scores, ruptures and outcomes of courses by pandas, times by lifelines, agreement and
  recalibration by statsmodels, forecasts rank by rank (DeLong); for the practice and every site, undivided and by four
  attributes of the patient. The figures are compared as above first. Of the ratio's other side are left out, since no
  package computes them: money, notices, codes read from comments, staff's hours, and what rests on a fitted model.
- **Release against the rest**: counting and publishing, by the clock of one run, against all other steps of it.
- **Pages**: Chromium without a window, a fresh profile per visit, our pages and the empty page in turn, medians. First
  paint: from the request to the first chart drawn (the first table on Data quality, which has no chart). A choice: from
  the press on it to the last change of the page before it rests.
"""


def document(measured: dict[str, Figure], machine: str) -> str:
    """The whole page, from what was measured."""
    lines = [
        "| figure | measured | must be | aim | met | seconds | spread | on |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_line(promise, measured.get(promise.key)) for promise in PROMISES]
    where = f"\nMachine: {machine}.\n" if machine else ""
    return TEXT + "\n".join(lines) + "\n" + where + HOW


def printed(measured: list[Figure]) -> str:
    """The figures of this run, for the terminal."""
    by_key = {figure.key: figure for figure in measured}
    rows = [
        (
            promise.what,
            _amount(promise, by_key[promise.key].value),
            _bound(promise),
            promise.met(by_key[promise.key].value).strip("*"),
        )
        for promise in PROMISES
        if promise.key in by_key
    ]
    width = max((len(row[0]) for row in rows), default=0)
    return "\n".join(f"{what:<{width}}  {value:>10}  must be {bound:<8}  {met}" for what, value, bound, met in rows)


def write(measured: list[Figure]) -> None:
    """Keep what was measured now and write the page anew."""
    figures.keep(measured)
    DOCUMENT.write_text(document(figures.load(), figures.machine_of()), encoding="utf-8")


def _line(promise: Promise, figure: Figure | None) -> str:
    aim = "" if promise.aim is None else _bound(promise, promise.aim)
    if figure is None:
        return f"| {promise.what} | not measured yet | {_bound(promise)} | {aim} | | | | |"
    value = _amount(promise, figure.value)
    cells = (
        promise.what,
        value,
        _bound(promise),
        aim,
        promise.met(figure.value),
        figure.measured,
        figure.noise,
        figure.day,
    )
    return f"| {' | '.join(cells)} |"


def _bound(promise: Promise, bound: float | None = None) -> str:
    sign = "≤" if promise.better == "lower" else "≥"
    return f"{sign} {promise.floor if bound is None else bound:g} {promise.unit}"


def _amount(promise: Promise, value: float) -> str:
    return f"{value:.0f} {promise.unit}" if value >= 20 else f"{value:.2f} {promise.unit}"
