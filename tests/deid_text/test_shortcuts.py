"""Ways that are shorter, and the slow plain ones they must agree with."""

import gc
import json
import random
import subprocess
import sys
import unicodedata
from dataclasses import fields
from itertools import product

import pytest

from deid.text import Scrubber, absorb, bits, gates, kin, letters, lexicon, normalise, unknown, words
from deid.text.cut import CUT, cut
from deid.text.document import Document
from deid.text.edits import distance
from deid.text.own import CERTAIN
from deid.text.patterns import contacts, find, numbers
from deid.text.scrubber import AT_ONCE, MANY
from deid.text.spans import LABELS, Span
from deid.text.tagger import shipped
from deid.text.training.generate import generate
from deid.text.words import WAYS, WORDS, Word, counts, describe

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slipped(word: str, rng: random.Random) -> str:
    """The word with one or two letters dropped, added or replaced."""
    for _ in range(rng.choice([1, 1, 2])):
        at = rng.randrange(1, len(word))
        word = word[:at] + rng.choice(["", rng.choice(LETTERS), word[at] + rng.choice(LETTERS)]) + word[at + 1 :]
    return word


def candidates() -> list[str]:
    """The words a misspelled one may stand for."""
    wanted = bits.FLAG["clinical"] | bits.FLAG["function"]
    return [
        word
        for word, mask in lexicon.table().items()
        if len(word) >= 4
        and (bits.dictionary(mask) == 1 or mask & wanted or (bits.dictionary(mask) == 2 and len(word) >= 6))
    ]


def plainly_misspelled(key: str, words: list[str]) -> bool:
    """One edit from a word that has the first letter, and the beginning or the ending, or if short the same letters."""
    start, end = unknown.halves(len(key))
    return any(
        near[0] == key[0]
        and abs(len(near) - len(key)) < 2
        and (
            near[:start] == key[:start]
            or near[-end:] == key[-end:]
            or (len(key) == len(near) < 7 and sorted(near) == sorted(key))
        )
        and distance(key[1:], near[1:], 1) == 1
        for near in words
    )


def test_misspelled_words_are_those_a_search_of_the_whole_lexicon_finds() -> None:
    rng, words = random.Random(3), candidates()
    keys = [slipped(rng.choice(words), rng) for _ in range(150)]
    keys = [key for key in keys if len(key) >= 5 and key.isalpha() and key not in lexicon.table()]
    told = [unknown.misspelled(key) for key in keys]
    assert told == [plainly_misspelled(key, words) for key in keys]
    assert 20 < sum(told) < len(told) - 20


def plainly_derived(key: str) -> bool:
    """Is it an ordinary word with a beginning or an ending, or two common words of three letters or more?"""
    common, endings = unknown.common_words(), [ending for by in unknown.SUFFIXES.values() for ending in by]
    bases = [key.removesuffix(ending) for ending in endings if key.endswith(ending)]
    return (
        any(
            key.startswith(first) and len(key) > len(first) + 3 and unknown.ordinary(key[len(first) :], 3)
            for first in unknown.PREFIXES
        )
        or any(len(base) > 3 and (unknown.ordinary(base) or unknown.ordinary(base + "e")) for base in bases)
        or any(key[:cut] in common and key[cut:] in common for cut in range(3, len(key) - 2))
    )


def test_derived_words_are_those_a_search_with_every_beginning_and_ending_finds() -> None:
    rng, listed, common = random.Random(13), sorted(lexicon.table()), sorted(unknown.common_words())
    endings = [ending for by in unknown.SUFFIXES.values() for ending in by]
    keys = [rng.choice(listed) + rng.choice(endings) for _ in range(1500)]
    keys += [rng.choice(unknown.PREFIXES) + rng.choice(listed) for _ in range(500)]
    keys += [rng.choice(common) + rng.choice(common) for _ in range(500)]
    told = [unknown.derived(key) for key in keys]
    assert told == [plainly_derived(key) for key in keys]
    assert 500 < sum(told) < len(told) - 500


def test_laughter_begins_with_the_letters_that_are_looked_for() -> None:
    letters = "ahijeolxdmuwrgzb"
    keys = ["".join(drawn) for size in range(1, 6) for drawn in product(letters, repeat=size)]
    laughs = [key for key in keys if unknown.LAUGHTER.fullmatch(key)]
    assert {key[:2] for key in laughs} == unknown.LAUGHS


def test_words_that_share_what_is_said_of_them_are_as_described_by_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(8)
    near = candidates()
    keys = rng.sample(sorted(lexicon.table()), 3000) + [slipped(rng.choice(near), rng) for _ in range(500)]
    forms = [write(key) for key in keys for write in (str, str.capitalize, str.upper, str.swapcase)]
    rng.shuffle(forms)
    shared = [told(describe(form)) for form in forms]
    monkeypatch.setattr(words, "alone_tells", lambda key: False)
    assert shared == [told(describe(form)) for form in forms]


def told(word: Word) -> list[object]:
    """All that a record says."""
    return [getattr(word, field.name) for field in fields(word)]


def test_letters_are_added_up_as_they_are_weighed() -> None:
    model = json.loads(letters.MODEL.read_text(encoding="utf-8"))
    for key in random.Random(10).sample([key for key in lexicon.table() if key.isascii() and key.isalpha()], 2000):
        name, town = (
            round(1000 * (side["bias"] + sum(side["weights"].get(piece, 0.0) for piece in letters.pieces(key))))
            for side in (model["name"], model["town"])
        )
        if len(key) >= letters.SIZE:
            assert letters.looks(key) == tuple(
                max(letters.LOWEST, min(letters.HIGHEST, log_odds // letters.STEP)) for log_odds in (name, town)
            )


def test_words_are_certain_whatever_their_letters_only_if_they_are_with_them() -> None:
    alone = shipped().cased.alone
    forms = [key.capitalize() for key in random.Random(11).sample(sorted(lexicon.table()), 3000)]
    certain = [form for form in forms if alone.judged[form] != alone[form]]
    assert len(certain) > 100
    assert all(min(alone.judged[form], alone[form]) > CERTAIN for form in certain)


def test_texts_scrubbed_together_are_as_scrubbed_one_by_one() -> None:
    texts = [labelled.text for labelled in generate(2 * AT_ONCE + 9, seed=12)]
    rows = [(text, ["Maria Lopez"] if at % 3 else None) for at, text in enumerate(texts)]
    scrubber = Scrubber()
    assert list(scrubber.scrub_all(iter(rows))) == [scrubber.scrub(text, known) for text, known in rows]


@pytest.mark.parametrize("searching", [True, False])
def test_garbage_is_searched_for_again_between_texts_unless_it_was_not_before(searching: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if searching else gc.disable)()
        assert [gc.isenabled() for _ in Scrubber().scrub_all([("call Ana", None)] * 3)] == [searching] * 3
        with pytest.raises(TypeError):
            list(Scrubber().scrub_all([(None, None)]))  # type: ignore[list-item]
        assert gc.isenabled() is searching
    finally:
        (gc.enable if before else gc.disable)()


def test_plain_characters_are_those_of_each_character_by_itself() -> None:
    rng = random.Random(4)
    pool = [chr(code) for code in range(0x2FFFF) if not 0xD800 <= code < 0xE000]
    for _ in range(300):
        text = "".join(rng.choice(pool) if rng.random() < 0.2 else rng.choice("ab Zé’\u00a0\u200b") for _ in range(20))
        kept = [(at, c) for at, c in enumerate(text) if ord(c) not in normalise.INVISIBLE]
        pieces = [
            (at, normalise.SPACES.get(c) or normalise.DASHES.get(c) or unicodedata.normalize("NFKC", c))
            if not (c < "\u0250" and c != "\u00a0") and c not in "’‘“”–—…"
            else (at, " " if c == "\u00a0" else c)
            for at, c in kept
        ]
        simple = normalise.characters(text)
        assert simple.text == normalise.look_alikes("".join(piece for _, piece in pieces))
        origin = [at for at, piece in pieces for _ in piece]
        assert simple.origin == origin or (simple.origin is None and origin == list(range(len(text))))


def test_words_are_counted_in_texts_of_any_length() -> None:
    words = [WORDS[form] for form in ["the", "Maria", "BAD", "nurse", "London", "zzyzxq"] * 2000]
    assert counts(words) == tuple(sum(word.gates & way == way for word in words) for way in WAYS)


def test_texts_are_cut_as_the_pattern_cuts_them() -> None:
    rng = random.Random(6)
    for number in range(4000):
        pool = "abcXYZ   .,'19\n\x1c" + ("", "éšЖΩ", "é’Ω٣²\xa0\ud800")[number % 3]
        if number % 2:  # numbers that touch no letters
            pool = ["ab", "c", "19", "7", *" .,'-\n"]
        text = "".join(rng.choice(pool) for _ in range(rng.randrange(25)))
        parts, document = CUT(text), Document(text)
        assert cut(text) == (parts[1::2], parts[0::2])
        assert [text[start:].startswith(form) for start, form in zip(document.starts, document.forms, strict=True)] == [
            True
        ] * len(document.forms)


@pytest.mark.parametrize(
    "text",
    [
        "write to jo.doe@mail.com or ann @ post.org, a@b or c@@d.com.",
        "x@y.com@z.org " + "a" * 80 + "@mail.com",
        "@one two@three.four five.six@seven.eight,nine@ten.eleven",
    ],
)
def test_mailboxes_are_those_a_search_of_the_whole_text_finds(text: str) -> None:
    assert [m.span() for m in contacts.mailboxes(text)] == [m.span() for m in contacts.EMAIL.finditer(text)]


@pytest.mark.parametrize(
    "text", ["at 7, room 12 call +1 (613) 555-0199 or 555 1234 x12", "((02) 9999 1234", "5 (3)4 5 6"]
)
def test_telephone_numbers_may_begin_only_a_little_before_their_second_group(text: str) -> None:
    document = Document(text)
    first = numbers.first_phone(document, numbers.spaced_pairs(document)[0])
    found, whole = numbers.phones(text, first, len(text)), numbers.phones(text, 0, len(text))
    assert [m.span() for m in found] == [m.span() for m in whole]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seen on the 7th at noon", {"7th"}),
        ("my code is k1a 0b1 now", {"k1a 0b1"}),
        ("in SW1A 1AA then", {"SW1A 1AA"}),
        ("the zIP is 12345 today", {"12345"}),
        ("ask jo at mail DOT com, Ann (at) post.org or 5 x", {"jo at mail DOT com", "Ann (at) post.org", "post.org"}),
        ("écrit à POSTCODE k1a", {"k1a"}),
        ("lives in flat 12 or p.o. box 9", {"flat 12", "p.o. box 9"}),
        ("five one two three four oh nine", {"five one two three four oh nine"}),
    ],
)
def test_gates_let_through_what_the_patterns_find(text: str, found: set[str]) -> None:
    assert {text[span.start : span.end] for span in find(Document(text))} == found


def plainly_grown(document: Document, span: Span) -> Span:
    """A finding with what belongs to it, whatever stands beside it."""
    titled = span.label == "NAME" and document.text[: span.start].endswith(" ")
    return absorb.with_more(document, absorb.with_title(document, span) if titled else span)


def test_what_belongs_to_a_finding_is_asked_for_wherever_it_may_stand() -> None:
    rng = random.Random(13)
    beside = sorted(gates.RANKS | gates.DEGREES | gates.GROUNDS | gates.SCHOOLS)
    beside += [
        "of",
        "and",
        "12",
        "12b",
        "7,",
        "M.D.",
        "MD's",
        "Jr's",
        "Apt. B5",
        "ste 5",
        "po Box 9",
        "aptb5",
        "Suite #12",
    ]
    beside += ["Prime Minister", "Senior High School", "Medical Center", "Clinic's"]
    changed = 0
    for _ in range(3000):
        pieces = [rng.choice([str, str.capitalize])(rng.choice(beside)) for _ in range(4)] + ["Rotherham", "Rotherham"]
        rng.shuffle(pieces)
        text = rng.choice([" ", " ", ", "]).join(pieces)
        places = [text.index("Rotherham"), text.rindex("Rotherham")]
        spans = [Span(start, start + 9, rng.choice(LABELS[-2:]), "tagger") for start in places]
        document = Document(text)
        assert absorb.grown(document, spans) == [plainly_grown(document, span) for span in spans]
        changed += absorb.grown(document, spans) != spans
    assert 500 < changed < 2500


def test_halves_of_names_stand_only_where_they_are_looked_for() -> None:
    found = 0
    for labelled in generate(400, seed=14):
        document = Document(labelled.text)
        size = len(document.forms)
        hits = set(random.Random(15).sample(range(size), size // 3))
        beside = {(at, near) for at in hits for near in (at - 1, at + 1) if 0 <= near < size and near not in hits}
        looked = {pair for pair in beside if kin.half(document, *pair)}
        assert looked <= set(kin.edges(document, hits)) <= beside
        found += len(looked)
    assert found > 30


def test_once_many_texts_come_the_tables_are_searched_for_garbage_no_more() -> None:
    searched = "import gc; from deid.text import Scrubber; s = Scrubber(); list(s.scrub_all([('hi', None)] * {}))"
    counts = [
        int(subprocess.check_output([sys.executable, "-c", f"{searched.format(n)}; print(gc.get_freeze_count())"]))
        for n in (MANY - 1, MANY)
    ]
    assert counts[0] == 0
    assert counts[1] > 10_000
