"""The stand-ins for the families kept back: labels fit, no sentence is the generator's, and few names get through."""

from collections import Counter

import pytest

from bench import deid_standins
from bench.deid_quality import judge, tallied
from deid.text import Scrubber
from deid.text.training.generate import templates


@pytest.mark.parametrize("family", deid_standins.FAMILIES)
def test_spans_fit_and_the_same_seed_gives_the_same_texts(family: str) -> None:
    rows = deid_standins.rows(family, 80)
    assert rows == deid_standins.rows(family, 80)
    assert all(0 <= s["start"] < s["end"] <= len(row["text"]) for row in rows for s in row["spans"])
    assert Counter(s["label"] for row in rows for s in row["spans"])["NAME"] > 40


def test_no_sentence_is_one_the_tagger_was_trained_on() -> None:
    trained = {line for lines in templates().values() for line in lines}
    for family in deid_standins.FAMILIES:
        own = (deid_standins.HERE / f"{family}.txt").read_text(encoding="utf-8").splitlines()
        assert not trained & set(own)


@pytest.mark.parametrize(("family", "most"), [("questions", 0.04), ("messages", 0.04), ("social", 0.08)])
def test_few_names_get_through(shared_dir, family: str, most: float) -> None:  # type: ignore[no-untyped-def]
    tally = tallied(judge(shared_dir / "deid" / "score.py"), deid_standins.rows(family, 200), Scrubber())
    assert tally.leaks["NAME"] <= most * tally.spans["NAME"]
