"""Are nobody, withheld, not recorded and not there four different things?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from etl.release import PreviousRelease, make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from warehouse import schema

CHOSEN = ReleaseSettings(stratifiers=Stratifiers(names=("modality", "race_ethnicity", "lead_time", "exposure")))


def test_zero_withheld_missing_and_absent_are_told_apart() -> None:
    con = practice.empty_vault()
    rows = practice.appointments(weeks=24, sites={"north": 60})
    closed = {practice.START + timedelta(weeks=5, days=day) for day in range(7)}
    rows = [row | {"exposed": None} for row in rows if row["starts_on"] not in closed]
    few = [row | {"appointment_id": 10**6 + n, "site_id": "west"} for n, row in enumerate(rows) if n % 12 == 0]
    few = [row for row in few if row["starts_on"] < date(2024, 3, 20)]
    late = [few[0] | {"appointment_id": 2 * 10**6, "starts_on": date(2024, 5, 1), "booked_on": None}]
    practice.fill(con, "appointment", rows + few + late)
    frames = make_release(con, practice.settings(release=CHOSEN), None, practice.NOW).frames
    cells = frames["attendance_cells"]
    north = cells[(cells["stratifier"] == "all") & (cells["site"] == "north")].set_index("period_start")
    zero = north.loc[date(2024, 2, 5)]
    assert (zero["state"], int(zero["patients"]), int(zero["booked"])) == ("published", 0, 0)
    west = cells[(cells["stratifier"] == "all") & (cells["site"] == "west")].set_index("period_start")
    hidden = west.loc[date(2024, 3, 25)]
    assert hidden["state"] == "withheld"
    assert hidden[list(schema.ATTENDANCE_COUNTS)].isna().all()
    labels = frames["category"]
    assert any("not recorded" in label for label in labels.loc[labels["stratifier"] == "modality", "stratum"])
    assert set(labels["stratifier"]) == {"modality", "lead_time"}, "nothing recorded: no such split"
    assert frames["contrast_cells"].empty


def test_no_data_gives_empty_tables_with_the_right_columns() -> None:
    made = make_release(practice.empty_vault(), practice.settings(), None, practice.NOW)
    assert made.header["data_end"] is None
    for table in (*schema.CELL_TABLES, schema.SITE, schema.CATEGORY, schema.ROLLOUT):
        assert made.frames[table.name].empty
        assert list(made.frames[table.name].columns) == [c.name for c in table.columns if c.name != "release_id"]


def test_a_rollout_is_named_after_the_published_site() -> None:
    con = practice.practice(weeks=16)
    practice.fill(
        con,
        "rollout",
        [{"rollout_id": 1, "site_id": "north", "component": "sms_reminder", "went_live_on": date(2024, 3, 1)}],
    )
    own = practice.settings(release=CHOSEN, site_aliases={"north": "Site A"})
    frames = make_release(con, own, None, practice.NOW).frames
    assert frames["rollout"][["site", "component"]].to_numpy().tolist() == [["Site A", "sms_reminder"]]
    assert "Site A" in set(frames["attendance_cells"]["site"])


def test_strata_that_all_share_an_outcome_are_withheld_and_stop_nothing() -> None:
    """Every visit touched by a reminder was kept, every other one missed."""
    con = practice.practice(weeks=20)
    con.execute("UPDATE vault.appointment SET exposed = CASE WHEN status = 'attended' THEN ['sms'] ELSE [] END")
    tables = make_release(con, practice.settings(), None, practice.NOW)
    cells = tables.frames["attendance_cells"]
    exposure = cells[cells["stratifier"] == "exposure"]
    assert set(exposure["state"]) == {"withheld"}
    assert (tables.frames["contrast_cells"]["state"] == "withheld").all()
    assert (cells.loc[cells["stratifier"] == "all", "state"] == "published").any()


def test_a_word_few_patients_share_is_never_named() -> None:
    """A payer column that is by mistake full of surnames shows none of them, however they would be merged."""
    patients = [
        person | {"payer": f"surname{number}" if number % 4 == 0 else "public"}
        for number, person in enumerate(practice.people(300))
    ]
    con = practice.empty_vault()
    practice.fill(con, "patient", patients)
    practice.fill(con, "appointment", practice.appointments())
    first = make_release(con, practice.settings(), None, practice.NOW)
    named = set(first.frames["category"].loc[first.frames["category"]["stratifier"] == "payer", "stratum"])
    assert named == {"all others", "public"}
    everything = " ".join(frame.to_csv() for frame in first.frames.values())
    assert "surname" not in everything


def test_a_word_that_has_become_common_stays_where_it_was_counted_until_a_restatement() -> None:
    con = practice.practice()
    con.execute("UPDATE vault.patient SET payer = 'barter' WHERE patient_id % 50 = 0")  # six patients
    now = practice.NOW
    first = make_release(con, practice.settings(), None, now)
    before = PreviousRelease(first.header | {"id": 1}, first.frames, restate=False)
    con.execute("UPDATE vault.patient SET payer = 'barter' WHERE patient_id % 5 = 0")
    kept = make_release(con, practice.settings(), before, now).frames["category"]
    anew = make_release(con, practice.settings(), replace(before, restate=True), now).frames["category"]
    assert "barter" not in " ".join(kept["stratum"])
    assert "barter" in " ".join(anew["stratum"])


def test_the_share_that_is_counted_grows_to_the_whole() -> None:
    told: list[float] = []
    make_release(practice.practice(weeks=8), practice.settings(release=CHOSEN), None, practice.NOW, counted=told.append)
    assert len(told) > 5
    assert told == sorted(set(told))
    assert told[-1] == 1
