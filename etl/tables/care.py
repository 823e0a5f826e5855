"""Appointments, questionnaires, crisis signals, triage and what patients said."""

from etl.declaration import Column, Kind, Order, Table

APPOINTMENT_STATUSES = (
    "booked",
    "attended",
    "no_show",
    "late_cancel",
    "cancelled_patient",
    "cancelled_practice",
    "rescheduled",
    "unknown",
)

PATIENT_ID = Column(
    "patient_id",
    Kind.PERSON_KEY,
    "whose",
    required=True,
    refers_to="patient",
    identifies="patient",
)
CLINICIAN_ID = Column(
    "clinician_id",
    Kind.PERSON_KEY,
    "with whom",
    refers_to="clinician",
    identifies="clinician",
)
SITE_ID = Column("site_id", Kind.LABEL, "where", refers_to="site")

APPOINTMENT = Table(
    "appointment",
    "One booked slot for one patient. Past and still booked is unknown, never attended.",
    ("appointment_id",),
    (
        Column("appointment_id", Kind.RECORD_KEY, "the appointment's number", required=True),
        PATIENT_ID,
        CLINICIAN_ID,
        SITE_ID,
        Column("booked_at", Kind.TIMESTAMP, "when the slot was booked"),
        Column("starts_at", Kind.TIMESTAMP, "when it was to begin", required=True),
        Column("minutes", Kind.INTEGER, "planned length", unit="minutes", low=1, high=1440),
        Column("modality", Kind.WORD, "in_person, video, phone or message"),
        Column("status", Kind.WORD, "what became of it", required=True, allowed=APPOINTMENT_STATUSES),
        Column("status_at", Kind.TIMESTAMP, "when that became known; dates a cancellation"),
        Column(
            "age",
            Kind.INTEGER,
            "the patient's age at the visit, where the export has no birth date; 90 and over as one group",
            unit="years",
            low=0,
            high=120,
        ),
        Column("fee", Kind.MONEY, "fee charged or due", unit="cents", low=0, high=10_000_000),
        Column("refilled", Kind.BOOLEAN, "the freed slot went to someone else"),
        Column("rebooked_from", Kind.RECORD_KEY, "the missed appointment this one replaces"),
        Column("booked_via", Kind.WORD, "staff, self_service or automation"),
        Column("reminders", Kind.INTEGER, "reminders sent", unit="messages", low=0, high=100),
        Column("connection_failed", Kind.BOOLEAN, "a remote visit that could not connect"),
        Column("exposed", Kind.WORDS, "automation components that touched this appointment"),
        Column("visit_notes", Kind.FREE_TEXT, "remarks of the front desk"),
    ),
    (Order("booked_at", "starts_at", "booked_after_start"),),
)

MEASURE = Table(
    "measure",
    "One questionnaire a patient was invited to answer.",
    ("measure_id",),
    (
        Column("measure_id", Kind.RECORD_KEY, "the answer sheet's number", required=True),
        PATIENT_ID,
        CLINICIAN_ID,
        SITE_ID,
        Column("instrument", Kind.WORD, "which questionnaire", required=True),
        Column("invited_at", Kind.TIMESTAMP, "when the patient was asked"),
        Column("taken_at", Kind.TIMESTAMP, "when it was answered; empty if it was not"),
        Column("items", Kind.ANSWERS, "item answers in order; an empty place is an item not answered"),
        Column("total", Kind.NUMBER, "stated total", unit="points", low=-1000, high=1000),
    ),
    (Order("invited_at", "taken_at", "taken_before_invited"),),
)

CRISIS_SIGNAL = Table(
    "crisis_signal",
    "One sign of acute danger, and how a human answered it.",
    ("crisis_id",),
    (
        Column("crisis_id", Kind.RECORD_KEY, "the signal's number", required=True),
        PATIENT_ID,
        SITE_ID,
        Column("detected_at", Kind.TIMESTAMP, "when it was noticed", required=True),
        Column("detected_by", Kind.WORD, "who noticed", required=True, allowed=("human", "automation", "patient")),
        Column("channel", Kind.WORD, "message, call, visit, questionnaire"),
        Column("severity", Kind.WORD, "how grave", allowed=("low", "medium", "high", "unknown")),
        Column("routed_at", Kind.TIMESTAMP, "when it was sent to a person"),
        Column("human_contact_at", Kind.TIMESTAMP, "when a human reached the patient; empty = not yet, censored"),
        Column("closed_at", Kind.TIMESTAMP, "when it was closed"),
        Column("closed_by", Kind.WORD, "who closed it", allowed=("human", "automation")),
        Column("adjudication", Kind.WORD, "was it real?", allowed=("true", "false", "unknown")),
    ),
    (
        Order("detected_at", "routed_at", "routed_before_detected"),
        Order("detected_at", "human_contact_at", "contact_before_detected"),
        Order("detected_at", "closed_at", "closed_before_detected"),
    ),
    worst_quarantined_share=0.02,
)

TRIAGE = Table(
    "triage",
    "One request for care, the level automation gave it and the level a clinician later gave.",
    ("triage_id",),
    (
        Column("triage_id", Kind.RECORD_KEY, "the request's number", required=True),
        PATIENT_ID,
        SITE_ID,
        Column("requested_at", Kind.TIMESTAMP, "when care was asked for", required=True),
        Column("automation_level", Kind.INTEGER, "level given by automation, 1 = most urgent", low=1, high=5),
        Column("clinician_level", Kind.INTEGER, "level a clinician later gave", low=1, high=5),
        Column("right_care_at", Kind.TIMESTAMP, "when the right kind of care began"),
    ),
    (Order("requested_at", "right_care_at", "care_before_request"),),
)

FEEDBACK = Table(
    "feedback",
    "What a patient said about their care.",
    ("feedback_id",),
    (
        Column("feedback_id", Kind.RECORD_KEY, "the comment's number", required=True),
        PATIENT_ID,
        SITE_ID,
        Column("given_at", Kind.TIMESTAMP, "when", required=True),
        Column("kind", Kind.WORD, "survey, complaint, compliment or comment"),
        Column("rating", Kind.NUMBER, "overall rating, scaled to 0-10", low=0, high=10),
        Column("comment", Kind.FREE_TEXT, "in the patient's words"),
    ),
)

CARE = (APPOINTMENT, MEASURE, CRISIS_SIGNAL, TRIAGE, FEEDBACK)
