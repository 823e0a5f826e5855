"""Which faults does each export of the synthetic practice carry, and how many of each?"""

from __future__ import annotations

import numpy as np

from rapport.demo.faults import Planted, Planter, Row, unreadable_dates

GAPS = ("03/09/2025 02:30 AM", "03/08/2026 02:15 AM")  # hours America/Toronto skips in spring


def in_appointments(sound: list[Row], rng: np.random.Generator) -> Planted:
    """About 0.8 % of the rows, far under the share at which the table is not believed."""
    planter = Planter(sound, "Appointment ID", "X9", rng)
    planter.spoil("starts_at_unreadable", "Start", unreadable_dates(), 32)
    planter.spoil("starts_at_excel_serial", "Start", ("45720.375", "45721"), 8)
    planter.spoil("starts_at_missing", "Start", ("",), 12)
    planter.spoil("starts_at_in_dst_gap", "Start", GAPS, 8)
    planter.spoil("booked_at_unreadable", "Booked On", ("yesterday", "13/13/2025 09:00 AM"), 9)
    planter.spoil_by("booked_after_start", lambda row: {"Booked On": row["Start"].replace("/202", "/203")}, 25)
    planter.spoil("status_unknown_word", "Status", ("Tentative", "See chart", "??"), 30)
    planter.spoil("status_missing", "Status", ("", "  "), 11)
    planter.spoil("patient_id_missing", "Client ID", ("",), 10)
    planter.spoil("patient_id_orphan", "Client ID", ("C99901", "C99902", "C99903"), 20)
    planter.spoil("minutes_above_1440", "Minutes", ("5000",), 6)
    planter.spoil("minutes_below_1", "Minutes", ("0", "-50"), 7)
    planter.spoil("fee_unreadable", "Fee", ("waived",), 10)
    planter.contradict("Fee", lambda fee: "95.00" if fee != "95.00" else "96.00", 12)
    planter.repeat(150)
    planter.break_line("ragged_row", lambda line: line.rsplit(",", 6)[0], 9)
    planter.break_line("ragged_row", lambda line: f"{line},,moved,by hand", 6)
    planter.break_line("nul_bytes", lambda line: line.replace(",K1", ",K\0", 1), 5)
    return planter.planted


def in_patients(sound: list[Row], rng: np.random.Generator) -> Planted:
    """Only people who were registered and never came, so that no visit is lost with them."""
    planter = Planter(sound, "Client ID", "C98", rng)
    planter.spoil("birth_date_unreadable", "Birth Date", ("02/30/1971", "1980", "unknown"), 6)
    planter.spoil("birth_date_in_future", "Birth Date", ("01/01/2041",), 3)
    planter.contradict("Payer", lambda word: "Self-pay" if word != "Self-pay" else "OHIP", 3)
    planter.repeat(14)
    return planter.planted


def in_episodes(sound: list[Row], rng: np.random.Generator) -> Planted:
    """Discharges before the intake, words nobody knows, days that do not exist, patients who are nowhere."""
    planter = Planter(sound, "Episode ID", "E98", rng)
    planter.spoil("ended_before_started", "Discharge", ("01/05/2019",), 8)
    planter.spoil("started_on_unreadable", "Intake", ("02/30/2025", "spring 2025"), 5)
    planter.spoil("end_reason_unknown_word", "Reason", ("Other - see note",), 6)
    planter.spoil("patient_id_orphan", "Client ID", ("C99904",), 4)
    planter.repeat(11)
    return planter.planted
