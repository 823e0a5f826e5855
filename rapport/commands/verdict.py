"""`rapport verdict`: the word, why, and what would change it; signed or overruled by named people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from etl.errors import InputError
from metrics.decided import Decision, LineShown
from metrics.deciding import OVERRULED, SIGNED
from metrics.decision import decision
from metrics.effects.stored import as_json as effect_as_json
from metrics.effects.units import change_in_words
from metrics.estimate import Estimate
from metrics.verdict import Role, Word
from rapport import console
from rapport.commands.audit import log_of
from rapport.commands.plan import edited_since
from rapport.config import Configuration, load
from warehouse.audit import Detail
from warehouse.record import add_act, add_deviations, last_snapshot_id, lock_faults, read_record
from warehouse.store import Store, open_store

SAFETY_HALT = 4


def show(config: Path, *, plan: str | None, as_json: bool) -> int:
    """Print the verdict; exit 4 where a safety fact halts."""
    configuration = load(config)
    store = open_store(configuration.ingest.warehouse_url, read_only=True)
    found = current(configuration, store, plan)
    edits = edited_since(configuration, store)
    if as_json:
        console.print_json(as_plain(found, edits))
    else:
        tell(found, edits)
    return SAFETY_HALT if found.safety else 0


def current(configuration: Configuration, store: Store, plan: str | None = None) -> Decision:
    """The decision, with the audit log asked whether it still holds the locks of the plans."""
    return decision(store, plan, broken=chain_faults(configuration, store))


def chain_faults(configuration: Configuration, store: Store) -> tuple[str, ...]:
    """Is each locked plan in the audit log as it was locked, and is that log whole?"""
    return lock_faults(read_record(store).plans, log_of(configuration))


def sign(config: Path, by: str, *, plan: str | None) -> None:
    """A second person stands for a PROCEED with guardrails that are only watched."""
    configuration, store, found = _open(config, plan)
    shown = found.plan
    if shown is None:
        raise InputError("There is nothing to sign: no plan is locked.")
    name = _person(by)
    if name.casefold() == shown.locked_by.casefold():
        raise InputError(f"{name} locked the plan; a second person signs.")
    if found.signed:
        raise InputError(f"It is signed already, by {found.signed.by}.")
    waiting = [reason for reason in found.why if "second person must sign" in reason]
    if found.word is not Word.HOLD or len(waiting) != len(found.why):
        raise InputError(f"There is nothing to sign: {found.sentence}. {' '.join(found.why)}")
    _act(configuration, store, shown.hash, SIGNED, Word.PROCEED, name, "", "")
    console.OUT.print(current(configuration, store, shown.hash).sentence, highlight=False, soft_wrap=True)


def overrule(config: Path, word: str, by: str, second: str, reason: str, *, plan: str | None) -> None:
    """Two named people decide otherwise, with a reason; the verdict stays beside it."""
    configuration, store, found = _open(config, plan)
    if found.plan is None or found.word is None:
        raise InputError("There is nothing to overrule: no plan is locked.")
    if found.safety:
        raise InputError("A safety halt cannot be overruled: follow it up, and ingest again.")
    try:
        stands = Word(word.upper())
    except ValueError:
        raise InputError(f"{word!r} is no word of a verdict; write {', '.join(each.value for each in Word)}.") from None
    first, other = _person(by), _person(second)
    if first.casefold() == other.casefold():
        raise InputError("The second person is another one than the first.")
    if len(reason.strip()) < 10:
        raise InputError("Say in --reason, in a sentence, why the verdict is not followed.")
    _act(configuration, store, found.plan.hash, OVERRULED, stands, first, other, reason.strip())
    console.say(f"Kept: {found.sentence}, overruled to {stands.value} by {first} and {other}.")


def _open(config: Path, plan: str | None) -> tuple[Configuration, Store, Decision]:
    configuration = load(config)
    store = open_store(configuration.ingest.warehouse_url)
    store.check()
    for plan_hash, sentences in edited_since(configuration, store).items():
        add_deviations(store, plan_hash, sentences)
    return configuration, store, current(configuration, store, plan)


def _act(
    configuration: Configuration, store: Store, plan_hash: str, act: str, word: Word, by: str, second: str, reason: str
) -> None:
    snapshot = last_snapshot_id(store, plan_hash)
    if snapshot is None:
        raise InputError("No look was taken yet, so there is nothing to stand for.")
    details: dict[str, Detail] = {
        "plan": plan_hash,
        "snapshot": snapshot,
        "word": word.value,
        "second": second,
        "reason": reason,
    }
    entry = log_of(configuration).append(f"verdict.{act}", by, details)
    told: dict[str, Any] = {"plan_hash": plan_hash, "snapshot_id": snapshot, "act": act, "word": word.value, "by": by}
    told |= {"second": second, "reason": reason, "audit_entry": entry.number, "audit_hash": entry.hash}
    add_act(store, told)


def _person(name: str) -> str:
    if len(name.split()) < 2:
        raise InputError(f"{name!r} is no full name; write first and last name.")
    return " ".join(name.split())


def tell(found: Decision, edits: dict[str, tuple[str, ...]]) -> None:
    """The verdict, as text."""
    _say(found.sentence, style="bold")
    if found.overruled:
        act = found.overruled
        _say(f"Overruled to {act.word} by {act.by} and {act.second} on {act.at:%Y-%m-%d}: {act.reason}")
    _say(found.summary)
    for line in found.lines:
        _say(_head(line))
        for sentence in _body(line):
            _say(f"    {sentence}")
    told = [("Why", found.why), ("What would change it", found.would_change)]
    told += [("When more can be told", tuple(one.sentence for one in found.can_tell))]
    told += [("Not as planned", deviations(found, edits))]
    told += [("Left out of the plan", tuple(f"{name}: {why}" for name, why in found.left_out.items()))]
    for title, sentences in told:
        for at, sentence in enumerate(sentences):
            _say(f"{title if not at else ' ' * len(title)}  {sentence}")
    if found.pending:
        console.say(f"The effects of release {found.pending} are not worked out yet; run `rapport ingest`.")


def deviations(found: Decision, edits: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is kept, and what the file says otherwise today."""
    here = edits.get(found.plan.hash, ()) if found.plan else ()
    return tuple(dict.fromkeys([*found.deviations, *here]))


def _head(line: LineShown) -> str:
    watched = f", watched by {line.owner}" if line.role is Role.WATCHED else ""
    role = "aim" if line.role is Role.AIM else "must hold"
    return f"{line.name} ({role if not watched else watched.removeprefix(', ')}, {line.margin_words}): {line.said}"


def _body(line: LineShown) -> Iterator[str]:
    if line.effect is not None:
        naive, adjusted = (_span(line.unit, each) for each in (line.effect.naive, line.effect.adjusted))
        yield f"naive {naive}; adjusted {adjusted}, by {line.effect.design.replace('_', ' ')}"
    if line.look and line.look.proof:
        span = line.look.proof
        told = change_in_words(line.unit, span.value, span.low, span.high)
        yield f"look {line.look.number} on {line.look.on}: {told}, with {line.look.share:.0%} of the information"
    if line.band:
        told = change_in_words(line.unit, line.band.value, line.band.low, line.band.high)
        yield f"between looks, read as often as you like: {told}"


def _span(unit: str, found: Estimate) -> str:
    if found.value is None or found.low is None or found.high is None:
        return "cannot say"
    return change_in_words(unit, found.value, found.low, found.high)


def _say(sentence: str, style: str | None = None) -> None:
    console.OUT.print(sentence, style=style, markup=False, highlight=False, soft_wrap=True)


def as_plain(found: Decision, edits: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """The decision as JSON."""
    return {
        "word": found.word,
        "sentence": found.sentence,
        "why": list(found.why),
        "summary": found.summary,
        "retrospective": found.retrospective,
        "plan": _plan(found),
        "lines": [_line(line, found.release) for line in found.lines],
        "timeline": [asdict(moment) for moment in found.timeline],
        "deviations": list(deviations(found, edits)),
        "watched": [{"metric": name, "owner": owner} for name, owner in found.watched],
        "can_tell": [asdict(one) for one in found.can_tell],
        "would_change": list(found.would_change),
        "history": [asdict(one) for one in found.history],
        "signed": _signature(found.signed),
        "overruled": _signature(found.overruled),
        "safety": list(found.safety),
        "broken": list(found.broken),
        "left_out": dict(found.left_out),
        "release": found.release,
        "release_hash": found.release_hash,
        "pending": found.pending,
    }


def _signature(act: Any) -> dict[str, Any] | None:
    return asdict(act) if act else None


def _plan(found: Decision) -> dict[str, Any] | None:
    shown = found.plan
    if shown is None:
        return None
    at: datetime = shown.locked_at
    told = {"hash": shown.hash, "locked_at": at, "locked_by": shown.locked_by, "audit_entry": shown.audit_entry}
    told |= {"next_look": shown.next_look, "looks": list(shown.look_dates), "component": shown.plan.component}
    return told | {"version": shown.plan.version, "decision_on": shown.plan.decision_on}


def _line(line: LineShown, release: int | None) -> dict[str, Any]:
    names = ("metric", "name", "side", "unit", "better", "role", "margin", "margin_reason", "owner", "finding", "said")
    told: dict[str, Any] = {name: getattr(line, name) for name in names}
    told["look"] = asdict(line.look) if line.look else None
    told["band"] = asdict(line.band) if line.band else None
    told["effect"] = effect_as_json(line.effect, release or 0) if line.effect else None
    return told
