"""Which intervention is a plan about, and what else went on? As the exports tell, or as the plan foresees it.

A plan may take components as one with its own (`together_with`), and may say which ones its own takes the place of
(`replaces`): then their weeks lie on neither side, and it is compared with the time before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from metrics.effects.interventions import Intervention, Kind, Span
from metrics.plan import Plan


def came(plan: Plan, known: Sequence[Intervention]) -> Intervention | None:
    """The intervention a plan is about, as the exports tell of it; None while it has not come.

    By its version; without one, the component's first. A go-live of which the exports say no version is the plan's too
    where a site went live on the day planned.
    """
    mine = [one for one in known if one.component == plan.component and one.kind is not Kind.TAKEN_BACK]
    named = [one for one in mine if one.name == plan.version]
    found = (named or mine)[0] if named or (mine and not plan.version) else None
    only = mine[0] if len(mine) == 1 and mine[0].name == Kind.GO_LIVE else None
    if found is None and only and any(only.starts.get(site) == day for site, day in plan.go_live.items()):
        found = only
    return replace(found, left_out=_with_replaced(plan, found.starts, found.left_out, known)) if found else None


def as_planned(plan: Plan, sites: Sequence[str], known: Sequence[Intervention]) -> Intervention:
    """The intervention as the plan foresees it; sites it does not name are controls. Weeks under another version of
    the component lie on neither side."""
    starts = {site: plan.go_live.get(site) for site in sites}
    name = plan.version or str(Kind.GO_LIVE)
    earlier = [one for one in known if one.component == plan.component and one.name != name]
    left_out = _out(earlier, starts, {})
    return Intervention(plan.component, name, Kind.GO_LIVE, starts, _with_replaced(plan, starts, left_out, known))


def others_of(plan: Plan, known: Sequence[Intervention]) -> tuple[Intervention, ...]:
    """What else went on that is not part of the plan."""
    own = {plan.component, *plan.together_with, *plan.replaces}
    return tuple(one for one in known if one.component not in own)


def _with_replaced(
    plan: Plan,
    starts: Mapping[str, date | None],
    left_out: Mapping[str, tuple[Span, ...]],
    known: Sequence[Intervention],
) -> Mapping[str, tuple[Span, ...]]:
    return _out([one for one in known if one.component in plan.replaces], starts, left_out)


def _out(
    earlier: Sequence[Intervention], starts: Mapping[str, date | None], left_out: Mapping[str, tuple[Span, ...]]
) -> dict[str, tuple[Span, ...]]:
    """The weeks under these, until the plan's own came (or for good, where it does not)."""
    found = dict(left_out)
    for one in earlier:
        for site, since in one.starts.items() if one.kind is not Kind.TAKEN_BACK else ():
            own = starts.get(site)
            if since is not None and (own is None or since < own):
                found[site] = ((since, own), *found.get(site, ()))
    return found
