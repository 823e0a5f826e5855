"""How is a number, a state or a chart said in plain words?

Pure functions from results to text. Nothing here reads, and nothing here works out a statistic.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from metrics.declare import Metric
from metrics.parts import spoken
from warehouse.store import Release

PERCENT = "\u00a0%"
SHARE_UNITS = ("share", "proportion", "fraction", "rate", "probability")
DIFFERENCE = "difference of shares"
BARE = ("kappa", "ratio", "slope", "log odds", "squared distance", "money", "signals")  # the name says of what
DECIMALS = {"kappa": 2, "ratio": 2, "slope": 2, "log odds": 2, "squared distance": 3, "money": 0, "signals": 0}
DECIMALS |= {"minutes": 0, "per clinician-week": 3}
WHOLE = "Whole practice"
GRAIN_WORDS = {"week": "week", "4weeks": "4 weeks", "12weeks": "12 weeks"}
_STATE_WORDS = {
    "published": "Shown",
    "zero": "None",
    "withheld": "Withheld",
    "missing": "Not recorded",
    "not_applicable": "Does not apply",
    "cannot_say": "Cannot say",
}
_STRATIFIERS = {
    "modality": "In person or video",
    "age_band": "Age",
    "sex": "Sex",
    "race_ethnicity": "Race and ethnicity",
    "language": "Language",
    "payer": "Payer",
    "lead_time": "Days booked ahead",
    "exposure": "Touched by automation",
}
_COMPONENTS = {"sms_reminder": "SMS reminders"}
_TABLES = {  # of which the counts are made, where the exports hold nothing of the kind
    "score_cells": "measure",
    "outcome_cells": "measure",
    "crisis_cells": "crisis_signal",
    "triage_cells": "triage",
    "contact_cells": "contact",
    "feedback_cells": "feedback",
    "prediction_cells": "prediction",
    "staff_cells": "staff_survey",
    "staff_time_cells": "staff_time",
    "notice_cells": "notice",
    "cost_cells": "automation_cost",
}
_HAPPENED = {
    "crisis_inside_target": "patients in a crisis are with a human within the practice's own target",
    "staff_answered": "members of staff asked about burnout answered",
    "net_loss_chance": "outcomes lose money",
    "no_show_rate": "visits were missed without notice",
    "late_cancel_rate": "slots were given back too late to be used",
    "slots_lost": "slots stood empty in the end",
    "in_care_12_weeks": "patients are still in care twelve weeks after the first visit, or ended it as planned",
    "left_after_first_visit": "new patients were never seen again after the first visit",
}
# A column's name in brackets: "(no_show)", "(attended + no_show)", "(appointment.refilled)".
_COLUMN_NAMES = re.compile(r" \((?:[a-z.]*_[a-z_.]*|[a-z]+\.[a-z_]+|[a-z_]+(?: [+-] [a-z_]+)+)\)|`")


class Found(Protocol):
    """What is said of any result: a row of results or an estimate."""

    @property
    def value(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def unit(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Result(Found, Protocol):
    """A result that knows its period."""

    @property
    def period(self) -> str: ...


def amount(value: float, unit: str) -> str:
    """0.2019 of a share is "20.2 %"; 11.34 days are "11.3 days"; a ratio is 1.08, its name says of what."""
    if unit in SHARE_UNITS:
        return f"{100 * value:.1f}{PERCENT}"
    if unit == DIFFERENCE:
        return points(value)
    return bare(value, unit) if unit in BARE else f"{bare(value, unit)} {unit}"


def bare(value: float, unit: str) -> str:
    """The number as in `amount`, without its unit."""
    if unit == DIFFERENCE:
        return points(value).removesuffix(" points")
    written = f"{100 * value:.1f}" if unit in SHARE_UNITS else f"{value:,.{DECIMALS.get(unit, 1)}f}"
    return signed(written)


def interval(result: Found) -> str:
    """ "18.9 to 20.1 %", or nothing where there is no value."""
    if result.low is None or result.high is None:
        return ""
    return f"{bare(result.low, result.unit)} to {amount(result.high, result.unit)}"


def points(value: float) -> str:
    """A difference of two shares in percentage points, signed."""
    return signed(f"{100 * value:+.1f}") + " points"


def signed(written: str) -> str:
    """With the sign people write; what is rounded to nothing has none."""
    return written.lstrip("+-") if not written.strip("+-0.,") else written.replace("-", "\u2212")


def points_range(low: float, high: float) -> str:
    """ "−3.1 to −0.4 points"."""
    return f"{points(low).removesuffix(' points')} to {points(high)}"


def count(n: int, one: str, many: str | None = None) -> str:
    """ "1 visit", "2,341 visits"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def day(value: date | datetime | str | None) -> str:
    """ "14 March 2026"; an ISO day is read, no day is "not known"."""
    if value is None or value == "":
        return "not known"
    moment = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{moment.day} {moment:%B %Y}"


def state(name: str) -> str:
    """The four ways of having no value, and the one of having it, each in its own words."""
    return _STATE_WORDS.get(str(name), name_of(str(name)))


def said(result: Found) -> str:
    """The value, or the state it has instead; never an empty place and never a zero for something unknown."""
    return state(result.state) if result.value is None else amount(result.value, result.unit)


def name_of(key: str) -> str:
    """A key such as `late_cancel_rate` as words."""
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def stratifier(key: str) -> str:
    """By what results are split."""
    return _STRATIFIERS.get(key, name_of(key))


def stratum(key: str, by: str = "") -> str:
    """One group of a split; the group whose attribute is not recorded says so."""
    if key in ("", "not recorded"):
        return "Not recorded"
    if by == "lead_time":
        return _ahead(key)
    return name_of(key) if "_" in key else key[:1].upper() + key[1:]


def site(alias: str) -> str:
    """A site's name, or the whole practice."""
    return WHOLE if alias in ("*", "all") else alias


def titled(title: str, alias: str) -> str:
    """A heading that says for whom: "No-show rate over time: whole practice"."""
    return f"{title}: {lower_first(site(alias)) if site(alias) == WHOLE else site(alias)}"


def component(key: str) -> str:
    """An automation component by the name people use."""
    return _COMPONENTS.get(key, spoken(key))


def listed(parts: Sequence[str]) -> str:
    """ "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def lower_first(text: str) -> str:
    """The text as it stands inside a sentence; "AI" stays "AI"."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def counted(metric: Metric, release: Release) -> str:
    """What n counts, inside a sentence."""
    return lower_first(plain(metric.counted, release))


def plain(text: str, release: Release) -> str:
    """A definition without the names of columns, and with this release's own days and hours in it."""
    text = text.replace("`late_cancel_hours` (24)", count(release.late_cancel_hours, "hour"))
    text = text.replace("`lapse_days`", count(release.lapse_days, "day"))
    text = _COLUMN_NAMES.sub("", text)
    return text[:1].upper() + text[1:]


def definition(metric: Metric, release: Release) -> str:
    """What is divided by what, in one sentence."""
    if metric.denominator.startswith("("):
        return plain(metric.numerator, release) + ", as " + metric.denominator.strip("()") + "."
    joint = ", out of " if metric.unit in SHARE_UNITS else ", divided by "
    return plain(metric.numerator, release) + joint + lower_first(plain(metric.denominator, release)) + "."


def span(release: Release) -> str:
    """Which days do the figures of the whole release cover?"""
    if release.grid_start is None or release.published_until is None:
        return "No period is published yet."
    last = release.published_until - timedelta(days=1)
    return f"{day(release.grid_start)} to {day(last)}, as far as it is published"


def answer(metric: Metric, result: Found, where: str) -> str:
    """The page's question answered in one sentence with its interval."""
    place = "" if where == WHOLE else f"At {where}, "
    if result.value is None:
        said = f"{place}this cannot be answered: {result.reason or state(result.state).lower()}.".replace("..", ".")
        return said[:1].upper() + said[1:]
    happened, sure = _HAPPENED.get(metric.key), f"(95 % interval {interval(result)})"
    if happened is None:
        return f"{metric.name}{place and f' at {where}'}: {amount(result.value, result.unit)} {sure}."
    text = f"{place}{_in_hundred(result.value)} {happened} {sure}."
    return text[:1].upper() + text[1:]


def to_map(metrics: Sequence[Metric], mapped: Collection[str]) -> str:
    """What to map in the configuration where the exports hold nothing of the kind; `mapped`: the tables they hold."""
    wanted = (_TABLES[name] for metric in metrics for name in metric.cells if name in _TABLES)
    tables = [name for name in dict.fromkeys(wanted) if name not in mapped]
    if not tables:
        return ""
    named = listed([f"`{name}`" for name in tables])
    many = "tables" if len(tables) > 1 else "table"
    return f"To see it, map the {many} {named} in rapport.toml (docs/tables.md says how), then run `rapport ingest`."


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "." if text else ""


def _ahead(days: str) -> str:
    """ "3-6" is "3–6 days ahead"; merged bands keep what merged them."""
    return {"0": "Same day", "1": "1 day ahead"}.get(days, f"{days.replace('-', '–')} days ahead")


def _in_hundred(share: float) -> str:
    rounded = round(100 * share)
    return f"about {rounded} of every 100" if rounded else "fewer than 1 of every 100"
