"""The public no-show file counted in plain pandas: an answer that owes nothing to the code it checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

BANDS = {"0": (0, 0), "1-2": (1, 2), "3-6": (3, 6), "7-13": (7, 13), "14-29": (14, 29), "30+": (30, 10_000)}
ARCHIVE = "KaggleV2-May-2016.csv.zip"


@dataclass(frozen=True)
class Contrast:
    """Mantel-Haenszel over the bands where both arms are seen, with intervals that know patients repeat."""

    difference: float
    difference_low: float
    difference_high: float
    ratio: float
    ratio_low: float
    ratio_high: float


def read(path: Path) -> pd.DataFrame:
    """The file as it is, with `row` (1 = first below the header), calendar days, `missed`, `sms` and `band`."""
    raw = pd.read_csv(path, dtype=str)
    frame = pd.DataFrame({"row": np.arange(1, len(raw) + 1), "patient": raw["PatientId"], "site": raw["Neighbourhood"]})
    frame["booked"] = pd.to_datetime(raw["ScheduledDay"].str[:10])
    frame["starts"] = pd.to_datetime(raw["AppointmentDay"].str[:10])
    frame["age"] = raw["Age"].astype(int)
    frame["missed"] = (raw["No-show"] == "Yes").astype(int)
    frame["sms"] = (raw["SMS_received"] == "1").astype(int)
    days = (frame["starts"] - frame["booked"]).dt.days
    frame["band"] = pd.cut(days, [-1, *(high for _, high in BANDS.values())], labels=list(BANDS))
    return frame


def quarantined(frame: pd.DataFrame) -> dict[str, list[int]]:
    """Which rows cannot be believed, by reason?"""
    return {
        "booked_after_start": frame.loc[frame["booked"] > frame["starts"], "row"].tolist(),
        "age_below_0": frame.loc[frame["age"] < 0, "row"].tolist(),
    }


def kept(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be believed."""
    return frame[(frame["booked"] <= frame["starts"]) & (frame["age"] >= 0)]


def by_band(frame: pd.DataFrame) -> pd.DataFrame:
    """Per band: n1, y1 with an SMS and n0, y0 without."""
    counts = frame.groupby(["band", "sms"], observed=False)["missed"].agg(["size", "sum"]).unstack(fill_value=0)
    return pd.DataFrame(
        {
            "n1": counts["size"][1],
            "y1": counts["sum"][1],
            "n0": counts["size"][0],
            "y0": counts["sum"][0],
        }
    )


def mantel_haenszel(frame: pd.DataFrame) -> Contrast:
    """Risk difference and ratio; variance by summing each patient's share of the estimate (linearised), z = 1.96."""
    cells = by_band(frame)
    cells = cells[(cells["n1"] > 0) & (cells["n0"] > 0)]
    total = cells["n1"] + cells["n0"]
    weight = cells["n1"] * cells["n0"] / total
    top, bottom = (cells["y1"] * cells["n0"] / total).sum(), (cells["y0"] * cells["n1"] / total).sum()
    difference, ratio = (top - bottom) / weight.sum(), top / bottom

    visits = frame[frame["band"].isin(cells.index)]
    band = visits["band"].astype(str)
    exposed = visits["sms"].to_numpy() == 1
    risk = np.where(exposed, band.map(cells["y1"] / cells["n1"]), band.map(cells["y0"] / cells["n0"]))
    share = np.where(exposed, band.map(cells["n0"] / total), band.map(cells["n1"] / total))
    residual = share * (visits["missed"].to_numpy() - risk)
    error_difference = _patient_error(np.where(exposed, residual, -residual) / weight.sum(), visits["patient"])
    error_ratio = _patient_error(np.where(exposed, residual / top, -residual / bottom), visits["patient"])
    return Contrast(
        difference,
        difference - 1.96 * error_difference,
        difference + 1.96 * error_difference,
        ratio,
        ratio * np.exp(-1.96 * error_ratio),
        ratio * np.exp(1.96 * error_ratio),
    )


def _patient_error(shares: np.ndarray, patients: pd.Series) -> float:
    sums = pd.Series(shares).groupby(patients.to_numpy()).sum()
    return float(np.sqrt((sums**2).sum()))
