"""How much leaks, how much is removed in vain? The judge is `../shared/deid/score.py`, text by text, with intervals.

For each family of corpora the tagger is trained without that family. A share of spans has a Wilson interval; the share
of ordinary words removed has one from the spread between texts (words of one text are not independent).
"""

from __future__ import annotations

import csv
import importlib.util
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import deid_standins
from deid.text import Scrubber
from deid.text.training import corpora, train

Z = 1.959963984540054  # standard normal, 97.5 %
OTHERS = ("EMAIL", "PHONE", "SSN", "MRN", "ACCOUNT", "URL", "IP", "DATE")


def judge(path: Path) -> ModuleType:
    """The scorer as a module."""
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is not there: the quality table needs the scorer beside the project.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    p, z2 = hits / of, Z * Z
    middle, half = (
        (p + z2 / (2 * of)) / (1 + z2 / of),
        Z / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of)),
    )
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class Tally:
    """Counts over texts."""

    leaks: Counter[str] = field(default_factory=Counter)
    spans: Counter[str] = field(default_factory=Counter)
    gone: list[float] = field(default_factory=list)
    words: list[int] = field(default_factory=list)

    def add(self, result: dict[str, Any]) -> None:
        """One text's result."""
        for label, counts in result["classes"].items():
            self.spans[label] += counts["n"]
            self.leaks[label] += counts["leak"]
        self.words.append(result["nonphi_tokens"])
        self.gone.append(result["over"] * max(1, result["nonphi_tokens"]))

    def join(self, other: Tally) -> None:
        """The counts of another corpus as well."""
        self.leaks += other.leaks
        self.spans += other.spans
        self.gone += other.gone
        self.words += other.words

    def leak(self, labels: Iterable[str]) -> str:
        """The share of spans that leak, with its interval and count."""
        chosen = list(labels)
        hits, of = sum(self.leaks[x] for x in chosen), sum(self.spans[x] for x in chosen)
        low, high = wilson(hits, of)
        return f"{percent(hits / of)} [{percent(low)}, {percent(high)}] of {of:,}" if of else "none"

    def over(self) -> str:
        """The share of ordinary words removed; the interval treats texts, not words, as drawn."""
        words, gone = sum(self.words), sum(self.gone)
        share = gone / max(1, words)
        spread = math.sqrt(sum((g - share * w) ** 2 for g, w in zip(self.gone, self.words, strict=True))) / max(
            1, words
        )
        return f"{percent(share)} [{percent(max(0.0, share - Z * spread))}, {percent(share + Z * spread)}] of {words:,}"


def percent(share: float) -> str:
    """A share as a percentage with two decimals."""
    return f"{100 * share:.2f}"


def tallied(score: ModuleType, rows: Sequence[dict[str, Any]], scrubber: Scrubber, *, lower: bool = False) -> Tally:
    """Scrub every text and judge it."""
    tally = Tally()
    for row in rows:
        text = row["text"].lower() if lower else row["text"]
        judged = {**row, "text": text if len(text) == len(row["text"]) else row["text"]}
        result, _ = score.score([judged], {row["id"]: scrubber.scrub(judged["text"]).text})
        tally.add(result)
    return tally


def rows_of(folder: Path, family: str) -> list[dict[str, Any]]:
    """The rows of a family's corpora."""
    paths = sorted(folder.glob(corpora.FAMILIES[family]))
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]


def counselling(path: Path) -> list[dict[str, Any]]:
    """Questions and answers without identifiers, as they came and with their HTML taken out beforehand."""
    csv.field_size_limit(10**9)
    with path.open(encoding="utf-8", newline="") as lines:
        texts = {row[name] for row in csv.DictReader(lines) for name in ("questionTitle", "questionText", "answerText")}
    ordered = sorted(text for text in texts if text)
    return [{"id": number, "text": text, "spans": []} for number, text in enumerate(ordered)]


def without_tags(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its HTML tags."""
    return {**row, "text": re.sub(r"<[^>]{0,5000}>|&[a-z]+;|&#\d+;", " ", row["text"])}


def lines(folder: Path, counsel: Path | None, tweets: Path, *, share: int = 1) -> list[str]:
    """The table, one line per family and way of writing, and both families pooled."""
    score = judge(folder / "score.py")
    table = [
        "corpus (tagger trained without it) | names leak % | places leak %"
        " | e-mail, phone, SSN, MRN, cards, URLs, IPs, dates % | ordinary words removed %"
    ]
    pooled = {False: Tally(), True: Tally()}
    for family in corpora.FAMILIES:
        others = [name for name in corpora.FAMILIES if name != family]
        scrubber = Scrubber(model=train.trained(folder, others, package=tweets))
        rows = rows_of(folder, family)[::share]
        for lower, pool in pooled.items():
            tally = tallied(score, rows, scrubber, lower=lower)
            pool.join(tally)
            table.append(line(family, tally, lower=lower))
    table += [line("all pooled", pool, lower=lower) for lower, pool in pooled.items()]
    table += standins(score, share)
    if counsel is not None:
        rows = [row for row in counselling(counsel)[::share] if len(row["text"]) < 50_000]
        for name, chosen in (
            ("counselling", rows),
            ("counselling, tags taken out", [without_tags(row) for row in rows]),
        ):
            table.append(f"{name} | - | - | - | {removed(score, chosen, Scrubber()).over()}")
    return table


def line(name: str, tally: Tally, *, lower: bool) -> str:
    """One line of the table."""
    return (
        f"{name}{', lower-cased' if lower else ''} | {tally.leak(['NAME'])} | {tally.leak(['LOCATION', 'FACILITY'])}"
        f" | {tally.leak(OTHERS)} | {tally.over()}"
    )


def standins(score: ModuleType, share: int) -> list[str]:
    """The shipped tagger on sentences and names of their own, one line per family."""
    table = ["stand-in (shipped tagger) | names leak % | places leak % | all classes % | ordinary words removed %"]
    for family in deid_standins.FAMILIES:
        tally = tallied(score, deid_standins.rows(family)[::share], Scrubber())
        table.append(
            f"{family} | {tally.leak(['NAME'])} | {tally.leak(['LOCATION', 'FACILITY'])}"
            f" | {tally.leak(list(tally.spans))} | {tally.over()}"
        )
    return table


def removed(score: ModuleType, rows: Sequence[dict[str, Any]], scrubber: Scrubber) -> Tally:
    """Words removed from texts without identifiers (counted by place: aligning long texts takes minutes)."""
    tally = Tally()
    for row in rows:
        words = score.toks(row["text"])
        found = scrubber.find(row["text"])
        gone = sum(len(score.toks(row["text"][span.start : span.end])) for span in found)
        tally.words.append(len(words))
        tally.gone.append(gone)
    return tally
