"""Published data go the whole way: answers to the PHQ-9, and response times of an emergency service.

Nobody here wrote them. Every figure is held against a plain computation on the file itself. The service's calls stand
for crisis signals: a call is the detection, an arrival the human contact, a call without an arrival is censored.
"""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from metrics.query import results
from tests.demo.way import Way, go
from warehouse.schema import ALL, PUBLISHED

ANSWERS, CALLS = "aa14_phq9_ambulatory.csv", "smfr_911_2019_apr_jun.csv"
ITEMS = [f"phq{number}" for number in range(1, 10)]
WRITTEN = "%m/%d/%Y %H:%M"

ANSWERS_TOML = f"""
[practice]
name = "Published answers"
timezone = "Europe/Zurich"
extracted_on = 2018-12-31
[tables.appointment] # each entry of the diary, as a visit that was kept
file = "{ANSWERS}"
constants = {{ status = "attended" }}
columns = {{ appointment_id = "user_id + time", patient_id = "user_id", starts_at = "time" }}
[tables.measure] # the answers stand again on every entry
file = "{ANSWERS}"
repeats = true
constants = {{ instrument = "phq_9" }}
[tables.measure.columns]
measure_id = "user_id + start.time"
patient_id = "user_id"
taken_at = "start.time"
items = "{" + ".join(ITEMS)}"
"""

CALLS_TOML = f"""
[practice]
name = "Published response times"
timezone = "America/Denver"
extracted_on = 2019-12-31
[crisis.target_minutes]
high = 10
[tables.appointment]
file = "{CALLS}"
constants = {{ status = "attended" }}
columns = {{ appointment_id = "Incident Num", patient_id = "Incident Num", starts_at = "911 Date" }}
formats = {{ starts_at = "{WRITTEN}" }}
[tables.crisis_signal]
file = "{CALLS}"
constants = {{ detected_by = "human", severity = "high" }}
formats = {{ detected_at = "{WRITTEN}", human_contact_at = "{WRITTEN}" }}
[tables.crisis_signal.columns]
crisis_id = "Incident Num"
patient_id = "Incident Num"
detected_at = "911 Date"
human_contact_at = "Arrival Date"
"""


def _way(shared: Path, folder: Path, file: str, toml: str) -> Way:
    shutil.copy(shared / "data" / file, folder)
    (folder / "rapport.toml").write_text(toml, encoding="utf-8")
    return go(folder / "rapport.toml")


@pytest.fixture(scope="module")
def answers(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Way:
    return _way(shared_dir, tmp_path_factory.mktemp("answers"), ANSWERS, ANSWERS_TOML)


@pytest.fixture(scope="module")
def calls(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Way:
    return _way(shared_dir, tmp_path_factory.mktemp("calls"), CALLS, CALLS_TOML)


def test_answers_repeated_on_every_diary_entry_are_counted_once(answers: Way, shared_dir: Path) -> None:
    plain = pd.read_csv(shared_dir / "data" / ANSWERS, na_values="NA").drop_duplicates("user_id")
    tables = {entry.table: entry for entry in answers.report.tables}
    assert (tables["measure"].read, tables["measure"].kept) == (16_150, len(plain))
    known = plain[ITEMS].notna().sum(axis=1)
    total = (plain[ITEMS].sum(axis=1) * 9 / known)[known >= 7]
    cells = answers.store.read("score_cells", answers.report.release)
    cells = cells[(cells["stratifier"] == ALL) & (cells["scale"] == "total") & (cells["state"] == PUBLISHED)]
    week = pd.to_datetime(plain.loc[total.index, "start.time"]).dt.normalize()
    shown = pd.Series(False, index=total.index)
    for start, grain in zip(cells["period_start"], cells["grain"], strict=True):
        weeks = {"week": 1, "4weeks": 4, "12weeks": 12}[grain]
        shown |= (week >= start) & (week < start + pd.Timedelta(weeks=weeks))
    counted = total[shown]
    assert len(counted) > 100
    assert cells["answered"].sum() == len(counted)
    assert cells["points"].sum() == round(100 * counted.sum())
    assert cells["past_cutoff"].sum() == (counted >= 10).sum()


@pytest.fixture(scope="module")
def plain_calls(shared_dir: Path) -> pd.DataFrame:
    rows = pd.read_csv(shared_dir / "data" / CALLS)
    called, arrived = (pd.to_datetime(rows[name], format=WRITTEN) for name in ("911 Date", "Arrival Date"))
    minutes = (arrived - called).dt.total_seconds() / 60
    return rows.assign(called=called, minutes=minutes)[~(minutes < 0)]


def test_arrivals_before_the_call_are_set_aside_with_their_rows(calls: Way) -> None:
    assert calls.refused("crisis_signal") == {"contact_before_detected": 2}
    assert calls.rows("crisis_signal", "contact_before_detected") == [7659, 7678]


def test_times_to_contact_are_those_of_lifelines_on_the_rows(calls: Way, plain_calls: pd.DataFrame) -> None:
    end = pd.Timestamp(2019, 12, 31)
    waited = (end - plain_calls["called"]).dt.total_seconds() / 60
    seen = plain_calls["minutes"].notna()
    fitted = KaplanMeierFitter().fit(plain_calls["minutes"].fillna(waited), seen)
    for metric, left in (("crisis_median", 0.5), ("crisis_p90", 0.1), ("crisis_p95", 0.05)):
        (row,) = results(calls.store, metric=metric, site="*")
        assert row.n == len(plain_calls) == 8507
        assert row.value == fitted.percentile(left)
        assert row.low is not None
        assert row.low <= row.value <= row.high


def test_shares_and_typical_time_are_those_of_a_plain_count(calls: Way, plain_calls: pd.DataFrame) -> None:
    minutes = plain_calls["minutes"]
    expected = {
        "crisis_unreached": minutes.isna().mean(),
        "crisis_inside_target": (minutes <= 10).mean(),
        "crisis_contact": np.expm1(np.log1p(minutes.dropna()).mean()),
    }
    for metric, value in expected.items():
        (row,) = results(calls.store, metric=metric, site="*")
        assert row.value == pytest.approx(value, abs=1e-4), metric
