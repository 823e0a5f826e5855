"""How is an effect kept with its release, and read again? One row of `effect_result`; what is long goes in as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from metrics.effects.answer import Checks, Companion, MetricEffect
from metrics.estimate import Estimate, State

METHOD = "10"  # another number makes every kept release's effects anew

_DIRECT = (
    *("component", "intervention", "metric", "scope", "unit", "design", "why", "error", "freedom", "information"),
    *("proves", "weeks_before", "weeks_after"),
)
_ESTIMATES = ("adjusted", "ratio", "naive", "unpenalised")


def as_row(effect: MetricEffect) -> dict[str, Any]:
    """The effect as a row of `effect_result`, without the release."""
    row: dict[str, Any] = {name: _plain(getattr(effect, name)) for name in _DIRECT}
    for name in _ESTIMATES:
        found: Estimate = getattr(effect, name)
        row |= {f"{name}_{part}": _plain(getattr(found, part)) for part in ("value", "low", "high")}
    detail = {
        **{
            name: getattr(effect, name)
            for name in ("name", "side", "better", "period_weeks", "half_years", "broken", "terms", "labels")
        },
        "by_weeks": [[name, numbers(found)] for name, found in effect.by_weeks],
        "companions": [
            {"name": one.name, "about": one.about, "p": one.p, "estimate": numbers(one.estimate)}
            for one in effect.companions
        ],
        "checks": asdict(effect.checks) if effect.checks else None,
        "without": {name: _why(getattr(effect, name)) for name in _ESTIMATES},
    }
    state, reason = effect.adjusted.state.value, effect.adjusted.reason
    return {**row, "state": state, "reason": reason, "n": effect.adjusted.n, "detail": json.dumps(detail)}


def from_row(row: Mapping[str, Any]) -> MetricEffect:
    """The effect a row holds."""
    detail = json.loads(row["detail"])
    found: dict[str, Any] = {name: _estimate(row, name, detail["without"][name]) for name in _ESTIMATES}
    return MetricEffect(
        **{name: row[name] for name in _DIRECT},
        **found,
        **{name: detail[name] for name in ("name", "side", "better", "period_weeks", "half_years", "broken")},
        terms=tuple(detail["terms"]),
        labels=tuple(detail["labels"]),
        by_weeks=tuple((name, from_numbers(told)) for name, told in detail["by_weeks"]),
        companions=tuple(
            Companion(one["name"], one["about"], from_numbers(one["estimate"]), one["p"])
            for one in detail["companions"]
        ),
        checks=Checks(**detail["checks"]) if detail["checks"] else None,
    )


def as_json(effect: MetricEffect, release: int) -> dict[str, Any]:
    """As printed by `rapport effect --json`: the keys of a stratified contrast, and more."""
    return {
        "component": effect.component,
        "metric": effect.metric,
        "release": release,
        **{name: numbers(getattr(effect, name)) for name in ("naive", "adjusted", "ratio")},
        "design": effect.design,
        "why": effect.why,
        "intervention": effect.intervention,
        "name": effect.name,
        "better": effect.better,
        "unpenalised": numbers(effect.unpenalised),
        "by_weeks": {name: numbers(found) for name, found in effect.by_weeks},
        "error": effect.error,
        "freedom": effect.freedom,
        "terms": list(effect.terms),
        "labels": list(effect.labels),
        "proves": effect.proves,
        "weeks_before": effect.weeks_before,
        "weeks_after": effect.weeks_after,
        "companions": [
            {"name": one.name, "about": one.about, "p": one.p, **numbers(one.estimate)} for one in effect.companions
        ],
        "checks": asdict(effect.checks) if effect.checks else None,
    }


def _plain(value: Any) -> Any:
    """As a driver wants it: a number of numpy's is no number to every database."""
    return value.item() if isinstance(value, np.generic) else value


def numbers(estimate: Estimate) -> dict[str, Any]:
    return {**asdict(estimate), "state": estimate.state.value}


def from_numbers(told: Mapping[str, Any]) -> Estimate:
    return Estimate(**{**told, "state": State(told["state"])})


def _why(estimate: Estimate) -> list[Any]:
    return [estimate.state.value, estimate.reason, estimate.n, estimate.unit]


def _estimate(row: Mapping[str, Any], name: str, without: list[Any]) -> Estimate:
    state, reason, n, unit = without
    value, low, high = (row[f"{name}_{part}"] for part in ("value", "low", "high"))
    return Estimate(value, low, high, n, unit, State(state), reason)
