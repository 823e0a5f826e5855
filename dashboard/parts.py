"""How is one number, or one chart, put on a page: with its interval, count, period, release, meaning and limits?

Pieces are made once and kept (sections.py); `put` sends them. Few and plain elements: each one is a message to the
browser and work in it, at every choice a reader makes.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from dashboard import charts, tables, views, words
from dashboard.data import KEPT_ANSWERS
from dashboard.tables import Table
from dashboard.words import Found

_NUMBER_AND_SIGN = re.compile(r"(\d) %")
_COMMAND = re.compile(r"`([a-z_]+|rapport [a-z -]+)`")  # ours alone: what a patient or a practice wrote is never markup
MORE = "Show as a table, or download"


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


@dataclass(frozen=True)
class Piece:
    """A piece of a page, ready to send: words, then a chart, then the numbers as a table and as a file."""

    html: str
    key: str = ""  # names the chart, the table and the file
    alt: str = ""
    chart: go.Figure | None = field(default=None, compare=False)
    drawn: str = ""  # which chart it is, by its content
    table: str = ""
    csv: bytes = b""
    opened: bool = False  # the table stands in the open, under the words
    label: str = MORE  # what opens the table where it does not
    behind: bool = False  # the chart is sent with the table, when it is asked for


def put(*pieces: Piece) -> None:
    """Sends pieces to the page, one under the other. A table behind a chart is sent when it is asked for."""
    for piece in pieces:
        if shown := piece.html + (piece.table if piece.opened else ""):
            st.html(shown)
        if piece.chart is not None and not piece.behind:
            _chart(piece.key, piece.drawn, piece)
        if not piece.table:
            continue
        if piece.opened:
            _file(piece)
            continue
        more = st.expander(piece.label, key=f"table-{piece.key}", on_change="rerun")
        if more.open:
            with more:
                if piece.chart is not None and piece.behind:
                    _chart(piece.key, piece.drawn, piece)
                st.html(piece.table)
                _file(piece)


def words_only(*texts: str) -> Piece:
    """A piece of words alone; each text is HTML from the functions below."""
    return Piece("".join(texts))


def figure(
    title: str,
    drawn: go.Figure | None,
    summary: str,
    shown: Table,
    *,
    key: str,
    rows: Sequence[Any] = (),
    before: str = "",
    keys: Mapping[str, str] | None = None,
) -> Piece:
    """A chart with its heading, summary, table and file. No chart where nothing can be drawn; `rows`: for the file.

    before: HTML above the heading, which then stands one level lower. keys: what its `line`, `band` and `hatch` mean.
    """
    content = drawn.to_json() if drawn is not None else ""
    return Piece(
        html=before
        + heading(title, 3 if before else 2)
        + text(summary)
        + (_keys(keys or {}) if drawn is not None else ""),
        key=key,
        alt=summary,
        chart=drawn,
        drawn=sha256(f"{content}{summary}".encode()).hexdigest(),
        table=tables.as_html(shown, title) if shown.lines else "",
        csv=_csv(shown, rows),
    )


def table(title: str, summary: str, shown: Table, caption: str, *, key: str) -> Piece:
    """A table in the open, with its heading and file; no table where there is no line."""
    body = tables.as_html(shown, caption) if shown.lines else ""
    return Piece(heading(title) + text(summary), key=key, table=body, csv=_csv(shown), opened=True)


def folded(title: str, summary: str, shown: Table, *, key: str, label: str) -> Piece:
    """A long table that is sent when it is asked for; `label` says what it is."""
    body = tables.as_html(shown, title) if shown.lines else ""
    return Piece(heading(title) + text(summary), key=key, table=body, csv=_csv(shown), label=label)


def heading(title: str, level: int = 2) -> str:
    """A heading, the first of a piece."""
    return f"<h{level}>{escaped(title)}</h{level}>"


def answer(sentence: str) -> str:
    """The page's answer, before anything else."""
    return f'<p class="rp-answer">{escaped(sentence)}</p>'


def cards(shown: Sequence[Card]) -> str:
    """Numbers side by side, on a narrow page one under the other; what holds of most of them is said once below."""
    known = [card.result.reason.split("; ") for card in shown if card.result.value is not None]
    counted = Counter(part for told in known for part in dict.fromkeys(told) if part)
    of_all = [part for part, n in counted.items() if n == len(known) > 1]
    of_most = [part for part, n in counted.items() if len(known) / 2 < n < len(known) and n > 1]
    most = "; ".join(of_most)
    below = (words.sentence("; ".join(of_all)), f"Of most of these: {most}." if most else "")
    grid = "".join(_card(card, (*of_all, *of_most)) for card in shown)
    said = " ".join(filter(None, below))
    return f'<div class="rp-cards">{grid}</div>{text(said) if said else ""}'


def text(sentence: str) -> str:
    """A paragraph, in lines short enough to read."""
    return f'<p class="rp-summary">{escaped(sentence)}</p>'


def bullets(sentences: Sequence[str]) -> str:
    """Sentences one under the other; nothing where there is none."""
    listed = "".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences)
    return f'<ul class="rp-list">{listed}</ul>' if listed else ""


def more(label: str, pairs: Sequence[tuple[str, str]]) -> str:
    """What is shown when it is asked for: terms and what is said of each."""
    return f"<details><summary>{escaped(label)}</summary>{_terms(pairs)}</details>"


def _keys(keys: Mapping[str, str]) -> str:
    """What the marks of a chart mean, in a line above it."""
    told = "".join(f'<span><i class="rp-key-{mark}"></i>{escaped(meaning)}</span>' for mark, meaning in keys.items())
    return f'<p class="rp-keys">{told}</p>' if told else ""


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def _chart(key: str, drawn: str, _piece: Piece) -> None:
    """Sends a chart; the second time Streamlit replays the message, without turning the figure into text again."""
    st.plotly_chart(_piece.chart, width="stretch", theme=None, key=f"chart-{key}", config=charts.CONFIG, alt=_piece.alt)


@st.fragment
def _file(piece: Piece) -> None:
    """A file to take. A fragment: taking it is written down, and nothing else of the page is drawn again."""
    name = f"rapport-{piece.key}.csv"
    st.download_button(
        "Download CSV",
        piece.csv,
        file_name=name,
        mime="text/csv",
        key=f"csv-{piece.key}",
        on_click=views.downloaded,
        args=(name,),
        icon=":material/download:",
    )


def _csv(shown: Table, rows: Sequence[Any] = ()) -> bytes:
    """What is withheld in the table is withheld in the file."""
    content = tables.results_csv(rows) if rows else tables.table_csv(shown)
    return content.encode("utf-8-sig")


def _card(card: Card, below: Collection[str] = ()) -> str:
    """below: what is said under all the cards and not in this one."""
    value, small = _number(card, below)
    small_html = "<br>".join(escaped(line) for line in small if line)
    pairs = (
        ("Question", card.question),
        ("What is counted", card.definition),
        ("Left out", card.left_out),
        ("Period", card.period),
        ("From", card.release),
        ("Keep in mind", words.sentence(card.result.reason) if card.result.value is not None else ""),
        ("What it cannot tell", card.cannot_tell),
    )
    return (
        f'<section class="rp-card"><h3>{escaped(card.label)}</h3>{value}<div class="rp-small">{small_html}</div>'
        f"{more('What this means', pairs)}</section>"
    )


def _number(card: Card, below: Collection[str]) -> tuple[str, list[str]]:
    """The number itself, as HTML, and the lines under it."""
    result = card.result
    if result.value is None:
        name = words.state(result.state)
        return f'<div class="rp-value rp-none">{escaped(name)}</div>', [words.sentence(result.reason)]
    value, sure = card.value_words or (
        words.amount(result.value, result.unit),
        f"95 % interval {words.interval(result)}",
    )
    own = "; ".join(part for part in result.reason.split("; ") if part not in below)
    lines = [sure, f"{result.n:,} {card.counted}", words.sentence(own)]
    return f'<div class="rp-value">{_with_unit(value, result.unit)}</div>', lines


def _with_unit(value: str, unit: str) -> str:
    """The number large, its unit beside it."""
    number = value.removesuffix(unit)
    return escaped(value) if number == value else f'{escaped(number)}<span class="rp-unit">{escaped(unit)}</span>'


def escaped(text: str) -> str:
    """Text as HTML, with a number and its per cent sign on one line, and commands as such."""
    return _COMMAND.sub(r"<code>\1</code>", _NUMBER_AND_SIGN.sub(r"\1&nbsp;%", html.escape(text)))


def _terms(pairs: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<dt>{escaped(term)}</dt><dd>{escaped(text)}</dd>" for term, text in pairs if text)
    return f"<dl>{items}</dl>"
