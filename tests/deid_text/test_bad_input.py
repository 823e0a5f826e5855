"""Texts nobody expected: long, broken, foreign; and a streaming command that survives them."""

import json
import time
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from deid.text import Scrubber, ScrubError, gates, unknown
from deid.text.known import Circle
from rapport.cli import app

SECONDS_FOR_A_LONG_TEXT = 30


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00", "a\x00b Fatima Haddad", "\ud800", "\ud83d Fatima", "😀😀 Fatima 😀", "שלום דוד כהן, מה שלומך",
     "مرحبا", "🇨🇦", "\u202eFatima\u202c",
     "<p", "<<<>>>", "&#39;", "'", "’’’", "-" * 500, "1" * 5000],
)  # fmt: skip
def test_odd_text_is_survived_and_spans_fit(scrubber: Scrubber, text: str) -> None:
    result = scrubber.scrub(text)
    assert all(0 <= span.start < span.end <= len(text) for span in result.found)


@pytest.mark.parametrize("key", ["", "'", "’", "-"])
def test_a_word_without_letters_is_a_way_of_writing_none(key: str) -> None:
    assert not unknown.is_variant(key)


@pytest.mark.parametrize(
    "piece",
    [
        "word ",
        "Fatima ",
        "ab",
        "#ab",
        "#x ",
        "Duke of ",
        "May 3 ",
        "A. ",
        "Anna-",
        "apt 3 elm st ",
        "1",
        "1 ",
        "a",
        "a.",
        "<p>",
        "@",
        "1-",
        "(1) ",
        "ha",
        "of the ",
        "x@y",
        "A",
        "é",
        "2-1 ",
    ],
)
def test_two_hundred_kilobytes_take_seconds(scrubber: Scrubber, piece: str) -> None:
    circle = Circle({"names": ["Fatima Haddad"], "phones": ["416-555-1004"], "streets": ["3 Elm St"], "ids": ["P004"]})
    started = time.monotonic()
    scrubber.scrub(piece * (200_000 // len(piece)), circle)
    assert time.monotonic() - started < SECONDS_FOR_A_LONG_TEXT


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("שלום Fatima", True),
        ("بسم الله Fatima Haddad مرحبا", True),
        ("Спасибо", True),
        ("谢谢 Fatima", True),
        ("I met שרה today at the desk", False),
        ("Zoë was kind 😀", False),
    ],
)
def test_another_alphabet_is_held_for_a_person_however_short(scrubber: Scrubber, text: str, *, held: bool) -> None:
    result = scrubber.scrub(text, {"names": ["Fatima Haddad"]})
    assert ("not English" in result.held) == held
    assert "Fatima" not in result.text


def test_html_keeps_its_tags_and_loses_the_person(scrubber: Scrubber) -> None:
    text = (
        '<p style="font: Arial">Fatima&nbsp;Haddad <a title="Fatima Haddad" href="mailto:f@example.com">wrote</a></p>'
    )
    out = scrubber.scrub(text).text
    assert "Fatima" not in out
    assert "example" not in out
    assert out.startswith('<p style="font: Arial">')


def test_unknown_profile_names_the_ones_there_are() -> None:
    with pytest.raises(ScrubError, match="safe_harbor"):
        Scrubber("none")


def run(lines: list[str], *options: str) -> tuple[int, list[dict], str]:
    result = CliRunner().invoke(app, ["scrub", *options], input="\n".join(lines))
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_lines_keep_their_order_and_a_bad_one_is_skipped() -> None:
    lines = [
        '{"id": 1, "text": "I saw Fatima Haddad"}',
        "{broken Fatima",
        '["Fatima"]',
        '{"id": 3}',
        "",
        '{"id": 2, "text": "fine", "known": null}',
    ]
    code, rows, faults = run(lines)
    assert code == 0
    assert [row["id"] for row in rows] == [1, 2]
    assert rows[0]["text"] == "I saw [NAME]"
    assert rows[0]["found"] == [{"label": "NAME", "start": 6, "end": 19, "layer": "tagger"}]
    assert [f"Line {number}" in faults for number in (2, 3, 4)] == [True, True, True]
    assert "Fatima" not in faults


def test_known_identifiers_of_a_line_are_used() -> None:
    _, rows, _ = run(['{"id": 1, "text": "ask bamboo about it", "known": {"names": ["Bamboo Reed"]}}'])
    assert rows[0]["text"] == "ask [NAME] about it"


def test_lone_surrogate_is_written_escaped() -> None:
    _, rows, _ = run(['{"id": 1, "text": "Hi \\ud800 there"}'])
    assert rows[0]["text"] == "Hi \ud800 there"


def test_explanation_never_repeats_the_value() -> None:
    _, rows, _ = run(['{"id": 1, "text": "I saw Fatima Haddad"}'], "--explain")
    assert "fatima" not in rows[0]["found"][0]["why"].lower()


def test_two_processes_give_the_same_lines() -> None:
    lines = [json.dumps({"id": number, "text": f"I saw Fatima Haddad {number} times"}) for number in range(600)]
    assert run(lines, "--processes", "2")[1] == run(lines)[1]


def test_nothing_readable_is_an_input_error() -> None:
    result = CliRunner().invoke(app, ["scrub"], input="nonsense\n")
    assert result.exit_code != 0


BELONGING = gates.RANKS | gates.DEGREES | gates.SCHOOLS | gates.GROUNDS | gates.ROYALS | gates.PARTICLES


@pytest.mark.parametrize("written", [str, str.capitalize, str.upper])
def test_a_comment_of_one_word_is_answered_whatever_the_word(scrubber: Scrubber, written: Callable[[str], str]) -> None:
    """Nothing stands before the first word: "Lieutenant" by itself has no number, no title and no street."""
    texts = [written(word) for word in sorted(BELONGING)]
    for text in texts:
        assert scrubber.scrub(text).text in {text, "[NAME]", "[PLACE]"}
        assert scrubber.scrub(text, {"names": [text]}).text in {text, "[NAME]"}
    assert [one.text for one in scrubber.scrub_all((text, None) for text in texts)] == [
        scrubber.scrub(text).text for text in texts
    ]
