"""Why do the naive and the adjusted difference disagree? In plain words, from the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from metrics.estimate import Estimate

_ACRONYMS = ("ai", "sms")
_CLEAR = 0.005  # half a percentage point: smaller shifts are not worth a sentence


@dataclass(frozen=True)
class Stratum:
    """One stratum of the confounder: visits touched by the component, the others, and whether they compare."""

    name: str
    exposed_n: int
    exposed_events: int
    other_n: int
    other_events: int
    comparable: bool

    @property
    def exposed_share(self) -> float | None:
        return self.exposed_events / self.exposed_n if self.exposed_n else None

    @property
    def other_share(self) -> float | None:
        return self.other_events / self.other_n if self.other_n else None

    def as_json(self) -> dict[str, Any]:
        return {
            "stratum": self.name,
            "exposed": {"n": self.exposed_n, "events": self.exposed_events, "share": self.exposed_share},
            "other": {"n": self.other_n, "events": self.other_events, "share": self.other_share},
            "comparable": self.comparable,
        }


def explain(
    event: str,
    confounder: str,
    component: str,
    strata: Sequence[Stratum],
    naive: Estimate,
    adjusted: Estimate,
) -> str:
    """Three or four sentences: what the plain comparison says, what hides behind it, what remains, what is unknown."""
    touched = " ".join(word.upper() if word in _ACRONYMS else word for word in component.split("_"))
    sentences = [
        _plain(event, touched, strata, naive),
        _hidden(event, confounder, strata),
        _fair(event, confounder, strata, adjusted),
        _beyond(confounder, touched, strata),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _plain(event: str, touched: str, strata: Sequence[Stratum], naive: Estimate) -> str:
    y1, n1 = sum(one.exposed_events for one in strata), sum(one.exposed_n for one in strata)
    y0, n0 = sum(one.other_events for one in strata), sum(one.other_n for one in strata)
    if naive.value is None:
        return ""
    return (
        f"Compared plainly, {_percent(y1 / n1)} of the visits with {touched} were {event}, "
        f"against {_percent(y0 / n0)} of the others: {_points(naive.value)}."
    )


def _hidden(event: str, confounder: str, strata: Sequence[Stratum]) -> str:
    """Do the touched visits come from strata that fare differently anyway, judged by untouched visits alone?"""
    n1, n0 = sum(one.exposed_n for one in strata), sum(one.other_n for one in strata)
    seen = [one for one in strata if one.other_n > 0]
    reached = sum(one.exposed_n for one in seen)
    if not reached or not n0 or not n1:
        return ""
    expected = sum(one.exposed_n * one.other_events / one.other_n for one in seen) / reached
    usual = sum(one.other_events for one in strata) / n0
    if abs(expected - usual) < _CLEAR:
        return f"Both kinds of visits are spread over {_confounder(confounder)} alike, so little hides behind that."
    direction = "more" if expected > usual else "less"
    where = "Those visits are not like the others"
    untouched = [one for one in strata if one.exposed_n == 0]
    if untouched and confounder == "lead_time":
        names = [one.name for one in strata if one.exposed_n > 0]
        where = f"But it is only used for visits {_named(confounder, names)}"
    return (
        f"{where}, and such visits are {event} {direction} often anyway: without it, visits spread like those it "
        f"touched would be {event} in {_percent(expected)} of cases, the others are in {_percent(usual)}."
    )


def _fair(event: str, confounder: str, strata: Sequence[Stratum], adjusted: Estimate) -> str:
    if adjusted.value is None or adjusted.low is None or adjusted.high is None:
        return ""
    names = [one.name for one in strata if one.comparable]
    if adjusted.high < 0:
        finding = f"those it touched were {event} less often"
    elif adjusted.low > 0:
        finding = f"those it touched were {event} more often"
    else:
        finding = "no difference can be told from chance"
    return (
        f"Compared only with visits of the same group ({_named(confounder, names)}), {finding}: "
        f"{_points(adjusted.value)} ({_signed(adjusted.low)} to {_signed(adjusted.high)}). "
        "The interval allows for patients who come more than once."
    )


def _beyond(confounder: str, touched: str, strata: Sequence[Stratum]) -> str:
    never = [one.name for one in strata if not one.comparable and one.exposed_n == 0]
    always = [one.name for one in strata if not one.comparable and one.other_n == 0 and one.exposed_n > 0]
    parts = []
    if never:
        parts.append(f"Of visits {_named(confounder, never)} nothing can be said: none had {touched}.")
    if always:
        parts.append(f"Of visits {_named(confounder, always)} nothing can be said: all had {touched}.")
    parts.append("Other differences between the two kinds of visits may remain.")
    return " ".join(parts)


def _named(confounder: str, names: Sequence[str]) -> str:
    """What visits of these strata are called: "booked 3 or more days ahead", "of payer public or self"."""
    if confounder != "lead_time":
        return f"of {confounder.replace('_', ' ')} {_either(names)}"
    bands = [band for band in map(_days, names) if band is not None]
    said = [_ahead(low, high) for low, high in _joined(bands)]
    said += ["at an unknown time"] if len(bands) < len(names) else []
    return f"booked {_either(said)}"


def _days(name: str) -> tuple[int, int | None] | None:
    """The band a label stands for: "3-6" is (3, 6), "30+" is (30, None), "0" is (0, 0); None for other words."""
    low, _, high = name.partition("-")
    if name.endswith("+") and name[:-1].isdigit():
        return int(name[:-1]), None
    return (int(low), int(high or low)) if low.isdigit() and (high or low).isdigit() else None


def _joined(bands: Sequence[tuple[int, int | None]]) -> list[tuple[int, int | None]]:
    """Neighbouring bands as one."""
    spans: list[tuple[int, int | None]] = []
    for low, high in sorted(bands, key=lambda band: band[0]):
        before = spans[-1][1] if spans else None
        if before is not None and before + 1 == low:
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
    return spans


def _ahead(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} or more days ahead" if low else "at any time"
    if high == 0:
        return "for the same day"
    if low == 0:
        return f"up to {high} days ahead"
    return f"{low} to {high} days ahead" if low < high else f"{low} days ahead"


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _confounder(confounder: str) -> str:
    return "the days between booking and visit" if confounder == "lead_time" else confounder.replace("_", " ")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _signed(difference: float) -> str:
    return f"{difference * 100:+.1f}".replace("-", "−")


def _points(difference: float) -> str:
    size = abs(difference) * 100
    if size < 0.05:
        return "no difference to speak of"
    return f"{size:.1f} percentage points {'more' if difference > 0 else 'fewer'}"
