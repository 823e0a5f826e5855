"""What does a questionnaire mean? Its key as data: items, range, reversal, scales, cut-offs; never its texts."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from instruments.errors import InstrumentError

TOTAL = "total"
MOST_ITEMS = 500  # far more than any questionnaire has: a slip of the keyboard must not fill the memory
COMPARISONS = ("at_least", "above", "at_most", "below")
_FIELDS = (
    "name", "about", "better", "items", "lowest", "highest", "step", "reverse", "codings", "coding", "scales",
    "cutoffs", "bands", "reliable_change", "reliability", "missing", "licence", "source", "alone",
)  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A score made of some items: their sum or mean, from `fewest` answered ones; a sum is then made up to all."""

    name: str
    items: tuple[int, ...]
    kind: Literal["sum", "mean"]
    fewest: int


@dataclass(frozen=True)
class CutOff:
    """A flag raised where a scale, or one item, compares so with `value` (`at_least` and `at_most` include it)."""

    flag: str
    scale: str  # "" where an item is looked at
    item: int  # 0 where a scale is looked at
    comparison: str
    value: float


@dataclass(frozen=True)
class Instrument:
    """One questionnaire. Items count from 1; `step` is the distance of two answers (0: any number of the range).

    scales: its subscales, and TOTAL where it has one. codings: a name of how the answers are numbered -> the items
    reversed then. reliable_change: the smallest change beyond measurement error, in points of the total, None where
    no figure is agreed on. missing, licence and source are sentences for people.
    """

    key: str
    name: str
    about: str
    better: Literal["higher", "lower"]
    items: int
    lowest: float
    highest: float
    step: float
    codings: Mapping[str, tuple[int, ...]]
    coding: str
    scales: Mapping[str, Scale]
    cutoffs: tuple[CutOff, ...] = ()
    bands: Mapping[str, float] = field(default_factory=dict)  # name -> its lowest total, ascending
    reliable_change: float | None = None
    reliability: float | None = None
    missing: str = ""
    licence: str = ""
    source: str = ""
    alone: tuple[str, ...] = ()  # scales that are also given as a questionnaire of their own

    @property
    def total(self) -> Scale | None:
        """The scale of all it measures; None where it has no total."""
        return self.scales.get(TOTAL)

    def limits(self, scale: Scale) -> tuple[float, float]:
        """The lowest and the highest score of a scale."""
        many = len(scale.items) if scale.kind == "sum" else 1
        return self.lowest * many, self.highest * many


def declare(key: str, data: Mapping[str, Any]) -> Instrument:
    """Which questionnaire do these lines of a toml describe?

    data: items, lowest, highest, and scales = {NAME = {items = [...], kind = "sum" | "mean", fewest = n}} (without
    scales: a total, the sum of all items, each of which must be answered); the rest as the fields of Instrument.
    Raises InstrumentError that says what to write instead.
    """
    _known(key, data, _FIELDS)
    items = _whole(key, data, "items", least=1)
    lowest, highest, step = (_number(key, data, name) for name in ("lowest", "highest", "step"))
    if not lowest < highest:
        raise InstrumentError(f"{key}: lowest must be below highest")
    if step < 0:
        raise InstrumentError(f"{key}: step is the distance of two answers, 0 or above (0: any number of the range)")
    scales = {name: _scale(key, name, told, items) for name, told in (data.get("scales") or {TOTAL: {}}).items()}
    codings = {name: _places(key, told, items) for name, told in data.get("codings", {}).items()}
    codings = codings or {"": _places(key, data.get("reverse", []), items)}
    coding = str(data.get("coding", next(iter(codings))))
    if coding not in codings:
        raise InstrumentError(f"{key}: coding must be one of {', '.join(codings)}")
    bands = {str(name): float(low) for name, low in data.get("bands", {}).items()}
    if list(bands.values()) != sorted(bands.values()):
        raise InstrumentError(f"{key}: write the bands from the lowest to the highest")
    return Instrument(
        key, str(data.get("name", key)), str(data.get("about", "")), _better(key, data), items, lowest, highest, step,
        codings, coding, scales, tuple(_cutoff(key, told, scales, items) for told in data.get("cutoffs", [])), bands,
        _optional(key, data, "reliable_change"), _optional(key, data, "reliability"), str(data.get("missing", "")),
        str(data.get("licence", "")), str(data.get("source", "")), tuple(data.get("alone", ())),
    )  # fmt: skip


def alone(whole: Instrument, name: str) -> Instrument:
    """The questionnaire that asks one scale only: its items count from 1, and its score is the total."""
    scale = whole.scales[name]
    place = {item: number for number, item in enumerate(scale.items, 1)}
    total = replace(scale, name=TOTAL, items=tuple(place.values()))
    return replace(
        whole,
        key=f"{whole.key} {name}",
        name=f"{whole.name}, {name}",
        items=len(place),
        codings={coding: tuple(place[i] for i in told if i in place) for coding, told in whole.codings.items()},
        scales={TOTAL: total},
        cutoffs=tuple(replace(cut, scale=TOTAL) for cut in whole.cutoffs if cut.scale == name),
        alone=(),
    )


def nearest(word: str, known: Collection[str]) -> str:
    """The end of a sentence about a word that is not known."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return f"did you mean {folded[near[0]]!r}?" if near else f"known: {', '.join(known)}"


def _scale(key: str, name: str, told: Mapping[str, Any], items: int) -> Scale:
    where = f"{key}, scale {name}"
    _known(where, told, ("items", "kind", "fewest"))
    places = _places(where, told.get("items", range(1, items + 1)), items)
    kind = told.get("kind", "sum")
    if kind not in ("sum", "mean"):
        raise InstrumentError(f'{where}: kind must be "sum" or "mean"')
    fewest = _whole(where, {"fewest": len(places), **told}, "fewest", least=1)
    if fewest > len(places):
        raise InstrumentError(f"{where}: fewest cannot be more than its {len(places)} items")
    return Scale(name, places, kind, fewest)


def _cutoff(key: str, told: Mapping[str, Any], scales: Mapping[str, Scale], items: int) -> CutOff:
    _known(f"{key}, cut-off", told, ("flag", "scale", "item", *COMPARISONS))
    given = [word for word in COMPARISONS if word in told]
    if len(given) != 1 or "flag" not in told:
        raise InstrumentError(f"{key}: a cut-off needs a flag and one of {', '.join(COMPARISONS)}")
    item, scale = int(told.get("item", 0)), str(told.get("scale", "" if "item" in told else TOTAL))
    if not (scale in scales or 1 <= item <= items):
        raise InstrumentError(f"{key}: the cut-off {told['flag']} names no scale or item of this questionnaire")
    return CutOff(str(told["flag"]), scale, item, given[0], float(told[given[0]]))


def _places(where: str, told: Any, items: int) -> tuple[int, ...]:
    places = tuple(told)
    if len(set(places)) != len(places) or not all(isinstance(i, int) and 1 <= i <= items for i in places):
        raise InstrumentError(f"{where}: items are whole numbers from 1 to {items}, each once")
    return places


def _known(where: str, data: Mapping[str, Any], fields: Collection[str]) -> None:
    for word in data:
        if word not in fields:
            raise InstrumentError(f"{where}: {word!r} is not understood; {nearest(word, fields)}")


def _whole(where: str, data: Mapping[str, Any], name: str, *, least: int) -> int:
    value = data.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_ITEMS:
        raise InstrumentError(f"{where}: {name} must be a whole number from {least} to {MOST_ITEMS}")
    return value


def _number(where: str, data: Mapping[str, Any], name: str) -> float:
    value = data.get(name, 1 if name == "step" else None)
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise InstrumentError(f"{where}: {name} must be a number")
    return float(value)


def _better(key: str, data: Mapping[str, Any]) -> Literal["higher", "lower"]:
    better = data.get("better")
    if better == "higher":
        return "higher"
    if better == "lower":
        return "lower"
    raise InstrumentError(f'{key}: better must be "higher" or "lower"')


def _optional(key: str, data: Mapping[str, Any], name: str) -> float | None:
    return _number(key, data, name) if name in data else None
