"""How do the tools themselves write down what they sent, predicted, cost, and when they went live?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from rapport.demo import clock
from rapport.demo.exports.care import FIRST_APPOINTMENT
from rapport.demo.exports.texts import codes, numbered, plain, words, yes_no
from rapport.demo.practice import Practice
from rapport.demo.scenario import COMPONENTS


def contacts(practice: Practice, begin: int, end: int) -> pd.DataFrame:
    sent = practice.messages.iloc[begin:end]
    return pd.DataFrame(
        {
            "Message": numbered("G", 2_000_000, begin, end),
            "Client ID": practice.people["patient"].to_numpy()[sent["person"]],
            "Location": codes(sent["site"], practice.scenario),
            "Sent": clock.instants(sent["sent"], practice.scenario),
            "Kind": sent["kind"],
            "Automated": yes_no(sent["automated"], "true", "false"),
            "Personalised": yes_no(sent["personalised"], "true", "false"),
            "Delivered": yes_no(sent["delivered"], "true", "false"),
            "Opted Out": yes_no(sent["opted_out"], "true", "false"),
            "Escalated": yes_no(sent["escalated"], "true", "false"),
        }
    )


def predictions(practice: Practice, begin: int, end: int) -> pd.DataFrame:
    made = practice.predictions.iloc[begin:end]
    return pd.DataFrame(
        {
            "Forecast": numbered("P", 800_000, begin, end),
            "Appointment ID": [f"A{FIRST_APPOINTMENT + row}" for row in made["visit"].tolist()],
            "Scored": clock.instants(made["scored"], practice.scenario),
            "Hours Ahead": plain(made["hours_ahead"]),
            "Probability": [f"{score:.4f}" for score in made["score"].tolist()],
            "Threshold": f"{practice.scenario.prediction_threshold:g}",
            "Action": made["action"],
            "Overridden": yes_no(made["overridden"]),
            "Model": made["version"],
        }
    )


def notices(practice: Practice, begin: int, end: int) -> pd.DataFrame:
    told = practice.notices.iloc[begin:end]
    return pd.DataFrame(
        {
            "Notice": numbered("N", 60_000, begin, end),
            "Client ID": practice.people["patient"].to_numpy()[told["person"]],
            "Location": codes(told["site"], practice.scenario),
            "Topic": told["topic"].map({"privacy": "Privacy notice", "automation": "Use of automation"}),
            "Wording": told["version"],
            "Given": clock.moments(told["given"], practice.scenario),
        }
    )


def costs(practice: Practice) -> pd.DataFrame:
    paid, scenario = practice.costs, practice.scenario
    return pd.DataFrame(
        {
            "Invoice": numbered("V", 900, 0, len(paid)),
            "Location": codes(paid["site"], scenario),
            "Component": paid["component"],
            "Source": paid["kind"],
            "From": clock.days(paid["from_week"].to_numpy() * clock.WEEK, scenario),
            "To": clock.days(paid["to_week"].to_numpy() * clock.WEEK - clock.DAY, scenario),
            "Amount": [f"${amount:,}.00" for amount in paid["amount"].tolist()],
        }
    )


def rollout(practice: Practice) -> pd.DataFrame:
    """One line per site and component that went live there in the data."""
    scenario = practice.scenario
    live = [
        (position, component, site.live[component])
        for component in COMPONENTS
        for position, site in enumerate(scenario.sites)
        if component in site.live
    ]
    places, components, weeks = (np.array(column, dtype=object) for column in zip(*live, strict=True))
    return pd.DataFrame(
        {
            "Line": [str(number + 1) for number in range(len(live))],
            "Location": words([site.code for site in scenario.sites], places.astype(int)),
            "Component": components,
            "Went Live": clock.days(weeks.astype(int) * clock.WEEK, scenario),
            "Version": "1.0",
        }
    )
