"""The other half of a name, its repetitions, titles with surnames that are words, schools, dukes and hashtags."""

import pytest

from deid.text import Scrubber, absorb
from deid.text.document import Document
from deid.text.spans import Span


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("what is Dr. Best's mrn", "what is [NAME]'s mrn"),
        ("I saw Mrs. Long today", "I saw [NAME] today"),
        ("what is mr. cook's mrn", "what is [NAME]'s mrn"),
        ("my dr will call me", "my dr will call me"),
        ("She told Deshawn E. Long about it", "She told [NAME] about it"),
        ("I met Pat Tillmann there", "I met [NAME] there"),
        ("My doctor is Eun-ha Oduya", "My doctor is [NAME]"),
        ("The Duchess of Cambridge smiled", "The [NAME] smiled"),
        ("I went to Kitimat High School", "I went to [PLACE]"),
        ("Maria's thyroid and Maria's Friday visit", "[NAME]'s thyroid and [NAME]'s Friday visit"),
    ],
)
def test_all_of_a_name_goes_and_nothing_beside_it(scrubber: Scrubber, text: str, left: str) -> None:
    assert scrubber.scrub(text).text == left


def test_a_name_found_once_goes_everywhere(scrubber: Scrubber) -> None:
    text = "My brother Tshepo drinks. When i ask tshepo to stop, TSHEPO laughs."
    assert "tshepo" not in scrubber.scrub(text).text.lower()


@pytest.mark.parametrize("hashtag", ["#JusticeForMaya", "#RIPJohnnyWinter", "#lukemurray", "#GeorgeMichael"])
def test_hashtag_that_names_somebody_goes(scrubber: Scrubber, hashtag: str) -> None:
    assert hashtag not in scrubber.scrub(f"so sad today {hashtag}").text


@pytest.mark.parametrize("hashtag", ["#blessed", "#mentalhealth", "#MondayMotivation", "#selfcare"])
def test_hashtag_of_ordinary_words_stays(scrubber: Scrubber, hashtag: str) -> None:
    assert hashtag in scrubber.scrub(f"so tired today {hashtag}").text


def whole(text: str, *places: str) -> list[str]:
    found = [Span(text.index(place), text.index(place) + len(place), "PLACE", "tagger") for place in places]
    return [text[span.start : span.end] for span in absorb.absorb(Document(text), found)]


@pytest.mark.parametrize("name", ["Isle of Wight", "Gulf of the Poets", "Ostrov nad Ohrí"])
def test_both_halves_of_a_place_go_with_what_joins_them(name: str) -> None:
    first, *_, last = name.split()
    assert whole(f"back from the {name} today", first, last) == [name]


@pytest.mark.parametrize(("before", "number"), [("", " 12"), ("@jo ", ""), ("#derby ", ""), ("see http://x.test ", "")])
def test_a_number_beside_a_town_is_a_house_but_where_handles_hashtags_or_links_stand(before: str, number: str) -> None:
    assert whole(f"{before}we had Rotherham 12", "Rotherham") == [f"Rotherham{number}"]


def test_an_address_of_mail_is_no_handle() -> None:
    assert whole("jo@example.test, Rotherham 12", "Rotherham") == ["Rotherham 12"]
