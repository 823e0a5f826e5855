"""One set of the tagger's weights, laid out so that the sum for a word takes a few look-ups.

What words of one record say, by themselves and as neighbours, is added up once, when the first is met; only what the
letters of a candidate say is looked up each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deid.text import gates, letters
from deid.text.classes import MIDDLE, Sort
from deid.text.document import Document
from deid.text.features import (
    EDGE,
    END2,
    END3,
    LONGEST_SIZE,
    by_letters,
    cluster_features,
    gap_class,
    habit_feature,
    own_features,
    path_features,
    way_written,
)
from deid.text.likeness import EMPTY, Likeness, Steps, Table, Tables, summed
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
    """What the words of one record say: by themselves, by their letters, as neighbours."""

    kind: str
    token: str
    own: float
    end3: Table
    end2: Table
    sizes: list[float]
    as_name: Steps  # by how much its letters are like a name's, and like a town's; empty where they are not asked
    as_town: Steps
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


class Gaps(dict[tuple[str | None, str | None], Table]):
    """The gaps before and behind a word (None: an edge of the text) -> what they say, by the word's kind."""

    def __init__(self, slots: dict[str, Tables], style: str) -> None:
        super().__init__()
        self.left, self.right, self.style = slots["left"], slots["right"], slots["style"].get(style, EMPTY)
        self.classes: dict[tuple[str, str], Table] = {}  # of the classes of both gaps, which many gaps share

    def __missing__(self, sides: tuple[str | None, str | None]) -> Table:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        left, right = ("edge" if gap is None else gap_class(gap) for gap in sides)
        table = self.classes.get((left, right))
        if table is None:
            table = summed(self.left.get(left, EMPTY), self.right.get(right, EMPTY), self.style)
            self.classes[left, right] = table
        self[sides] = table
        return table


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

    def __init__(self, model: dict[str, Any], *, cased: bool) -> None:
        super().__init__()
        self.cased, self.bias, self.threshold = cased, float(model["bias"]), float(model["threshold"])
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
        self.possessive = self.single.get("possessive", 0.0) - self.single.get("plain", 0.0)
        slots = self.slots
        self.kinds = Near(
            self.single, lambda kind, slot: [f"{slot} {kind}"], [slots["p1+"], slots["n1+"], slots["around"]]
        )
        self.tokens = self.of_tokens()
        self.paths = Near(self.single, path_features, [slots["p1c+"], slots["n1c+"], {}], MIDDLE)
        self.sorts: dict[tuple[str, Sort], float] = {}
        self.clusters: dict[tuple[str, str], float] = {}  # lead and path -> what the path says
        self.classes: dict[tuple[str, str], tuple[float, Table, Table, list[float]]] = {}  # by kind and fine class
        self.likeness = Likeness(slots)
        self.alone: dict[str, float] = {}  # form -> what it says by itself
        self.gaps = {style: Gaps(self.slots, style) for style in ("net", "phone", "plain")}
        self.edge = self[EDGE]

    def __missing__(self, word: Word) -> Group:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        kind, token, sort = word.coarse if self.cased else word.bare, word.token, word.sort
        lead = kind[0] if self.cased else ""
        own, end3, end2, sizes = self.letters(word, kind)
        own += self.slots["case"].get(sort.case, EMPTY).get(kind, 0.0)
        as_name, as_town = self.likeness[way_written(word, cased=self.cased)] if by_letters(word) else ({}, {})
        said = self.sorts.get((lead, sort))
        own += self.of_sort(lead, sort) if said is None else said
        p1, n1, p2, n2, before, after, around = self.kinds[kind]
        path_p1, path_n1, path_p2, path_n2, before_path, after_path, _ = self.paths[sort.path]
        token_p1, token_n1, token_p2, token_n2, before_too, after_too, two = self.tokens.get(token, NOTHING)
        group = self[word] = Group(
            kind,
            token,
            own,
            end3,
            end2,
            sizes,
            as_name,
            as_town,
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
        )
        return group

    def of_sort(self, lead: str, sort: Sort) -> float:
        """What talk says of a word of some sort by itself, apart from its kind."""
        said = self.clusters.get((lead, sort.path))
        if said is None:
            said = sum(self.single.get(feature, 0.0) for feature in cluster_features(sort, lead))
            self.clusters[lead, sort.path] = said
        total = self.sorts[lead, sort] = said + self.single.get(habit_feature(sort, lead), 0.0)
        return total

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

    def letters(self, word: Word, kind: str) -> tuple[float, Table, Table, list[float]]:
        """What the words of a record say by themselves, and what their letters will add; a number has none."""
        if word.gates & gates.DIGITS:
            told = own_features(word, "", cased=self.cased)
            return self.bias + sum(self.single.get(f, 0.0) for f in told), EMPTY, EMPTY, [0.0] * (LONGEST_SIZE + 1)
        lead = kind[0] if self.cased else ""
        said = self.classes.get((kind, word.fine)) or self.of_class(lead, kind, word.fine)
        own, end3, end2, sizes = said
        return own + self.plain["token"].get(f"{lead}{word.token}", 0.0), end3, end2, sizes

    def of_class(self, lead: str, kind: str, fine: str) -> tuple[float, Table, Table, list[float]]:
        """What all words of a class written alike say by themselves, and what their letters will add."""
        own = self.bias + self.plain["self"].get(f"{lead}{fine}", 0.0) + self.single.get("plain", 0.0)
        end3, end2, size = (
            self.slots[slot].get(part, EMPTY) for slot, part in (("end3", kind[:5]), ("end2", kind[:2]), ("size", kind))
        )
        sizes = [size.get(str(length), 0.0) for length in range(LONGEST_SIZE + 1)]
        self.classes[kind, fine] = own, end3, end2, sizes
        return own, end3, end2, sizes

    def score(self, document: Document, at: int) -> float:
        """The log-odds that the word at a position identifies."""
        return Reading(self, document).score(at)


class Reading:
    """A document as one set of weights sees it."""

    __slots__ = ("alone", "forms", "gaps", "groups", "possessive", "sides")

    def __init__(self, weights: Weights, document: Document) -> None:
        edge = weights.edge
        # Two edges on each side: the group of the word at `at` is `groups[at + 2]`.
        self.groups: list[Group] = [edge, edge, *map(weights.__getitem__, document.words), edge, edge]
        self.forms, self.alone, self.possessive = document.forms, weights.alone, weights.possessive
        self.sides: list[str | None] = [None, *document.gaps[1:-1], None]
        self.gaps = weights.gaps[document.style]

    def own(self, at: int) -> float:
        """What the word at a position says by itself."""
        form = self.forms[at]
        total = self.alone.get(form)
        if total is None:
            if len(self.alone) >= CACHE_LIMIT:
                self.alone.clear()
            group, key = self.groups[at + 2], form.lower().replace("’", "'")
            total = group.own + group.end3.get(key[END3:], 0.0) + group.end2.get(key[END2:], 0.0)
            total += group.sizes[min(len(key), LONGEST_SIZE)] + self.possessive * key.endswith("'s")
            if group.as_name or group.as_town:
                name, town = letters.looks(key)
                total += group.as_name.get(name, 0.0) + group.as_town.get(town, 0.0)
            self.alone[form] = total
        return total

    def context(self, at: int) -> float:
        """What its neighbours and the gaps beside it say."""
        two, left, group, right, following = self.groups[at : at + 5]
        kind = group.kind
        before, after = left.befores.get(kind), right.afters.get(kind)
        total = left.say_before(kind) if before is None else before
        total += right.say_after(kind) if after is None else after
        total += two.p2 + following.n2 + self.gaps[self.sides[at], self.sides[at + 1]].get(kind, 0.0)
        if two.two:
            total += two.two.get(left.token, 0.0)
        return total + left.around.get(right.kind, 0.0)

    def score(self, at: int) -> float:
        """The log-odds that the word at a position identifies."""
        return self.own(at) + self.context(at)
