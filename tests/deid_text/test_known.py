"""Known identifiers of a patient's circle, however they are written."""

from datetime import date

import pytest

from bench.deid_known import line
from deid.text import Circle, Scrubber

CIRCLE = {
    "names": ["Elizabeth Marchetti-Dow"],
    "clinicians": ["Dr. Ngozi Eze"],
    "streets": ["Willowmere Crescent"],
    "employers": ["Bank of Astoria"],
    "phones": ["+1 (416) 555-0199"],
    "ids": ["A-482-913"],
    "dates": ["1984-03-02"],
    "emails": ["liz@example.org"],
}


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("tell elizabeth i said hi", "elizabeth"),
        ("ELIZABETH'S chart", "ELIZABETH"),
        ("beth and lizzie are the same person", "beth"),
        ("Elizabteh came", "Elizabteh"),
        ("marcheti was late", "marcheti"),
        ("E.M.D. was late", "E.M.D"),
        ("the eze appointment", "eze"),
        ("near willowmere cresc", "willowmere"),
        ("at the bank of astoria", "bank of astoria"),
        ("my cell is 4165550199", "4165550199"),
        ("call 555 0199", "0199"),
        ("record a482913", "482913"),
        ("born 2 March 84", "March"),
        ("born on 3/2", "3/2"),
        ("LIZ@EXAMPLE.ORG", "LIZ"),
    ],
)
def test_known_identifier_goes(scrubber: Scrubber, text: str, secret: str) -> None:
    assert secret not in scrubber.scrub(text, CIRCLE).text


@pytest.mark.parametrize(
    ("name", "text"),
    [("Will Kofi", "I will call, will you?"), ("May Lin", "I may come"), ("Hope Diaz", "I hope you are well"),
     ("Grace Oduya", "the trace of a grade")],
)  # fmt: skip
def test_word_that_is_a_name_stays_where_it_is_a_word(scrubber: Scrubber, name: str, text: str) -> None:
    assert scrubber.scrub(text, [name]).text == text


@pytest.mark.parametrize("text", ["Grace was kind", "I told grace everything", "Thanks, GRACE"])
def test_common_word_name_of_the_circle_goes(scrubber: Scrubber, text: str) -> None:
    assert "grace" not in scrubber.scrub(text, ["Grace Oduya"]).text.lower()


def test_two_patients_of_one_name_give_the_same_text(scrubber: Scrubber) -> None:
    both = {"names": ["Ana Lima"], "relatives": ["Ana Lima"]}
    assert scrubber.scrub("ana lima came", both).text == scrubber.scrub("ana lima came", ["Ana Lima"]).text


@pytest.mark.parametrize("empty", [None, {}, [], {"names": []}, {"names": [""]}, {"names": [None, 3]}])
def test_empty_circle_changes_nothing(scrubber: Scrubber, empty: object) -> None:
    assert scrubber.scrub("all fine here", empty).text == "all fine here"  # type: ignore[arg-type]


def test_practice_names_are_found_only_as_written() -> None:
    scrubber = Scrubber(practice={"staff": ["Marlowe"]})
    assert "marlowe" not in scrubber.scrub("i like marlowe").text
    assert Circle(["Marlowe"], fuzzy=False).label("marlow") is None


def test_hardly_a_known_name_gets_through_three_thousand_trials() -> None:
    share = float(line(3000).split("leak ")[1].split(" ")[0])
    assert share <= 0.1


@pytest.mark.parametrize(
    ("known", "text", "left"),
    [
        ({"postal_codes": ["K1A 0B1"]}, "from k1a-0b1", "from [PLACE]"),
        ({"ids": ["AB12"]}, "chart ab 12 please", "chart [ID] please"),
        ({"health_numbers": [1234567890]}, "it is 1234 567 890", "it is [CONTACT]"),
        ({"dates": [date(1984, 3, 2)]}, "born 2 March 84", "born [DATE]"),
        ({"streets": ["1234 Willowmere Crescent"]}, "near willowmere", "near [PLACE]"),
    ],
)
def test_identifier_is_found_by_what_it_is(scrubber: Scrubber, known: dict, text: str, left: str) -> None:
    assert scrubber.scrub(text, known).text == left


def test_scrubbed_text_is_scrubbed_again_without_harm(scrubber: Scrubber) -> None:
    text = "[NAME]'s mother Bamboo, [PLACE], [AGE90+], [ID], [DATE] and [CONTACT]"
    assert scrubber.scrub(text, ["Bamboo Reed"]).text == text.replace("Bamboo", "[NAME]")


def test_state_and_counts_say_what_was_found_and_never_what_it_was(scrubber: Scrubber) -> None:
    rows = [
        ("I saw Ana and Ana on 2024-03-14", ["Ana"]),
        ("the mayor left", None),
        ("Mi hermana no quiere hablar conmigo desde que nos mudamos", None),
    ]
    results = list(scrubber.scrub_all(rows))
    assert [result.state for result in results] == ["clean", "held", "not English: held"]
    assert results[0].counts == {"NAME": 2, "DATE": 1}


def test_slip_that_makes_a_word_is_one_beside_the_rest_of_the_name(scrubber: Scrubber) -> None:
    assert scrubber.scrub("i talked with race lee today", ["Grace Lee"]).text == "i talked with [NAME] today"


@pytest.mark.parametrize("text", ["Honestly, An Tran’s!", "i saw an tran today", "It was An Tran."])
def test_a_name_that_is_a_small_word_goes_beside_the_surname(text: str) -> None:
    left = Scrubber().scrub(text, {"names": ["An Tran"]}).text.lower()
    assert "tran" not in left
    assert " an " not in left


def test_a_name_that_is_a_small_word_stays_by_itself() -> None:
    assert Scrubber().scrub("That is an idea.", {"names": ["An Tran"]}).text == "That is an idea."
