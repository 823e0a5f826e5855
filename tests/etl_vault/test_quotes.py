"""Only what a person approved, as it stands now, is published; a changed comment is to be read again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from etl import quotes
from etl.quotes import APPROVED, WITHHELD, Comment
from etl.settings import IngestSettings
from tests.etl_vault import comments as practice
from tests.etl_vault.practice import opened, take
from tests.etl_vault.test_forget import done

AT = datetime(2025, 1, 2, tzinfo=UTC)
WARM = "The room was warm and the staff were kind to me"
pytestmark = pytest.mark.usefixtures("quickly")


def waiting(chosen: IngestSettings, *, decided: bool = False) -> list[Comment]:
    with practice.opened(chosen) as con:
        return quotes.comments(con, decided=decided)


def decide(chosen: IngestSettings, comment: Comment, decision: str, text: str | None = None) -> int | None:
    with practice.opened(chosen) as con:
        return quotes.decide(con, comment, decision, text or comment.text, by="Ada", at=AT)


def shown(chosen: IngestSettings) -> dict[int, str]:
    """The quotes of the latest release."""
    store = opened(chosen)
    latest = store.latest()
    assert latest is not None
    rows = store.read("quote", latest.id)
    return dict(zip(rows["quote_id"], rows["text"], strict=True))


def warm(chosen: IngestSettings) -> Comment:
    return next(comment for comment in waiting(chosen) if comment.text == WARM)


def test_nothing_is_published_that_nobody_approved(here: IngestSettings) -> None:
    assert len(waiting(here)) == 40
    assert shown(here) == {}


def test_approved_comment_is_published_by_the_next_ingest_of_the_same_exports(here: IngestSettings) -> None:
    number = decide(here, warm(here), APPROVED)
    report = take(here)
    assert not report.already
    assert shown(here) == {number: WARM}
    assert take(here).already
    row = opened(here).read("quote", report.release).iloc[0]
    assert (row["year"], row["kind"]) == (2024, "survey")


def test_number_of_a_quote_is_its_own_and_stays(here: IngestSettings) -> None:
    comment = warm(here)
    number = decide(here, comment, APPROVED)
    take(here)
    assert number != comment.feedback_id
    practice.write(here.base_dir, said=[*practice.comments(), ["F99", "MRN-00003", "2024-02-02", "survey", "", "Good"]])
    take(here)
    assert list(shown(here)) == [number]


def test_more_may_be_taken_out_before_it_is_approved(here: IngestSettings) -> None:
    text = quotes.without(WARM, quotes.passages(WARM, "room, 6-7") or [])
    assert text == "The [REMOVED] was warm and [REMOVED] were kind to me"
    number = decide(here, warm(here), APPROVED, text)
    take(here)
    assert shown(here) == {number: text}


def test_withheld_comment_is_not_asked_about_again_and_not_shown(here: IngestSettings) -> None:
    before = len(waiting(here))
    decide(here, warm(here), WITHHELD)
    assert len(waiting(here)) == before - 1
    take(here)
    assert shown(here) == {}
    with practice.opened(here) as con:
        assert con.execute("SELECT text FROM vault.quote_review").fetchall() == [(None,)]
        assert quotes.counts(con) == {"to review": 39, "withheld": 1}


def test_approval_can_be_taken_back(here: IngestSettings) -> None:
    decide(here, warm(here), APPROVED)
    take(here)
    (again,) = waiting(here, decided=True)
    decide(here, again, WITHHELD)
    take(here)
    assert shown(here) == {}
    store = opened(here)
    assert [len(store.read("quote", release.id)) for release in store.releases()] == [0, 0]


def test_wording_of_which_more_was_taken_out_is_replaced_in_every_release(here: IngestSettings) -> None:
    number = decide(here, warm(here), APPROVED)
    take(here)
    (again,) = waiting(here, decided=True)
    assert decide(here, again, APPROVED, "The [REMOVED] was warm") == number
    take(here)
    store = opened(here)
    texts = [list(store.read("quote", release.id)["text"]) for release in store.releases()]
    assert texts == [["The [REMOVED] was warm"], []]


def test_changed_comment_drops_its_approval(here: IngestSettings) -> None:
    comment = warm(here)
    decide(here, comment, APPROVED)
    take(here)
    said = [[*row[:5], "The room was cold"] if row[5] == WARM else row for row in practice.comments()]
    practice.write(here.base_dir, said=said)
    take(here)
    assert shown(here) == {}
    with practice.opened(here) as con:
        assert con.execute("SELECT count(*) FROM vault.quote_review").fetchone() == (0,)
    assert decide(here, comment, APPROVED) is None  # what was read is no longer there


def test_rebuilt_vault_keeps_what_was_decided(here: IngestSettings) -> None:
    number = decide(here, warm(here), APPROVED)
    take(here, rebuild=True)
    assert shown(here) == {number: WARM}


def test_quote_of_a_forgotten_patient_is_gone_from_every_release(here: IngestSettings) -> None:
    for comment in waiting(here):
        decide(here, comment, APPROVED)
    take(here)
    assert len(shown(here)) == 40
    done(here, "MRN-00003")
    store = opened(here)
    assert [len(store.read("quote", release.id)) for release in store.releases()] == [39, 39]


def test_rare_kind_is_not_told(here: IngestSettings) -> None:
    said = [*practice.comments(), ["F99", "MRN-00003", "2024-02-02", "letter to the mayor", "", "All is well here"]]
    practice.write(here.base_dir, said=said)
    take(here)
    decide(here, next(each for each in waiting(here) if each.text == "All is well here"), APPROVED)
    report = take(here)
    assert opened(here).read("quote", report.release)["kind"].isna().all()


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("2", "one [REMOVED] three four"),
        ("2-3", "one [REMOVED] four"),
        ("Three", "one two [REMOVED] four"),
        ("1, 2-3, four", "[REMOVED] [REMOVED] [REMOVED]"),
        ("two three, three four", "one [REMOVED]"),
        ("9", None),
        ("3-2", None),
        ("five", None),
        (" , ", None),
    ],
)
def test_passages_are_named_by_number_or_by_their_words(said: str, left: str | None) -> None:
    text = "one two three four"
    spans = quotes.passages(text, said)
    assert (quotes.without(text, spans) if spans else None) == left


def test_reader_sees_everything_that_would_be_published() -> None:
    """Nothing a terminal obeys and nothing invisible: what is approved is what was read."""
    hidden = "fine\x1b[2K\u202eyas\u202c \u200bKim\ud800\n👩‍⚕️"
    assert quotes.readable(hidden) == "fine[2Kyas Kim\n👩‍⚕️"


def test_too_long_a_comment_cannot_be_approved() -> None:
    assert Comment(1, 2024, None, "a" * (quotes.LONGEST + 1), "clean", "", "").too_long
