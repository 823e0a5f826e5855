"""Is a hit rather a place than a person? The third set of the tagger's weights, over the word and its neighbours."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from deid.text import gates
from deid.text.document import Document
from deid.text.features import EDGE, END3
from deid.text.likeness import Table, Tables
from deid.text.words import Word


class Kinds:
    """How much rather a place than a person: the word, the word behind it, the word before it, its ending."""

    def __init__(self, model: dict[str, Any]) -> None:
        bias = float(model["bias"])
        self.told: Tables = defaultdict(dict)
        for feature, weight in model["weights"].items():
            slot, _, value = feature.partition(" ")
            self.told[slot][value] = weight
        self.own: Table = defaultdict(lambda: bias, {fine: bias + said for fine, said in self.told["self"].items()})
        self.endings = self.told["end3"]
        self.tokens = {*self.told["p1"], *self.told["n1"]}

    def beside(self, word: Word) -> tuple[float, float]:
        """What the words of a record say of the word behind them, of the word before them."""
        told = self.told
        return (
            told["p1"].get(word.token, 0.0) + told["p1c"].get(word.bare, 0.0),
            told["n1"].get(word.token, 0.0) + told["n1c"].get(word.bare, 0.0),
        )


NO_PLACES = Kinds({"bias": 0.0, "weights": {}})


def kind_features(document: Document, at: int) -> list[str]:
    """What tells a place from a person at a hit; `Kinds` adds up their weights."""
    words = document.words
    before, after = words[at - 1] if at else EDGE, words[at + 1] if at + 1 < len(words) else EDGE
    word = words[at]
    return [
        f"self {word.fine}",
        f"end3 {letters(document, at)[END3:]}",
        f"p1 {before.token}",
        f"n1 {after.token}",
        f"p1c {before.bare}",
        f"n1c {after.bare}",
    ]


def letters(document: Document, at: int) -> str:
    """The letters of a word, or how many digits a number has."""
    return document.words[at].coarse if document.marks[at] & gates.DIGITS else document.key(at)
