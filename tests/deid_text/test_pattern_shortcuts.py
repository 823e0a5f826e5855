"""Patterns are tried only where they may begin; what they find is what a search of the whole text finds."""

import random
from collections.abc import Callable, Iterable

import pytest

from deid.text import gates, normalise, review
from deid.text.document import Document
from deid.text.patterns import addresses, ages, contacts, dates, find, find_all, numbers
from deid.text.spans import Span

Stretches = set[tuple[int, int]]
GLUE = [" ", " ", " ", " ", ", ", ". ", "\n", "-", ".", "", "(", " (", "/"]
DIGITS = ["7", "12", "94", "103", "2019", "90210", "12345-6789", "1234567", "5", "555", "0199"]


def soups(words: list[str], count: int = 1500) -> list[Document]:
    """Texts of such words and numbers in any order, in any case, with anything between them."""
    rng = random.Random(21)
    pool = [write(word) for word in words for write in (str, str.capitalize, str.upper)] + DIGITS
    return [
        Document("".join(rng.choice(pool) + rng.choice(GLUE) for _ in range(rng.randrange(1, 14))))
        for _ in range(count)
    ]


def whole(*patterns: object, group: int = 0) -> Callable[[Document], Stretches]:
    """What patterns find in a whole text."""
    return lambda document: {m.span(group) for p in patterns for m in p.finditer(document.text)}  # type: ignore[attr-defined]


def stretches(found: Iterable[Span]) -> Stretches:
    """Where the findings stand."""
    return {(span.start, span.end) for span in found}


def towns(document: Document) -> Stretches:
    """Towns found by a search of the whole text."""
    return {m.span(1) for m in addresses.TOWN.finditer(document.text) if addresses.is_town(m)}


def streets(document: Document) -> Stretches:
    """Streets found by a search of the whole text."""
    return {m.span() for m in addresses.STREET.finditer(document.text) if addresses.is_street(m)}


def domains(document: Document) -> Stretches:
    """Web addresses found by a search of the whole text."""
    found = [m for p in (contacts.URL, contacts.DOMAIN) for m in p.finditer(document.text)]
    return {(m.start(), m.start() + len(m[0].rstrip(contacts.TRAILING))) for m in found}


def runs(document: Document) -> Stretches:
    """Numbers found by reading every run of characters from each digit."""
    text, taken, found = document.text, -1, set()
    for at in document.digits:
        start = document.starts[at]
        if start < taken:
            continue
        run = numbers.RUN(text, start)[0].rstrip("./:-_")  # type: ignore[index]
        taken = start + len(run)
        alone = text[start - 1 : start] in {"", " ", "$", "(", "\n"}
        first = start if len(run) < 5 and run.isdigit() and alone else numbers.lead(text, start)
        if numbers.classify(text, first, taken):
            found.add((first, taken))
    return found


WAYS: list[tuple[str, Callable[[Document], Stretches], Callable[[Document], Stretches], list[str]]] = [
    (
        "lettered codes",
        lambda document: stretches(addresses.lettered_codes(document)),
        whole(addresses.CANADIAN, addresses.BRITISH),
        ["k1a", "0b1", "sw1a", "1aa", "m1", "ec1", "1bb", "x"],
    ),
    (
        "ZIP codes",
        lambda document: stretches(addresses.zips(document)),
        lambda document: whole(addresses.ZIP4)(document) | whole(addresses.ZIP, group=1)(document),
        ["ca", "ohio", "o'ny", "the", "é"],
    ),
    (
        "announced codes",
        lambda document: stretches(addresses.announced(document)),
        whole(addresses.ZIP_CUE, group=1),
        ["zip", "code", "postal", "post", "fsa", "zipcode", "is", "starts with", "#", "k1a"],
    ),
    (
        "towns",
        lambda document: {m.span(1) for m in addresses.towns(document) if addresses.is_town(m)},
        towns,
        ["akron", "st", "oh", "NY", "MD", "lofton", "o'fallon"],
    ),
    (
        "streets",
        lambda document: {m.span() for m in addresses.streets(document) if addresses.is_street(m)},
        streets,
        ["street", "drive", "oakum", "rossellini", "to", "apt"],
    ),
    (
        "web addresses",
        lambda document: stretches(contacts.addresses(document.text, contacts.DOTTED.search(document.text))),
        domains,
        ["www.", ".com", "mail.org", "http://", "it", "me/", "a@b", "jo.doe", "/x?y=1"],
    ),
    (
        "ages",
        lambda document: stretches(ages.in_digits(document)),
        whole(ages.BEFORE, ages.AFTER, ages.BEING, group=1),
        ["is", "age", "aged", "i'm", "he’s", "turning", "years old", "yo", "at", "%"],
    ),
    ("runs", lambda document: stretches(numbers.runs(document)), runs, ["mg", "a", "_", "$", "x", "é"]),
]


@pytest.mark.parametrize(("quick", "plain", "words"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS])
def test_what_is_tried_in_places_finds_what_a_search_of_the_whole_text_finds(
    quick: Callable[[Document], Stretches], plain: Callable[[Document], Stretches], words: list[str]
) -> None:
    documents = soups(words)
    expected = [plain(document) for document in documents]
    assert sum(map(bool, expected)) > 20
    assert [quick(document) for document in documents] == expected


def test_telephone_numbers_begin_before_the_last_pair_of_groups() -> None:
    for document in soups(["+1", "(613)", "555-0199", "x12", "02"]):
        pairs = numbers.spaced_pairs(document)
        last = document.starts[pairs[-1]] + 1 if pairs else 0
        found = [m.span() for m in numbers.phones(document.text, 0, last)]
        assert found == [m.span() for m in numbers.phones(document.text, 0, len(document.text))]


def test_months_are_read_on_only_before_a_word_of_a_day_or_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = soups(["may", "march", "june", "the", "of", "third", "twenty-first", "nine", "st", "will", "in", "'19"])
    found = [list(dates.months(document)) for document in documents if document.gates & gates.MONTH]
    monkeypatch.setattr(dates, "followed", lambda mark, key: True)
    assert found == [list(dates.months(document)) for document in documents if document.gates & gates.MONTH]


def test_patterns_of_one_text_are_those_of_many() -> None:
    documents = soups(["mrn", "jo@mail.com", "dr. osei", "june", "street", "ninety years old"], 200)
    assert find_all(documents) == [find(document) for document in documents]


CUE_WORDS = [
    *(
        "in the news",
        "on",
        "paper",
        "made headlines",
        "went viral",
        "only child",
        "one of",
        "two patients",
        "court case",
    ),
    *("custody", "hearing", "owner", "chief of police", "first woman", "famous", "rare trait"),
]


def test_cues_to_review_are_tried_where_they_may_begin() -> None:
    documents = soups(CUE_WORDS)
    matches = [[review.UNION.match(document.text, start) for start in document.starts] for document in documents]
    names = [
        {review.NAMES[int(match.lastgroup[1:])] for match in each if match and match.lastgroup} for each in matches
    ]
    assert len(set(map(frozenset, names))) > 10
    assert [set(review.reasons(document)) - {review.NOT_ENGLISH} for document in documents] == names


def test_tags_that_hold_nothing_are_blanked_as_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(2)
    parts = [
        *rng.sample(sorted(normalise.BARE_TAGS), 60),
        "<anna>",
        "<P>",
        '<p title="Anna">',
        "<br />",
        "a < b",
        " Anna ",
        "&amp;",
    ]
    texts = ["".join(rng.choices(parts, k=rng.randrange(12))) for _ in range(800)]
    blanked = [normalise.without_markup(text) for text in texts]
    monkeypatch.setattr(normalise, "BARE_TAGS", {})
    assert blanked == [normalise.without_markup(text) for text in texts]
    assert all(map(str.isspace, normalise.without_markup("<p></p><br/>")))
