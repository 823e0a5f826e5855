"""One set of the tagger's weights, laid out so that the sum for a word takes a few look-ups.

What words of one record say as neighbours is added up once, when the first is met; `own` tells what a word says by
itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deid.text import gates
from deid.text.classes import MIDDLE
from deid.text.document import Document
from deid.text.features import EDGE, END3, gap_class, path_features
from deid.text.kinds import NO_PLACES, Kinds
from deid.text.likeness import EMPTY, Table, Tables
from deid.text.own import Alone
from deid.text.traits import EITHER
from deid.text.words import CACHE_LIMIT, Word

# As the word before, behind, last but one, next but one; by the kind of the word as before and behind; by another word.
Said = tuple[float, float, float, float, Table, Table, Table]
NOTHING: Said = (0.0, 0.0, 0.0, 0.0, EMPTY, EMPTY, EMPTY)
NEIGHBOURS = ("p1", "n1", "p2", "n2")
OF_LETTERS = frozenset({"end3", "end2", "size"})
OF_PAIRS = frozenset({"p1+", "n1+", "p1t+", "n1t+", "p1c+", "n1c+", "case", "left", "right", "around", "two", "style"})
OF_LIKENESS = frozenset({"as-name", "as-name-way", "as-town", "as-town-way"})


@dataclass(slots=True, eq=False)
class Group:
    """What words of which the model knows the same say as neighbours."""

    kind: str
    token: str
    p1: float
    n1: float
    p2: float
    n2: float
    before: Table  # as the word before, by the kind of the word: all words of this kind, of this path, and this word
    before_path: Table
    before_too: Table
    after: Table  # as the word behind, by the kind of the word
    after_path: Table
    after_too: Table
    befores: Table  # what it says in all as the word before, and as the word behind, by the kind of the word
    afters: Table
    two: Table  # as the word before the last, by the token of the last
    around: Table  # as the word before, by the kind of the word behind
    place_before: float  # how much rather a place than a person is the word behind it, the word before it
    place_after: float

    def say_before(self, kind: str) -> float:
        """What the word says before a word of some kind; kept."""
        total = self.p1 + self.before.get(kind, 0.0) + self.before_path.get(kind, 0.0) + self.before_too.get(kind, 0.0)
        self.befores[kind] = total
        return total

    def say_after(self, kind: str) -> float:
        """What the word says behind a word of some kind; kept."""
        total = self.n1 + self.after.get(kind, 0.0) + self.after_path.get(kind, 0.0) + self.after_too.get(kind, 0.0)
        self.afters[kind] = total
        return total


class Between(dict[str, float]):
    """Kind of a word -> what the gaps before and behind it say, both of some class, in a text of some style."""

    def __init__(self, left: Table, right: Table, style: Table) -> None:
        super().__init__()
        self.left, self.right, self.style = left, right, style

    def __missing__(self, kind: str) -> float:
        total = self[kind] = self.left.get(kind, 0.0) + self.right.get(kind, 0.0) + self.style.get(kind, 0.0)
        return total


class Gaps(dict[tuple[str | None, str | None], Between]):
    """The gaps before and behind a word (None: an edge of the text) -> what they say, by the word's kind."""

    def __init__(self, slots: dict[str, Tables], style: str) -> None:
        super().__init__()
        self.left, self.right, self.style = slots["left"], slots["right"], slots["style"].get(style, EMPTY)
        self.classes: dict[tuple[str, str], Between] = {}  # of the classes of both gaps, which many gaps share

    def __missing__(self, sides: tuple[str | None, str | None]) -> Between:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        left, right = ("edge" if gap is None else gap_class(gap) for gap in sides)
        said = self.classes.get((left, right))
        if said is None:
            said = Between(self.left.get(left, EMPTY), self.right.get(right, EMPTY), self.style)
            self.classes[left, right] = said
        self[sides] = said
        return said


class Near(dict[str, Said]):
    """One class of a word -> what it says beside a word: every kind, or every path of which pairs tell the beginning.

    pairs: tables by class, of what it says as the word before, as the word behind, and the third of `Said`.
    """

    def __init__(
        self, single: Table, features: Callable[[str, str], list[str]], pairs: list[Tables], steps: int | None = None
    ) -> None:
        super().__init__()
        self.single, self.features, self.pairs, self.steps = single, features, pairs, steps

    def __missing__(self, name: str) -> Said:
        single, features = self.single, self.features
        p1, n1, p2, n2 = (sum(single.get(told, 0.0) for told in features(name, slot)) for slot in NEIGHBOURS)
        before, after, third = (table.get(name[: self.steps], EMPTY) for table in self.pairs)
        said = self[name] = p1, n1, p2, n2, before, after, third
        return said


class Weights(dict[Word, Group]):
    """Record of a word -> what it says; filled as records are met, emptied when full."""

    def __init__(self, model: dict[str, Any], places: Kinds = NO_PLACES, *, cased: bool) -> None:
        super().__init__()
        self.cased, self.bias, self.threshold = cased, float(model["bias"]), float(model["threshold"])
        self.places = places
        self.beside_scale, self.beside_threshold = float(model["beside_scale"]), float(model["beside_threshold"])
        self.beside: Table = model["beside"]
        self.single: Table = model["weights"]
        self.plain: Tables = defaultdict(dict)  # slot -> value -> weight
        self.slots: dict[str, Tables] = defaultdict(
            lambda: defaultdict(dict)
        )  # slot -> first value -> second -> weight
        for feature, weight in self.single.items():
            slot, _, value = feature.partition(" ")
            if slot in OF_LETTERS or slot in OF_PAIRS or slot in OF_LIKENESS:
                first, _, second = value.rpartition(" " if slot in OF_LETTERS else "/")
                self.slots[slot][first][second] = weight
            else:
                self.plain[slot][value] = weight
        slots = self.slots
        self.kinds = Near(
            self.single, lambda kind, slot: [f"{slot} {kind}"], [slots["p1+"], slots["n1+"], slots["around"]]
        )
        self.tokens = self.of_tokens()
        self.telling = {*self.tokens, *places.tokens, *(last for table in slots["two"].values() for last in table)}
        self.groups: dict[tuple[str, str, str], Group] = {}
        self.paths = Near(self.single, path_features, [slots["p1c+"], slots["n1c+"], {}], MIDDLE)
        self.alone = Alone(self.single, self.plain, slots, cased=cased, bias=self.bias)
        self.gaps = {style: Gaps(self.slots, style) for style in ("net", "phone", "plain")}

    def __missing__(self, word: Word) -> Group:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        kind = word.coarse if self.cased else word.bare
        same = kind, word.sort.path, word.token if word.token in self.telling else ""
        group = self[word] = self.groups.get(same) or self.group(word, *same)
        return group

    def group(self, word: Word, kind: str, path: str, token: str) -> Group:
        """The group of all words of one kind and path, or of those with a token the model knows."""
        p1, n1, p2, n2, before, after, around = self.kinds[kind]
        path_p1, path_n1, path_p2, path_n2, before_path, after_path, _ = self.paths[path]
        token_p1, token_n1, token_p2, token_n2, before_too, after_too, two = self.tokens.get(token, NOTHING)
        group = self.groups[kind, path, token] = Group(
            kind,
            token,
            p1 + path_p1 + token_p1,
            n1 + path_n1 + token_n1,
            p2 + path_p2 + token_p2,
            n2 + path_n2 + token_n2,
            before,
            before_path,
            before_too,
            after,
            after_path,
            after_too,
            {},
            {},
            two,
            around,
            *self.places.beside(word),
        )
        return group

    def meet(self, word: Word) -> None:
        """Look up ahead what the words of a record say, beside others and, where they may identify, by themselves."""
        self[word]
        if word.gates & EITHER:
            self.alone.of_record(word)

    def of_tokens(self) -> dict[str, Said]:
        """Token -> what it says in each place beside a word, of all that say anything."""
        p1, n1, p2, n2 = (self.plain[f"{slot}t"] for slot in NEIGHBOURS)
        before, after, two = (self.slots[slot] for slot in ("p1t+", "n1t+", "two"))
        return {
            token: (
                p1.get(token, 0.0),
                n1.get(token, 0.0),
                p2.get(token, 0.0),
                n2.get(token, 0.0),
                before.get(token, EMPTY),
                after.get(token, EMPTY),
                two.get(token, EMPTY),
            )
            for token in {*p1, *n1, *p2, *n2, *before, *after, *two}
        }

    def score(self, document: Document, at: int) -> float:
        """The log-odds that the word at a position identifies."""
        return Reading(self, document).score(at)


class Reading:
    """A document as one set of weights sees it."""

    __slots__ = ("document", "gaps", "hits", "said", "sides", "weights", "words")

    def __init__(self, weights: Weights, document: Document) -> None:
        # Two edges on each side: the word at `at` is `words[at + 2]`.
        self.words: list[Word] = [EDGE, EDGE, *document.words, EDGE, EDGE]
        self.said = weights.__getitem__
        self.document, self.weights = document, weights
        self.hits: set[int] = set()  # positions of the words that identify
        self.sides: list[str | None] = [None, *document.gaps[1:-1], None]
        self.gaps = weights.gaps[document.style]

    def own(self, at: int) -> float:
        """What the word at a position says by itself."""
        return self.weights.alone[self.document.forms[at]]

    def context(self, at: int) -> float:
        """What its neighbours and the gaps beside it say."""
        two, left, group, right, following = map(self.said, self.words[at : at + 5])
        kind = group.kind
        before, after = left.befores.get(kind), right.afters.get(kind)
        total = left.say_before(kind) if before is None else before
        total += right.say_after(kind) if after is None else after
        total += two.p2 + following.n2 + self.gaps[self.sides[at], self.sides[at + 1]][kind]
        if two.two:
            total += two.two.get(left.token, 0.0)
        return total + left.around.get(right.kind, 0.0)

    def score(self, at: int) -> float:
        """The log-odds that the word at a position identifies."""
        return self.own(at) + self.context(at)

    def places(self, hits: list[int]) -> list[bool]:
        """Is each of some hits rather a place than a person?"""
        said, document, places = self.said, self.document, self.weights.places
        words, marks = self.words, document.marks
        found = []
        for at in hits:
            word = words[at + 2]
            ending = word.coarse if marks[at] & gates.DIGITS else document.key(at)
            total = places.own[word.fine] + places.endings.get(ending[END3:], 0.0)
            found.append(total + said(words[at + 1]).place_before + said(words[at + 3]).place_after > 0)
        return found
