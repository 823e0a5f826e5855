"""What automation did, predicted, cost, and what patients were told about it."""

from etl.declaration import Column, Kind, Order, Table
from etl.tables.care import PATIENT_ID, SITE_ID

CONTACT = Table(
    "contact",
    "One message or call to a patient, by a person or by automation.",
    ("contact_id",),
    (
        Column("contact_id", Kind.RECORD_KEY, "the message's number", required=True),
        PATIENT_ID,
        SITE_ID,
        Column("sent_at", Kind.TIMESTAMP, "when", required=True),
        Column("kind", Kind.WORD, "reminder, check_in, rebooking, crisis, survey or other"),
        Column("automated", Kind.BOOLEAN, "sent without a person", required=True),
        Column("personalised", Kind.BOOLEAN, "written for this patient"),
        Column("delivered", Kind.BOOLEAN, "arrived"),
        Column("opted_out", Kind.BOOLEAN, "the patient asked for no more of these"),
        Column("escalated", Kind.BOOLEAN, "was handed to a person"),
        Column("body", Kind.FREE_TEXT, "its text"),
    ),
)

PREDICTION = Table(
    "prediction",
    "One forecast that an appointment would be missed.",
    ("prediction_id",),
    (
        Column("prediction_id", Kind.RECORD_KEY, "the forecast's number", required=True),
        Column(
            "appointment_id",
            Kind.RECORD_KEY,
            "of which appointment",
            required=True,
            refers_to="appointment",
        ),
        Column("scored_at", Kind.TIMESTAMP, "when"),
        Column("hours_ahead", Kind.NUMBER, "before the start", unit="hours", low=0, high=10_000),
        Column("score", Kind.NUMBER, "probability of a no-show", required=True, low=0, high=1),
        Column("threshold", Kind.NUMBER, "acted on at or above", low=0, high=1),
        Column("action", Kind.WORD, "what was done: none, reminder, call, overbook, release"),
        Column("overridden_by_human", Kind.BOOLEAN, "a person decided otherwise"),
        Column("model_version", Kind.LABEL, "which model"),
    ),
)

NOTICE = Table(
    "notice",
    "What a patient was told about privacy or automation, and when.",
    ("notice_id",),
    (
        Column("notice_id", Kind.RECORD_KEY, "the notice's number", required=True),
        PATIENT_ID,
        SITE_ID,
        Column("topic", Kind.WORD, "what about", required=True, allowed=("privacy", "automation")),
        Column("version", Kind.LABEL, "which wording"),
        Column("given_at", Kind.TIMESTAMP, "when", required=True),
    ),
)

AUTOMATION_COST = Table(
    "automation_cost",
    "One cost of automation.",
    ("cost_id",),
    (
        Column("cost_id", Kind.RECORD_KEY, "the cost line's number", required=True),
        SITE_ID,
        Column("component", Kind.WORD, "which automation", required=True),
        Column("vendor_kind", Kind.WORD, "where it comes from", allowed=("built", "bought", "open_source")),
        Column("from_on", Kind.DATE, "first day paid for", required=True),
        Column("to_on", Kind.DATE, "last day paid for"),
        Column("amount", Kind.MONEY, "cost over that time", unit="cents", required=True, low=0, high=100_000_000_000),
    ),
    (Order("from_on", "to_on", "ended_before_started"),),
)

ROLLOUT = Table(
    "rollout",
    "The day one component of automation went live at one site.",
    ("rollout_id",),
    (
        Column("rollout_id", Kind.RECORD_KEY, "a number for this line", required=True),
        Column("site_id", Kind.LABEL, "where", required=True, refers_to="site"),
        Column("component", Kind.WORD, "which automation", required=True),
        Column("went_live_on", Kind.DATE, "first day in use", required=True),
        Column("ended_on", Kind.DATE, "day it was taken back; empty while in use"),
        Column("version", Kind.LABEL, "model or product version"),
    ),
    (Order("went_live_on", "ended_on", "ended_before_started"),),
    worst_quarantined_share=0.0,
)

AUTOMATION = (CONTACT, PREDICTION, NOTICE, AUTOMATION_COST, ROLLOUT)
