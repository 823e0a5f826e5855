"""What should a person look at again, so that what is said of privacy stays true?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from deid import policy, postal
from etl.settings import KNOWS_NOTHING, WHO_SAYS, IngestSettings

ASKED_EVERY = timedelta(days=365)


class Asked(Exception):  # noqa: N818  nothing is wrong: something is asked of a person
    """Nothing is wrong with the machine, and somebody has something to do."""


def profile(settings: IngestSettings) -> str:
    """Under which law, and how small may a group be?"""
    chosen = policy.profile(settings.privacy.profile)
    return f"{chosen.title}; groups of at least {settings.smallest_group} patients"


def attestations(settings: IngestSettings, today: date | None = None) -> str:
    """Who vouches for what no program can know? Raises Asked where nobody does, or has not for a year.

    45 CFR 164.514(b)(2)(ii): no actual knowledge that what is released could identify an individual.
    """
    now = today or datetime.now(ZoneInfo(settings.timezone)).date()
    said = settings.privacy.attestations
    about_columns = sum(each.about != "actual_knowledge" for each in said)
    known = max((each for each in said if each.about == "actual_knowledge"), key=lambda each: each.on, default=None)
    if known and known.on > now:
        raise Asked(
            f"what {known.by} says about actual knowledge is dated in the future ({known.on}): write the day it was "
            "said"
        )
    if settings.synthetic and known is None:
        return "nobody in these data exists: no actual knowledge to attest"
    lines = (
        "[[privacy.attestations]] with "
        f'about = "actual_knowledge", by = "{WHO_SAYS}", on = {now}, says = "{KNOWS_NOTHING}"'
    )
    if known is None:
        raise Asked(f"nobody has yet said that nothing known could identify a patient in what is released: add {lines}")
    if now - known.on > ASKED_EVERY:
        raise Asked(
            f"what {known.by} said about actual knowledge is of {known.on}; it is asked for yearly: add {lines}"
        )
    others = f"; {about_columns} about columns" if about_columns else ""
    return f"actual knowledge: {known.by}, {known.on}{others}"


def census(today: date | None = None) -> str:
    """Is the table of ZIP areas the newest there is? Raises Asked from the year in which the next one is due."""
    year, due, source = postal.census()
    if (today or datetime.now(UTC).date()).year >= due:
        raise Asked(f"the ZIP areas are those of the {year} census, and a newer count is out: update Rapport")
    return f"ZIP areas of the {year} census ({source.split(',')[0]})"
