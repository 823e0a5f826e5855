"""JSON lines in, JSON lines out: {"id", "text", "known"?} becomes {"id", "text", "found", "held"?}, in the same order.

A line that cannot be read is answered with a fault that names the line and never its content; the rest goes on.
"""

from __future__ import annotations

import gc
import json
import math
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from multiprocessing.pool import AsyncResult
from typing import Any, BinaryIO, NamedTuple

from deid.text.explain import why
from deid.text.layers import Profile
from deid.text.scrubber import Known, Scrubbed, Scrubber

BATCH, AHEAD = 512, 4  # lines a batch; batches a process that may wait
READ = 1 << 17  # bytes
WARMING = "Dr. Ngozi Eze of Toronto sent wrods."  # meets every table that is read once
Row = dict[str, Any]


class Answer(NamedTuple):
    """What became of one line: the line to write, or what was wrong with it."""

    number: int
    line: bytes | None
    fault: str | None


class Lines:
    """Scrubs lines with one scrubber."""

    def __init__(self, scrubber: Scrubber, *, explain: bool = False) -> None:
        self.scrubber, self.explain = scrubber, explain

    def answers(self, batch: Iterable[tuple[int, bytes]]) -> Iterator[Answer]:
        """The answers to numbered lines; none to blank ones."""
        rows = [(number, *read(line)) for number, line in batch if line.strip()]
        results = self.scrubber.scrub_all((row["text"], known(row)) for _, row, fault in rows if not fault)
        for number, row, fault in rows:
            yield Answer(number, None, fault) if fault else Answer(number, written(self.told(row, next(results))), None)

    def told(self, row: Row, result: Scrubbed) -> Row:
        """The row to write."""
        found = [
            dict(zip(("label", "start", "end", "layer"), (s.label, s.start, s.end, s.layer), strict=True))
            for s in result.found
        ]
        if self.explain:
            for entry, span in zip(found, result.found, strict=True):
                entry["why"] = why(self.scrubber.layers.model, row["text"], span)
        answer: Row = {"id": row.get("id"), "text": result.text, "found": found}
        if result.held:
            answer["held"] = list(result.held)
        return answer


def finite(number: str) -> float:
    """A number that JSON can hold: not NaN, nor one too large, which would be written as `Infinity`."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError("not finite")
    return value


DECODER = json.JSONDecoder(parse_float=finite, parse_constant=finite)


def read(line: bytes) -> tuple[Row, str | None]:
    """The row of a line; what is wrong with it, if anything."""
    try:
        row = DECODER.decode(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}, 'not JSON in UTF-8; write {"id": ..., "text": "..."} on one line'
    return row, wrong(row)


def known(row: Row) -> Known:
    """What a row says is known of its patient."""
    told = row.get("known")
    return [told] if isinstance(told, str) else told


def wrong(row: object) -> str | None:
    """What is wrong with a row, or None."""
    if not isinstance(row, dict):
        return 'not a JSON object; write {"id": ..., "text": "..."}'
    if not isinstance(row.get("text"), str):
        return 'no "text", or it is not a string; write {"id": ..., "text": "..."}'
    if not isinstance(row.get("known"), (str, list, dict, type(None))):
        return '"known" must be a list of strings or an object of lists; leave it out if nothing is known'
    return None


def written(row: Row) -> bytes:
    """One line of JSON; escaped where a lone surrogate cannot be written as UTF-8."""
    try:
        return json.dumps(row, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(row).encode() + b"\n"


def at_hand(source: BinaryIO) -> Iterator[list[bytes]]:
    """The whole lines that one read finds: many of a file, one of a person who types."""
    raw = getattr(source, "raw", source)  # a buffered reader would wait for its buffer to fill
    begun: list[bytes] = []
    while read := raw.read(READ):
        first, *rest = read.split(b"\n")
        begun.append(first)
        if rest:
            yield [b"".join(begun), *rest[:-1]]
            begun = [rest[-1]]
    if any(begun):
        yield [b"".join(begun)]


def batches(source: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, some hundreds at a time."""
    numbered = enumerate(chain.from_iterable(at_hand(source)), 1)
    while batch := list(islice(numbered, BATCH)):
        yield batch


class Worker:
    """The scrubber of one process."""

    lines: Lines | None = None


def start_worker(profile: Profile, explain: bool) -> None:
    """Make the scrubber of this process, and what it reads once; keep one that is there already."""
    if Worker.lines is None or Worker.lines.scrubber.layers.profile != profile or Worker.lines.explain != explain:
        Worker.lines = Lines(Scrubber(profile), explain=explain)
        Worker.lines.scrubber.scrub(WARMING)
        Worker.lines.scrubber.layers.model.read_ahead()


def start_child(profile: Profile, explain: bool) -> None:
    """The same in a process of its own; the tables are never garbage, and are not searched for it."""
    start_worker(profile, explain)
    gc.freeze()


def work(batch: list[tuple[int, bytes]]) -> list[Answer]:
    """The answers to one batch."""
    lines = Worker.lines
    if lines is None:
        raise RuntimeError("The worker was not started.")
    return list(lines.answers(batch))


def scrub_lines(
    source: BinaryIO, profile: Profile, *, explain: bool = False, processes: int = 1
) -> Iterator[list[Answer]]:
    """The answers in the order of the lines, some at a time. With one process each line is answered as it comes."""
    if processes <= 1:
        one, number = Lines(Scrubber(profile), explain=explain), 1
        for lines in at_hand(source):
            yield list(one.answers(enumerate(lines, number)))
            number += len(lines)
        return
    start_worker(profile, explain)  # before the processes part, so that they share the lexicon and the tagger
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    with context.Pool(processes, initializer=start_child, initargs=(profile, explain)) as pool:
        waiting: deque[AsyncResult[list[Answer]]] = deque()
        for batch in batches(source):
            waiting.append(pool.apply_async(work, (batch,)))
            if len(waiting) > AHEAD * processes:
                yield waiting.popleft().get()
        for answers in waiting:
            yield answers.get()
