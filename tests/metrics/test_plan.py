"""Is a plan refused, with what to write instead, wherever it could not be held to?"""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from metrics.plan import DEFAULTS, Plan, PlanFault, differences, plan_of_content
from metrics.plan_reading import plan_from
from metrics.verdict import Role

PLAN: dict[str, Any] = {
    "component": "ai_scheduling",
    "version": "",
    "decision_on": date(2028, 1, 3),
    "go_live": {"North": date(2027, 1, 4), "South": "2027-03-01"},
    "aim": {"metric": "slots_lost", "gain": 3, "reason": "half a day a month"},
    "guardrails": [
        {"metric": "alliance", "margin": 2.4, "role": "must hold", "reason": "a change patients feel"},
        {"metric": "in_care_12_weeks", "margin": 8, "role": "watched", "reason": "one in twelve", "owner": "Ana Silva"},
        {"metric": "crisis_contact", "margin": 1.5, "role": "must hold", "reason": "half as long again"},
        {"metric": "equity_gap", "margin": 5, "role": "watched", "reason": "a door", "owner": "Ana Silva"},
    ],
    "dropped": {"burnout": "no survey is held; A. Director, 3 March"},
}


def changed(**parts: Any) -> dict[str, Any]:
    data = copy.deepcopy(PLAN)
    for path, value in parts.items():
        at: Any = data
        *way, last = path.split("__")
        for step in way:
            at = at[int(step) if step.isdigit() else step]
        if value is None:
            del at[int(last) if last.isdigit() else last]
        else:
            at[int(last) if last.isdigit() else last] = value
    return data


def test_a_whole_plan_is_read_and_kept_as_it_is() -> None:
    plan = plan_from(PLAN)
    assert plan.go_live["South"] == date(2027, 3, 1)
    assert plan.aim.expected == 4.5
    assert plan.guardrails[1].role is Role.WATCHED
    assert plan_of_content(plan.content) == plan
    assert plan_of_content(plan.content).hash == plan.hash
    assert plan.looks[0] == date(2027, 3, 1)
    assert plan.looks[-1] == plan.decision_on
    assert all(left < right for left, right in zip(plan.looks, plan.looks[1:], strict=False))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"guardrails__0__margin": -2.4}, "write 2.4"),
        ({"guardrails__0__margin": 0}, "above 0"),
        ({"guardrails__1__margin": 0.08}, "for 8 points write 8"),
        ({"guardrails__2__margin": 0.67}, "write 1.49"),
        ({"guardrails__2__margin": -1.5}, "ratio above 1"),
        ({"guardrails__0__margin": "2.4"}, "a number above 0"),
        ({"guardrails__0__margin": 3.0, "guardrails__0__reason": DEFAULTS[0].reason}, "wider than the default 2.4"),
        ({"guardrails__0__metric": "aliance"}, "did you mean 'alliance'?"),
        ({"aim__metric": "slots"}, "did you mean 'slots_lost'?"),
        ({"aim__gain": -3}, "write 3"),
        ({"guardrails__0__role": "must"}, '"must hold" or "watched"'),
        ({"guardrails__1__owner": " "}, "somebody watches it"),
        ({"guardrails__0": None}, "`alliance` is missing, and none is dropped silently"),
        ({"dropped__burnout": None}, "`burnout` is missing"),
        ({"dropped__burnout": ""}, "dropped.burnout"),
        ({"guardrails__1__metric": "alliance"}, "stands twice"),
        ({"decision_on": date(2027, 4, 1)}, "less than 12 weeks after the last go-live"),
        ({"decision_on": date(2040, 1, 1)}, "more than five years"),
        ({"decision_on": "soon"}, "write it as 2027-03-01"),
        ({"go_live__North": "2027-13-01"}, "go_live.North"),
        ({"go_live": {}}, "names no site"),
        ({"guardrail": []}, "did you mean `guardrails`?"),
        ({"design": "did"}, "pooled_its, period_model"),
        ({"looks_every_weeks": 1}, "from 4 to 26"),
        ({"component": ""}, "`component` is missing"),
        ({"aim": None}, "`[aim]` is missing"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanFault) as fault:
        plan_from(changed(**parts))
    assert words in str(fault.value)
    assert str(fault.value).startswith("plan.toml: ")


def test_every_change_of_a_plan_is_told() -> None:
    before = plan_from(PLAN)
    after = plan_from(changed(guardrails__0__margin=2.0, decision_on=date(2028, 2, 7), go_live__North=date(2027, 2, 1)))
    told = differences(before, after)
    assert "The day of decision was 2028-01-03 when the plan was locked and is 2028-02-07 now." in told
    assert "The margin of the guardrail alliance was 2.4 when the plan was locked and is 2.0 now." in told
    assert "North: go-live was 2027-01-04 when the plan was locked and is 2027-02-01 now." in told
    assert len(told) == 3
    assert differences(before, before) == ()
    without = replace(before, guardrails=before.guardrails[1:])
    assert differences(before, without) == ("The guardrail alliance was taken out after the plan was locked.",)
    assert isinstance(before, Plan)
