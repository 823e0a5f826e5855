"""Is this a plan? Reads plain data (a toml) into a Plan; what is wrong is said with what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from metrics.effects.declared import CRISIS, DECLARED
from metrics.effects.gaps import EQUITY
from metrics.effects.reading import DESIGNS, POOLED
from metrics.plan import DEFAULTS, LONGEST_WEEKS, LOOK_WEEKS, Aim, Guardrail, Plan, PlanFault
from metrics.verdict import Role

SHARES = ("slots_lost", "no_show_rate", "late_cancel_rate", "in_care_12_weeks", EQUITY)
SMALLEST_POINTS = 0.1  # of a hundred: less was meant as a share
_KEYS = ("component", "version", "decision_on", "looks_every_weeks", "design", "together_with", "replaces")
_TABLES = ("go_live", "aim", "guardrails", "dropped")
_AIM = ("metric", "gain", "expected", "reason")
_GUARDRAIL = ("metric", "margin", "role", "reason", "owner")


def plan_from(data: Mapping[str, Any], where: str = "plan.toml", metrics: Collection[str] = ()) -> Plan:
    """The plan these data describe. metrics: those the release can answer (those declared where none are given).

    Raises PlanFault naming the place, and what to write instead.
    """
    try:
        return _plan(data, tuple(metrics) or tuple(one.key for one in DECLARED))
    except PlanFault as fault:
        raise PlanFault(f"{where}: {fault}") from None


def _plan(data: Mapping[str, Any], metrics: Sequence[str]) -> Plan:
    _known_keys(data, (*_KEYS, *_TABLES), "")
    go_live = {str(site): _date(day, f"go_live.{site}") for site, day in _table(data, "go_live").items()}
    if not go_live:
        raise PlanFault('`[go_live]` names no site; write a line per site, say "Main Street" = 2027-03-01.')
    aim = _aim(_table(data, "aim"), metrics)
    guardrails = tuple(_guardrail(one, at, metrics) for at, one in enumerate(_list(data, "guardrails")))
    dropped = {str(name): _text(why, f"dropped.{name}") for name, why in _table(data, "dropped", {}).items()}
    plan = Plan(
        component=_text(data.get("component"), "component"),
        version=str(data.get("version", "")),
        go_live=go_live,
        decision_on=_date(data.get("decision_on"), "decision_on"),
        aim=aim,
        guardrails=guardrails,
        dropped=dropped,
        looks_every_weeks=_weeks(data.get("looks_every_weeks", LOOK_WEEKS)),
        design=_design(data.get("design", POOLED)),
        together_with=tuple(_text(name, "together_with") for name in data.get("together_with", ())),
        replaces=tuple(_text(name, "replaces") for name in data.get("replaces", ())),
    )
    _whole(plan)
    return plan


def decided_in_time(plan: Plan) -> None:
    """Is it decided when something can be known? Raises PlanFault naming the first day that would do."""
    first, last = min(plan.go_live.values()), max(plan.go_live.values())
    if plan.decision_on < last + timedelta(weeks=12):
        earliest = last + timedelta(weeks=12)
        raise PlanFault(
            f"`decision_on` {plan.decision_on} is less than 12 weeks after the last go-live ({last}): nothing could be "
            f"known; write {earliest} or later."
        )
    if plan.decision_on > first + timedelta(weeks=LONGEST_WEEKS):
        raise PlanFault(f"`decision_on` {plan.decision_on} is more than five years after the first go-live ({first}).")


def _whole(plan: Plan) -> None:
    """Do the parts fit together?"""
    decided_in_time(plan)
    names = [plan.aim.metric, *(one.metric for one in plan.guardrails)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise PlanFault(f"`{twice}` stands twice; a metric is the aim or one guardrail.")
    for default in DEFAULTS:
        has = any(name == default.metric or name.startswith(f"{default.metric}:") for name in names)
        if not has and default.metric not in plan.dropped:
            raise PlanFault(
                f"The guardrail `{default.metric}` is missing, and none is dropped silently. Add it to [[guardrails]], "
                f'or write under [dropped]: {default.metric} = "why, and who says so".'
            )
        if has and default.metric in plan.dropped:
            raise PlanFault(f"`{default.metric}` is a guardrail and under [dropped]; take one of them out.")


def _aim(data: Mapping[str, Any], metrics: Sequence[str]) -> Aim:
    _known_keys(data, _AIM, "aim.")
    metric = _metric(data.get("metric"), "aim.metric", metrics)
    gain = _size(data.get("gain"), "aim.gain", metric, "the gain wanted")
    expected = _size(data.get("expected", 1.5 * gain), "aim.expected", metric, "the gain expected")
    return Aim(metric, gain, expected, _text(data.get("reason"), "aim.reason"))


def _guardrail(data: Any, at: int, metrics: Sequence[str]) -> Guardrail:
    where = f"guardrails[{at + 1}]"
    if not isinstance(data, Mapping):
        raise PlanFault(f"`{where}` is no table; begin each guardrail with a line [[guardrails]].")
    _known_keys(data, _GUARDRAIL, f"{where}.")
    metric = _metric(data.get("metric"), f"{where}.metric", metrics)
    margin = _size(data.get("margin"), f"{metric}.margin", metric, "the loss refused")
    reason = _text(data.get("reason"), f"{metric}.reason")
    role = _role(data.get("role"), metric)
    default = next((one for one in DEFAULTS if metric.partition(":")[0] == one.metric), None)
    if default and margin > default.margin and reason == default.reason:
        raise PlanFault(
            f"`{metric}.margin` is {margin:g}, wider than the default {default.margin:g}; say in `reason` why this "
            "practice accepts the larger loss."
        )
    owner = str(data.get("owner", "")).strip()
    if role is Role.WATCHED and not owner:
        raise PlanFault(
            f'`{metric}` is only watched, so somebody watches it: write owner = "First Last" (a person, not a group).'
        )
    return Guardrail(metric, margin, role, reason, owner)


def _metric(value: Any, where: str, metrics: Sequence[str]) -> str:
    name = _text(value, where)
    if name in metrics or name in {one.metric for one in DEFAULTS}:
        return name
    near = difflib.get_close_matches(name, metrics, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(metrics[:8])}."
    raise PlanFault(f"`{where}`: there is no metric {name!r}; {hint}")


def _size(value: Any, where: str, metric: str, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PlanFault(f"`{where}` is {what}: a number above 0, {_unit(metric)}.")
    size, plain = float(value), metric.partition(":")[0]
    if plain == CRISIS:
        if size <= 1:
            other = f"write {1 / size:.2f}".rstrip("0").rstrip(".") if 0 < size < 1 else "write 1.5"
            raise PlanFault(f"`{where}` is {size:g}: {what} is a ratio above 1 (1.5 = half as long again); {other}.")
        return size
    if size <= 0:
        other = f"write {abs(size):g}" if size else "write a number above 0"
        raise PlanFault(
            f"`{where}` is {size:g}: {what} is the size of a change, above 0, in either direction; {other}."
        )
    if plain in SHARES and size < SMALLEST_POINTS:
        raise PlanFault(f"`{where}` is {size:g} points of a hundred; for {size * 100:g} points write {size * 100:g}.")
    return size


def _unit(metric: str) -> str:
    plain = metric.partition(":")[0]
    if plain == CRISIS:
        return "a ratio such as 1.5"
    return "in points of a hundred, such as 3" if plain in SHARES else "in points of the questionnaire"


def _role(value: Any, metric: str) -> Role:
    for role in (Role.MUST_HOLD, Role.WATCHED):
        if value == role.value:
            return role
    raise PlanFault(f'`{metric}.role` is "must hold" or "watched", not {value!r}.')


def _design(value: Any) -> str:
    if value in DESIGNS:
        return str(value)
    raise PlanFault(f"`design` is one of {', '.join(DESIGNS)}, not {value!r}.")


def _weeks(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and LOOK_WEEKS <= value <= 26:
        return value
    raise PlanFault(f"`looks_every_weeks` is a whole number from {LOOK_WEEKS} to 26, not {value!r}.")


def _date(value: Any, where: str) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise PlanFault(f"`{where}` is no day ({value!r}); write it as 2027-03-01, without quotes.")


def _text(value: Any, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise PlanFault(f"`{where}` is missing or empty; write it in quotes.")


def _table(data: Mapping[str, Any], name: str, otherwise: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    found = data.get(name, otherwise)
    if isinstance(found, Mapping):
        return found
    raise PlanFault(f"The table `[{name}]` is missing.")


def _list(data: Mapping[str, Any], name: str) -> list[Any]:
    found = data.get(name, [])
    if isinstance(found, list):
        return found
    raise PlanFault(f"`{name}` is no list; begin each with a line [[{name}]].")


def _known_keys(data: Mapping[str, Any], known: Sequence[str], prefix: str) -> None:
    for name in data:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
            hint = f"did you mean `{near[0]}`?" if near else f"known are: {', '.join(known)}."
            raise PlanFault(f"`{prefix}{name}` is not a key of a plan; {hint}")
