"""The other half of a name, its repetitions, titles with surnames that are words, schools, dukes and hashtags."""

import pytest

from deid.text import Scrubber


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
