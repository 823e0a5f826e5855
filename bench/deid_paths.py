"""Do the fast path and presidio's engine give the same answer, text by text, on every corpus that is there?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench import deid_quality
from deid.text import Scrubber
from deid.text.recognizers import EngineScrubber
from deid.text.training import corpora


def texts(folder: Path, counsel: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Each corpus by its name, with its texts: the families of the labelled corpora, and the counselling texts."""
    for family in corpora.FAMILIES:
        yield family, [row["text"] for row in deid_quality.rows_of(folder, family)]
    if counsel is not None:
        yield "counselling", [row["text"] for row in deid_quality.counselling(counsel)]


def different(found: list[str], scrubber: Scrubber, engine: EngineScrubber) -> list[int]:
    """Which texts, by place, have two answers: in what is removed, where it stood, or why a person must look?"""
    return [at for at, text in enumerate(found) if engine.scrub(text) != scrubber.scrub(text)]


def report(folder: Path, counsel: Path | None, *, share: int = 1) -> Iterator[str]:
    """One line a corpus."""
    scrubber = Scrubber()
    engine = EngineScrubber(scrubber)
    yield "Fast path against presidio's engine, on every text:"
    for name, every in texts(folder, counsel):
        chosen = every[::share]
        apart = different(chosen, scrubber, engine)
        where = f", the first at {apart[0] * share}" if apart else ""
        yield f"  {name}: {len(chosen):,} texts, {len(apart)} with another answer{where}"
