"""The traps of the research notes: what must go whatever its writing, and what must stay."""

import pytest

from deid.text import Scrubber, hashtags


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("I saw MARIA GONZALEZ at the desk", "GONZALEZ"),
        ("my therapist is sarah okafor and she is kind", "okafor"),
        ("Dr. Osei was late again", "Osei"),
        ("His OHIP number is 1234-567-890-XX", "1234"),
        ("Her health card 9876 543 211 was refused", "9876"),
        ("SSN 000-12-3456 is on the form", "3456"),
        ("SSN: 999 99 9999", "9999"),
        ("card 4111 1111 1111 1112 was declined", "1112"),
        ("card 4111111111111112 was declined", "4111111111111112"),
        ("MRN: 00482913", "00482913"),
        ("call me at (555) 123-4567 ext. 12", "4567"),
        ("call 555.123.4567", "4567"),
        ("write to joe.smith@example.co.uk please", "smith"),
        ("jo dot doe at gmail dot com", "doe"),
        ("see https://example.com/patients/jane?x=1", "jane"),
        ("from 192.168.14.7 last night", "168"),
        ("seen on 03/14/2024 and 2024-03-14", "14"),
        ("on March 3rd, 2024 we met", "March"),
        ("the third of March was hard", "third"),
        ("it began in October", "October"),
        ("my grandmother is 93 years old", "93"),
        ("she turned ninety-four", "four"),
        ("I live at 42 Elm Street, Apt 7", "Elm"),
        ("P.O. Box 1182", "1182"),
        ("my postal code is K1A 0B1", "0B1"),
        ("zip 02139", "02139"),
        ("plate ABC-1234 was parked outside", "1234"),
        ("VIN 1HGCM82633A004352", "1HGCM82633A004352"),
        ("five five five one two three four five six seven", "seven"),
    ],
)
def test_identifier_goes(scrubber: Scrubber, text: str, secret: str) -> None:
    assert secret not in scrubber.scrub(text).text


@pytest.mark.parametrize(
    "text",
    [
        "Grace under pressure",
        "I may come back, will you?",
        "It was a 10/10 session",
        "PHQ-9 14, GAD-7 11",
        "Hodgkin lymphoma and the Beck inventory",
        "I took 50mg of sertraline for 6 weeks, BP 120/80",
        "We tried 3 times in 2019",
        "She is 45 years old and pays $150 per session",
        "Open 24/7, from 9:30 am to 5 pm",
        "Section 1.2.3.4 of the plan",
        "He’s kind, they’ve helped, and I’m grateful",
    ],
)
def test_ordinary_text_stays(scrubber: Scrubber, text: str) -> None:
    assert scrubber.scrub(text).text == text


def test_possessive_ending_stays(scrubber: Scrubber) -> None:
    assert scrubber.scrub("I met Fatima Haddad's brother").text.endswith("'s brother")


def test_label_says_what_was_there(scrubber: Scrubber) -> None:
    assert scrubber.scrub("mail a.b@example.com or 555-123-4567").text == "mail [CONTACT] or [CONTACT]"


def test_offsets_point_into_the_text_as_it_came(scrubber: Scrubber) -> None:
    text = "ｗｒｉｔｅ to Fatima\u200b Haddad, ５５５-１２３-４５６７"
    found = scrubber.scrub(text).found
    assert [text[span.start : span.end] for span in found][-1] == "５５５-１２３-４５６７"


def test_look_alike_letters_hide_nothing(scrubber: Scrubber) -> None:
    assert "Mаriа" not in scrubber.scrub("I saw Mаriа Gonzalez today").text  # Cyrillic а


def test_comment_with_a_cue_is_held(scrubber: Scrubber) -> None:
    assert scrubber.scrub("My father is the mayor and we are on the news").held == ("public office", "court or news")


def test_foreign_text_is_held(scrubber: Scrubber) -> None:
    held = scrubber.scrub("Mi hermana no quiere hablar conmigo desde que nos mudamos, 555-123-4567").held
    assert held == ("not English",)


def test_publishing_takes_words_of_no_lexicon() -> None:
    text = "the zorvathi was kind and my anxeity is better"
    assert Scrubber("publish").scrub(text).text == "the [NAME] was kind and my anxeity is better"


def test_full_stop_behind_a_date_stays(scrubber: Scrubber) -> None:
    assert (
        scrubber.scrub("We met on 3 March. It began on 14 March 2024.").text == "We met on [DATE]. It began on [DATE]."
    )


def test_words_of_automation_stay(scrubber: Scrubber) -> None:
    text = "The chatbot texted me. Your portal and the no-show fee, the SMS and the self-service login annoy me."
    assert scrubber.scrub(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#KlayVinn was kind", "[NAME] was kind"),
        ("#selfcare and #mentalhealthmatters help", "#selfcare and #mentalhealthmatters help"),
        ("the Duchess of Ottawa smiled", "the [NAME] smiled"),
        ("we walked along the Toronto waterfront", "we walked along the [PLACE]"),
        ("I miss Tom and we miss Grandma Ruth", "I miss [NAME] and we miss [NAME]"),
        ("Miss Lee called; i miss work", "[NAME] called; i miss work"),
        ("she booked via Zoom Session for 3 people", "she booked via Zoom Session for 3 people"),
    ],
)
def test_what_belongs_to_a_name_goes_with_it_and_nothing_else(scrubber: Scrubber, text: str, expected: str) -> None:
    assert scrubber.scrub(text).text == expected


def test_year_beside_a_name_stays(scrubber: Scrubber) -> None:
    assert "2014" in scrubber.scrub("I met Fatima Haddad 2014 in a group").text


@pytest.mark.parametrize(
    ("hashtag", "named"),
    [("#chatwithnatasha", True), ("#natashasays", True), ("#chatwithtoday", False), ("#FarzaneFacts", True)],
)
def test_name_within_a_hashtag_is_seen(hashtag: str, named: bool) -> None:
    assert (hashtags.says(hashtag) == hashtags.NAME) is named


@pytest.mark.parametrize(
    "text",
    ["Finally slept :D", "so tired ;-P", "our 5th session was calm", "thank you <3333333", "Yay, it works. Wow."],
)
def test_faces_hearts_ordinals_and_cries_stay(text: str) -> None:
    assert Scrubber().scrub(text).text == text


def test_an_airport_goes_with_its_town() -> None:
    assert Scrubber().scrub("We met at Halifax International Airport.").text == "We met at [PLACE]."
