"""What a practice declares is read whole, released as it stands, or refused in one sentence."""

from pathlib import Path

import pytest

from etl import declared_frames
from etl.declared import default_codebook
from etl.errors import InputError
from etl.fingerprint import settings_hash
from etl.settings import IngestSettings
from instruments import find, read, score
from rapport.config import load
from tests.rapport.test_config import GOOD, written

LOAD = """
[instruments.emotional_load]
about = "how much the week's work with \\"automation\\" weighed"
better = "lower"
items = 3
lowest = 0
highest = 10
scales = { total = { kind = "mean", fewest = 2 } }
cutoffs = [{ flag = "heavy", at_least = 6 }]
"""
MONEY = """
[money]
currency = "CAD"
staff_hour = { value = 38, low = 33, high = 45 }
clinician_hour = 92
"""


def declared(folder: Path, more: str) -> IngestSettings:
    return load(written(folder, GOOD + more)).ingest


def values(settings: IngestSettings) -> dict[str, dict[str, object]]:
    return declared_frames.frames(settings)["declared_value"].set_index("name").to_dict("index")


def test_targets_come_with_their_source_until_the_practice_declares_its_own(tmp_path: Path) -> None:
    told = values(declared(tmp_path, "\n[crisis.target_minutes]\nmedium = 120\n"))
    high, medium = told["crisis_target.high"], told["crisis_target.medium"]
    assert (high["value"], medium["value"]) == (60, 120)
    assert "NHS England" in str(high["says"])
    assert medium["says"] == "declared by the practice"


def test_the_targets_that_come_with_it_are_those_of_their_source(shared_dir: Path, tmp_path: Path) -> None:
    import json

    facts = json.loads((shared_dir / "references" / "facts.json").read_text())["crisis_standards"]
    known = {fact["name"].removeprefix("NHS England: "): fact.get("minutes") for fact in facts}
    targets = declared(tmp_path, "").crisis.target_minutes
    assert targets.high == known["ED liaison face-to-face"]
    assert targets.medium == known["very urgent community crisis"]
    assert targets.low == known["urgent community crisis"]


def test_opening_hours_are_minutes_of_each_day(tmp_path: Path) -> None:
    hours = declared(
        tmp_path, '\n[crisis.opening_hours]\nmonday = "08:30-12:00, 13:00-17:00"\nsunday = "00:00-24:00"\n'
    )
    spans = hours.crisis.opening_hours.spans
    assert spans[0] == ((510, 720), (780, 1020))
    assert spans[1] == ((540, 1020),)
    assert spans[5:] == ((), ((0, 1440),))


def test_a_questionnaire_of_ones_own_travels_with_the_release(tmp_path: Path) -> None:
    settings = declared(tmp_path, LOAD)
    row = declared_frames.frames(settings)["declared_instrument"].iloc[0]
    assert read(row["instrument"], row["declaration"]) == settings.own_instruments["emotional_load"]
    assert score("Emotional-Load", [7, None, 8], own=settings.own_instruments).flags == ("heavy", "prorated")


def test_a_known_questionnaire_takes_a_reliable_change_the_practice_stands_for(tmp_path: Path) -> None:
    own = declared(tmp_path, "\n[instruments.srs]\nreliable_change = 4\n").own_instruments
    assert (find("SRS", own).key, find("SRS", own).reliable_change, find("SRS", own).items) == ("SRS", 4, 4)
    assert find("SRS").reliable_change is None


def test_prices_are_known_ranges_or_absent(tmp_path: Path) -> None:
    told = values(declared(tmp_path, MONEY))
    assert told["currency"]["unit"] == "CAD"
    assert [told["staff_hour"][name] for name in ("value", "low", "high")] == [38, 33, 45]
    assert [told["clinician_hour"][name] for name in ("value", "low", "high")] == [92, 92, 92]
    assert "filled_slot_cost" not in told
    assert not {"currency", "staff_hour", "clinician_hour"} & set(values(declared(tmp_path, "")))


def test_an_own_code_stands_beside_those_that_come_with_it(tmp_path: Path) -> None:
    settings = declared(tmp_path, '\n[feedback.codes.waiting]\nphrases = ["wait*"]\nunless = ["waiting room"]\n')
    assert set(settings.feedback.codes) == {"processed", "cared_for", "waiting"}
    replaced = declared(tmp_path, '\n[feedback.codes.processed]\nphrases = ["like a parcel"]\n')
    assert replaced.feedback.codes["processed"].phrases == ("like a parcel",)
    assert set(declared(tmp_path, "").feedback.codes) == set(default_codebook()["codes"])


def test_what_changes_the_counts_changes_the_hash_and_a_price_does_not(tmp_path: Path) -> None:
    plain = settings_hash(declared(tmp_path, ""))
    assert settings_hash(declared(tmp_path, MONEY)) == plain
    for more in (LOAD, "\n[crisis.target_minutes]\nhigh = 30\n", '\n[release]\nconfounders = ["lead_time"]\n'):
        assert settings_hash(declared(tmp_path, more)) != plain


def test_a_release_shows_what_was_declared_or_is_not_the_same(tmp_path: Path) -> None:
    before, now = declared(tmp_path, ""), declared(tmp_path, MONEY)
    shown = declared_frames.frames(now)
    assert declared_frames.same(shown, declared_frames.frames(declared(tmp_path, MONEY)))
    assert not declared_frames.same(declared_frames.frames(before), shown)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("[crisis]\ntarget_minuts = {}", "did you mean 'target_minutes'?"),
        ("[crisis.target_minutes]\nhihg = 5", "did you mean 'high'?"),
        ("[crisis.target_minutes]\nhigh = 0", "`crisis.target_minutes.high`"),
        ('[crisis.opening_hours]\nmonday = "9-5"', 'write hours of one day in order, as "09:00-17:00"'),
        ('[crisis.opening_hours]\nmonday = "13:00-17:00, 09:00-12:00"', "write hours of one day in order"),
        ("[crisis.opening_hours]\nmondy = ''", "did you mean 'monday'?"),
        ("[instruments.srs]\nreliable_change = 41", "reliable_change must be a number of points above 0, up to 40"),
        (
            "[instruments.WAI-SR]\nreliable_change = 'six'",
            "reliable_change must be a number of points above 0, up to 48",
        ),
        ("[instruments.wai-s]\nreliable_change = 5", "There is no questionnaire 'wai-s'; did you mean 'WAI-SR'?"),
        ("[instruments.cbi]\nreliable_change = 5", "cbi: it has no total"),
        ('[feedback.codes.waiting]\nphrases = ["(a+)+$"]', "'(a+)+$' is no phrase: write words"),
        ('[feedback.codes.waiting]\nphrases = [""]', "'' is no phrase: write words"),
        ("[feedback.codes.waiting]\nphrases = []", "nothing stands there; write at least one"),
        ('[feedback.codes."x; y"]\nphrases = ["late"]', "a name is 2 to 40 small letters"),
        ('[money]\ncurrency = "dollars"', "write the three letters of the currency"),
        ('[money]\ncurrency = "CAD"\nstaff_hour = "lots"', "write a number, or { value = 31"),
        ("[money]\nstaff_hour = 30", 'add currency = "CAD"'),
        ('[money]\ncurrency = "CAD"\nstaff_hour = { value = 30, low = 35, high = 40 }', "write low <= value <= high"),
        ('[money]\ncurrency = "CAD"\nstaff_hours = 3', "did you mean 'staff_hour'?"),
        ('[money]\ncurrency = "$"', "`money.currency`"),
        ("[feedback.codes.waiting]\nphrases = []", "`feedback.codes.waiting.phrases`"),
        ('[feedback.codes.waiting]\nphrases = ["wa*it"]', "write words"),
        ('[feedback.codes.waiting]\nphrase = ["wait"]', "did you mean 'phrases'?"),
        ('[feedback.codes."Long waits"]\nphrases = ["wait"]', "`feedback.codes.Long waits"),
        ('[instruments.load]\nitems = 3\nlowest = 0\nhighest = 10\nbeter = "lower"', "did you mean 'better'?"),
        ("[instruments.load]\nitems = 3\nlowest = 9\nhighest = 1\n", "lowest must be below highest"),
        ('[instruments.load]\nitems = 3\nlowest = 0\nhighest = 1\nscales = "all"', "see docs/instruments.md"),
        ("[instrument.load]\nitems = 3", "did you mean 'instruments'?"),
        ('[release]\nconfounders = ["weather"]', "`release.confounders.0`"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_the_place(tmp_path: Path, more: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        declared(tmp_path, f"\n{more}\n")
    assert says in str(error.value)
    assert "\n" not in str(error.value)
