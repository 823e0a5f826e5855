"""The public no-show file goes the whole way, and what comes out equals an independent count of it."""

import shutil
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from metrics.query import effect, results
from tests.demo import kaggle_reference as reference
from tests.demo.way import Way, go
from warehouse.schema import ALL, PUBLISHED

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "kaggle-no-shows"


@pytest.fixture(scope="module")
def appointments(shared_dir: Path) -> pd.DataFrame:
    return reference.read(shared_dir / "data" / reference.ARCHIVE)


@pytest.fixture(scope="module")
def way(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Way:
    folder = tmp_path_factory.mktemp("kaggle")
    shutil.copy(EXAMPLE / "rapport.toml", folder)
    with zipfile.ZipFile(shared_dir / "data" / reference.ARCHIVE) as archive:
        archive.extract("KaggleV2-May-2016.csv", folder)
    return go(folder / "rapport.toml")


def test_six_rows_are_quarantined_by_their_row_numbers(way: Way, appointments: pd.DataFrame) -> None:
    for reason, rows in reference.quarantined(appointments).items():
        assert way.rows("appointment", reason) == rows
    assert way.refused("appointment") == {"booked_after_start": 5, "age_below_0": 1}
    assert way.refused("patient") == {}


def test_every_row_is_accounted_for(way: Way, appointments: pd.DataFrame) -> None:
    tables = {entry.table: entry for entry in way.report.tables}
    assert (tables["appointment"].read, tables["appointment"].kept) == (110_527, 110_521)
    patients = appointments["patient"].nunique()
    assert (tables["patient"].kept, tables["patient"].dropped_by_policy) == (patients, 110_527 - patients)


def test_no_show_rate_is_that_of_a_plain_count(way: Way, appointments: pd.DataFrame) -> None:
    kept = reference.kept(appointments)
    (row,) = results(way.store, metric="no_show_rate", site="*")
    assert row.n == len(kept)
    assert row.value == pytest.approx(kept["missed"].mean(), abs=1e-12)
    assert row.low < row.value < row.high


def test_each_neighbourhood_counts_as_a_plain_count(way: Way, appointments: pd.DataFrame) -> None:
    cells = way.store.read("attendance_cells", way.report.release)
    cells = cells[(cells["stratifier"] == ALL) & (cells["state"] == PUBLISHED)]
    counted = cells.groupby("site")[["booked", "no_show"]].sum()
    expected = reference.kept(appointments).groupby("site")["missed"].agg(["size", "sum"])
    shown = expected.index.intersection(counted.index)
    assert len(shown) > 70
    assert (counted.loc[shown].to_numpy() == expected.loc[shown].to_numpy()).all()
    assert "JARDIM CAMBURI" in shown
    assert "REDENÇÃO" in shown


def test_naive_comparison_is_that_of_a_plain_count(way: Way, appointments: pd.DataFrame) -> None:
    rates = reference.kept(appointments).groupby("sms")["missed"].mean()
    naive = effect(way.store, "sms_reminder", "no_show_rate").naive
    assert naive.value == pytest.approx(rates[1] - rates[0], abs=1e-12)


def test_bands_are_compared_as_declared(way: Way, appointments: pd.DataFrame) -> None:
    """Six bands; only bookings made three or more days ahead can be compared, no one was reminded sooner."""
    cells = reference.by_band(reference.kept(appointments))
    strata = effect(way.store, "sms_reminder", "no_show_rate").as_json()["strata"]
    found = {
        one["stratum"]: (one["exposed"]["n"], one["exposed"]["events"], one["other"]["n"], one["other"]["events"])
        for one in strata
    }
    assert found == {
        str(band): tuple(int(n) for n in row) for band, row in zip(cells.index, cells.to_numpy(), strict=True)
    }
    assert [one["stratum"] for one in strata if one["comparable"]] == ["3-6", "7-13", "14-29", "30+"]


def test_adjusted_comparison_is_that_of_an_independent_computation(way: Way, appointments: pd.DataFrame) -> None:
    """The estimates to the digit; the intervals, worked out from sums instead of visits, to a tenth of their width."""
    expected = reference.mantel_haenszel(reference.kept(appointments))
    report = effect(way.store, "sms_reminder", "no_show_rate")
    assert report.adjusted.value == pytest.approx(expected.difference, abs=1e-12)
    assert report.ratio.value == pytest.approx(expected.ratio, abs=1e-12)
    width = expected.difference_high - expected.difference_low
    assert report.adjusted.low == pytest.approx(expected.difference_low, abs=0.1 * width)
    assert report.adjusted.high == pytest.approx(expected.difference_high, abs=0.1 * width)
