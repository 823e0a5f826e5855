"""`rapport quotes`: a person reads each scrubbed comment before anybody outside the boundary may."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.panel import Panel
from rich.text import Text

from deid.keys import home_folder, root_key
from etl import quotes
from etl.quotes import APPROVED, WITHHELD, Comment
from etl.session import opened
from etl.vault import transaction
from rapport import console
from rapport.config import Configuration, load
from warehouse.audit import FOLDER, AuditLog, account

KEYS = "[a]pprove  [r]emove more  [u]ndo  [w]ithhold  [s]kip  [q]uit"
# Each may be written out; anything else decides nothing.
WORDS = ("approve", "remove more", "undo", "withhold", "skip", "quit")
MORE = "Take out (word numbers such as 3 or 5-7, or the words themselves; several with commas): "
SKIP, QUIT = "skip", "quit"


def review(path: Path, *, again: bool, by: str | None) -> None:
    """One comment after another, until there is none left or the reviewer stops. again: those already decided."""
    configuration = load(path)
    desk = _Desk(configuration, by or account())
    waiting = desk.comments(decided=again)
    done: Counter[str] = Counter()
    for place, comment in enumerate(waiting, start=1):
        answer, text = _asked(comment, f"{place} of {len(waiting)}")
        if answer == QUIT:
            break
        if answer != SKIP and not desk.decide(comment, answer, text):
            console.say("This comment was changed or removed meanwhile; it was left as it is.")
            answer = SKIP
        done[answer] += 1
    console.say(f"Approved {done[APPROVED]}, withheld {done[WITHHELD]}, skipped {done[SKIP]} of {len(waiting)}.")
    if done[APPROVED] or done[WITHHELD]:
        console.say("The next `rapport ingest` publishes this, also where the exports are the same.")


def listed(path: Path, *, as_json: bool) -> None:
    """How many comments are in each state. No text."""
    configuration = load(path)
    with opened(configuration.ingest, key_of(configuration)) as session:
        counts = quotes.counts(session.con)
    if as_json:
        console.print_json(counts)
        return
    console.table("Comments", ("state", "comments"), [(s, f"{n:,}") for s, n in counts.items()], right=("comments",))


@dataclass(frozen=True)
class _Desk:
    """Opens the vault for each step alone: an ingest need not wait for a reader."""

    configuration: Configuration
    by: str

    def comments(self, *, decided: bool) -> list[Comment]:
        with opened(self.configuration.ingest, key_of(self.configuration)) as session:
            return quotes.comments(session.con, decided=decided)

    def decide(self, comment: Comment, decision: str, text: str) -> bool:
        """Remember the decision and who made it; both or neither."""
        settings, now = self.configuration.ingest, datetime.now(UTC)
        with opened(settings, key_of(self.configuration)) as session, transaction(session.con):
            at = now.replace(tzinfo=None)
            number = quotes.decide(session.con, comment, decision, text, by=self.by, at=at)
            if number is not None:
                told = {"quote": number, "more_was_taken_out": text != comment.text}
                AuditLog(settings.data_dir / FOLDER).append(f"quote.{decision}", self.by, told)
        return number is not None


def _asked(comment: Comment, place: str) -> tuple[str, str]:
    """What the reviewer decides, and the wording it is about."""
    versions = [quotes.readable(comment.text)]
    while True:
        _show(comment, versions[-1], place)
        key = _key(line(f"{KEYS} > "))
        if key == "q":
            return QUIT, ""
        if key == "s":
            return SKIP, ""
        if key == "w":
            return WITHHELD, versions[-1]
        if key == "a" and not comment.too_long:
            return APPROVED, versions[-1]
        if key == "r":
            _take_out(versions)
        elif key == "u" and len(versions) > 1:
            versions.pop()
        elif not key:
            console.say("Write one of the letters in brackets.")


def _key(said: str | None) -> str:
    """The letter that was meant; "" where what was typed is neither a letter nor its word. The end of input is q."""
    if said is None:
        return "q"
    written = said.casefold()
    return next((word[0] for word in WORDS if written in (word[0], word)), "")


def _take_out(versions: list[str]) -> None:
    """Ask which words, and add the wording without them."""
    numbered = Text()
    for number, match in enumerate(quotes.WORD.finditer(versions[-1]), start=1):
        numbered.append(f"{number} ", style="dim").append(f"{match[0]}  ")
    console.OUT.print(numbered)
    said = line(MORE) or ""
    spans = quotes.passages(versions[-1], said)
    if spans is None:
        console.say("That is not in the text; nothing was taken out.")
        return
    versions.append(quotes.without(versions[-1], spans))


def _show(comment: Comment, text: str, place: str) -> None:
    told = [place, str(comment.year), comment.kind or "no kind"]
    told += [comment.decision] if comment.decision else []
    for what, why in (("Read with care", comment.held), ("Taken out", comment.found)):
        if why:
            console.OUT.print(Text(f"{what}: {why}"))  # above the frame, whose title a narrow screen cuts off
    body = Text(text[: quotes.LONGEST])
    if comment.too_long:
        body.append(f"\n... {len(text):,} characters: too long to approve", style="bold")
    console.OUT.print(Panel(body, title=Text(" · ".join(told)), title_align="left"))


def line(prompt: str) -> str | None:
    """What the reviewer types; None where there is nothing more to read, or Ctrl-C was pressed."""
    if sys.stdin.isatty():
        console.ERR.print(Text(prompt), end="")
    try:
        said = sys.stdin.readline()
    except KeyboardInterrupt:
        console.say("")
        return None
    return said.strip() if said else None


def key_of(configuration: Configuration) -> bytes:
    """The root key; never made here."""
    return root_key(home_folder(), create=False, location=configuration.key_location)
