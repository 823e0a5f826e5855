"""What is true in a synthetic practice? Every number the data are drawn from, in one place.

The practice is invented. Its size, no-show rate and stays are of the order seen in community mental-health care; what
automation does in it is a choice, made so that the pages have something to find and something not to find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

AI = "ai_scheduling"  # wave 1: optimises efficiency
HUMAN = "human_connection"  # the redesign: what wave 1 took away is given back
CRISIS = "crisis_messaging"
PREDICTOR = "no_show_prediction"  # part of AI scheduling: it has no go-live of its own, and no effect of its own
REMINDER = "sms_reminder"
COMPONENTS = (CRISIS, AI, HUMAN)  # that go live
NEVER = 100_000  # a week far beyond any data
AFTER_WEEKS = 6  # booked ahead beyond the last day


@dataclass(frozen=True)
class Site:
    """One site; `live` gives the week (0 = the first of the data) in which each component began there, if it did."""

    code: str
    name: str
    urban: bool
    share: float  # of the practice's intakes
    no_show_shift: float  # log odds against the practice's mean
    live: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Effects:
    """What automation does once it has settled in. As it stands here: nothing (ratios of 1, shifts of 0).

    `..._back`: what the redesign adds on top of wave 1; ratios multiply, shifts add. Shifts of scores are on the score
    that would be given without the questionnaire's ends; at the ceiling less of them is seen.
    """

    no_show_ratio: float = 1.0
    unplanned_ratio: float = 1.0  # hazard of an unplanned ending
    unplanned_back: float = 1.0
    alliance_points: float = 0.0  # WAI-SR, 12 to 60
    alliance_back: float = 0.0
    session_points: float = 0.0  # SRS, 0 to 40
    session_back: float = 0.0
    rating_points: float = 0.0  # experience, 1 to 10
    rating_back: float = 0.0
    processed_share: float = 0.0  # of comments, added to those that say "processed"
    processed_back: float = 0.0
    cared_share: float = 0.0  # of comments, added to those that say "cared for"
    cared_back: float = 0.0
    crisis_ratio: float = 1.0  # minutes until human contact under crisis-aware messaging
    bot_closures: int = 0  # crisis signals closed by automation without any human contact
    told_ratio: float = 1.0  # share of visits cancelled by patients who were told what is automated
    burnout_points: float = 0.0  # CBI work scale, 0 to 100
    burnout_back: float = 0.0
    load_points: float = 0.0  # emotional labour, items of 1 to 5
    load_back: float = 0.0
    admin_ratio: float = 1.0  # hours of administration
    repair_hours: float = 0.0  # a person and week, mending what automation got wrong
    repair_back: float = 0.0


@dataclass(frozen=True)
class Scenario:
    """Rates are probabilities, shifts are log odds, hazards are per week in care, weeks count from the first day."""

    name: str
    sites: tuple[Site, ...]
    effects: Effects = Effects()
    first_day: date = date(2023, 7, 3)  # a Monday
    weeks: int = 156
    extracted_on: date = date(2026, 7, 1)
    timezone: str = "America/Toronto"
    clinicians_per_site: int = 10
    administrators_per_site: int = 6  # fewer than five could not be shown
    intakes_per_week: float = 13.2
    ramp_weeks: int = 8  # an effect grows from nothing to full in a straight line

    every_weeks: tuple[int, ...] = (1, 2, 4)  # a patient comes weekly, fortnightly or every four weeks
    every_weeks_share: tuple[float, ...] = (0.60, 0.32, 0.08)
    video_share: float = 0.30
    phone_share: float = 0.05

    baseline_no_show: float = 0.19  # of attended and missed visits, before the first go-live
    person_spread: float = 0.80  # sd of a patient's own shift
    site_week_spread: float = 0.10  # sd of a shock to one site in one week
    season_shift: float = 0.15  # yearly cosine, highest in early January
    trend_per_year: float = -0.16  # everywhere, with automation or without: a naive comparison takes it for the effect
    first_visit_shift: float = 0.35
    first_and_far_shift: float = 0.45  # more where a first visit is booked two weeks ahead or longer
    video_shift: float = -0.25
    lead_days: tuple[int, ...] = (0, 1, 3, 7, 14, 30)  # lower ends of the bands
    lead_shift: tuple[float, ...] = (-1.50, -1.00, -0.10, 0.10, 0.35, 0.60)
    # follow-up visits booked 0-2, 3-6, 7, 14 and 21-59 days ahead; sites that go live begin, in that week, to book
    # whole courses ahead and to take in more new patients, for reasons of their own
    lead_mix: tuple[float, ...] = (0.14, 0.12, 0.46, 0.16, 0.12)
    lead_mix_moved: tuple[float, ...] = (0.06, 0.06, 0.28, 0.22, 0.38)
    intakes_moved: float = 1.25

    sms_no_show_ratio: float = 0.88
    sms_least_lead_days: int = 3  # nobody is reminded of a visit booked later than this
    sms_share: float = 0.70  # of patients agreed to messages
    sms_opt_out: float = 0.0015  # of reminders followed by "no more of these"

    unplanned_hazard: tuple[float, ...] = (0.075, 0.022, 0.009)  # week 0, weeks 1-11, later
    frailty_spread: float = 0.40  # sd of a patient's own log hazard of an unplanned ending
    completed_hazard: float = 0.013  # from week 12
    transferred_hazard: float = 0.0012
    completed_recorded: float = 0.97  # the rest of the endings is missing from the episode file
    unplanned_recorded: float = 0.40
    transferred_recorded: float = 0.95

    cancelled_practice: float = 0.025
    rescheduled: float = 0.015
    cancelled_patient: float = 0.065
    late_cancel: float = 0.045
    past_still_booked: float = 0.006
    refilled_late_cancel: float = 0.35
    refilled_no_show: float = 0.04
    rebooked_after_no_show: float = 0.80  # of the next slots that were booked after it

    measure_every: int = 4  # attended visits between two WAI-SR, PHQ-9 or GAD-7
    session_share: float = 0.06  # of attended visits followed by an SRS
    answered_wai: float = 0.45  # log odds of answering the WAI-SR, at the mean
    answered_phq: float = 1.7
    unhappy_silence: float = 0.70  # log odds of an answer for one sd more alliance: the unhappy are not heard
    alliance_item: float = 3.80  # mean of an item, 1 to 5
    alliance_spread: tuple[float, ...] = (0.42, 0.35, 0.70)  # sd of a patient, an occasion, an item
    alliance_trend: float = 0.06  # an item and year, everywhere
    severity: tuple[float, float] = (14.0, 4.6)  # PHQ-9 at the start: mean and sd

    crisis_share: float = 0.0125  # of visits, at any hour of their week
    crisis_minutes: float = 70.0  # median until human contact, by day
    crisis_spread: float = 1.0  # sd of log minutes
    crisis_night: float = 0.6  # log minutes added out of hours
    crisis_trend: float = -0.30  # log minutes a year, everywhere
    crisis_unreached: float = 0.03

    feedback_share: float = 0.06  # of attended visits followed by an answer
    comment_share: float = 0.40  # of answers with words in them
    rating: float = 8.2  # mean, of 1 to 10
    rating_spread: float = 1.6
    # of comments: cared for, processed, naming somebody, revealing otherwise, in another language; the rest is plain
    themes: tuple[float, ...] = (0.26, 0.05, 0.16, 0.01, 0.03)

    miscalibrated_field: str = "language"
    miscalibrated_group: str = "French"
    miscalibrated_shift: float = -0.9  # log odds: the predictor takes this group for safer than it is
    prediction_noise: float = 0.35  # sd of log odds
    prediction_threshold: float = 0.22
    told_share: float = 0.60  # of patients at live sites who were told what is automated

    answered_staff: float = 0.9
    worn_out_silence: float = 0.6  # log odds of no answer for one sd more burnout
    burnout: float = 44.0
    burnout_trend: float = 2.0  # points a year, everywhere
    load: float = 2.5

    @property
    def horizon(self) -> int:
        """Weeks of which something is known: the data and what is booked ahead."""
        return self.weeks + AFTER_WEEKS

    def live_week(self, component: str) -> np.ndarray:
        """Per site, the week in which a component went live; NEVER where it did not."""
        return np.array([site.live.get(component, NEVER) for site in self.sites])

    def next_week(self, component: str) -> np.ndarray:
        """Per site, the week in which the next component came after this one; NEVER where none did."""
        later = [[week for week in site.live.values() if week > site.live.get(component, NEVER)] for site in self.sites]
        return np.array([min(weeks, default=NEVER) for weeks in later])

    def ramp(self, component: str, site: np.ndarray, week: np.ndarray) -> np.ndarray:
        """How far has a component settled in at these sites in these weeks? 0 before go-live, 1 after ramp_weeks."""
        weeks_live = np.asarray(week) - self.live_week(component)[site]
        return np.clip((weeks_live + 1) / self.ramp_weeks, 0, 1).astype("float32")

    def monday(self, week: int) -> date:
        """The first day of a week."""
        return self.first_day + timedelta(weeks=int(week))

    def parameters(self) -> dict[str, Any]:
        """The scenario as plain data, for truth.json; go-lives as days."""
        plain = asdict(self)
        for site in plain["sites"]:
            site["live"] = {component: self.monday(week) for component, week in site["live"].items()}
        return plain
