"""What truth.json says of the synthetic practice is what a plain count of its exports finds."""

from __future__ import annotations

import json
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import pytest

from rapport.demo import story
from rapport.demo.scenario import AI, COMPONENTS, CRISIS, HUMAN
from tests.demo.plain import Row, day, mean, minutes_between, rows, sound

STORY = story()
LIVE = {site.code: {component: STORY.monday(week) for component, week in site.live.items()} for site in STORY.sites}


def side(found: list[Row], when: str, component: str = AI) -> dict[str, list[Row]]:
    """Rows of the sites that went live: before, and from go-live on until the next component came."""
    split: dict[str, list[Row]] = {"before": [], "after": []}
    for row in found:
        live = LIVE[row["Location"]].get(component)
        if live is None:
            continue
        on = day(row[when]) if "T" not in row[when] else date.fromisoformat(row[when][:10])
        end = min((later for later in LIVE[row["Location"]].values() if later > live), default=date.max)
        if on < live:
            split["before"].append(row)
        elif on < end:
            split["after"].append(row)
    return split


def agrees(truth: dict[str, Any], key: str, before: float, after: float, *, exact: float = 2e-6) -> None:
    naive = truth["effects"][key]["naive"]["all_weeks"]
    assert naive["before"] == pytest.approx(before, abs=exact)
    assert naive["after"] == pytest.approx(after, abs=exact)


def _whole(row: Row) -> bool:
    """Was every item answered?"""
    return row["Answers"] != "" and "" not in row["Answers"].split(";")


@pytest.fixture(scope="module")
def appointments(practice: Path) -> list[Row]:
    return sound(practice, "appointments.csv", "A")


def test_no_show_rates_before_and_after_are_those_of_the_file(appointments: list[Row], truth: dict[str, Any]) -> None:
    counted = [row for row in appointments if row["Status"].strip().lower() in ("show", "no show")]
    split = side(counted, "Start")
    share = {name: mean(found, lambda row: row["Status"].lower() == "no show") for name, found in split.items()}
    agrees(truth, f"{AI} on no_show_rate", share["before"], share["after"])
    effect = truth["effects"][f"{AI} on no_show_rate"]
    assert effect["until_next"]["n"] == len(split["after"])
    assert effect["until_next"]["with"] == pytest.approx(share["after"], abs=1e-6)


def test_alliance_before_and_after_is_that_of_the_answers(practice: Path, truth: dict[str, Any]) -> None:
    sheets = [row for row in sound(practice, "questionnaires.csv", "M") if row["Form"] == "WAI-SR" and row["Completed"]]
    whole = [row for row in sheets if not row["Answers"] or _whole(row)]
    assert 0 < len(sheets) - len(whole) < 0.04 * len(sheets)

    def total(row: Row) -> float:
        return sum(map(float, row["Answers"].split(";"))) if row["Answers"] else float(row["Score"])

    split = side(whole, "Invited")
    agrees(truth, f"{AI} on alliance", mean(split["before"], total), mean(split["after"], total))


def test_some_stated_totals_are_not_the_sum_of_their_items(practice: Path) -> None:
    both = [row for row in sound(practice, "questionnaires.csv", "M") if _whole(row) and row["Score"]]
    wrong = [row for row in both if abs(sum(map(float, row["Answers"].split(";"))) - float(row["Score"])) > 0.06]
    alone = [row for row in sound(practice, "questionnaires.csv", "M") if row["Score"] and not row["Answers"]]
    assert 0.005 < len(wrong) / len(both) < 0.025
    assert len(alone) > 300


def test_one_alert_was_closed_by_automation_alone(practice: Path, truth: dict[str, Any]) -> None:
    read = rows(practice, "alerts.csv")  # planted and repeated lines too: none of them may add to it
    by_automation = [row for row in read if row["Closed By"] == "Automated"]
    alone = [row for row in by_automation if not row["Human Contact"]]
    assert len(alone) == 1
    assert len(by_automation) > 5
    assert truth["traps"]["crisis"]["closed_by_automation_without_human_contact"] == 1


def test_minutes_until_contact_are_those_of_the_alerts(practice: Path, truth: dict[str, Any]) -> None:
    answered = [row for row in sound(practice, "alerts.csv", "S") if row["Human Contact"]]
    split = side(answered, "Detected", CRISIS)

    def logs(row: Row) -> float:
        return log(minutes_between(row["Detected"], row["Human Contact"]))

    # a signal at the turn of a week may fall to its other side: its week is that of the local clock
    key = f"{CRISIS} on crisis_log_minutes"
    agrees(truth, key, mean(split["before"], logs), mean(split["after"], logs), exact=0.03)
    assert min(map(logs, answered)) >= 0


def test_experience_is_that_of_the_ratings(practice: Path, truth: dict[str, Any]) -> None:
    split = side(sound(practice, "feedback.csv", "F"), "Received")
    before, after = (mean(split[name], lambda row: float(row["Rating"])) for name in ("before", "after"))
    agrees(
        truth, f"{AI} on experience_rating", before, after, exact=0.03
    )  # by the week of the visit, not of the answer


def test_burnout_is_that_of_the_sheets(practice: Path, truth: dict[str, Any]) -> None:
    sheets = [row for row in sound(practice, "staff-survey.csv", "Q") if row["Questionnaire"] == "CBI"]
    answered = [row for row in sheets if row["Answers"]]

    def work(row: Row) -> float:
        items = [float(item) for item in row["Answers"].split(";")][6:13]
        return (sum(items[:6]) + 100 - items[6]) / 7

    split = side(answered, "Invited")
    agrees(truth, f"{AI} on cbi_work_mean", mean(split["before"], work), mean(split["after"], work))
    assert 0.5 < len(answered) / len(sheets) < 0.85


def test_repair_hours_are_those_of_the_time_sheets(practice: Path, truth: dict[str, Any]) -> None:
    split = side(sound(practice, "hours.csv", "H"), "Week")

    def per_person(found: list[Row]) -> float:
        return sum(float(row["Repair Hours"]) for row in found) / sum(float(row["Headcount"]) for row in found)

    agrees(truth, f"{AI} on repair_hours", per_person(split["before"]), per_person(split["after"]))


def test_predictor_takes_one_group_for_safer_than_it_is(
    practice: Path, appointments: list[Row], truth: dict[str, Any]
) -> None:
    people = {row["Client ID"]: row for row in rows(practice, "patients.csv", delimiter=";", encoding="latin-1")}
    visits = {row["Appointment ID"]: row for row in appointments}
    groups: dict[bool, list[tuple[float, bool]]] = {True: [], False: []}
    for row in sound(practice, "forecasts.csv", "P"):
        visit = visits[row["Appointment ID"]]
        status = visit["Status"].strip().lower()
        if status in ("show", "no show"):
            french = people[visit["Client ID"]]["Language"] == "French"
            groups[french].append((float(row["Probability"]), status == "no show"))
    for french, name in ((True, "French"), (False, "others")):
        said = truth["traps"]["predictor"][name]
        assert said["visits"] == len(groups[french])
        assert said["mean_score"] == pytest.approx(sum(score for score, _ in groups[french]) / said["visits"], abs=1e-4)
        assert said["missed"] == pytest.approx(sum(missed for _, missed in groups[french]) / said["visits"], abs=1e-4)
    told = truth["traps"]["predictor"]
    assert told["French"]["mean_score"] < 0.65 * told["French"]["missed"]
    assert told["others"]["mean_score"] == pytest.approx(told["others"]["missed"], abs=0.012)


def test_triage_counts_are_those_of_the_requests(practice: Path, truth: dict[str, Any]) -> None:
    judged = [row for row in sound(practice, "requests.csv", "T") if row["Assistant Level"]]
    under = [row for row in judged if int(row["Assistant Level"]) > int(row["Clinician Level"])]
    assert truth["traps"]["triage"]["judged_by_automation"] == len(judged)
    assert truth["traps"]["triage"]["under_triage"] == len(under)


def test_slot_that_replaces_a_missed_one_was_booked_after_it(appointments: list[Row], truth: dict[str, Any]) -> None:
    visits = {row["Appointment ID"]: row for row in appointments}
    replaces = [(row, visits[row["Rebooked From"]]) for row in appointments if row["Rebooked From"]]
    assert len(replaces) > 0.15 * truth["appointments_by_status"]["no_show"]
    for row, missed in replaces:
        assert missed["Status"].lower() == "no show"
        assert missed["Client ID"] == row["Client ID"]
        assert day(missed["Start"]) <= day(row["Booked On"])


def test_messages_end_where_patients_ask_for_no_more(practice: Path) -> None:
    stopped: dict[str, str] = {}
    for row in sorted(sound(practice, "messages.csv", "G"), key=lambda row: row["Sent"]):
        if row["Kind"] == "Reminder":
            assert row["Client ID"] not in stopped
            if row["Opted Out"] == "true":
                stopped[row["Client ID"]] = row["Sent"]
    assert len(stopped) > 20


def test_rollout_names_every_component_at_every_site_that_went_live(practice: Path) -> None:
    found = {(row["Location"], row["Component"]): day(row["Went Live"]) for row in rows(practice, "rollout.csv")}
    assert found == {(code, component): on for code, live in LIVE.items() for component, on in live.items()}
    assert {component for _, component in found} == set(COMPONENTS)
    assert all(on.weekday() == 0 for on in found.values())


def test_staff_files_say_nothing_of_who(practice: Path) -> None:
    names = {row["Name"] for row in rows(practice, "clinicians.csv")}
    numbers = {row["Clinician ID"] for row in rows(practice, "clinicians.csv")}
    for file in ("staff-survey.csv", "hours.csv"):
        text = (practice / file).read_text(encoding="utf-8-sig")
        assert not any(name in text for name in names)
        assert not any(f",{number}," in text for number in numbers)


def test_an_effect_on_answers_is_told_apart_from_that_on_everybody_asked(truth: dict[str, Any]) -> None:
    """Who is put off is silent under wave 1 and answers again under the redesign: of each, less is seen in answers."""
    for component, way in (("ai_scheduling", -1), ("human_connection", 1)):
        found = truth["effects"][f"{component} on alliance"]
        answers, everybody = found["mean_of_answers"], found["all_asked"]
        assert way * answers["difference"] > 0
        assert way * (everybody["difference"] - answers["difference"]) > 0.1
        assert way * (answers["answered"] - answers["would_have_answered"]) > 0
        assert answers["difference"] == pytest.approx(answers["with"] - answers["without"], abs=1e-5)
    silence = truth["traps"]["silence"]["wai_sr"]
    seen = truth["effects"]["ai_scheduling on alliance"]["mean_of_answers"]["difference"]
    assert seen == pytest.approx(silence["effect_as_seen"], abs=0.1)  # sheets with a gap count there and not here


def test_silence_makes_the_alliance_look_better_than_it_is(truth: dict[str, Any]) -> None:
    wai = truth["traps"]["silence"]["wai_sr"]
    assert wai["mean_of_those_who_answered"] > wai["mean_of_all_invited"] + 1
    assert wai["answered"] < wai["answered_without"]
    assert wai["effect_on_all_invited"] < wai["effect_as_seen"] < 0


@pytest.mark.parametrize(
    ("key", "looks"),
    [
        (f"{AI} on no_show_rate", "worse than it is"),  # visits are booked farther ahead from go-live on
        (f"{HUMAN} on no_show_rate", "better than it is"),  # wave 1's gain is taken for the redesign's
        (f"{AI} on alliance", "better than it is"),  # it rises over the years, and the unhappy are silent
        (f"{HUMAN} on alliance", "worse than it is"),  # compared with the years before wave 1
        (f"{CRISIS} on crisis_log_minutes", "better than it is"),  # it gets faster everywhere
        (f"{AI} on cbi_work_mean", "worse than it is"),  # burnout rises everywhere
    ],
)
def test_naive_answers_are_wrong_in_a_known_direction(truth: dict[str, Any], key: str, looks: str) -> None:
    naive = truth["effects"][key]["naive"]["all_weeks"]
    assert naive["looks"] == looks
    assert abs(naive["off_by"]) > 0.1 * abs(naive["difference"])


def test_story_goes_as_it_is_told(truth: dict[str, Any]) -> None:
    effects = truth["effects"]
    assert effects[f"{AI} on no_show_rate"]["relative"] == -0.4
    assert effects[f"{AI} on no_show_rate"]["settled"]["relative"] == pytest.approx(-0.4, abs=0.06)
    assert effects[f"{HUMAN} on no_show_rate"]["after_go_live"]["difference"] == 0
    fell = effects[f"{AI} on alliance"]["settled"]["difference"]
    back = effects[f"{HUMAN} on alliance"]["settled"]["difference"]
    assert fell < -3.5
    assert back + fell > 0
    assert effects[f"{AI} on processed_comments"]["settled"]["difference"] > 0.1
    assert effects[f"{AI} on automation_load_labour_mean"]["settled"]["difference"] > 0.5
    assert effects[f"{CRISIS} on crisis_log_minutes"]["settled"]["difference"] == pytest.approx(log(0.55), abs=0.05)
    assert json.dumps(effects)  # plain data, whatever numpy made of it
