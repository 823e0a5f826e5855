"""How does practice software write down appointments, questionnaires and what patients said?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.chance import Chance, Draws
from rapport.demo.drawn import measures as sheets
from rapport.demo.drawn.outcomes import BOOKED, LATE_CANCEL, NO_SHOW, STATUSES
from rapport.demo.drawn.people import WORDS
from rapport.demo.drawn.visits import BOOKED_VIA, MODALITIES, VIDEO, draws
from rapport.demo.exports.texts import codes, numbered, plain, shown, words, yes_no
from rapport.demo.practice import Practice
from rapport.demo.scenario import AI, HUMAN, PREDICTOR

FIRST_APPOINTMENT = 500_000
STATUS_WORDS = {
    "attended": ("Show", "show", "SHOW"),
    "no_show": ("No Show", "No show", "NO SHOW"),
    "late_cancel": ("Late Canceled", "late cancelled", "Canceled"),  # the last is told by its time alone
    "cancelled_patient": ("Canceled", "Cancelled", "CANCELED"),
    "cancelled_practice": ("Clinician Canceled", "Clinician canceled", "Clinician Cancelled"),
    "rescheduled": ("Rescheduled", "rescheduled", "Rescheduled"),
    "booked": ("Scheduled", "Scheduled", "scheduled"),
    "unknown": ("Scheduled", "Scheduled", "Unconfirmed"),  # past, and nobody said what became of it
}
SPELLINGS = np.array([STATUS_WORDS[status] for status in STATUSES], dtype=object)
NOTE_SHARE = 0.08
TITLES = {sheets.WAI: "WAI-SR", sheets.PHQ: "PHQ-9", sheets.GAD: "GAD-7", sheets.SRS: "SRS"}


def appointments(practice: Practice, chance: Chance, begin: int, end: int) -> pd.DataFrame:
    scenario, visits = practice.scenario, practice.visits.iloc[begin:end]
    who = practice.people.iloc[visits["person"]].reset_index(drop=True)
    status, luck = visits["status"].to_numpy(), draws(visits, chance, "words")
    video = visits["modality"].to_numpy() == VIDEO
    rebooked = visits["rebooked"].to_numpy()
    earlier = [f"A{FIRST_APPOINTMENT + row}" if row >= 0 else "" for row in rebooked.tolist()]
    return pd.DataFrame(
        {
            "Appointment ID": numbered("A", FIRST_APPOINTMENT, begin, end),
            "Client ID": who["patient"],
            "Client": who["family"] + ", " + who["given"],
            "Clinician ID": practice.staff["clinician"].to_numpy()[visits["clinician"]],
            "Location": codes(visits["site"], scenario),
            "Booked On": clock.moments(visits["booked"], scenario),
            "Start": clock.moments(visits["starts"], scenario),
            "Minutes": plain(visits["minutes"]),
            "Type": words(MODALITIES, visits["modality"]),
            "Status": SPELLINGS[status, luck.place("spelling", (0.8, 0.15, 0.05))],
            "Status Changed": clock.moments(visits["known"], scenario),
            "Fee": [f"{fee}.00" for fee in visits["fee"].tolist()],
            "Currency": "USD",
            "Refilled": shown(yes_no(visits["refilled"]), (status == NO_SHOW) | (status == LATE_CANCEL)),
            "Rebooked From": earlier,
            "Booked Via": words(BOOKED_VIA, visits["via"]),
            "SMS Sent": yes_no(visits["sms"]),
            "Reminders": yes_no(visits["sms"], "1", "0"),
            "AI Scheduled": yes_no(visits[AI], "Y", "N"),
            "Human Follow-up": yes_no(visits[HUMAN], "Y", "N"),
            "Risk Scored": yes_no(visits[PREDICTOR], "Y", "N"),
            "Connection Failed": shown(yes_no(visits["failed"]), video & (status != BOOKED)),
            "Notes": _notes(who, luck),
        }
    )


def measures(practice: Practice) -> pd.DataFrame:
    """All questionnaires in one file, in order of invitation: answers, totals, or both, or neither."""
    frame = pd.concat([_sheet(practice, each) for each in practice.measures.values()], ignore_index=True)
    frame = frame.sort_values(["at", "Client ID", "Form"], kind="stable").drop(columns="at").reset_index(drop=True)
    frame.insert(0, "Sheet", numbered("M", 1_000_000, 0, len(frame)))
    return frame


def _sheet(practice: Practice, sheet: sheets.Sheets) -> pd.DataFrame:
    scenario, frame = practice.scenario, sheet.frame
    answered, whole = (frame["taken"] != clock.NONE).to_numpy(), frame["whole"].to_numpy()
    how = frame["how"].to_numpy()
    only_total = (how < sheets.BY_STAFF_SHARE) & whole
    stated = only_total | ((how < sheets.BY_STAFF_SHARE + sheets.STATED_SHARE) & whole)
    total = frame["total"] + np.where(only_total, 0, frame["slip"])
    return pd.DataFrame(
        {
            "at": frame["invited"],
            "Client ID": practice.people["patient"].to_numpy()[frame["person"]],
            "Clinician ID": practice.staff["clinician"].to_numpy()[frame["clinician"]],
            "Location": codes(frame["site"], scenario),
            "Form": TITLES[sheet.instrument],
            "Invited": clock.moments(frame["invited"], scenario),
            "Completed": clock.moments(frame["taken"], scenario),
            "Answers": shown(answers(sheet.items), answered & ~only_total),
            "Score": shown(np.array(plain(total.round(1)), dtype=object), answered & stated),
        }
    )


def answers(items: np.ndarray) -> np.ndarray:
    """The answers of each sheet in order, as "4;5;;3": nothing between where one was left out."""
    known = {-1.0: ""} | {float(value): f"{value:g}" for value in np.unique(items.round(1)) if value != -1}
    return np.array([";".join([known[value] for value in row]) for row in items.round(1).tolist()], dtype=object)


def feedback(practice: Practice) -> pd.DataFrame:
    said = practice.feedback
    return pd.DataFrame(
        {
            "Answer ID": numbered("F", 70_000, 0, len(said)),
            "Client ID": practice.people["patient"].to_numpy()[said["person"]],
            "Location": codes(said["site"], practice.scenario),
            "Received": clock.moments(said["given"], practice.scenario),
            "Kind": said["kind"],
            "Rating": plain(said["rating"]),
            "Comment": said["comment"],
        }
    )


def _notes(who: pd.DataFrame, luck: Draws) -> list[str]:
    """Now and then a remark that names the patient; some run over two lines, as typed ones do."""
    remark = luck.whole("remark", 0, len(WORDS["note"]))
    written = np.flatnonzero(luck.happens("note", NOTE_SHARE))
    two_lines = luck.happens("two lines", 0.1)
    notes = [""] * len(who)
    columns = (who[name].to_numpy()[written].tolist() for name in ("given", "family", "phone", "email"))
    for row, given, family, phone, email in zip(written.tolist(), *columns, strict=True):
        text = WORDS["note"][remark[row]].format(name=f"{given} {family}", phone=phone, email=email)
        notes[row] = f"{text}\ncall back" if two_lines[row] else text
    return notes
