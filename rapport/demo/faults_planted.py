"""Which faults does each export of the synthetic practice carry, and how many of each?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rapport.demo.exports.safety import AUTOMATED
from rapport.demo.faults import Planted, Planter, unreadable_dates

GAPS = ("03/10/2024 02:30 AM", "03/09/2025 02:15 AM")  # hours America/Toronto skips in spring
NOBODY = ("C00901", "C00902", "C00903")  # numbers no patient has


def appointment(planter: Planter) -> None:
    """About 0.8 % of the rows, far under the share at which the table is not believed."""
    planter.spoil("starts_at_unreadable", "Start", unreadable_dates(), 32)
    planter.spoil("starts_at_excel_serial", "Start", ("45720.375", "45721"), 8)
    planter.spoil("starts_at_missing", "Start", ("",), 12)
    planter.spoil("starts_at_in_dst_gap", "Start", GAPS, 8)
    planter.spoil("booked_at_unreadable", "Booked On", ("yesterday", "13/13/2025 09:00 AM"), 9)
    planter.spoil_by("booked_after_start", lambda row: {"Booked On": row["Start"].replace("/202", "/203")}, 25)
    planter.spoil("status_unknown_word", "Status", ("Tentative", "See chart", "??"), 30)
    planter.spoil("status_missing", "Status", ("", "  "), 11)
    planter.spoil("patient_id_missing", "Client ID", ("",), 10)
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 20)
    planter.spoil("minutes_above_1440", "Minutes", ("5000",), 6)
    planter.spoil("minutes_below_1", "Minutes", ("0", "-50"), 7)
    planter.spoil("fee_unreadable", "Fee", ("waived",), 10)
    planter.contradict("Fee", lambda fee: "95.00" if fee != "95.00" else "96.00", 12)
    planter.repeat(150)
    planter.break_line("ragged_row", lambda line: line.rsplit(",", 6)[0], 9)
    planter.break_line("ragged_row", lambda line: f"{line},,moved,by hand", 6)
    planter.break_line("nul_bytes", lambda line: line.replace(",K", ",K\0", 1), 5)


def patient(planter: Planter) -> None:
    """Only people who were registered and never came, so that no visit is lost with them."""
    planter.spoil("birth_date_unreadable", "Birth Date", ("02/30/1971", "1980", "unknown"), 6)
    planter.spoil("birth_date_in_future", "Birth Date", ("01/01/2041",), 3)
    planter.contradict("Payer", lambda word: "Self-pay" if word != "Self-pay" else "OHIP", 3)
    planter.repeat(14)


def episode(planter: Planter) -> None:
    """Discharges before the intake, words nobody knows, days that do not exist, patients who are nowhere."""
    planter.spoil("ended_before_started", "Discharge", ("01/05/2018",), 8)
    planter.spoil("started_on_unreadable", "Intake", ("02/30/2025", "spring 2025"), 5)
    planter.spoil("end_reason_unknown_word", "Reason", ("Other - see note",), 6)
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 4)
    planter.repeat(11)


def measure(planter: Planter) -> None:
    """Sheets without a title, of nobody, answered before they were sent."""
    planter.spoil("instrument_missing", "Form", ("",), 9)
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 14)
    planter.spoil("taken_before_invited", "Completed", ("01/04/2019 09:00 AM",), 16)
    planter.spoil("invited_at_unreadable", "Invited", unreadable_dates(), 8)
    planter.spoil("total_unreadable", "Score", ("n/a", "high"), 12)
    planter.spoil("total_above_1000", "Score", ("9999",), 5)
    planter.contradict("Score", lambda score: "11" if score != "11" else "12", 6)
    planter.repeat(40)


def crisis_signal(planter: Planter) -> None:
    """Few: this table is believed only where nearly all of it can be read. None of them is the one nobody answered."""
    planter.spoil("detected_by_unknown_word", "Detected By", ("Neighbour",), 2)
    planter.spoil("contact_before_detected", "Human Contact", ("2019-05-01T08:00:00Z",), 2)
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 1)
    planter.spoil("severity_unknown_word", "Severity", ("Amber",), 1)
    planter.repeat(3)


def triage(planter: Planter) -> None:
    """Levels that are not on the scale, care that began before it was asked for."""
    planter.spoil("clinician_level_above_5", "Clinician Level", ("7",), 4)
    planter.spoil("automation_level_unreadable", "Assistant Level", ("urgent",), 5)
    planter.spoil("care_before_request", "Care Began", ("01/04/2019 09:00 AM",), 6)
    planter.repeat(8)


def contact(planter: Planter) -> None:
    """Messages to nobody, at no time, sent by nobody knows what."""
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 21)
    planter.spoil("sent_at_missing", "Sent", ("",), 14)
    planter.spoil("automated_unknown_word", "Automated", ("sometimes",), 11)
    planter.spoil("sent_at_unreadable", "Sent", ("2025-13-01T10:00:00Z",), 9)
    planter.repeat(60)


def prediction(planter: Planter) -> None:
    """Percentages where probabilities are due, forecasts of appointments that are nowhere."""
    planter.spoil("score_above_1", "Probability", ("18.4", "33"), 18)
    planter.spoil("score_missing", "Probability", ("",), 7)
    planter.spoil("appointment_id_orphan", "Appointment ID", ("A1", "A2"), 9)
    planter.repeat(25)


def notice(planter: Planter) -> None:
    """Notices about something else, given at no time."""
    planter.spoil("topic_unknown_word", "Topic", ("Parking",), 7)
    planter.spoil("given_at_missing", "Given", ("",), 5)
    planter.repeat(10)


def feedback(planter: Planter) -> None:
    """Ratings off the scale, answers of nobody."""
    planter.spoil("rating_above_10", "Rating", ("11", "100"), 6)
    planter.spoil("patient_id_orphan", "Client ID", NOBODY, 5)
    planter.repeat(9)


def staff_survey(planter: Planter) -> None:
    planter.spoil("instrument_missing", "Questionnaire", ("",), 4)
    planter.spoil("taken_before_invited", "Answered", ("01/04/2019",), 4)
    planter.repeat(5)


def staff_time(planter: Planter) -> None:
    planter.spoil("admin_hours_below_0", "Admin Hours", ("-4",), 4)
    planter.spoil("care_hours_unreadable", "Care Hours", ("see sheet",), 3)
    planter.spoil("week_on_unreadable", "Week", ("wk 14",), 3)
    planter.repeat(6)


def automation_cost(planter: Planter) -> None:
    planter.spoil("vendor_kind_unknown_word", "Source", ("Gift",), 1)


def plan(
    plant: Callable[[Planter], None], key: str, prefix: str, worst_share: float, rows: int, rng: np.random.Generator
) -> Callable[[pd.DataFrame], Planted]:
    """How are these faults planted? At most half of what the table's gate would bear."""

    def planted(sound: pd.DataFrame) -> Planted:
        model = sound[sound["Closed By"] != AUTOMATED] if "Closed By" in sound else sound  # a danger is not repeated
        planter = Planter(model, key, prefix, rng, most=int(0.5 * worst_share * rows))
        plant(planter)
        return planter.planted

    return planted
