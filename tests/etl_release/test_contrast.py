"""Are patients compared within lead-time bands over exactly the weeks that may be used?"""

from __future__ import annotations

import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from etl.release import make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.conftest import Made
from tests.etl_release.plain import squares
from tests.etl_release.test_attendance import lead_label
from tests.etl_release.test_subtraction import shared_region


def test_contrast_cells_equal_a_plain_count(made: Made) -> None:
    cells = made.tables.frames["contrast_cells"]
    region = shared_region(made.tables.frames["attendance_cells"])
    rows = [
        row
        for row in made.rows
        if (row["site_id"], row["starts_on"] - pd.Timedelta(days=row["starts_on"].weekday()).to_pytimedelta()) in region
        and row["status"] in ("attended", "no_show")
    ]
    labels = sorted(cells["stratum"].unique())
    assert len(cells) >= 4
    for cell in cells.to_dict("records"):
        arm = [r for r in rows if bool(r["exposed"]) == cell["exposed"] and lead_label(r, labels) == cell["stratum"]]
        expected = (len(arm), sum(r["status"] == "no_show" for r in arm), len({r["patient_id"] for r in arm}))
        assert (int(cell["n"]), int(cell["events"]), int(cell["patients"])) == expected
    repeats = made.tables.frames["contrast_repeats"].set_index("scope").loc["all"]
    for number, exposed in (("1", True), ("0", False)):
        found = squares(
            [r for r in rows if bool(r["exposed"]) == exposed], lambda r: 1, lambda r: r["status"] == "no_show"
        )
        assert int(repeats[f"n{number}"]) == found["n"]
        assert int(repeats[f"mm{number}"]) == found["mm"]
        assert int(repeats[f"my{number}"]) == found["my"]
        assert int(repeats[f"yy{number}"]) == found["yy"]


def test_two_components_that_share_few_patients_are_not_both_compared() -> None:
    con = practice.empty_vault()
    rows = practice.appointments(weeks=12, sites={"north": 80})
    for number, row in enumerate(rows):
        if number < 5:
            row["exposed"] = ["ai_scheduling", "sms_reminder"]
        elif row["exposed"] and number % 2:
            row["exposed"] = ["ai_scheduling"]
    practice.fill(con, "appointment", rows)
    chosen = ReleaseSettings(stratifiers=Stratifiers(names=("lead_time", "exposure")))
    cells = make_release(con, practice.settings(release=chosen), None, practice.NOW).frames["contrast_cells"]
    assert sorted(cells.groupby("component")["state"].first()) == ["published", "withheld"]
    assert cells.loc[cells["state"] == "withheld", "n"].isna().all()


@pytest.fixture(scope="module")
def kaggle(shared_dir: Path) -> pd.DataFrame:
    with zipfile.ZipFile(shared_dir / "data" / "KaggleV2-May-2016.csv.zip") as archive:
        name = next(name for name in archive.namelist() if name.endswith(".csv"))
        with archive.open(name) as file:
            frame = pd.read_csv(file)
    booked, starts = (pd.to_datetime(frame[name]).dt.date for name in ("ScheduledDay", "AppointmentDay"))
    frame = frame.assign(booked_on=booked, starts_on=starts)
    return frame[(frame["booked_on"] <= frame["starts_on"]) & (frame["Age"] >= 0)]


def test_the_public_file_gives_the_known_figures(kaggle: pd.DataFrame) -> None:
    con = practice.empty_vault()
    con.register("export", kaggle)
    con.execute(
        """INSERT INTO vault.appointment BY NAME SELECT "AppointmentID" AS appointment_id,
        CAST("PatientId" AS BIGINT) AS patient_id, CAST(booked_on AS DATE) AS booked_on,
        CAST(starts_on AS DATE) AS starts_on, CASE "No-show" WHEN 'Yes' THEN 'no_show' ELSE 'attended' END AS status,
        CASE "SMS_received" WHEN 1 THEN ['sms_reminder'] ELSE [] END AS exposed FROM export"""
    )
    chosen = ReleaseSettings(stratifiers=Stratifiers(names=("lead_time", "exposure")))
    own = practice.settings(release=chosen, extracted_on=date(2016, 8, 1), timezone="America/Sao_Paulo")
    frames = make_release(con, own, None, datetime(2016, 8, 1, tzinfo=UTC)).frames
    cells = frames["attendance_cells"]
    whole = cells[cells["stratifier"] == "all"]
    assert (int(whole["no_show"].sum()), int(whole["booked"].sum())) == (22_314, 110_521)
    arms = frames["contrast_cells"].groupby("exposed")[["n", "events"]].sum()
    rates = arms["events"] / arms["n"]
    assert round(float(rates[True]), 3) == 0.276
    assert round(float(rates[False]), 3) == 0.167
    strata = frames["contrast_cells"].drop_duplicates("stratum").sort_values("position")["stratum"].tolist()
    assert strata == ["0", "1-2", "3-6", "7-13", "14-29", "30+"]
    shown = frames["contrast_cells"].set_index(["stratum", "exposed"])["n"]
    assert int(shown[("0", True)]) == int(shown[("1-2", True)]) == 0
    comparable = frames["contrast_repeats"].set_index("scope").loc["comparable"]
    assert int(comparable["n1"]) == int(arms.loc[True, "n"])
