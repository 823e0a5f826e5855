"""How is a look kept, and read again? As JSON beside its word: every estimate, limit and finding it came from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from metrics.effects.ahead import Ahead
from metrics.effects.lookwords import LineLook, LookTaken, Watch
from metrics.verdict import Finding, Foundation, Role, decide

_PLAIN = ("value", "error", "share", "bound", "halting_bound", "counted", "shown_at", "proves", "reason")


def as_snapshot(
    look: LookTaken, ahead: Sequence[Ahead], plan_hash: str, release_id: int, release_hash: str
) -> dict[str, Any]:
    """The look as a row of `verdict_snapshot`."""
    detail = {
        "why": list(look.verdict.why),
        "lines": [
            {
                **{name: getattr(line, name) for name in _PLAIN},
                "finding": line.finding.value,
                "watch": asdict(line.watch),
            }
            for line in look.lines
        ],
        "ahead": [{**asdict(one), "on": one.on.isoformat() if one.on else None} for one in ahead],
    }
    return {
        "plan_hash": plan_hash,
        "look": look.number,
        "look_on": look.on,
        "release_id": release_id,
        "release_hash": release_hash,
        "word": look.verdict.word.value,
        "sentence": look.verdict.sentence,
        "detail": json.dumps(detail),
    }


def taken_before(rows: Sequence[Mapping[str, Any]], *, retrospective: bool) -> tuple[LookTaken, ...]:
    """The planned looks among the snapshots of one plan, in order, with the lines they came from."""
    looks = sorted((row for row in rows if row["look"] is not None), key=lambda row: int(row["look"]))
    found = []
    for row in looks:
        lines = lines_of(row)
        verdict = decide([line.as_line() for line in lines], Foundation(retrospective=retrospective))
        found.append(LookTaken(int(row["look"]), row["look_on"], verdict, lines))
    return tuple(found)


def lines_of(row: Mapping[str, Any]) -> tuple[LineLook, ...]:
    """The lines of one snapshot."""
    return tuple(_line(told) for told in json.loads(row["detail"]).get("lines", ()))


def ahead_in(row: Mapping[str, Any]) -> tuple[Ahead, ...]:
    """What the looks after a snapshot can show, as foreseen then."""
    told = json.loads(row["detail"]).get("ahead", ())
    return tuple(
        Ahead(one["metric"], date.fromisoformat(one["on"]) if one["on"] else None, one["smallest"]) for one in told
    )


def _line(told: Mapping[str, Any]) -> LineLook:
    watch = Watch(**{**told["watch"], "role": Role(told["watch"]["role"])})
    return LineLook(watch=watch, finding=Finding(told["finding"]), **{name: told[name] for name in _PLAIN})
