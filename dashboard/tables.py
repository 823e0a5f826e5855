"""How does a result look as a table, and as a file? In both, what is withheld says so and has no number."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import words
from metrics.arms import Band
from metrics.estimate import Estimate

CSV_COLUMNS = (
    "metric",
    "site",
    "stratifier",
    "stratum",
    "period",
    "value",
    "low",
    "high",
    "n",
    "unit",
    "state",
    "reason",
    "release",
)
_MARK = re.compile("^([✓✕–!]) ")  # stays on one line with its word
SENTENCE = 60  # characters from which a cell is one
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Headings and lines, all of it text ready to be read."""

    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def of_results(first_heading: str, labelled: Sequence[tuple[str, words.Found]]) -> Table:
    """One line per result: its name, value, interval, number, and why it is not shown where it is not."""
    lines = []
    for label, row in labelled:
        shown = row.value is not None
        note = "" if shown else row.reason
        lines.append((label, words.said(row), words.interval(row) or "—", f"{row.n:,}" if shown else "—", note))
    return Table((first_heading, "Value", "95 % interval", "n", "Why not shown"), tuple(lines))


def of_bands(heading: str, confounder: str, compared: Sequence[Band], name: str) -> Table:
    """Who overlaps: both arms of every band, and why a band cannot be compared."""
    headings = (heading, f"With {name}", "Visits", f"Without {name}", "Visits", "Can be compared")
    lines = tuple(
        (
            words.stratum(b.name, confounder),
            *_arm(b.exposed),
            *_arm(b.other),
            "yes" if b.comparable else f"no: {b.why_not}",
        )
        for b in compared
    )
    return Table(headings, lines)


def _arm(found: Estimate) -> tuple[str, str]:
    if found.value is None:
        return "—", "0"
    return f"{words.amount(found.value, found.unit)} ({words.interval(found)})", f"{found.n:,}"


def as_html(table: Table, caption: str) -> str:
    """A table a screen reader can walk through; everything from the warehouse is escaped."""
    heads = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in table.headings)
    body = "".join(_line(line) for line in table.lines)
    title = f"<caption>{html.escape(caption)}</caption>"
    return (
        f'<div class="rp-scroll" role="region" tabindex="0" aria-label="{html.escape(caption)}">'
        f'<table class="rp-table">{title}<thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def results_csv(rows: Sequence[Any]) -> str:
    """The results as a file for a spreadsheet: a withheld value is an empty field with its state beside it."""
    lines = []
    for row in rows:
        fields = {name: getattr(row, name) for name in CSV_COLUMNS}
        if row.value is None:
            fields |= {"value": None, "low": None, "high": None, "n": None}
        lines.append(tuple(fields.values()))
    return _csv(CSV_COLUMNS, lines)


def table_csv(table: Table) -> str:
    """Any other table as a file, with the words that are on the page."""
    return _csv(table.headings, table.lines)


def _line(line: Sequence[str]) -> str:
    first, *rest = (_MARK.sub("\\1&nbsp;", html.escape(text)) for text in line)
    return f'<tr><th scope="row">{first}</th>' + "".join(_cell(text) for text in rest) + "</tr>"


def _cell(text: str) -> str:
    """A sentence gets room to be read in; on a narrow page the table is pushed sideways instead."""
    return f'<td class="rp-said">{text}</td>' if len(text) > SENTENCE else f"<td>{text}</td>"


def _csv(headings: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([[_safe(field) for field in line] for line in lines])
    return out.getvalue()


def _safe(field: object) -> object:
    """A text that a spreadsheet would run as a formula is kept as text."""
    return f"'{field}" if isinstance(field, str) and field.startswith(_FORMULA) else field
