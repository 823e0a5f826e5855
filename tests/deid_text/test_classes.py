"""Word classes of open talk: how a word is mostly written, between which words it stands; hashtags cut into words."""

import gzip
import re
from pathlib import Path

import pytest

from deid.text import Scrubber, classes, hashtags, lexicon
from deid.text.training import classes as packing
from deid.text.training import talk
from deid.text.training.generate import generate
from deid.text.words import WORDS


@pytest.mark.parametrize(("word", "cases"), [("london", "56"), ("because", "012"), ("nasa", "A"), ("zzyzxq", "-")])
def test_habit_tells_how_a_word_is_mostly_written(word: str, cases: str) -> None:
    assert lexicon.sort(word).case in cases


def packed(path: Path) -> dict[str, str]:
    """Word -> the head of its line in a packed file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        parts = [line.rstrip("\n").partition("\t") for line in lines]
    return {word: head for head, _, listed in parts for word in listed.split(" ")}


def test_what_is_told_of_a_word_is_what_both_files_say() -> None:
    masks, sorts, told = packed(lexicon.PACKED), packed(classes.PACKED), lexicon.told()
    assert told.keys() == masks.keys() | sorts.keys()
    assert all(said & lexicon.MASK == int(masks.get(word, "0"), 16) for word, said in told.items())
    found = {word: lexicon.sort_of(said) for word, said in told.items()}
    assert all(f"{sort.path} {sort.habit}" == sorts.get(word, " -") for word, sort in found.items())


def test_towns_share_a_path() -> None:
    paths = {lexicon.sort(town).path[:7] for town in ("london", "toronto", "paris")}
    assert len(paths) == 1
    assert paths != {""}


def test_packing_takes_the_commonest_form_and_leaves_out_the_rarest_words() -> None:
    logs = {"Ottawa": -11.0, "ottawa": -14.0, "rarely": -19.0, "x1": -8.0, "NHS": -12.0, "nhs": -15.0}
    groups = packing.packed(logs, {"Ottawa": 0b110, "ottawa": 0b1})
    assert groups == {("011", "64"): ["ottawa"], ("", "A3"): ["nhs"]}


def test_hashtag_is_cut_into_its_likeliest_words() -> None:
    assert hashtags.segments("mentalhealthmatters") == ["mental", "health", "matters"]
    assert hashtags.segments("x" * 41) == ["x" * 41]


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("LoveMyJob", hashtags.PLAIN),
        ("mondaymotivation", hashtags.PLAIN),
        ("laurenbacall", hashtags.NAME),
        ("grace", ""),
    ],
)
def test_hashtag_of_ordinary_words_names_nobody(tag: str, says: str) -> None:
    assert hashtags.says(tag) == says


def test_hashtag_of_ordinary_words_stays() -> None:
    text = "so #throwbackthursday with Fatima Haddad"
    assert Scrubber().scrub(text).text == "so #throwbackthursday with [NAME]"


def test_words_looked_up_ahead_change_no_answer() -> None:
    texts = [labelled.text for labelled in generate(30, seed=12)]
    fresh, ahead = Scrubber(), Scrubber()
    expected = [fresh.scrub(text) for text in texts]
    ahead.layers.model.read_ahead()
    assert [ahead.scrub(text) for text in texts] == expected
    assert {"because", "London", "NASA", "Maria"} <= WORDS.keys()


@pytest.mark.parametrize("source", [talk.TWEETS, talk.EDITORIALS, talk.REVIEWS])
def test_labels_are_numbers_kinds_and_names(source: talk.Source) -> None:
    told = talk.labels(source)
    assert all(re.fullmatch(r"\d+(?:_\d+)?", number) for number in told)
    assert {kind for named in told.values() for kind, _ in named} == {"NAME", "LOCATION", "NEUTRAL"}
    assert all(words == words.strip() and words for named in told.values() for _, words in named)


def test_of_two_labels_one_within_the_other_the_longer_counts_and_a_country_is_neutral() -> None:
    named = [("NAME", "Ana Silva"), ("NAME", "Silva"), ("LOCATION", "Brazil"), ("LOCATION", "Santos")]
    found = talk.spans("Ana Silva left Brazil; Silva was in Santos.", named)
    assert found == ((0, 9, "NAME"), (15, 21, "NEUTRAL"), (23, 28, "NAME"), (36, 42, "LOCATION"))
