"""`rapport quotes code`: a person codes comments drawn at random, without seeing what the codebook reads in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.panel import Panel
from rich.text import Text

from etl import codings, quotes
from etl.codebook import Codebook
from etl.quotes import Comment
from etl.session import opened
from etl.vault import transaction
from metrics.agreement import cohen_kappa
from metrics.coding import table_of
from rapport import console
from rapport.commands.quotes import key_of, line
from rapport.config import Configuration, load
from warehouse.audit import FOLDER, AuditLog, account

SKIP, QUIT = "s", "q"


def run(path: Path, *, size: int, by: str | None) -> None:
    """One comment after another; then how far person and codebook agree by now."""
    configuration = load(path)
    codebook = Codebook.of(configuration.ingest.feedback)
    with opened(configuration.ingest, key_of(configuration)) as session:
        drawn = codings.sample(session.con, size)
    if not drawn:
        console.say("Every comment was coded already, or there is none.")
    coded = 0
    for place, comment in enumerate(drawn, start=1):
        themes = _asked(comment, codebook.themes, f"{place} of {len(drawn)}")
        if themes is None:
            break
        coded += themes != {SKIP} and _keep(configuration, comment, themes, codebook, by or account())
    if coded:
        told = {"comments": coded, "themes": len(codebook.themes)}
        AuditLog(configuration.ingest.data_dir / FOLDER).append("comments.coded", by or account(), told)
    _agreement(configuration, codebook)


def _keep(configuration: Configuration, comment: Comment, themes: set[str], codebook: Codebook, by: str) -> bool:
    now = datetime.now(UTC).replace(tzinfo=None)
    with opened(configuration.ingest, key_of(configuration)) as session, transaction(session.con):
        kept = codings.keep(session.con, comment, themes, codebook.themes, by=by, at=now)
    if not kept:
        console.say("This comment was changed or removed meanwhile; it was left as it is.")
    return kept


def _asked(comment: Comment, themes: tuple[str, ...], place: str) -> set[str] | None:
    """The themes a person reads in it; {"s"} to leave it out, None to stop."""
    body = Text(quotes.readable(comment.text)[: quotes.LONGEST])
    console.OUT.print(Panel(body, title=Text(f"{place} · {comment.kind or 'no kind'}"), title_align="left"))
    listed = "  ".join(f"[{number}] {theme}" for number, theme in enumerate(themes, start=1))
    while True:
        said = line(f"{listed}  numbers with commas, Enter for none, [s]kip, [q]uit > ")
        if said is None or said == QUIT:
            return None
        if said == SKIP:
            return {SKIP}
        parts = [part.strip() for part in said.split(",") if part.strip()]
        if all(part.isdecimal() and 1 <= int(part) <= len(themes) for part in parts):
            return {themes[int(part) - 1] for part in parts}
        console.say(f"Write numbers from 1 to {len(themes)}, such as 1 or 1, 2.")


def _agreement(configuration: Configuration, codebook: Codebook) -> None:
    """Agreement so far, for the operator; the next release carries the counts."""
    with opened(configuration.ingest, key_of(configuration)) as session:
        counts, patients = codings.compared(session.con, codebook)
    rows = []
    for theme, ways in counts.items():
        if not ways.total():
            continue
        found = cohen_kappa(table_of(ways))
        kappa = found.kappa
        shown = kappa.reason or f"{kappa.value:.2f} ({kappa.low:.2f} to {kappa.high:.2f})"
        rows.append((theme, f"{found.n:,}", f"{found.agreed.value:.0%}", shown))
    if rows:
        console.table("A person and the codebook", ("theme", "comments", "agreed", "kappa"), rows, right=("comments",))
    if 0 < patients < configuration.ingest.smallest_group:
        console.say(f"Released once comments of {configuration.ingest.smallest_group} patients are coded.")
