"""The fast path and presidio's engine give the same answer; neither opens a socket; the tagger's two sums agree."""

import json
import socket
from pathlib import Path

import pytest

from bench import deid_paths
from bench.deid_quality import counselling
from deid.text import Profile, Scrubber
from deid.text.document import Document
from deid.text.features import features
from deid.text.kinds import kind_features
from deid.text.recognizers import EngineScrubber
from deid.text.tagger import MODEL, Weights, read_model, shipped
from deid.text.training.generate import generate
from deid.text.weights import Reading

LONG_TEXTS_EVERY = 4  # counselling texts are long; `make bench-deid` reads all of them too


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber()


@pytest.fixture(scope="module")
def engine(scrubber: Scrubber) -> EngineScrubber:
    return EngineScrubber(scrubber)


@pytest.fixture
def no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def test_engine_gives_the_same_answer_on_generated_texts(scrubber: Scrubber, engine: EngineScrubber) -> None:
    for labelled in generate(300, seed=3):
        assert engine.scrub(labelled.text) == scrubber.scrub(labelled.text)


def test_engine_uses_the_circle_too(scrubber: Scrubber, engine: EngineScrubber) -> None:
    known = {"names": ["Bamboo Reed"], "dates": ["1984-03-02"]}
    text = "ask bamboo, born 3/2, and Fatima Haddad (555-123-4567)"
    assert engine.scrub(text, known) == scrubber.scrub(text, known)


@pytest.mark.parametrize("name", ["presidio_synth_v2", "presidio_generated_large", "broad_twitter_fgh"])
def test_engine_gives_the_same_answer_on_every_text_of_a_corpus(
    shared_dir: Path, scrubber: Scrubber, engine: EngineScrubber, name: str
) -> None:
    lines = (shared_dir / "deid" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 1500
    assert deid_paths.different([json.loads(line)["text"] for line in lines], scrubber, engine) == []


def test_engine_gives_the_same_answer_on_counselling_texts(
    shared_dir: Path, scrubber: Scrubber, engine: EngineScrubber
) -> None:
    texts = counselling(shared_dir / "data" / "counselchat_questions_answers.csv")[::LONG_TEXTS_EVERY]
    assert deid_paths.different([row["text"] for row in texts], scrubber, engine) == []


def test_another_answer_on_one_text_is_noticed(scrubber: Scrubber, engine: EngineScrubber) -> None:
    texts = [labelled.text for labelled in generate(20, seed=5)] + ["Thank you, that was kind."]
    careful = Scrubber(Profile("careful", shift=3.0))
    apart = deid_paths.different(texts, careful, engine)
    assert apart == [at for at, text in enumerate(texts) if careful.scrub(text) != scrubber.scrub(text)]
    assert 0 < len(apart) < len(texts)


TEXT = "write to jo@example.com or see example.org, call Fatima Haddad at 555-123-4567"


@pytest.mark.usefixtures("no_socket")
def test_scrubbing_opens_no_socket() -> None:
    fresh = Scrubber()
    assert EngineScrubber(fresh).scrub(TEXT) == fresh.scrub(TEXT)


@pytest.mark.usefixtures("no_socket")
def test_the_guard_notices_a_socket() -> None:
    with pytest.raises(AssertionError, match="socket"):
        socket.create_connection(("localhost", 9))


def test_fast_sum_equals_the_sum_of_the_features() -> None:
    tagger = shipped()
    for labelled in generate(40, seed=9):
        document = Document(labelled.text)
        weights: Weights = tagger.weights(document)
        for at in range(len(document.words)):
            told = features(document, at, cased=weights.cased)
            expected = weights.bias + sum(weights.single.get(feature, 0.0) for feature in told)
            assert weights.score(document, at) == pytest.approx(expected)


def test_place_or_person_is_the_sum_of_the_features() -> None:
    tagger, model = shipped(), read_model()["place"]
    for labelled in generate(40, seed=9):
        document = Document(labelled.text)
        every = list(range(len(document.words)))
        places = Reading(tagger.weights(document), document).places(every)
        told = [[model["weights"].get(feature, 0.0) for feature in kind_features(document, at)] for at in every]
        assert places == [model["bias"] + sum(weights) > 0 for weights in told]


def test_the_model_is_small_and_holds_no_name() -> None:
    from deid.text import bits, letters, lexicon

    assert MODEL.stat().st_size + letters.MODEL.stat().st_size < 1_000_000
    model = json.loads(MODEL.read_text(encoding="utf-8"))
    sides = [model[side]["weights"] for side in ("cased", "caseless")]
    words = {word for weights in sides for slot in ("token", "p1t", "n1t") for word in weights[slot]}
    assert len(words) > 500
    listed = [
        word
        for word in words
        if bits.dictionary(lexicon.table().get(word, 1)) == 0 and not lexicon.table()[word] >> bits.FLAG_SHIFT
    ]
    assert listed == []
