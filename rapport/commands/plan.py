"""`rapport plan`: what a rollout is for and what it must not cost, drafted, locked before go-live, and shown."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from etl.errors import InputError
from metrics.decision import decisions
from metrics.effects.declared import DECLARED
from metrics.effects.units import size_in_words
from metrics.errors import QueryError
from metrics.governing import govern
from metrics.plan import Plan, PlanFault, differences, plan_of_content
from metrics.plan_draft import component_named, draft, facts_of, faults, known_to, sites_named
from metrics.plan_reading import plan_from
from metrics.planner import Forecast, forecast
from rapport import console
from rapport.commands.audit import log_of
from rapport.config import Configuration, load
from rapport.plan_text import as_toml, foreseen, notes
from warehouse.audit import account
from warehouse.record import add_deviations, add_plan, read_record
from warehouse.store import Store, open_store

FILE = "plan.toml"


def path_of(configuration: Configuration, file: Path | None) -> Path:
    """Where the plan is: beside the configuration, where nothing else is said."""
    return file or configuration.path.parent / FILE


def make_draft(
    config: Path,
    component: str,
    *,
    version: str,
    go_live: Sequence[str],
    decision_on: str | None,
    file: Path | None,
    force: bool,
    new: bool,
) -> None:
    """Write a plan to start from, and print what can be foreseen of it."""
    configuration = load(config)
    path = path_of(configuration, file)
    if path.exists() and not force:
        raise InputError(f"{path} is there already; move it away, name another with --file, or give --force.")
    store = open_store(configuration.ingest.warehouse_url, read_only=True)
    days = dict(_site_and_day(each) for each in go_live)
    known = known_to(store)
    if not new:
        component_named(known, component)
    with console.progress() as tell:
        made = draft(known, component, version, days, _day(decision_on) if decision_on else None, tell)
    path.write_text(as_toml(made), encoding="utf-8")
    show_forecast(made.forecast)
    for note in notes(made):
        console.OUT.print(note, markup=False, highlight=False, soft_wrap=True)
    console.say(f"Written to {path}. Edit it, name the owners, then: rapport plan lock --by NAME")


def lock(config: Path, *, by: str | None, reason: str | None, file: Path | None) -> None:
    """Lock the plan: hash it into the audit log and the warehouse. What is edited afterwards shows on every verdict."""
    configuration = load(config)
    store = open_store(configuration.ingest.warehouse_url)
    store.migrate()
    known = known_to(store)
    plan = read(path_of(configuration, file), known.panels)
    sites_named(plan, known.sites)
    earlier = _earlier(store, plan)
    if earlier and not differences(earlier[-1], plan):
        raise InputError("This plan is locked already, and nothing in the file was changed since.")
    if earlier and not reason:
        raise InputError(
            f"A plan for {plan.says} is locked already. A changed one is locked beside it, and the change shows on "
            'every verdict: say why with --reason "...".'
        )
    with console.progress() as tell:
        told = forecast(known.panels, plan, known.interventions, tell)
    wrong = faults(plan, told)
    if wrong:
        raise InputError(" ".join(wrong))
    locked = replace(plan, facts=facts_of(told, known))
    _keep(configuration, store, locked, by or account(), reason or "")
    with console.progress() as tell:
        bring_up_to_date(configuration, store, tell)
    late = min(plan.go_live.values()) <= datetime.now(UTC).date()
    console.OUT.print(f"locked: {locked.hash}", highlight=False, soft_wrap=True)
    if late:
        console.say("The first go-live is past: every verdict under this plan says RETROSPECTIVE.")
    console.say(f"First look on {locked.looks[0]}, decision on {locked.decision_on}. See it with: rapport verdict")


def show(config: Path, *, as_json: bool) -> None:
    """Print every locked plan, newest first, with what was changed since."""
    configuration = load(config)
    store = open_store(configuration.ingest.warehouse_url, read_only=True)
    found = [each for each in decisions(store) if each.plan is not None]
    if as_json:
        console.print_json([_as_json(each) for each in found])
        return
    if not found:
        console.say("No plan is locked. Write one with: rapport plan draft COMPONENT")
    for each in found:
        if each.plan is None:
            continue
        shown, plan = each.plan, each.plan.plan
        late = ", retrospective" if shown.retrospective else ""
        console.OUT.print(
            f"{plan.says}: locked {shown.locked_at:%Y-%m-%d %H:%M} UTC by {shown.locked_by}{late}, decision on "
            f"{plan.decision_on}, hash {shown.hash}",
            markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
        for line in each.lines:
            owner = f", {line.owner}" if line.owner else ""
            told = f"  {line.role}{owner}: {line.name}, {line.margin_words} ({line.margin_reason})"
            console.OUT.print(told, markup=False, highlight=False, soft_wrap=True)
        for metric, why in plan.dropped.items():
            console.OUT.print(f"Left out: {metric} ({why})", markup=False, highlight=False, soft_wrap=True)
        for sentence in each.deviations:
            console.OUT.print(f"Deviation: {sentence}", markup=False, highlight=False, soft_wrap=True)


def read(path: Path, metrics: Collection[str] = ()) -> Plan:
    """The plan in a file. metrics: those that can be named. Raises InputError saying what to write instead."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return plan_from(data, path.name, metrics)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no plan; write one with `rapport plan draft COMPONENT`.") from None
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path}: it cannot be read as UTF-8 text by this account.") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None
    except PlanFault as fault:
        raise InputError(str(fault)) from None


def edited_since(configuration: Configuration, store: Store) -> dict[str, tuple[str, ...]]:
    """Hash of the newest locked plan -> what its file says otherwise today; nothing where there is no file."""
    record, path = read_record(store), path_of(configuration, None)
    if not record.plans or not path.exists():
        return {}
    row = record.plans[-1]
    locked = plan_of_content(row["content"])
    try:
        now = read(path, _nameable(locked))
    except (InputError, QueryError) as fault:
        return {row["hash"]: (f"The file {path.name} is no valid plan any more ({fault})",)}
    if (now.component, now.version) != (locked.component, locked.version):
        return {}
    return {row["hash"]: differences(locked, now)}


def _nameable(locked: Plan) -> list[str]:
    """What an edited plan may name: every declared metric, and what it named when it was locked."""
    return [*(one.key for one in DECLARED), locked.aim.metric, *(one.metric for one in locked.guardrails)]


def bring_up_to_date(configuration: Configuration, store: Store, progress: Callable[[str, float | None], None]) -> None:
    """What is due after every release: effects, looks, and edits of a locked plan, so that every page shows them."""
    govern(store, progress)
    for plan_hash, sentences in edited_since(configuration, store).items():
        add_deviations(store, plan_hash, sentences)


def show_forecast(told: Forecast) -> None:
    """What can be foreseen, line by line."""
    for line in told.lines:
        margin = size_in_words(line.unit, line.margin)
        console.OUT.print(f"{line.role}, {margin}: {foreseen(line)}", markup=False, highlight=False, soft_wrap=True)


def _keep(configuration: Configuration, store: Store, plan: Plan, by: str, reason: str) -> None:
    details = {"hash": plan.hash, "component": plan.says, "decision_on": plan.decision_on.isoformat()}
    entry = log_of(configuration).append("plan.locked", by, details)
    add_plan(
        store,
        {
            "hash": plan.hash,
            "content": plan.content,
            "component": plan.component,
            "locked_by": by,
            "reason": reason,
            "audit_entry": entry.number,
            "audit_hash": entry.hash,
        },
    )


def _earlier(store: Store, plan: Plan) -> list[Plan]:
    """Plans locked before for the same component and version, oldest first."""
    found = [plan_of_content(row["content"]) for row in read_record(store).plans]
    return [each for each in found if (each.component, each.version) == (plan.component, plan.version)]


def _as_json(each: Any) -> dict[str, Any]:
    shown = each.plan
    return {
        **shown.plan.as_json(),
        "hash": shown.hash,
        "locked_at": shown.locked_at,
        "locked_by": shown.locked_by,
        "retrospective": shown.retrospective,
        "looks": list(shown.look_dates),
        "deviations": list(each.deviations),
    }


def _site_and_day(written: str) -> tuple[str, date]:
    site, sign, day = written.rpartition("=")
    if not sign or not site.strip():
        raise InputError(f'--go-live {written!r} is no site and day; write --go-live "Main Street=2027-03-01".')
    return site.strip(), _day(day)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise InputError(f"{written.strip()!r} is no day; write it as 2027-03-01.") from None
