"""What the profiles do differently, what is held for a person, and the layer of an installed spaCy model."""

from dataclasses import replace
from pathlib import Path

import pytest

from deid.text import PROFILES, Scrubber, ScrubError
from deid.text.recognizers import EngineScrubber
from deid.text.training.generate import generate


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.fixture(scope="module")
def publish() -> Scrubber:
    return Scrubber("publish")


@pytest.mark.parametrize("name", list(PROFILES))
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("her health card is 9876-543-210-AB", "543"),
        ("their postal code is M5V 3L9", "3L9"),
        ("my postal code starts with M5V", "M5V"),
        ("SIN 046 454 286 was on the form", "454"),
        ("Quebec card TREM 1234 5678", "5678"),
        ("she is 91 years old", "91"),
    ],
)
def test_identifier_of_either_law_goes_in_every_profile(name: str, text: str, secret: str) -> None:
    assert secret not in Scrubber(name).scrub(text).text


def test_publishing_removes_all_that_is_removed_for_keeping(scrubber: Scrubber, publish: Scrubber) -> None:
    before = lost = 0
    for labelled in generate(150, seed=21):
        kept = {at for span in scrubber.find(labelled.text) for at in range(span.start, span.end)}
        shown = {at for span in publish.find(labelled.text) for at in range(span.start, span.end)}
        before, lost = before + len(kept), lost + len(kept - shown)
    assert lost <= 0.005 * before  # a finding that grew may be cut elsewhere


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("My father is the mayor here", "public office"),
        ("The custody hearing is next week", "court or news"),
        ("I am the only black nurse on the ward", "the only one"),
        ("We lost everything in the house fire", "rare event"),
        ("My husband is a famous olympian", "known person"),
        ("Since the amputation I use a wheelchair", "rare trait"),
    ],
)
def test_cue_that_singles_somebody_out_is_held_with_its_reason(scrubber: Scrubber, text: str, reason: str) -> None:
    result = scrubber.scrub(text)
    assert reason in result.held
    assert result.state == "held"


@pytest.mark.parametrize(
    "text",
    [
        "Mi hermana no quiere hablar conmigo desde que nos mudamos, llame al 555-123-4567",
        "Meine Mutter hat gesagt, dass ich nicht mehr kommen soll, Telefon 555-123-4567",
        "Je ne veux plus parler avec ma mère depuis le divorce, appelez 555-123-4567",
        "Minha filha não quer mais falar comigo e eu estou muito triste, 555-123-4567",
    ],
)
def test_other_language_is_held_and_loses_what_is_known_or_patterned(scrubber: Scrubber, text: str) -> None:
    result = scrubber.scrub(text, ["hermana Lucero"])
    assert result.state == "not English: held"
    assert "4567" not in result.text
    assert "hermana" not in result.text


@pytest.mark.parametrize("name", ["Grace", "Will", "May", "Hope"])
def test_name_that_is_a_word_goes_where_the_sentence_names_somebody(scrubber: Scrubber, name: str) -> None:
    text = f"My sister {name} Okafor called. I told {name} that it was over."
    assert name not in scrubber.scrub(text, [f"{name} Okafor"]).text
    assert f"{name} Okafor" not in scrubber.scrub(text).text


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import spacy

    made = spacy.blank("en")
    ruler = made.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "PERSON", "pattern": "teapot"}, {"label": "ORG", "pattern": "kettle"}])  # type: ignore[attr-defined]
    folder = tmp_path_factory.mktemp("models") / "tiny"
    made.to_disk(folder)
    return folder


def test_spacy_model_in_a_folder_adds_findings_and_clears_none(scrubber: Scrubber, pipeline: Path) -> None:
    with_model = Scrubber(replace(PROFILES["safe_harbor"], spacy_model=str(pipeline)))
    text = "the teapot and the kettle met Fatima Haddad"
    assert with_model.scrub(text).text == "the [NAME] and the kettle met [NAME]"
    assert scrubber.scrub(text).text == "the teapot and the kettle met [NAME]"
    assert [span.layer for span in with_model.find(text)] == ["model", "tagger"]


def test_engine_runs_the_spacy_model_too(pipeline: Path) -> None:
    with_model = Scrubber(replace(PROFILES["safe_harbor"], spacy_model=str(pipeline)))
    text = "the teapot met Fatima Haddad"
    assert EngineScrubber(with_model).scrub(text) == with_model.scrub(text)


def test_missing_spacy_model_is_an_error_and_nothing_is_downloaded(scrubber: Scrubber) -> None:
    with pytest.raises(ScrubError, match="nor a folder"):
        Scrubber(replace(PROFILES["safe_harbor"], spacy_model="en_core_web_none"))
