"""How does what is kept become a decision? The last look's lines, and what is true of the newest release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from metrics.decided import Decision, Moment, PlanShown, Said, Signature
from metrics.deciding_lines import beside, can_tell, not_yet, shown, would_change
from metrics.effects.answer import MetricEffect
from metrics.effects.interventions import Intervention, day_of, interventions, word_of
from metrics.effects.snapshots import lines_of
from metrics.effects.stored import from_row
from metrics.governing import Row, differences_before, is_retrospective, own_name, snapshots_of
from metrics.plan import Plan, plan_of_content
from metrics.plan_scope import came
from metrics.summary import summary
from metrics.verdict import Foundation, Role, Word, decide
from warehouse.record import Record
from warehouse.store import Release

SIGNED, OVERRULED = "signed", "overruled"
NO_PLAN = "No verdict: no plan is locked. Write one with `rapport plan draft`, and lock it before go-live."


@dataclass(frozen=True)
class Standing:
    """What is kept, and what is true now. latest: the newest release; of_effects: the newest that has its effects."""

    record: Record
    latest: Release
    of_effects: Release | None
    rollout: pd.DataFrame
    safety_fact: pd.DataFrame
    quality_result: pd.DataFrame
    site: pd.DataFrame

    @property
    def safety(self) -> tuple[str, ...]:
        """Facts that halt at once, in words."""
        happened = (
            self.safety_fact[self.safety_fact["happened"].astype(bool)] if len(self.safety_fact) else self.safety_fact
        )
        return tuple(str(row.says) for row in happened.itertuples())

    @property
    def known(self) -> tuple[Intervention, ...]:
        """Every intervention of the newest release."""
        return interventions(self.rollout, tuple(self.site["site"]) if len(self.site) else ())

    @property
    def effects(self) -> tuple[MetricEffect, ...]:
        return tuple(from_row(row) for row in self.record.effects)


def decide_on(standing: Standing, row: Row | None, found: Sequence[str] = ()) -> Decision:
    """The decision under one locked plan; without a plan, what is known all the same. found: faults found elsewhere."""
    if row is None:
        return _without_plan(standing)
    plan = plan_of_content(row["content"])
    change = came(plan, standing.known)
    late = is_retrospective(row, plan, change)
    snapshots = [one for one in snapshots_of(standing.record, row) if one["look"] is not None]
    last = snapshots[-1] if snapshots else None
    name = change.name if change else None
    mine = [one for one in standing.effects if (one.component, one.intervention) == (plan.component, name)]
    mine += [one for one in standing.effects if one.intervention == own_name(row["hash"])]
    effects = {one.metric: one for one in mine}
    looks = lines_of(last) if last else not_yet(plan, effects)
    signed, overruled = _acts(standing.record, row, last)
    broken = _broken(standing, row, [*found, *_unanswered(plan, effects)])
    foundation = Foundation(standing.safety, broken, late, look=True, signed_by=signed.by if signed else "")
    verdict = decide([line.as_line() for line in looks], foundation)
    lines = tuple(shown(line, last, plan, effects.get(line.watch.metric)) for line in looks)
    others = tuple(beside(effect) for key, effect in effects.items() if key not in {one.metric for one in lines})
    coming = plan.looks[int(last["look"]) if last else 0 :]
    return Decision(
        word=verdict.word,
        sentence=verdict.sentence,
        why=verdict.why,
        summary=summary(verdict, lines, standing.safety, broken),
        retrospective=late,
        plan=_plan_shown(row, plan, late, coming),
        lines=lines,
        others=others,
        timeline=_timeline(standing.rollout),
        deviations=_deviations(standing.record, row, plan),
        watched=tuple((line.name, line.owner) for line in lines if line.role is Role.WATCHED),
        can_tell=can_tell(lines, last, plan),
        would_change=would_change(verdict, lines, last, coming, unsafe=bool(standing.safety)),
        history=tuple(_said(one) for one in snapshots_of(standing.record, row)),
        signed=signed,
        overruled=None if standing.safety else overruled,
        safety=standing.safety,
        broken=broken,
        left_out=dict(plan.dropped),
        **_source(standing),
    )


def _source(standing: Standing) -> dict[str, Any]:
    found, latest = standing.of_effects, standing.latest
    return {
        "release": found.id if found else None,
        "release_hash": found.content_hash if found else "",
        "published_until": found.published_until if found else None,
        "pending": latest.id if found is None or found.id != latest.id else None,
    }


def _without_plan(standing: Standing) -> Decision:
    """No plan, no verdict; a safety fact halts all the same."""
    halted = bool(standing.safety)
    return Decision(
        word=Word.HALT if halted else None,
        sentence=Word.HALT.value if halted else NO_PLAN,
        why=standing.safety or (NO_PLAN,),
        summary=" ".join([*standing.safety, NO_PLAN]),
        retrospective=False,
        plan=None,
        lines=(),
        others=tuple(beside(effect) for effect in standing.effects if not effect.intervention.startswith("plan ")),
        timeline=_timeline(standing.rollout),
        deviations=(),
        watched=(),
        can_tell=(),
        would_change=(),
        history=(),
        signed=None,
        overruled=None,
        safety=standing.safety,
        broken=(),
        **_source(standing),
    )


def _broken(standing: Standing, row: Row, found: Sequence[str]) -> tuple[str, ...]:
    """What the verdict would stand on and cannot: gates of the newest release, and the plan as it was kept."""
    faults = list(found)
    gates = standing.quality_result
    for gate in gates[gates["state"].isin(["failed", "error"])].itertuples() if len(gates) else ():
        faults.append(f"The quality check {str(gate.check_name).replace('_', ' ')} of {gate.table_name} failed.")
    if hashlib.sha256(str(row["content"]).encode()).hexdigest() != row["hash"]:
        faults.append("The locked plan was changed in the warehouse: it no longer has the hash it was locked with.")
    return tuple(faults)


def _unanswered(plan: Plan, effects: Mapping[str, MetricEffect]) -> list[str]:
    """Of what the verdict rests on (the aim, and what must hold): which questionnaires too few answered?"""
    rests = [plan.aim.metric, *(one.metric for one in plan.guardrails if one.role is Role.MUST_HOLD)]
    known = [effects[metric] for metric in rests if metric in effects]
    return [f"{effect.name}: {effect.broken}" for effect in known if effect.broken]


def _acts(record: Record, row: Row, last: Row | None) -> tuple[Signature | None, Signature | None]:
    """Who signed, and who overruled, if that still stands.

    A signature stands while nothing but a signature was lacking at every later look; that somebody overruled, while
    every later look says the same.
    """
    if last is None:
        return None, None
    snapshots = {one["id"]: one for one in snapshots_of(record, row)}
    found: dict[str, Signature] = {}
    for act in record.acts:
        about = snapshots.get(act["snapshot_id"])
        if act["plan_hash"] != row["hash"] or about is None:
            continue
        later = [one for number, one in snapshots.items() if number > about["id"]]
        lapsed = any(one["sentence"] != about["sentence"] for one in later)
        if act["act"] == SIGNED:
            lapsed = any(list(_why(one)) != list(_why(about)) for one in later)
        if lapsed:
            found.pop(act["act"], None)
            continue
        told = (act["by"], act["second"], act["reason"], act["at"])
        found[act["act"]] = Signature(act["act"], Word(act["word"]), *told)
    return found.get(SIGNED), found.get(OVERRULED)


def _why(snapshot: Row) -> tuple[str, ...]:
    return tuple(json.loads(snapshot["detail"]).get("why", ()))


def _plan_shown(row: Row, plan: Plan, late: bool, coming: Sequence[date]) -> PlanShown:
    told = (row["hash"], row["locked_at"], row["locked_by"], row["audit_entry"])
    return PlanShown(plan, *told, late, plan.looks, coming[0] if coming else None)


def _timeline(rollout: pd.DataFrame) -> tuple[Moment, ...]:
    ordered = rollout.sort_values(["went_live_on", "component", "site"]) if len(rollout) else rollout
    moments = []
    for row in ordered.itertuples():
        live = day_of(row.went_live_on)
        if live is not None:
            told = (word_of(row.version), live, day_of(row.ended_on))
            moments.append(Moment(str(row.site), str(row.component), *told))
    return tuple(moments)


def _deviations(record: Record, row: Row, plan: Plan) -> tuple[str, ...]:
    kept = [one["says"] for one in record.deviations if one["plan_hash"] == row["hash"]]
    return tuple(dict.fromkeys([*differences_before(record, row, plan), *kept]))


def _said(snapshot: Row) -> Said:
    why = _why(snapshot)
    word, sentence = Word(snapshot["word"]), snapshot["sentence"]
    return Said(snapshot["look"], snapshot["look_on"], snapshot["made_at"], snapshot["release_id"], word, sentence, why)
