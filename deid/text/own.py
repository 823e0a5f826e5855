"""What does a word say by itself? Its classes, its ending, its size, the look of its letters: a few look-ups and a sum.

What all words of one record say is added up once, when the first is met; only what letters say is looked up each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from deid.text import gates, letters
from deid.text.document import Document
from deid.text.features import (
    END2,
    END3,
    LONGEST_SIZE,
    by_letters,
    cluster_features,
    habit_features,
    own_features,
    way_written,
)
from deid.text.likeness import EMPTY, NOT_ASKED, Likeness, Steps, Table, Tables
from deid.text.words import CACHE_LIMIT, WORDS, Word

CERTAIN = 2.5  # log-odds of the word alone that neighbours hardly ever outweigh: they are not asked


@dataclass(slots=True, eq=False)
class Own:
    """What the words of one record say by themselves, and what their letters will add."""

    sum: float
    end3: Table
    end2: Table
    sizes: list[float]
    as_name: Steps  # by how much its letters are like a name's, and like a town's; none where they are not asked
    as_town: Steps
    least: float  # that the look of its letters can add


class Judged(dict[str, float]):
    """Written form -> what the word says by itself, or, of one that is certain whatever its letters look like, that.

    Most names are certain. Filled as words are asked for, emptied when full.
    """

    def __init__(self, alone: Alone) -> None:
        super().__init__()
        self.alone = alone

    def __missing__(self, form: str) -> float:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        total = self[form] = self.alone.added_up(form, certain=CERTAIN)
        return total


class Told(dict[str, float]):
    """Part of a sort -> what it says of a word; filled as parts are asked for."""

    def __init__(self, single: Table, features: Callable[[str, str], list[str]], lead: str) -> None:
        super().__init__()
        self.single, self.features, self.lead = single, features, lead

    def __missing__(self, part: str) -> float:
        single = self.single
        total = self[part] = sum(single.get(feature, 0.0) for feature in self.features(part, self.lead))
        return total


class Talk(dict[str, tuple[Told, Told]]):
    """How a word is written here -> what its habit, and what its path, says by itself, whatever its kind."""

    def __init__(self, single: Table) -> None:
        super().__init__()
        self.single = single

    def __missing__(self, lead: str) -> tuple[Told, Told]:
        both = self[lead] = Told(self.single, habit_features, lead), Told(self.single, cluster_features, lead)
        return both


class Alone(dict[str, float]):
    """Written form -> what the word says by itself; filled as words are asked for, emptied when full."""

    def __init__(self, single: Table, plain: Tables, slots: dict[str, Tables], *, cased: bool, bias: float) -> None:
        super().__init__()
        self.single, self.plain, self.slots, self.cased, self.bias = single, plain, slots, cased, bias
        self.gate = gates.CASED if cased else gates.CASELESS
        self.possessive = single.get("possessive", 0.0) - single.get("plain", 0.0)
        self.judged = Judged(self)
        self.records: dict[Word, Own] = {}
        self.tokens, self.cases = plain["token"], slots["case"]
        self.talk = Talk(single)
        self.classes: dict[tuple[str, str], tuple[float, Table, Table, list[float]]] = {}  # by kind and fine class
        self.likeness = Likeness(slots)

    def __missing__(self, form: str) -> float:
        if len(self) >= CACHE_LIMIT:
            self.clear()
        total = self[form] = self.added_up(form, certain=None)
        return total

    def judge(self, document: Document, taken: set[int]) -> list[tuple[int, float]]:
        """The words that may identify and that no other layer has: where they stand, and what they say."""
        forms, marks, gate, judged = document.forms, document.marks, self.gate, self.judged
        return [(at, judged[forms[at]]) for at in document.open if marks[at] & gate and at not in taken]

    def added_up(self, form: str, certain: float | None) -> float:
        """The sum for a word; without the look of its letters where it is more than `certain` whatever that is."""
        word = WORDS[form]
        own = self.records.get(word) or self.of_record(word)
        key, total = form.lower(), own.sum
        if not form.isalpha():
            key = key.replace("’", "'")
            total += self.possessive if key.endswith("'s") else 0.0
        total += own.end3.get(key[END3:], 0.0) + own.end2.get(key[END2:], 0.0)
        total += own.sizes[min(len(key), LONGEST_SIZE)]
        if not own.as_name or (certain is not None and total + own.least > certain):
            return total
        name, town = letters.looks(key)
        return total + (own.as_name[name] + own.as_town[town])

    def of_record(self, word: Word) -> Own:
        """What the words of a record say by themselves, and what their letters will add; kept."""
        if len(self.records) >= CACHE_LIMIT:
            self.records.clear()
        kind = word.coarse if self.cased else word.bare
        lead, sort = kind[0] if self.cased else "", word.sort
        total, end3, end2, sizes = self.of_letters(word, lead, kind, self.tokens.get(lead + word.token, 0.0))
        habits, paths = self.talk[lead]
        total += habits[sort.habit] + paths[sort.path] + self.cases.get(sort.case, EMPTY).get(kind, 0.0)
        asked = self.likeness[way_written(word, cased=self.cased)] if by_letters(word) else NOT_ASKED
        own = self.records[word] = Own(total, end3, end2, sizes, *asked)
        return own

    def of_letters(self, word: Word, lead: str, kind: str, token: float) -> tuple[float, Table, Table, list[float]]:
        """What the words of a record say by themselves, and what their letters will add; a number has none."""
        if word.gates & gates.DIGITS:
            told = own_features(word, "", cased=self.cased)
            return self.bias + sum(self.single.get(f, 0.0) for f in told), EMPTY, EMPTY, [0.0] * (LONGEST_SIZE + 1)
        own, end3, end2, sizes = self.classes.get((kind, word.fine)) or self.of_class(lead, kind, word.fine)
        return own + token, end3, end2, sizes

    def of_class(self, lead: str, kind: str, fine: str) -> tuple[float, Table, Table, list[float]]:
        """What all words of a class written alike say by themselves, and what their letters will add."""
        own = self.bias + self.plain["self"].get(f"{lead}{fine}", 0.0) + self.single.get("plain", 0.0)
        end3, end2, size = (
            self.slots[slot].get(part, EMPTY) for slot, part in (("end3", kind[:5]), ("end2", kind[:2]), ("size", kind))
        )
        sizes = [size.get(str(length), 0.0) for length in range(LONGEST_SIZE + 1)]
        self.classes[kind, fine] = own, end3, end2, sizes
        return own, end3, end2, sizes
