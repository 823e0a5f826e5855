"""What automation does to the people who give care. No table here has a person key."""

from etl.declaration import Column, Kind, Order, Table
from etl.tables.care import SITE_ID

STAFF_SURVEY = Table(
    "staff_survey",
    "One questionnaire a member of staff was invited to answer. Comes without any person key.",
    ("survey_id",),
    (
        Column("survey_id", Kind.RECORD_KEY, "the answer sheet's number", required=True),
        SITE_ID,
        Column("role", Kind.WORD, "therapist, prescriber, nurse, peer, administrator, other"),
        Column("instrument", Kind.WORD, "which questionnaire", required=True),
        Column("invited_at", Kind.TIMESTAMP, "when staff were asked"),
        Column("taken_at", Kind.TIMESTAMP, "when it was answered; empty if it was not"),
        Column("items", Kind.ANSWERS, "item answers in order; an empty place is an item not answered"),
        Column("total", Kind.NUMBER, "stated total", unit="points", low=-1000, high=1000),
    ),
    (Order("invited_at", "taken_at", "taken_before_invited"),),
)

STAFF_TIME = Table(
    "staff_time",
    "Hours of one role at one site in one week.",
    ("time_id",),
    (
        Column("time_id", Kind.RECORD_KEY, "the line's number", required=True),
        SITE_ID,
        Column("role", Kind.WORD, "therapist, prescriber, nurse, peer, administrator, other"),
        Column("week_on", Kind.DATE, "Monday of the week", required=True),
        Column("people", Kind.INTEGER, "staff counted", unit="people", low=0, high=100_000),
        Column("care_hours", Kind.NUMBER, "with patients", unit="hours", low=0, high=1_000_000),
        Column("admin_hours", Kind.NUMBER, "administration", unit="hours", low=0, high=1_000_000),
        Column("after_hours", Kind.NUMBER, "outside working time", unit="hours", low=0, high=1_000_000),
        Column("repair_hours", Kind.NUMBER, "mending what automation got wrong", unit="hours", low=0, high=1_000_000),
    ),
)

STAFF = (STAFF_SURVEY, STAFF_TIME)
