"""What a plain count of the public no-show file says, and that the example's README says the same."""

from pathlib import Path

import pandas as pd
import pytest

from rapport.config import load
from tests.demo import kaggle_reference as reference

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "kaggle-no-shows"


@pytest.fixture(scope="module")
def appointments(shared_dir: Path) -> pd.DataFrame:
    return reference.read(shared_dir / "data" / reference.ARCHIVE)


def test_six_rows_cannot_be_believed(appointments: pd.DataFrame) -> None:
    assert len(appointments) == 110_527
    assert reference.quarantined(appointments) == {
        "booked_after_start": [27034, 55227, 64176, 71534, 72363],
        "age_below_0": [99833],
    }


def test_one_visit_in_five_is_missed(appointments: pd.DataFrame) -> None:
    kept = reference.kept(appointments)
    assert (int(kept["missed"].sum()), len(kept)) == (22_314, 110_521)
    assert kept["missed"].mean() == pytest.approx(0.2019, abs=5e-5)


def test_naively_a_reminder_looks_harmful(appointments: pd.DataFrame) -> None:
    rates = reference.kept(appointments).groupby("sms")["missed"].mean()
    assert rates[1] == pytest.approx(0.2757, abs=5e-5)
    assert rates[0] == pytest.approx(0.1670, abs=5e-5)


def test_nobody_was_reminded_of_a_booking_made_under_three_days_ahead(appointments: pd.DataFrame) -> None:
    cells = reference.by_band(reference.kept(appointments))
    assert cells["n1"].to_dict() == {"0": 0, "1-2": 0, "3-6": 8698, "7-13": 8161, "14-29": 11818, "30+": 6805}
    assert cells["y1"].to_dict() == {"0": 0, "1-2": 0, "3-6": 2007, "7-13": 2237, "14-29": 3504, "30+": 2036}
    assert cells["n0"].to_dict() == {"0": 38562, "1-2": 11938, "3-6": 6643, "7-13": 5857, "14-29": 7762, "30+": 4277}
    assert cells["y0"].to_dict() == {"0": 1792, "1-2": 2715, "3-6": 1741, "7-13": 1823, "14-29": 2883, "30+": 1576}


def test_within_the_same_lead_time_reminded_patients_miss_fewer(appointments: pd.DataFrame) -> None:
    contrast = reference.mantel_haenszel(reference.kept(appointments))
    assert contrast.difference_high < 0
    assert contrast.ratio_high < 1
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{100 * contrast.difference:.1f} points".replace("-", "−") in text
    assert f"{100 * contrast.difference_low:.1f} to {100 * contrast.difference_high:.1f}".replace("-", "−") in text
    assert f"{contrast.ratio:.2f} times" in text


def test_knowing_that_patients_repeat_widens_the_interval(appointments: pd.DataFrame) -> None:
    kept = reference.kept(appointments)
    contrast = reference.mantel_haenszel(kept)
    alone = reference.mantel_haenszel(kept.assign(patient=kept["row"]))
    assert contrast.difference == alone.difference
    assert contrast.difference_high - contrast.difference_low > alone.difference_high - alone.difference_low


def test_example_configuration_is_understood() -> None:
    ingest = load(EXAMPLE / "rapport.toml").ingest
    assert ingest.tables["patient"].repeats
    assert ingest.tables["appointment"].values["status"] == {"No": "attended", "Yes": "no_show"}
    assert not ingest.synthetic
