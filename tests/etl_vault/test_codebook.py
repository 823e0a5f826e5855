"""The codebook reads what it says it reads, and a person's reading is held against it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl import codings
from etl.codebook import Codebook
from etl.declared import FeedbackSettings
from etl.settings import IngestSettings
from metrics.coding import agreements
from tests.etl_vault import comments as practice
from tests.etl_vault.practice import opened, take
from tests.etl_vault.test_forget import done

BOOK = Codebook.of(FeedbackSettings())
AT = datetime(2025, 1, 2, tzinfo=UTC).replace(tzinfo=None)
pytestmark = pytest.mark.usefixtures("quickly")


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("I felt processed. The assistant moved me three times.", {"processed"}),
        ("I FELT   PROCESSED!", {"processed"}),
        ("I never felt processed here", set()),
        ("I did not feel listened to, they were rushed", {"processed"}),
        ("Nobody was late, I felt listened to", {"cared_for"}),  # the negation ends with its clause
        ("Not that it matters but I felt processed", {"processed"}),
        ("I don’t think anyone there is warm", {"cared_for"}),  # more than three words before: a rule, not a reader
        ("It isn’t warm", set()),
        ("The vending machine was broken", set()),
        ("It is like talking to a machine", {"processed"}),
        ("[NAME] remembered what I said; she is kind", {"cared_for"}),
        ("What kind of form is this", set()),
        ("Parking is difficult on weekdays.", set()),
        ("", set()),
        ("J'ai l'impression que personne ne m'écoute", set()),  # English alone, until a practice declares more
    ],
)
def test_rules_read_what_they_say(text: str, themes: set[str]) -> None:
    assert BOOK.read(text) == themes


def test_a_code_of_ones_own_is_read_with_its_exceptions_and_accents() -> None:
    told = {"codes": {"attente": {"phrases": ["attend*", "trop long"], "unless": ["salle d'attente"], "window": 2}}}
    book = Codebook.of(FeedbackSettings.model_validate({**told, "negations": ["pas", "jamais"]}))
    assert book.read("J'ai ATTENDU... c'était trop long") == {"attente"}
    assert book.read("Attendre une heure") == {"attente"}
    assert book.read("La salle d’attente est belle") == set()
    assert book.read("Ce n'est pas trop long") == set()


def test_the_demo_comments_are_read_as_they_were_made() -> None:
    """Ours: the synthetic practice's texts carry the theme they were made from."""
    import json

    import rapport.demo

    texts = json.loads((Path(rapport.demo.__file__).parent / "drawn" / "feedback.json").read_text(encoding="utf-8"))
    for made, theme in (("cared", "cared_for"), ("processed", "processed")):
        read = [BOOK.read(text.replace("{", "[").replace("}", "]").upper()) for text in texts[made]]
        assert sum(theme in found for found in read) >= 0.6 * len(read), made
    assert not any(BOOK.read(text) for text in texts["plain"])


def code(chosen: IngestSettings, size: int) -> int:
    """A person who reads "cared_for" where somebody felt heard, and not where the room was warm."""
    with practice.opened(chosen) as con:
        drawn = codings.sample(con, size)
        for comment in drawn:
            themes = {"cared_for"} if "felt heard" in comment.text else set[str]()
            assert codings.keep(con, comment, themes, BOOK.themes, by="Ada", at=AT)
    return len(drawn)


def shown(chosen: IngestSettings) -> dict[str, float]:
    store = opened(chosen)
    latest = store.latest()
    assert latest is not None
    rows = store.read("declared_value", latest.id)
    return {name: value for name, value in zip(rows["name"], rows["value"], strict=True) if name.startswith("agree")}


def test_agreement_is_released_once_enough_patients_are_coded(here: IngestSettings) -> None:
    assert code(here, 8) == 8
    assert take(here).already
    assert shown(here) == {}
    assert code(here, 1000) == 32
    assert not take(here).already
    told = shown(here)
    assert {name: told[f"agreement.cared_for.{name}"] for name in ("rules", "person")} == {"rules": 10, "person": 0}
    assert told["agreement.cared_for.both"] + told["agreement.cared_for.neither"] == 30
    assert take(here).already
    store = opened(here)
    found = agreements(store.read("declared_value", store.releases()[0].id))
    assert found["cared_for"].n == 40
    assert found["cared_for"].kappa.value == pytest.approx(_kappa(10, 10, 0, 20))
    assert found["processed"].kappa.value is None


def _kappa(both: int, rules: int, person: int, neither: int) -> float:
    """Cohen 1960, by hand."""
    n = both + rules + person + neither
    chance = ((both + rules) * (both + person) + (person + neither) * (rules + neither)) / n**2
    return ((both + neither) / n - chance) / (1 - chance)


def test_a_forgotten_patients_coding_is_gone_from_every_release(here: IngestSettings) -> None:
    code(here, 1000)
    take(here)
    before = sum(value for name, value in shown(here).items() if name.startswith("agreement.cared_for"))
    done(here, "MRN-00003")
    after = sum(value for name, value in shown(here).items() if name.startswith("agreement.cared_for"))
    assert (before, after) == (40, 39)


def test_a_comment_that_changed_is_not_coded(here: IngestSettings) -> None:
    with practice.opened(here) as con:
        comment = codings.sample(con, 1)[0]
        con.execute("UPDATE vault.feedback SET comment = 'other' WHERE feedback_id = ?", [comment.feedback_id])
        assert not codings.keep(con, comment, set(), BOOK.themes, by="Ada", at=AT)
        assert len(codings.sample(con, 1000)) == 40
