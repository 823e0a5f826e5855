"""The same command makes the same tagger: the generator draws the same texts in every run."""

import hashlib
import os
import random
import subprocess
import sys

import pytest

from deid.text import letters, tagger
from deid.text.training import retold, train
from deid.text.training.fill import Filler
from deid.text.training.fit import fit
from deid.text.training.generate import Labelled

DRAW = (
    "from deid.text.training.generate import generate;"
    "print([(made.text, made.spans) for made in generate(200, seed=8)])"
)


def drawn(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", DRAW], env=environment, capture_output=True, check=True)
    return hashlib.sha256(done.stdout).hexdigest()


def test_generator_draws_the_same_whatever_the_hash_seed() -> None:
    assert drawn("1") == drawn("2")


TWEET = Labelled(
    "@anonymous saw Maria Lopez and BOB in leeds, lol", ((15, 26, "NAME"), (31, 34, "NAME"), (38, 43, "LOCATION"))
)


def named(told: Labelled, label: str) -> list[str]:
    return [told.text[start:end] for start, end, kind in told.spans if kind == label]


def test_a_renamed_tweet_says_the_same_of_other_people_written_alike() -> None:
    told = retold.renamed(TWEET, Filler(random.Random(3)))
    other, loud = named(told, "NAME")
    (town,) = named(told, "LOCATION")
    assert told.text == f"@anonymous saw {other} and {loud} in {town}, lol"
    assert other != "Maria Lopez"
    assert other.count(" ") >= 1
    assert town.islower()


def test_a_dressed_tweet_keeps_its_names_and_spares_no_handle() -> None:
    filler = Filler(random.Random(3))
    dressed = [retold.dressed(TWEET, filler) for _ in range(40)]
    for told in dressed:
        assert named(told, "NAME") == ["Maria Lopez", "BOB"]
        assert named(told, "LOCATION") == ["leeds"]
    assert any(named(told, "NEUTRAL") for told in dressed)
    assert len({told.text for told in dressed}) > 20


def test_tweets_are_retold_alike_each_time_and_those_without_names_are_not_multiplied() -> None:
    plain = Labelled("so tired rn", ())
    told = list(retold.retold([TWEET, plain]))
    assert told == list(retold.retold([TWEET, plain]))
    assert len(told) == 1 + retold.COPIES + 1


def test_with_features_hidden_what_is_left_without_the_strong_one_counts_for_more() -> None:
    rows = [(["strong", "weak"], 0.0, True)] * 40 + [(["weak"], 0.0, True)] * 6 + [(["weak"], 0.0, False)] * 10
    rows += [(list[str](), 0.0, False)] * 20
    left = {}
    for hidden in (0.0, 0.5):
        weights, _, bias = fit(rows, least=1, penalty=1.0, positive=1.0, hidden=hidden)
        left[hidden] = weights["weak"] + bias
    assert left[0.0] < 0 < left[0.5]


@pytest.mark.parametrize("name", ["kowalczyk", "oconnell", "hernandez", "rodrigues"])
def test_a_name_looks_more_like_one_than_a_word_of_talk(name: str) -> None:
    assert letters.looks(name)[0] > letters.looks("unfollowing")[0]
    assert letters.looks(f"{name}'s") == letters.looks(name)


def test_letters_that_were_not_weighed_say_nothing() -> None:
    assert letters.looks("jo") == letters.looks("žižka") == (letters.UNSAID, letters.UNSAID)
    assert all(
        letters.LOWEST <= step <= letters.HIGHEST for step in letters.looks("q" * 60) + letters.looks("ivanovich" * 9)
    )


def test_the_mean_of_taggers_takes_a_missing_weight_for_nothing_and_leaves_out_small_ones() -> None:
    def model(weights: dict[str, float], bias: float) -> dict[str, object]:
        side = {"bias": bias, "threshold": -1.0, "weights": weights, "beside": {"bias": bias}, "beside_scale": 1.0}
        return {"cased": side, "caseless": side, "place": {"bias": 0.0, "weights": {}}}

    made = train.mean([model({"both": 1.0, "one": 0.2}, 1.0), model({"both": 0.5}, 2.0)])
    assert made["cased"]["weights"] == {"both": 0.75}
    assert (made["cased"]["bias"], made["cased"]["beside"]) == (1.5, {"bias": 1.5})


def test_weights_written_by_slot_are_read_as_they_were() -> None:
    weights = {"p1 xname2": 0.3, "p1 edge": -0.1, "possessive": 0.2, "two a b/c": 1.0}
    assert tagger.flat(train.by_slot(weights)) == weights
