"""How is one number, or one chart, put on a page: with its interval, count, period, release, meaning and limits?"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, tables, words
from dashboard.tables import Table
from dashboard.words import Found

_NUMBER_AND_SIGN = re.compile(r"(\d) %")


@dataclass(frozen=True)
class Card:
    """One number and all that must be said with it."""

    label: str
    result: Found
    counted: str  # what n counts: "visits"
    period: str
    release: str
    question: str
    definition: str
    left_out: str
    cannot_tell: str
    value_words: tuple[str, str] | None = None  # the number and its interval, where they are not said as usual


def answer(sentence: str) -> None:
    """The page's answer, before anything else."""
    st.html(f'<p class="rp-answer">{_escaped(sentence)}</p>')


def cards(shown: Sequence[Card]) -> None:
    """Numbers side by side; on a narrow page one under the other."""
    st.html(f'<div class="rp-cards">{"".join(_card(card) for card in shown)}</div>')


def figure(
    title: str,
    drawn: go.Figure | None,
    summary: str,
    shown: Table,
    *,
    key: str,
    rows: Sequence[Any] = (),
) -> None:
    """A chart with its heading, summary, table and file. No chart where nothing can be drawn; `rows`: for the file."""
    st.subheader(title, anchor=False)
    text(summary)
    if drawn is not None:
        st.plotly_chart(
            drawn, width="stretch", theme="streamlit", key=f"chart-{key}", config=charts.CONFIG, alt=summary
        )
    table_and_file(shown, title, key=key, rows=rows)


def table_and_file(shown: Table, title: str, *, key: str, rows: Sequence[Any] = ()) -> None:
    """The numbers behind a chart, to read and to keep; what is withheld stays withheld in both."""
    with st.expander("Show as a table, or download"):
        table(shown, title, key=key, rows=rows)


def table(shown: Table, title: str, *, key: str, rows: Sequence[Any] = ()) -> None:
    """A table in the open, with its file."""
    if not shown.lines:
        return
    st.html(tables.as_html(shown, title))
    content = tables.results_csv(rows) if rows else tables.table_csv(shown)
    st.download_button(
        "Download CSV",
        content.encode("utf-8-sig"),
        file_name=f"rapport-{key}.csv",
        mime="text/csv",
        key=f"csv-{key}",
        on_click="ignore",
        icon=":material/download:",
    )


def text(sentence: str) -> None:
    """A paragraph, in lines short enough to read."""
    st.html(f'<p class="rp-summary">{_escaped(sentence)}</p>')


def _card(card: Card) -> str:
    value, small = _number(card)
    small_html = "<br>".join(_escaped(line) for line in small if line)
    pairs = (
        ("Question", card.question),
        ("What is counted", card.definition),
        ("Left out", card.left_out),
        ("Period", card.period),
        ("From", card.release),
        ("What it cannot tell", card.cannot_tell),
    )
    return (
        f'<section class="rp-card"><h3>{_escaped(card.label)}</h3>{value}<div class="rp-small">{small_html}</div>'
        f"<details><summary>What this means</summary>{_terms(pairs)}</details></section>"
    )


def _number(card: Card) -> tuple[str, list[str]]:
    """The number itself, as HTML, and the lines under it."""
    result = card.result
    if result.value is None:
        name = words.state(result.state)
        return f'<div class="rp-value rp-none">{_escaped(name)}</div>', [words.sentence(result.reason)]
    value, sure = card.value_words or (
        words.amount(result.value, result.unit),
        f"95 % interval {words.interval(result)}",
    )
    lines = [sure, f"{result.n:,} {card.counted}", words.sentence(result.reason)]
    return f'<div class="rp-value">{_escaped(value)}</div>', lines


def _escaped(text: str) -> str:
    """Text as HTML, with a number and its per cent sign kept on one line."""
    return _NUMBER_AND_SIGN.sub(r"\1&nbsp;%", html.escape(text))


def _terms(pairs: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{_escaped(term)}</dt><dd>{_escaped(text)}</dd>" for term, text in pairs if text)
    return f"<dl>{items}</dl>"
