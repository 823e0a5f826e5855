"""Layer 4. Is this word part of a name or a place? A linear model over the word, its neighbours and the gaps beside it.

The model is `tagger.json`: feature -> weight, written by `make train-tagger`, readable and reviewable. Two sets of
weights: `cased` where capitals mean something, `caseless` where they do not. The first pass judges each candidate by
itself; the second looks again beside a hit, at every word and number there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from deid.text.document import POSSESSIVE, Document
from deid.text.features import EDGE, gap_class, own_features
from deid.text.words import CACHE_LIMIT, CASED, CASELESS, Word

MODEL = Path(__file__).with_name("tagger.json")
HOPELESS, CERTAIN = -4.0, 4.0  # log-odds of the word alone that neighbours hardly ever outweigh: they are not asked
EITHER = CASED | CASELESS
APART = frozenset({"function", "weekday"})
EMPTY: dict[str, float] = {}
PAIRS = ("p1+", "n1+", "p1t+", "n1t+", "left", "right", "around", "two", "style")
Table = dict[str, float]
# p1, n1, p2, n2, kind, then the weights of pairs by the other's kind, as the word before and as the word behind.
# `Sums` has the word's own sum before them.
Context = tuple[float, float, float, float, str, Table, Table]
Sums = tuple[float, float, float, float, float, str, Table, Table]


class Weights(dict[Word, Sums]):
    """One set of weights, and the sums of each word already met."""

    def __init__(self, model: dict[str, Any], *, cased: bool) -> None:
        super().__init__()
        self.cased, self.bias, self.threshold = cased, float(model["bias"]), float(model["threshold"])
        self.beside_scale, self.beside_threshold = float(model["beside_scale"]), float(model["beside_threshold"])
        self.contexts: dict[tuple[str, str], Context] = {}
        self.beside: dict[str, float] = model["beside"]
        self.single: dict[str, float] = model["weights"]
        self.pairs: dict[str, dict[str, dict[str, float]]] = {name: defaultdict(dict) for name in PAIRS}
        for feature, weight in self.single.items():
            slot, _, value = feature.partition(" ")
            if slot in self.pairs:
                left, _, right = value.rpartition("/")
                self.pairs[slot][left][right] = weight

        self.left, self.right, self.two, self.around, self.style = (
            dict(self.pairs[name]) for name in ("left", "right", "two", "around", "style")
        )
        self.beside_sums: dict[tuple[str, str, str], float] = {}
        self.gap_tables: dict[tuple[str, str, str], Table] = {}

    def __missing__(self, word: Word) -> Sums:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        kind = word.coarse if self.cased else word.bare
        context = self.contexts.get((kind, word.token))
        if context is None:
            context = self.contexts[kind, word.token] = self.context(word, kind)
        own, single = self.bias, self.single
        for feature in own_features(word, cased=self.cased):
            if feature in single:
                own += single[feature]
        value: Sums = (own, *context)
        self[word] = value
        return value

    def context(self, word: Word, kind: str) -> Context:
        """What words of this kind and token say as neighbours; one for all names of a kind."""
        single, pairs = self.single, self.pairs
        token = word.token  # the features of `neighbour_features`, written out for speed
        p1 = single.get(f"p1 {kind}", 0.0) + single.get(f"p1t {token}", 0.0)
        n1 = single.get(f"n1 {kind}", 0.0) + single.get(f"n1t {token}", 0.0)
        p2 = single.get(f"p2 {kind}", 0.0) + single.get(f"p2t {token}", 0.0)
        n2 = single.get(f"n2 {kind}", 0.0) + single.get(f"n2t {token}", 0.0)
        before = summed(pairs["p1+"].get(kind, EMPTY), pairs["p1t+"].get(token, EMPTY))
        after = summed(pairs["n1+"].get(kind, EMPTY), pairs["n1t+"].get(token, EMPTY))
        return (p1, n1, p2, n2, kind, before, after)

    def gaps(self, left: str, right: str, style: str) -> Table:
        """What the gaps beside a word and the style of the text say, by the word's kind."""
        key = (left, right, style)
        table = self.gap_tables.get(key)
        if table is None:
            if len(self.gap_tables) >= CACHE_LIMIT:
                self.gap_tables.clear()
            sides = (self.left.get(left, EMPTY), self.right.get(right, EMPTY), self.style.get(style, EMPTY))
            table = self.gap_tables[key] = summed(*sides)
        return table

    def score(self, document: Document, at: int) -> float:
        """The log-odds that the word at a position identifies."""
        words, gaps = document.words, document.gaps
        own = self[words[at]]
        total, kind = own[0], own[5]
        if at:
            one = words[at - 1]
            two = words[at - 2] if at > 1 else EDGE
            left = gap_class(gaps[at])
        else:
            one, two, left = EDGE, EDGE, "edge"
        last = len(words) - 1
        if at < last:
            after = self[words[at + 1]]
            following = words[at + 2] if at + 1 < last else EDGE
            right = gap_class(gaps[at + 1])
        else:
            after, following, right = self[EDGE], EDGE, "edge"
        before = self[one]
        for table in (before[6], after[7], self.gaps(left, right, document.style)):
            if kind in table:
                total += table[kind]
        total += before[1] + after[2] + self[two][3] + self[following][4]
        token = two.token
        if token in self.two:
            total += self.two[token].get(one.token, 0.0)
        around = self.around.get(before[5])
        return total + around.get(after[5], 0.0) if around else total


def summed(*tables: Table) -> Table:
    """One table with the weights of all."""
    filled = [table for table in tables if table]
    if len(filled) < 2:
        return filled[0] if filled else EMPTY
    total = dict(filled[0])
    for table in filled[1:]:
        for key, weight in table.items():
            total[key] = total.get(key, 0.0) + weight
    return total


class Tagger:
    """Both sets of weights, and the passes over a document."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.cased = Weights(model["cased"], cased=True)
        self.caseless = Weights(model["caseless"], cased=False)
        self.place_bias = float(model["place"]["bias"])
        self.kinds: dict[str, dict[str, float]] = defaultdict(dict)
        for feature, weight in model["place"]["weights"].items():
            slot, _, value = feature.partition(" ")
            self.kinds[slot][value] = weight

    def weights(self, document: Document) -> Weights:
        """The set of weights that fits the way the text is written."""
        return self.caseless if document.caseless else self.cased

    def hits(self, document: Document, taken: set[int], shift: float = 0.0) -> set[int]:
        """Positions of words that identify; those `taken` by another layer are not judged but count as neighbours.

        shift: added to every score; a positive one finds more.
        """
        weights = self.weights(document)
        gate, least = CASED if weights.cased else CASELESS, weights.threshold - shift
        found: set[int] = set()
        scores: dict[int, float] = {}
        for at, word in enumerate(document.words):
            if word.gates & gate and at not in taken:
                own = weights[word][0]
                if own > CERTAIN:
                    found.add(at)
                elif own > HOPELESS:
                    score = scores[at] = weights.score(document, at)
                    if score > least:
                        found.add(at)
        if found or taken:
            look_beside(document, weights, found, taken, shift, scores)
        return found

    def is_place(self, document: Document, at: int) -> bool:
        """Is a hit rather a place than a person?"""
        words, told = document.words, self.kinds
        word = words[at]
        before, after = words[at - 1] if at else EDGE, words[at + 1] if at + 1 < len(words) else EDGE
        total = self.place_bias + told["self"].get(word.fine, 0.0) + told["end3"].get(word.key[-3:], 0.0)
        total += told["p1"].get(before.token, 0.0) + told["p1c"].get(before.bare, 0.0)
        return total + told["n1"].get(after.token, 0.0) + told["n1c"].get(after.bare, 0.0) > 0


def beside_features(left: str, right: str, kind: str) -> list[str]:
    """What a word of some kind says beside a hit, by what lies on each side and over which gap."""
    return [f"L {left}", f"R {right}", f"L {left} {kind}", f"R {right} {kind}", f"LR {left} {right}"]


def sides(document: Document, at: int, found: set[int], taken: set[int]) -> tuple[str, str]:
    """What lies on each side: a hit, a finding of another layer (and the gap), or neither."""
    left = right = "no"
    if at - 1 in found or at - 1 in taken:
        left = f"{'hit' if at - 1 in found else 'sure'} {gap_class(document.gaps[at])}"
    if at + 1 in found or at + 1 in taken:
        right = f"{'hit' if at + 1 in found else 'sure'} {gap_class(document.gaps[at + 1])}"
    return left, right


def beside_sum(weights: Weights, left: str, right: str, kind: str) -> float:
    """The weights of what lies beside a word."""
    key = (left, right, kind)
    total = weights.beside_sums.get(key)
    if total is None:
        told = beside_features(left, right, kind)
        total = weights.beside_sums[key] = weights.beside["bias"] + sum(weights.beside.get(f, 0.0) for f in told)
    return total


def look_beside(
    document: Document, weights: Weights, found: set[int], taken: set[int], shift: float, scores: dict[int, float]
) -> None:
    """Judge again the words and numbers that touch a hit, as long as that finds more; adds to `found`."""
    words, count, threshold = document.words, len(document.words), weights.beside_threshold - shift
    todo = [near for at in (*found, *taken) for near in (at - 1, at + 1)]
    judged: set[tuple[int, bool, bool]] = set()
    while todo:
        at = todo.pop()
        if at < 0 or at >= count or at in found or at in taken:
            continue
        word = words[at]
        if small(word) or (at - 1 in found and owned(document, at)):
            continue
        state = (at, at - 1 in found, at + 1 in found)
        if state in judged:
            continue
        judged.add(state)
        score = scores.get(at)
        if score is None:
            score = scores[at] = weights.score(document, at)
        left, right = sides(document, at, found, taken)
        kind = word.coarse if weights.cased else word.bare
        if weights.beside_scale * score + beside_sum(weights, left, right, kind) > threshold:
            found.add(at)
            todo += (at - 1, at + 1)


def small(word: Word) -> bool:
    """Is it a function word or a day of the week, which is no part of a name by standing beside one?"""
    return word.bare in APART and not word.gates & EITHER


def owned(document: Document, at: int) -> bool:
    """Is it an ordinary word behind a possessive ("Maria's thyroid")?"""
    return document.forms[at - 1][-2:] in POSSESSIVE and document.words[at].coarse[0] == "x"


def kind_features(document: Document, at: int) -> list[str]:
    """What tells a place from a person at a hit; `Tagger.is_place` adds up their weights."""
    words = document.words
    before, after = words[at - 1] if at else EDGE, words[at + 1] if at + 1 < len(words) else EDGE
    word = words[at]
    return [
        f"self {word.fine}",
        f"end3 {word.key[-3:]}",
        f"p1 {before.token}",
        f"n1 {after.token}",
        f"p1c {before.bare}",
        f"n1c {after.bare}",
    ]


@cache
def shipped() -> Tagger:
    """The tagger that comes with Rapport."""
    return Tagger(json.loads(MODEL.read_text(encoding="utf-8")))
