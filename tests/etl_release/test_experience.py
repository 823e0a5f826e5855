"""Do the counts of messages, comments, forecasts and notices equal a slow count in plain Python?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from deid.attack_families import FAMILIES
from etl.release import PreviousRelease, make_release
from tests.etl_release import practice, talk
from tests.etl_release.conftest import RELEASE, UNDIVIDED, Whole, filled
from tests.etl_release.family_plain import released_of, shown_rows
from tests.etl_release.plain import Row, squares

SUMMED = ("scored", "missed", "alerts", "alerts_missed", "acted", "overbooked", "reminded")
SAID = {True: "yes", False: "no", None: "not recorded"}


@pytest.mark.parametrize("stratifier", ["all", "modality", "sex"])
def test_messages_equal_a_plain_count(whole: Whole, stratifier: str) -> None:
    cells = whole.frames["contact_cells"]
    rows = released_of(whole.rows["contact"], cells)
    kinds = {"reminder": "reminder", "check_in": "check_in", None: "not recorded", "carrier pigeon": "all others"}
    found = 0
    for cell, here in shown_rows(cells[cells["stratifier"] == stratifier], rows, whole.strata[stratifier]):
        mine = [
            row
            for row in here
            if (kinds[row["kind"]], SAID[row["automated"]], SAID[row["personalised"]])
            == (cell["kind"], cell["automated"], cell["personalised"])
        ]
        expected = {name: sum(row[name] is True for row in mine) for name in ("delivered", "opted_out", "escalated")}
        assert {name: int(cell[name]) for name in ("sent", *expected)} == {"sent": len(mine), **expected}
        assert int(cell["patients"]) == len({row["patient_id"] for row in here})
        found += len(mine)
    assert found == len(rows) > 3000
    assert "carrier pigeon" not in set(cells["kind"])


@pytest.mark.parametrize("stratifier", ["all", "sex"])
def test_comments_equal_a_plain_count(whole: Whole, stratifier: str) -> None:
    cells = whole.frames["feedback_cells"]
    stratum = whole.strata[stratifier]
    rows, visits, sent = (released_of(whole.rows[name], cells) for name in ("feedback", "appointment", "contact"))
    kept = [row for row in visits if row["status"] == "attended"]
    arrived = [row for row in sent if row["delivered"]]
    chosen = cells[cells["stratifier"] == stratifier]
    assert len(chosen[chosen["state"] == "published"]) > 5
    for cell, here in shown_rows(chosen, rows, stratum):
        ratings = [round(row["rating"] * 100) for row in here if row["rating"] is not None]
        (_, seen), *_ = shown_rows(pd.DataFrame([cell]), kept + arrived, stratum)
        expected = {
            "given": len(here),
            "rated": len(ratings),
            "rating": sum(ratings),
            "rating_squared": sum(rating * rating for rating in ratings),
            "comments": sum(row["comment"] is not None for row in here),
            "complaints": sum(row["kind"] == "complaint" for row in here),
            "processed": sum("like a number" in (row["comment"] or "") for row in here),
            "cared_for": sum("listened to me" in (row["comment"] or "") for row in here),
            "contacts": len(seen),
        }
        assert {name: int(cell[name]) for name in expected} == expected
    told = whole.frames["feedback_themes"].query(f"stratifier == '{stratifier}'")
    by_theme = told.groupby("theme")["comments"].sum()
    assert by_theme.to_dict() == {name: chosen[name].sum() for name in ("processed", "cared_for")}
    assert (by_theme > 0).all()


def test_ratings_of_patients_who_repeat_are_told_as_sums_over_them(whole: Whole) -> None:
    repeats = whole.frames["repeat_cells"].query("outcome == 'rating' and window == 'all' and stratifier == 'all'")
    cells = whole.frames["feedback_cells"]
    for told in repeats.to_dict("records"):
        rows = [row for row in released_of(whole.rows["feedback"], cells) if row["site"] == told["site"]]
        rated = squares(rows, lambda row: row["rating"] is not None, lambda row: round((row["rating"] or 0) * 100))
        assert {name: int(told[name]) for name in rated} == rated


def test_forecasts_for_patients_who_repeat_are_told_as_sums_over_them(whole: Whole) -> None:
    told = whole.frames["repeat_cells"].query("window == 'all' and outcome.str.startswith('forecast.')")
    assert set(told["site"]) == {"*"}
    assert set(told["stratifier"]) == {"all"}
    cells = whole.frames["prediction_cells"].query("stratifier == 'all' and state == 'published'")
    sums = cells.groupby("model")[list(SUMMED)].sum()
    for model, counts in sums.iterrows():
        own = told[told["outcome"].str.startswith(f"forecast.{model}.")].assign(
            what=told["outcome"].str.rpartition(".")[2]
        )
        own = own.set_index("what")
        expected = {"missed": ("scored", "missed"), "alerts": ("scored", "alerts")}
        expected |= {"alerts_missed": ("alerts", "alerts_missed"), "left_alone": ("acted", "")}
        expected |= {"overbooked": ("scored", "overbooked"), "reminded": ("scored", "reminded")}
        for what, (n, events) in expected.items():
            if own.loc[what, "state"] == "published":
                assert own.loc[what, "n"] == counts[n]
                assert not events or own.loc[what, "events"] == counts[events]
                assert own.loc[what, "mm"] >= own.loc[what, "n"]
    assert len(told) >= 7
    assert (sums[["overbooked", "reminded"]].sum() > 0).all()


def test_what_patients_who_repeat_say_and_get_is_told_as_sums_over_them(whole: Whole) -> None:
    ways: dict[str, tuple[str, Any, Any]] = {
        "feedback.processed": ("feedback", lambda row: 1, lambda row: "like a number" in (row["comment"] or "")),
        "feedback.complaints": ("feedback", lambda row: 1, lambda row: row["kind"] == "complaint"),
        "message.opted_out": ("contact", lambda row: bool(row["delivered"]), lambda row: row["opted_out"] is True),
        "message.escalated": ("contact", lambda row: 1, lambda row: row["escalated"] is True),
        "message.delivered": ("contact", lambda row: 1, lambda row: row["delivered"] is True),
    }
    repeats = whole.frames["repeat_cells"].query("window == 'all' and stratifier == 'all' and state == 'published'")
    for outcome, (table, counted, happened) in ways.items():
        told = repeats[repeats["outcome"] == outcome].to_dict("records")
        assert told, outcome
        for cell in told:
            released = released_of(whole.rows[table], whole.frames[f"{table}_cells"])
            expected = squares([row for row in released if row["site"] == cell["site"]], counted, happened)
            assert {name: int(cell[name]) for name in expected} == expected, outcome


def test_register_of_complaints_alone_is_told() -> None:
    said = [row | {"kind": "complaint"} for row in talk.feedback(14)]
    con = filled({"feedback": said}, weeks=14)
    told = make_release(con, practice.settings(release=UNDIVIDED), None, practice.NOW)
    cells = told.frames["feedback_cells"].query("stratifier == 'all' and state == 'published'")
    assert int(cells["complaints"].sum()) == int(cells["given"].sum()) > 100


def forecasts(whole: Whole) -> list[Row]:
    visits = {row["appointment_id"]: row for row in whole.rows["appointment"]}
    made = [visits[row["appointment_id"]] | row for row in whole.rows["prediction"]]
    return [row | {"visits": [row]} for row in made if row["status"] in ("attended", "no_show")]


def in_bin(row: Row) -> tuple[str, int]:
    hours = row["hours_ahead"]
    if hours is None:
        hours = (pd.Timestamp(row["starts_on"]) + pd.Timedelta(hours=10) - row["scored_at"]).total_seconds() / 3600
    return "48-72" if 48 <= hours <= 72 else "other", min(99, round(row["score"] * 1e6) // 10_000)


@pytest.mark.parametrize("stratifier", ["all", "sex", "exposure"])
def test_forecasts_equal_a_plain_count(whole: Whole, stratifier: str) -> None:
    cells = whole.frames["prediction_cells"]
    assert set(cells["site"]) == {"*"}
    models = {"v1": "v1", "v2": "v2", None: "not recorded", "rare": "all others"}
    known = set(cells["model"])
    found = 0
    for model in known - {"all others"}:
        own = cells[cells["model"] == model]
        rows = released_of([row for row in forecasts(whole) if models[row["model_version"]] == model], own)
        chosen = own[(own["stratifier"] == stratifier) & (own["scored"] > 0)]
        for cell, here in shown_rows(chosen, rows, whole.strata[stratifier]):
            mine = [row for row in here if in_bin(row) == (cell["horizon"], cell["bin"])]
            assert {name: int(cell[name]) for name in FORECAST} == {
                name: sum(map(FORECAST[name], mine)) for name in FORECAST
            }
            found += len(mine)
    assert found > 1000


def alert(row: Row) -> bool:
    return row["threshold"] is not None and row["score"] >= row["threshold"]


def lead(row: Row) -> int | None:
    return None if row["booked_on"] is None else (row["starts_on"] - row["booked_on"]).days


FORECAST: dict[str, Any] = {
    "scored": lambda row: 1,
    "missed": lambda row: row["status"] == "no_show",
    "score": lambda row: round(row["score"] * 1e6),
    "score_squared": lambda row: round(row["score"] * 1e6) ** 2,
    "alerts": alert,
    "alerts_missed": lambda row: alert(row) and row["status"] == "no_show",
    "acted": lambda row: row["action"] not in (None, "none"),
    "overridden": lambda row: row["overridden_by_human"] is True,
    "waits": lambda row: lead(row) is not None,
    "wait_days": lambda row: lead(row) or 0,
    "overbooked": lambda row: row["action"] == "overbook",
    "reminded": lambda row: row["action"] in ("reminder", "call"),
}


def test_notices_equal_a_plain_count(whole: Whole) -> None:
    cells = whole.frames["notice_cells"]
    shown = cells[cells["state"] == "published"].set_index(["topic", "version", "outcome"])
    assert len(shown) >= 6
    for (topic, version), rows in shown.groupby(level=["topic", "version"]):
        people = told(whole, str(topic), str(version))
        for outcome, (of, events) in OUTCOMES.items():
            both = [sides for sides in people if all(of(side) > 0 for side in sides)]
            m1, m0 = (np.array([of(sides[at]) for sides in both]) for at in (1, 0))
            y1, y0 = (np.array([events(sides[at]) for sides in both]) for at in (1, 0))
            row = rows.loc[(topic, version, outcome)]
            products = {
                "mm1": m1 @ m1,
                "my0": m0 @ y0,
                "yy1": y1 @ y1,
                "m1m0": m1 @ m0,
                "y1m0": y1 @ m0,
                "m1y0": m1 @ y0,
            }
            expected = {
                "patients": len(both),
                "n1": m1.sum(),
                "y0": y0.sum(),
                "n0": m0.sum(),
                "y1": y1.sum(),
                **products,
            }
            assert {name: int(row[name]) for name in expected} == {name: int(value) for name, value in expected.items()}


def told(whole: Whole, topic: str, version: str) -> list[tuple[list[Row], list[Row]]]:
    """(slots before, slots after) of each patient first told of it so, and seen on both sides."""
    visits = whole.rows["appointment"]
    first, last = (pick(row["starts_on"] for row in visits) for pick in (min, max))
    days: dict[int, Any] = {}
    for row in whole.rows["notice"]:
        if (row["topic"], row["version"]) == (topic, version):
            days[row["patient_id"]] = min(row["given_on"], days.get(row["patient_id"], row["given_on"]))
    found = []
    for person, day in days.items():
        own = [(row, (row["starts_on"] - day).days) for row in visits if row["patient_id"] == person]
        sides = [row for row, n in own if -84 <= n < 0], [row for row, n in own if 0 < n <= 84]
        if first + timedelta(days=84) <= day <= last - timedelta(days=84) and all(sides):
            found.append(sides)
    return found


def of_status(*words: str) -> Any:
    return lambda rows: sum(row["status"] in words for row in rows)


OUTCOMES: dict[str, tuple[Any, Any]] = {
    "cancelled": (len, of_status("cancelled_patient", "late_cancel")),
    "no_show": (of_status("attended", "no_show"), of_status("no_show")),
    "attended": (lambda rows: 12, of_status("attended")),
}


def test_the_same_vault_on_the_same_day_gives_the_same_counts(whole: Whole) -> None:
    kept = PreviousRelease(whole.tables.header, whole.frames)
    again = make_release(whole.con, practice.settings(release=RELEASE), kept, practice.NOW)
    for name in (*FAMILIES, "notice_cells", "repeat_cells", "category"):
        assert rows_of(again.frames[name]) == rows_of(whole.frames[name]), name


def rows_of(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    found = set(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))
    assert len(found) == len(frame)
    return found
