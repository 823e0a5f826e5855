"""Do the counts of connections, reminders and new bookings equal a slow count in plain Python?"""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from etl.release import make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice
from tests.etl_release.conftest import Made
from tests.etl_release.plain import squares


def test_remote_visits_and_reminders_equal_a_plain_count(made: Made) -> None:
    assert made.tables.frames["attendance_cells"]["reminders_known"].sum() == 0
    con, chance = practice.empty_vault(), np.random.default_rng(3)
    rows = [
        row
        | {"reminders": int(number) if (number := chance.integers(-1, 4)) >= 0 else None}
        | {"connection_failed": [True, False, None][chance.integers(3)]}
        for row in made.rows
    ]
    practice.fill(con, "appointment", rows)
    practice.fill(con, "patient", list(made.people.values()))
    settings = practice.settings(release=ReleaseSettings(stratifiers=Stratifiers(names=("sex",))))
    frames = make_release(con, settings, None, practice.NOW).frames
    cells, repeats = frames["attendance_cells"], frames["repeat_cells"].query("site == 'north'")
    whole = cells[(cells["stratifier"] == "all") & (cells["site"] == "north") & (cells["state"] == "published")]
    days = {start + timedelta(days=n) for start in whole["period_start"] for n in range(7)}
    held = [
        row
        for row in rows
        if row["site_id"] == "north" and row["starts_on"] in days and row["status"] in ("attended", "no_show")
    ]
    remote = [row for row in held if row["modality"] in ("video", "phone") and row["connection_failed"] is not None]
    told = [row["reminders"] for row in held if row["reminders"] is not None]
    expected = [len(remote), sum(row["connection_failed"] for row in remote), len(told), sum(told)]
    assert set(whole["grain"]) == {"week"}
    assert whole[["remote", "connection_failed", "reminders_known", "reminders"]].sum().tolist() == expected
    again = [row for row in held if row["status"] == "no_show"]
    ways = {
        "failed_connections": squares(remote, lambda row: 1, lambda row: row["connection_failed"]),
        "reminders": squares(held, lambda row: row["reminders"] is not None, lambda row: row["reminders"] or 0),
        "rebooked": squares(again, lambda row: 1, lambda row: row["appointment_id"] in made.rebooked),
    }
    for outcome, sums in ways.items():
        own = repeats[repeats["outcome"] == outcome]
        assert set(own["stratifier"]) == {"all"}, "of how many patients it is would follow by subtraction"
        assert set(own["window"]) == {"4weeks", "12weeks", "24weeks", "all"}
        told = own[own["window"] == "all"].iloc[0]
        assert {name: int(told[name]) for name in sums} == sums, outcome
        assert sums["mm"] > sums["n"] > sums["events"] * (outcome != "reminders") > -1
