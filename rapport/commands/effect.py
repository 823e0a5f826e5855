"""`rapport effect`: what one component did to one metric, naively and by a design that can be argued for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metrics import query
from metrics.effects.answer import MetricEffect
from metrics.effects.lookup import kept_effects
from metrics.effects.stored import as_json as plain
from metrics.effects.units import change_in_words
from metrics.estimate import Estimate
from rapport import console
from rapport.config import load
from warehouse.store import open_store


def run(path: Path, component: str, metric: str, *, as_json: bool) -> None:
    """Print the effect: over time where it went live for whole sites, within strata where it touched some visits."""
    store = open_store(load(path).ingest.warehouse_url, read_only=True)
    found, release = kept_effects(store, component, metric)
    if not found or release is None:
        _contrast(query.effect(store, component, metric).as_json(), as_json=as_json)
    elif as_json:
        console.print_json(_whole(found, release))
    else:
        for effect in found:
            _tell(effect)


def _whole(found: Sequence[MetricEffect], release: int) -> dict[str, Any]:
    """The first intervention, with every later one of the component beside it."""
    first, *later = (plain(effect, release) for effect in found)
    return {**first, "later": later}


def _tell(effect: MetricEffect) -> None:
    _say(f"{effect.component}, {effect.intervention}, on {effect.name.lower()}")
    for name in ("naive", "adjusted", "ratio"):
        found: Estimate = getattr(effect, name)
        told = _ratio(found) if name == "ratio" else _span(effect.unit, found)
        _say(f"{name:>9}: {told}")
    _say(f"   design: {effect.design.replace('_', ' ')}")
    _say(effect.why)
    for label in effect.labels:
        _say(f"  - {label}")
    if effect.adjusted.value is not None:
        _say(f"  its interval knows: {'; '.join(effect.terms)}")
    for name, found in effect.by_weeks:
        _say(f"  weeks {name} since go-live: {_span(effect.unit, found)}")
    _say(f"  without assumptions about drift and season: {_span(effect.unit, effect.unpenalised)}")
    for one in effect.companions:
        told = f"p = {one.p:.3f}" if one.p is not None else _span(effect.unit, one.estimate)
        _say(f"  {one.name} ({one.about}): {told}")


def _span(unit: str, found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return f"cannot say: {found.reason}"
    return change_in_words(unit, found.value, found.low, found.high)


def _ratio(found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return f"cannot say: {found.reason}"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f}), {found.unit}"


def _contrast(content: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        console.print_json(content)
        return
    for line in ("naive", "adjusted", "ratio"):
        _say(f"{line:>9}: {_plain_span(content[line], points=line != 'ratio')}")
    _say(f"   design: {content['design'].replace('_', ' ')}")
    _say(content["why"])


def _plain_span(estimate: Mapping[str, float | None], *, points: bool) -> str:
    if estimate["value"] is None or estimate["low"] is None or estimate["high"] is None:
        return "cannot say"
    scale, sign, digits = (100.0, " points", 1) if points else (1.0, "", 2)
    value, low, high = (number * scale for number in (estimate["value"], estimate["low"], estimate["high"]))
    return f"{value:.{digits}f}{sign} (95 % interval {low:.{digits}f} to {high:.{digits}f})"


def _say(line: str) -> None:
    console.OUT.print(line, markup=False, highlight=False, soft_wrap=True)
