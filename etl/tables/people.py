"""Sites, clinicians, patients and their episodes of care."""

from etl.declaration import Column, Kind, Order, Table

SITE = Table(
    "site",
    "A place (or a team) where care is given, and which adopts automation on one date.",
    ("site_id",),
    (
        Column("site_id", Kind.LABEL, "the site's code in the practice's system", required=True),
        Column("name", Kind.LABEL, "what the pages call it"),
        Column("country", Kind.WORD, "two-letter country code"),
        Column("urban", Kind.BOOLEAN, "urban (yes) or rural (no)"),
    ),
)

CLINICIAN = Table(
    "clinician",
    "A person who gives care. Known inside the boundary only by a random number.",
    ("clinician_id",),
    (
        Column(
            "clinician_id",
            Kind.PERSON_KEY,
            "the clinician's number in the practice's system",
            required=True,
            identifies="clinician",
        ),
        Column("name", Kind.FREE_TEXT, "name, removed from texts", identifies="clinician"),
        Column("site_id", Kind.LABEL, "main site", refers_to="site"),
        Column("role", Kind.WORD, "therapist, prescriber, nurse, peer, administrator, other"),
    ),
)

PATIENT = Table(
    "patient",
    "A person who receives care. Known inside the boundary only by a random number.",
    ("patient_id",),
    (
        Column(
            "patient_id",
            Kind.PERSON_KEY,
            "the patient's number in the practice's system",
            required=True,
            identifies="patient",
        ),
        Column("given_name", Kind.FREE_TEXT, "first name", identifies="patient"),
        Column("family_name", Kind.FREE_TEXT, "family name", identifies="patient"),
        Column("email", Kind.FREE_TEXT, "e-mail address", identifies="patient"),
        Column("phone", Kind.FREE_TEXT, "telephone number", identifies="patient"),
        Column("street", Kind.FREE_TEXT, "street and number", identifies="patient"),
        Column("postal_code", Kind.FREE_TEXT, "postal code", identifies="patient"),
        Column("health_number", Kind.FREE_TEXT, "health card or plan number", identifies="patient"),
        Column("birth_date", Kind.DATE, "kept as a birth year; 90 and over as one group"),
        Column("sex", Kind.WORD, "as the practice records it"),
        Column("race_ethnicity", Kind.WORD, "as the patient gave it"),
        Column("language", Kind.WORD, "language of care"),
        Column("payer", Kind.WORD, "who pays: public, private, self"),
    ),
)

EPISODE = Table(
    "episode",
    "One course of care of one patient at one site. Still open means censored, never retained.",
    ("episode_id",),
    (
        Column("episode_id", Kind.RECORD_KEY, "the episode's number", required=True),
        Column(
            "patient_id",
            Kind.PERSON_KEY,
            "whose",
            required=True,
            refers_to="patient",
            identifies="patient",
        ),
        Column("site_id", Kind.LABEL, "where", refers_to="site"),
        Column("started_on", Kind.DATE, "day of intake or first visit", required=True),
        Column("ended_on", Kind.DATE, "day care ended; empty while it goes on"),
        Column(
            "end_reason",
            Kind.WORD,
            "why it ended",
            allowed=("completed", "unplanned", "transferred", "administrative"),
        ),
    ),
    (Order("started_on", "ended_on", "ended_before_started"),),
)

PEOPLE = (SITE, CLINICIAN, PATIENT, EPISODE)
