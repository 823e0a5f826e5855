"""Layer 4. Is this word part of a name or a place? A linear model over the word, its neighbours and the gaps beside it.

The model is `tagger.json`: slot -> value -> weight, written by `make train-tagger`, readable and reviewable. Two sets
of weights: `cased` where capitals mean something, `caseless` where they do not. The first pass judges each candidate
by itself; the second looks again beside a hit, at every word and number there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from deid.text import gates
from deid.text.document import POSSESSIVE, Document
from deid.text.features import gap_class
from deid.text.kinds import Kinds
from deid.text.likeness import Table
from deid.text.own import CERTAIN
from deid.text.weights import Reading, Weights
from deid.text.words import CACHE_LIMIT, WORDS, usual

MODEL = Path(__file__).with_name("tagger.json")
HOPELESS = -4.5  # as `CERTAIN`: log-odds of the word alone that neighbours hardly ever outweigh
LOST = -3.0  # of a word beside a hit, which must be surer
NO, HIT, SURE = "no", "hit", "sure"  # what lies beside a word: nothing, a hit, a finding of another layer
FACES = frozenset(":;=-'")  # before a letter that is the mouth of a face (":D", ";-P")
ORDINAL_ENDINGS, ENDING = frozenset({"st", "nd", "rd", "th"}), 2  # letters
Side = tuple[str, str]  # and the gap between
# What `Tagger.read` is told of one document.
Asked = tuple[Document, set[int], float]


class Tagger:
    """Both sets of weights, and the passes over a document."""

    def __init__(self, model: dict[str, Any]) -> None:
        kinds = Kinds(model["place"])
        self.cased = Weights(model["cased"], kinds, cased=True)
        self.caseless = Weights(model["caseless"], kinds, cased=False)
        self.beside: dict[bool, Beside] = {w.cased: Beside(w) for w in (self.cased, self.caseless)}

    def read_ahead(self) -> None:
        """Look up the words that are sure to come (a second), so that no text has to wait for them."""
        for form in usual():
            word = WORDS[form]
            self.cased.meet(word)
            if form.islower():
                self.caseless.meet(word)

    def weights(self, document: Document) -> Weights:
        """The set of weights that fits the way the text is written."""
        return self.caseless if document.caseless else self.cased

    def read(self, document: Document, taken: set[int], shift: float) -> Reading:
        """A document as the weights see it, with the hits of both passes.

        taken: positions that another layer has: they are not judged but count as neighbours. shift: added to every
        score; a positive one finds more.
        """
        weights = self.weights(document)
        judged = weights.alone.judge(document, taken)
        return self.passed(Reading(weights, document), judged, taken, shift)

    def read_all(self, asked: Sequence[Asked]) -> list[Reading]:
        """The same of several documents, one step after the other."""
        weights = [self.weights(document) for document, _, _ in asked]
        judged = [each.alone.judge(document, taken) for each, (document, taken, _) in zip(weights, asked, strict=True)]
        readings = [Reading(each, document) for each, (document, _, _) in zip(weights, asked, strict=True)]
        return [
            self.passed(reading, words, taken, shift)
            for reading, words, (_, taken, shift) in zip(readings, judged, asked, strict=True)
        ]

    def passed(self, reading: Reading, judged: list[tuple[int, float]], taken: set[int], shift: float) -> Reading:
        """The reading after both passes."""
        weights = reading.weights
        scores = first(reading, judged, weights.threshold - shift)
        if reading.hits or taken:
            self.beside[weights.cased].look(reading, taken, scores, shift)
        return reading


def first(reading: Reading, judged: list[tuple[int, float]], least: float) -> dict[int, float]:
    """The first pass over a document: adds to its hits; the scores of the words whose neighbours were asked."""
    context, hits, document = reading.context, reading.hits, reading.document
    scores: dict[int, float] = {}
    for at, alone in judged:
        if alone > CERTAIN:
            hits.add(at)
        elif alone > HOPELESS:
            total = scores[at] = alone + context(at)
            if total > least and (len(document.forms[at]) > ENDING or stands(document, at)):
                hits.add(at)
    return scores


class Beside:
    """The second pass: what a hit says about the words that touch it."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.sums: dict[tuple[str, str, str, str, str], float] = {}

    def look(self, reading: Reading, taken: set[int], scores: dict[int, float], shift: float) -> None:
        """Judge again the words and numbers that touch a hit, as long as that finds more; adds to the hits."""
        document, found = reading.document, reading.hits
        marks, gaps, threshold = document.marks, document.gaps, self.weights.beside_threshold - shift
        forms, own = document.forms, self.weights.alone
        scale, said, sums = self.weights.beside_scale, reading.said, self.sums
        lies = lying(len(marks), found, taken)
        todo = free((*found, *taken), lies, marks)
        judged: dict[int, tuple[str, str]] = {}
        while todo:
            at = todo.pop()
            if lies[at + 1] is not NO:
                continue
            score = scores.get(at)
            if score is None:
                alone = own[forms[at]]
                if alone < LOST:
                    continue
                score = scores[at] = alone + reading.context(at)
            left, right = state = lies[at], lies[at + 2]
            if (
                judged.get(at) == state
                or (left is HIT and forms[at - 1][-2:] in POSSESSIVE and ordinary(document, at))
                or ((marks[at] & gates.DIGITS or len(forms[at]) == ENDING) and counts(document, at))
            ):
                continue
            judged[at] = state
            kind = said(document.words[at]).kind
            key = (left, gaps[at] if left is not NO else "", right, gaps[at + 1] if right is not NO else "", kind)
            total = sums.get(key)
            if scale * score + (self.sum(*key) if total is None else total) > threshold:
                found.add(at)
                lies[at + 1] = HIT
                todo += free((at,), lies, marks)

    def sum(self, left: str, gap: str, right: str, next_gap: str, kind: str) -> float:
        """The weights of what lies beside a word."""
        if len(self.sums) >= CACHE_LIMIT:
            self.sums.clear()
        weights = self.weights.beside
        total = weights["bias"] + sum(
            weights.get(feature, 0.0) for feature in beside_features((left, gap), (right, next_gap), kind)
        )
        self.sums[left, gap, right, next_gap, kind] = total
        return total


def lying(size: int, found: set[int], taken: set[int]) -> list[str]:
    """What lies at each position: `lies[at + 1]`; nothing beyond the edges."""
    lies = [NO] * (size + 2)
    for at in taken:
        lies[at + 1] = SURE
    for at in found:
        lies[at + 1] = HIT
    return lies


def free(positions: Sequence[int], lies: list[str], marks: list[int]) -> list[int]:
    """The words that touch some positions, that nobody has and that may be part of a name."""
    size = len(marks)
    return [
        near
        for at in positions
        for near in (at - 1, at + 1)
        if lies[near + 1] is NO and 0 <= near < size and not marks[near] & gates.APART
    ]


def beside_features(left: Side, right: Side, kind: str) -> list[str]:
    """What a word of some kind says beside a hit, by what lies on each side and over which gap."""
    one, two = (what if what == NO else f"{what} {gap_class(gap)}" for what, gap in (left, right))
    return [f"L {one}", f"R {two}", f"L {one} {kind}", f"R {two} {kind}", f"LR {one} {two}"]


def sides(document: Document, at: int, found: set[int], taken: set[int]) -> tuple[Side, Side]:
    """What lies on each side: a hit, a finding of another layer (and the gap), or neither."""
    left = HIT if at - 1 in found else SURE if at - 1 in taken else NO
    right = HIT if at + 1 in found else SURE if at + 1 in taken else NO
    gaps = document.gaps
    return (left, "" if left is NO else gaps[at]), (right, "" if right is NO else gaps[at + 1])


def ordinary(document: Document, at: int) -> bool:
    """Is it written in lower case: behind a possessive no name ("Maria's thyroid")?"""
    return document.words[at].coarse[0] == "x"


def counts(document: Document, at: int) -> bool:
    """Is it a year, or the ending of an ordinal ("7th"): no part of a name by standing beside one?"""
    form = document.forms[at]
    if document.marks[at] & gates.DIGITS:
        return len(form) == 4 and form[:2] in {"19", "20"}
    return form in ORDINAL_ENDINGS and not document.gaps[at] and at > 0


def stands(document: Document, at: int) -> bool:
    """May one or two letters stand for somebody: a letter as an initial does, two not behind a number ("5th")?"""
    if len(document.forms[at]) == ENDING:
        return not counts(document, at)
    return document.gaps[at + 1][:1] == "." and document.gaps[at][-1:] not in FACES


@cache
def shipped() -> Tagger:
    """The tagger that comes with Rapport."""
    return Tagger(read_model())


def read_model() -> dict[str, Any]:
    """The model as it was trained: feature -> weight."""
    model: dict[str, Any] = json.loads(MODEL.read_text(encoding="utf-8"))
    for side in ("cased", "caseless", "place"):
        model[side]["weights"] = flat(model[side]["weights"])
    return model


def flat(slots: dict[str, Table]) -> Table:
    """Feature -> weight, of weights written down by slot."""
    return {
        f"{slot} {value}" if value else slot: weight for slot, table in slots.items() for value, weight in table.items()
    }
