"""What was changed, where and when? Go-lives, later versions and take-backs, each an intervention of its own.

A version is compared with the weeks before the component was there at all; the weeks under an earlier version belong to
neither side and are left out. A take-back is compared with the weeks in which the component was in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

Span = tuple[date | None, date | None]  # first day, first day after; None: from the beginning, to the end


class Kind(StrEnum):
    """How did it come about?"""

    GO_LIVE = "go-live"
    VERSION = "version"
    TAKEN_BACK = "taken back"


@dataclass(frozen=True)
class Use:
    """A component in use at one site, without a break and in one version. settled: the last of several first days
    (small sites that are published under one name)."""

    version: str
    since: date
    settled: date
    until: date | None


@dataclass(frozen=True)
class Intervention:
    """One change. starts: site -> first day, None where it did not come (a control); left_out: days on neither side."""

    component: str
    name: str
    kind: Kind
    starts: Mapping[str, date | None]
    left_out: Mapping[str, tuple[Span, ...]]

    @property
    def first(self) -> date:
        return min(day for day in self.starts.values() if day is not None)

    @property
    def last(self) -> date:
        return max(day for day in self.starts.values() if day is not None)

    @property
    def says(self) -> str:
        """The intervention in words: "ai_scheduling 2.0"."""
        return self.component if self.name == Kind.GO_LIVE else f"{self.component} {self.name}"


def uses(rollout: pd.DataFrame, component: str) -> dict[str, tuple[Use, ...]]:
    """Site -> the stretches in which a component was in use there, in order of time.

    rollout: site, component, went_live_on, ended_on, version (days; missing where there is none).
    """
    found: dict[str, list[Use]] = {}
    rows = rollout[rollout["component"] == component].sort_values(["site", "went_live_on"])
    for row in rows.itertuples():
        version, since, until = word_of(row.version), day_of(row.went_live_on), day_of(row.ended_on)
        if since is None:
            continue
        before = found.setdefault(str(row.site), [])
        last = before[-1] if before else None
        if last and last.version == version and (last.until is None or last.until > since):
            before[-1] = Use(version, last.since, since, _later(last.until, until))
        else:
            if last and (last.until is None or last.until > since):
                before[-1] = Use(last.version, last.since, last.settled, since)
            before.append(Use(version, since, since, until))
    return {site: tuple(stretches) for site, stretches in found.items()}


def interventions(rollout: pd.DataFrame, sites: Sequence[str]) -> tuple[Intervention, ...]:
    """Every intervention of a release, by component and first day. sites: every site published."""
    found: list[Intervention] = []
    for component in dict.fromkeys(rollout["component"].sort_values()):
        by_site = uses(rollout, str(component))
        everywhere = tuple(dict.fromkeys([*sites, *by_site]))
        versions = dict.fromkeys(use.version for stretches in by_site.values() for use in stretches)
        own = [_version(str(component), version, by_site, everywhere, len(versions) > 1) for version in versions]
        taken = [_taken_back(str(component), by_site, everywhere)]
        found += sorted([*own, *(each for each in taken if each)], key=lambda each: (each.first, each.name))
    return tuple(found)


def _version(
    component: str, version: str, by_site: Mapping[str, tuple[Use, ...]], sites: Sequence[str], several: bool
) -> Intervention:
    starts: dict[str, date | None] = {}
    left_out: dict[str, tuple[Span, ...]] = {}
    later = False
    for site in sites:
        stretches = by_site.get(site, ())
        mine = next((use for use in stretches if use.version == version), None)
        starts[site] = mine.settled if mine else None
        spans: list[Span] = []
        if mine:
            later |= stretches[0].since < mine.since
            spans += [(stretches[0].since, mine.settled)] if stretches[0].since < mine.settled else []
            spans += [(mine.until, None)] if mine.until else []
        elif stretches:
            spans.append((stretches[0].since, None))
        if spans:
            left_out[site] = tuple(spans)
    kind = Kind.VERSION if later else Kind.GO_LIVE
    name = version if version and (several or later) else str(Kind.GO_LIVE)
    return Intervention(component, name, kind, starts, left_out)


def _taken_back(component: str, by_site: Mapping[str, tuple[Use, ...]], sites: Sequence[str]) -> Intervention | None:
    """The take-backs for good: no other version came in that place."""
    ends = {site: stretches[-1].until for site, stretches in by_site.items()}
    if not any(ends.values()):
        return None
    left_out: dict[str, tuple[Span, ...]] = {}
    for site, stretches in by_site.items():
        left_out[site] = ((None, stretches[-1].settled),)
    starts = {site: ends.get(site) for site in sites}
    return Intervention(component, str(Kind.TAKEN_BACK), Kind.TAKEN_BACK, starts, left_out)


def word_of(value: object) -> str:
    """A word of a frame; "" where there is none."""
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def day_of(value: object) -> date | None:
    """A day of a frame; None where there is none."""
    return None if value is None or pd.isna(value) else pd.Timestamp(value).date()  # type: ignore[call-overload,arg-type]


def _later(one: date | None, other: date | None) -> date | None:
    return None if one is None or other is None else max(one, other)
