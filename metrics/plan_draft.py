"""Which plan would this practice write? From its own history: dates, default margins, what can be proven of them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metrics.effects.dates import Dates
from metrics.effects.declared import panels_of, source_of
from metrics.effects.gaps import EQUITY
from metrics.effects.interventions import Intervention, interventions
from metrics.effects.panels import Panel
from metrics.errors import QueryError, unknown
from metrics.plan import DEFAULT_AIM, DEFAULTS, Aim, Guardrail, Plan
from metrics.plan_reading import decided_in_time
from metrics.plan_scope import came
from metrics.planner import Forecast, better_dates, forecast, with_roles
from metrics.verdict import Role
from warehouse.store import Release, Store

Progress = Callable[[str, float | None], None]

NOTICE_WEEKS = 4  # from the last published day to the first go-live a draft proposes
SPACING_WEEKS = 8
DECISION_WEEKS = 52


@dataclass(frozen=True)
class Known:
    """What the newest release tells a planner."""

    release: Release
    sites: tuple[str, ...]
    panels: Mapping[str, Panel]
    interventions: tuple[Intervention, ...]

    @property
    def today(self) -> date:
        """The first day that is not yet known."""
        return self.release.published_until or self.release.extracted_on


@dataclass(frozen=True)
class Draft:
    """A plan with what can be foreseen of it. dates, better: as planned, and dates worth moving to (None: none)."""

    plan: Plan
    forecast: Forecast
    dates: Dates | None
    better: Dates | None
    retrospective: bool


def known_to(store: Store) -> Known:
    """What a planner can know. Raises QueryError where there is no release."""
    release = store.latest()
    if release is None:
        raise QueryError("There is no release yet. Run `rapport ingest`: a plan rests on the practice's own history.")
    source = source_of(store, release.id)
    panels = {panel.metric: panel for panel in panels_of(source)}
    return Known(release, source.sites, panels, interventions(store.read("rollout", release.id), source.sites))


def component_named(known: Known, component: str) -> None:
    """Is it one that went live, or at least not nearly one? Raises QueryError for what looks misspelt."""
    names = {each.component for each in known.interventions}
    near = difflib.get_close_matches(component.lower(), names, n=1, cutoff=0.75)
    if component not in names and near:
        raise QueryError(
            f"No component {component!r} has gone live. Did you mean {near[0]!r}? If another one is planned, add --new."
        )


def draft(
    known: Known,
    component: str,
    version: str,
    go_live: Mapping[str, date],
    decision_on: date | None,
    progress: Progress,
) -> Draft:
    """A plan for a component. go_live: days asked for; where none, as the exports say, else sites in turn from a month
    after the last published day. Guardrails are marked by what can be proven."""
    for site in go_live:
        if site not in known.sites:
            raise unknown("site", site, known.sites)
    plan = _plain(known, component, version, go_live, decision_on)
    decided_in_time(plan)
    first = forecast(known.panels, plan, known.interventions, progress)
    roles = {line.metric: Role.MUST_HOLD if line.must_hold else Role.WATCHED for line in first.lines}
    plan = replace(plan, guardrails=tuple(replace(one, role=roles[one.metric]) for one in plan.guardrails))
    told = with_roles(first, plan)
    progress("Looking for better dates", None)
    dates, better = better_dates(known.panels.get(plan.aim.metric), plan, known.interventions, known.today)
    return Draft(plan, told, dates, better, min(plan.go_live.values()) < known.today)


def _plain(known: Known, component: str, version: str, go_live: Mapping[str, date], decision_on: date | None) -> Plan:
    metric, gain, reason = DEFAULT_AIM
    guardrails = tuple(
        Guardrail(_gap(known) if one.metric == EQUITY else one.metric, one.margin, Role.MUST_HOLD, one.reason)
        for one in DEFAULTS
    )
    aim = Aim(metric, gain, 1.5 * gain, reason)
    end = known.today + timedelta(weeks=DECISION_WEEKS)
    empty = Plan(component, version, dict(go_live) or {"": known.today}, end, aim, guardrails)
    there = came(empty, known.interventions) if not go_live else None
    days = dict(go_live) or _as_exported(there) or _in_turn(known)
    end = decision_on or max(
        min(days.values()) + timedelta(weeks=DECISION_WEEKS), max(days.values()) + timedelta(weeks=26)
    )
    return replace(empty, go_live=days, decision_on=end)


def _as_exported(there: Intervention | None) -> dict[str, date]:
    return {site: day for site, day in there.starts.items() if day is not None} if there else {}


def _in_turn(known: Known) -> dict[str, date]:
    """Sites one after the other, from the first Monday a month after what is known."""
    begin = known.today + timedelta(weeks=NOTICE_WEEKS)
    begin += timedelta(days=-begin.weekday() % 7)
    return {site: begin + timedelta(weeks=SPACING_WEEKS * at) for at, site in enumerate(known.sites)}


def _gap(known: Known) -> str:
    """The group with the highest share of missed visits so far; groups that are not recorded are no group."""
    found = {
        metric: float(panel.cells["events"].sum() / panel.cells["n"].sum())
        for metric, panel in known.panels.items()
        if metric.startswith(f"{EQUITY}:") and len(panel.cells) and "not recorded" not in metric
    }
    return max(found, key=lambda metric: found[metric]) if found else EQUITY


def faults(plan: Plan, told: Forecast) -> tuple[str, ...]:
    """What keeps a plan from being locked: guardrails marked otherwise than can be proven, in sentences."""
    found = []
    for line in told.lines[1:]:
        by = f"{line.chance:.0%} by {plan.decision_on}"
        if line.role is Role.MUST_HOLD and not line.must_hold:
            why = line.reason or f"if nothing changes it is shown with a chance of {by}, and 95% are needed."
            found.append(
                f"`{line.metric}` cannot be a guardrail that must hold: {why} Widen its margin with a reason, decide "
                "later, or mark it watched and name an owner."
            )
        if line.role is Role.WATCHED and line.must_hold:
            found.append(
                f'`{line.metric}` can be proven at this size (chance {by}), so it must hold: write role = "must hold".'
            )
    return tuple(found)


def facts_of(told: Forecast, known: Known) -> dict[str, object]:
    """What goes into the lock of a plan: what its lines are, and what could be foreseen of them."""
    lines = {
        line.metric: {
            "name": line.name,
            "side": line.side,
            "unit": line.unit,
            "harm": line.harm,
            "chance": round(line.chance, 4),
            "chance_twice": round(line.chance_twice, 4),
            "smallest": None if line.smallest is None else round(line.smallest, 6),
            "months": line.months,
            "inflation": None if line.inflation is None else round(line.inflation, 2),
        }
        for line in told.lines
    }
    return {
        "lines": lines,
        "proceed": round(told.proceed, 4),
        "release": known.release.id,
        "hash": known.release.content_hash,
    }


def sites_named(plan: Plan, sites: Sequence[str]) -> None:
    """Raises QueryError for a site of the plan that is not published."""
    for site in plan.go_live:
        if site not in sites:
            raise unknown("site", site, sites)
