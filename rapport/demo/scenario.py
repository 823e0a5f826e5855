"""What is true in the synthetic practice? Every number the data are drawn from, in one place.

The practice is invented. Its size, no-show rate and stays are of the order seen in community mental-health care; the
effects are choices, made so that the pages have something to find (no-shows) and something not to find (retention).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

COMPONENT = "ai_scheduling"
REMINDER = "sms_reminder"


@dataclass(frozen=True)
class Site:
    """One site; `went_live_on` is the Monday AI scheduling began there, None for the site that never had it."""

    code: str
    name: str
    urban: bool
    share: float  # of the practice's intakes
    no_show_shift: float  # log odds against the practice's mean
    went_live_on: date | None


@dataclass(frozen=True)
class Scenario:
    """Rates are probabilities, shifts are log odds, hazards are per week in care."""

    first_day: date = date(2024, 7, 1)  # a Monday
    weeks: int = 104
    extracted_on: date = date(2026, 7, 1)
    timezone: str = "America/Toronto"
    sites: tuple[Site, ...] = (
        Site("HRB", "Harbourside", True, 0.42, 0.10, date(2025, 8, 11)),
        Site("MIL", "Mill Lane", True, 0.33, -0.05, date(2025, 11, 3)),
        Site("NGT", "Northgate", False, 0.25, -0.08, None),
    )
    clinicians_per_site: int = 9
    intakes_per_week: float = 18.0

    every_weeks: tuple[int, ...] = (1, 2, 4)  # a patient comes weekly, fortnightly or every four weeks
    every_weeks_share: tuple[float, ...] = (0.60, 0.32, 0.08)
    video_share: float = 0.30
    phone_share: float = 0.05

    baseline_no_show: float = 0.16  # of attended and missed visits, before the first go-live
    person_spread: float = 0.80  # sd of a patient's own shift
    site_week_spread: float = 0.10  # sd of a shock to one site in one week
    season_shift: float = 0.15  # yearly cosine, highest in early January
    trend_per_year: float = -0.05
    first_visit_shift: float = 0.35
    video_shift: float = -0.25
    lead_days: tuple[int, ...] = (0, 1, 3, 7, 14, 30)  # lower ends of the bands
    lead_shift: tuple[float, ...] = (-1.20, -0.70, -0.10, 0.10, 0.30, 0.50)

    ai_no_show_ratio: float = 0.75  # risk of a no-show under AI scheduling, once it has settled in
    ai_ramp_weeks: int = 8  # the effect grows from nothing to full in a straight line
    ai_unplanned_ratio: float = 0.97  # hazard of an unplanned ending: next to no change
    sms_no_show_ratio: float = 0.85
    sms_least_lead_days: int = 3  # nobody is reminded of a visit booked later than this
    sms_share: float = 0.70  # of patients agreed to messages

    unplanned_hazard: tuple[float, ...] = (0.075, 0.022, 0.009)  # week 0, weeks 1-11, later
    frailty_spread: float = 0.40  # sd of a patient's own log hazard of an unplanned ending
    completed_hazard: float = 0.013  # from week 12
    transferred_hazard: float = 0.0012

    cancelled_practice: float = 0.025
    rescheduled: float = 0.015
    cancelled_patient: float = 0.065
    late_cancel: float = 0.045
    past_still_booked: float = 0.006
    refilled_late_cancel: float = 0.35
    refilled_no_show: float = 0.04
    rebooked_after_no_show: float = 0.45
    completed_recorded: float = 0.97  # the rest of the endings is missing from the episode file
    unplanned_recorded: float = 0.40
    transferred_recorded: float = 0.95

    feedback_share: float = 0.045  # of attended visits followed by an answer
    comment_share: float = 0.5  # of answers with words in them
    rating: float = 8.3  # mean, of 1 to 10
    rating_with_ai: float = 7.7
    rating_spread: float = 1.6
    # of comments: cared for, processed, naming somebody, revealing otherwise, in another language; the rest is plain
    themes: tuple[float, ...] = (0.30, 0.05, 0.16, 0.01, 0.03)
    themes_with_ai: tuple[float, ...] = (0.20, 0.17, 0.16, 0.01, 0.03)

    def parameters(self) -> dict[str, Any]:
        """The scenario as plain data, for truth.json."""
        return asdict(self)
