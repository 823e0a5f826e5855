"""How many texts a second, against presidio's default recognizers with a blank spaCy model, in one process and run?

Dense texts hold an identifier in every sentence; ordinary ones are talk. Both sides see the same texts, in turns, each
by its own way for many texts (`BatchAnalyzerEngine`, `Scrubber.scrub_all`), and the best of several turns counts; two
processes scrub the same lines as one.
"""

from __future__ import annotations

import io
import json
import os
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import deid_quality
from deid.text import PROFILES, Scrubber, stream
from deid.text.training import corpora
from deid.text.training.fill import Filler
from deid.text.training.generate import fill, templates

TURNS = 3
DENSE_CHARACTERS, WARM_LINES = 153, 2000
COUNT, LONGEST = 1400, 400  # texts of a kind; characters


def texts(kind: str, count: int, seed: int = 5) -> list[str]:
    """Generated texts of about 150 characters: `dense` with identifiers, `ordinary` without."""
    rng = random.Random(seed)
    filler, genres = Filler(rng), templates()
    chosen = (
        genres["ordinary"] if kind == "ordinary" else [t for t in genres["clinical"] + genres["messages"] if "{" in t]
    )
    made = []
    for _ in range(count):
        text = ""
        while len(text) < DENSE_CHARACTERS - 30:
            text = f"{text} {fill(rng.choice(chosen), filler).text}".strip()
        made.append(text)
    return made


def ours() -> Callable[[Sequence[str]], object]:
    """The scrubber, many texts at a time, with nothing known of a patient."""
    scrubber = Scrubber()
    return lambda chosen: list(scrubber.scrub_all((text, None) for text in chosen))


def presidio() -> Callable[[Sequence[str]], object]:
    """presidio's default recognizers on a blank pipeline, many texts at a time, with nothing to download."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry

    from deid.text.recognizers import BlankEngine

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the default would ask the network
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    engine = AnalyzerEngine(registry=registry, nlp_engine=BlankEngine(), supported_languages=["en"])
    batches = BatchAnalyzerEngine(analyzer_engine=engine)
    return lambda chosen: batches.analyze_iterator(chosen, language="en")


class Rate(NamedTuple):
    """Texts per second: of this process's own time, in which other work does not count, and by the clock."""

    processor: float
    clock: float

    def best(self, other: Rate) -> Rate:
        """The better of two turns, each way of measuring for itself."""
        return Rate(max(self.processor, other.processor), max(self.clock, other.clock))

    def times(self, other: Rate) -> str:
        """How many times another rate."""
        return f"x {self.processor / other.processor:.1f} (by the clock x {self.clock / other.clock:.1f})"


def rate(work: Callable[[Sequence[str]], object], chosen: Sequence[str]) -> Rate:
    """How fast are the texts worked through?"""
    spent, started = time.process_time(), time.perf_counter()
    work(chosen)
    return Rate(len(chosen) / (time.process_time() - spent), len(chosen) / (time.perf_counter() - started))


def ratio(kind: str, chosen: Sequence[str]) -> str:
    """Ours against presidio's: on texts never met, and on the same texts once more; the first 200 are to begin with."""
    theirs, scrubbed = presidio(), ours()
    rate(theirs, chosen[:20]), rate(scrubbed, chosen[:200])
    slow = new = met = Rate(0.0, 0.0)
    for turn in range(TURNS):
        fresh = chosen[200 + 400 * turn : 600 + 400 * turn]
        slow, new, met = (
            slow.best(rate(theirs, fresh[:200])),
            new.best(rate(scrubbed, fresh)),
            met.best(rate(scrubbed, fresh)),
        )
    return (
        f"{kind} | presidio {slow.processor:,.0f}/s | ours, new names {new.processor:,.0f}/s {new.times(slow)}"
        f" | ours, names met before {met.processor:,.0f}/s {met.times(slow)}"
    )


def processes(count: int = 60_000) -> str:
    """Two processes against one on the same lines, by the clock, in turns; the best of each counts."""
    base = texts("dense", 2000)
    lines = [json.dumps({"id": n, "text": base[n % len(base)]}).encode() for n in range(count)]
    turns = [(steady_rate(lines, 1), steady_rate(lines, 2)) for _ in range(TURNS)]
    one, two = (max(rates) for rates in zip(*turns, strict=True))
    each = ", ".join(f"{b / a:.2f}" for a, b in turns)
    return f"processes, by the clock | one {one:,.0f}/s | two {two:,.0f}/s | x {two / one:.2f} (turn by turn {each})"


def processor_bound(count: int = 8000) -> str:
    """What two processes would give with two free processors: from the processor time each one spends."""
    base = texts("dense", 2000)
    lines = [json.dumps({"id": n, "text": base[n % len(base)]}).encode() for n in range(count)]
    started = time.process_time()
    sum(map(len, stream.scrub_lines(source(lines), PROFILES["safe_harbor"])))
    alone = time.process_time() - started
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.process_time()
    sum(map(len, stream.scrub_lines(source(lines), PROFILES["safe_harbor"], processes=2)))
    parent, after = time.process_time() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    child = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 2
    spent = f"one {alone:.2f} s | two {child:.2f} s each, {parent:.2f} s to hand out"
    return f"processes, by processor time | {spent} | x {alone / max(child, parent, child + parent / 2):.2f}"


def steady_rate(lines: Sequence[bytes], number: int) -> float:
    """Lines per second once the processes are up: from the first answers to the last."""
    answers = map(len, stream.scrub_lines(source(lines), PROFILES["safe_harbor"], processes=number))
    warm = 0
    while warm < WARM_LINES:
        warm += next(answers)
    started = time.perf_counter()
    return sum(answers) / (time.perf_counter() - started)


def source(lines: Sequence[bytes]) -> io.BytesIO:
    """The lines as a file."""
    return io.BytesIO(b"\n".join(lines))


def found_texts(folder: Path, counsel: Path | None) -> Iterator[tuple[str, list[str]]]:
    """Texts that nobody generated for us: every labelled corpus, counselling cut at 400 characters; in any order."""
    kinds = {name: [row["text"] for row in deid_quality.rows_of(folder, name)] for name in corpora.FAMILIES}
    if counsel:
        kinds["counselling"] = [row["text"][:LONGEST] for row in deid_quality.counselling(counsel)]
    for kind, found in kinds.items():
        random.Random(1).shuffle(found)
        yield kind, found[:COUNT]


def report(folder: Path, counsel: Path | None) -> list[str]:
    """The lines, and how busy the machine was."""
    ratios = [ratio(kind, texts(kind, COUNT)) for kind in ("dense", "ordinary")]
    ratios += [ratio(kind, found) for kind, found in found_texts(folder, counsel)]
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; rates are per second of processor time"
    return [*ratios, processes(), processor_bound(), busy]
