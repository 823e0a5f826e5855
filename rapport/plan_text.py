"""How is a plan written into `plan.toml`, with what can be foreseen of it beside each line?"""

from __future__ import annotations

import json
from collections.abc import Iterator

from metrics.effects.dates import Dates
from metrics.effects.its import WORST_INFLATION
from metrics.effects.units import size_in_words
from metrics.plan import Guardrail
from metrics.plan_draft import Draft
from metrics.planner import Outlook
from metrics.verdict import Role


def as_toml(made: Draft) -> str:
    """The whole file; what stands behind # is for people."""
    plan = made.plan
    lines = [
        f"# What {plan.says} is for, what it must not cost, and when that is judged. Edit, then: rapport plan lock",
        "# Sizes: points of a hundred for shares, a ratio for times, points for questionnaires; always above 0.",
        "",
        *(f"# {line}" for line in notes(made)),
        "",
        f"component = {_text(plan.component)}",
        f"version = {_text(plan.version)}",
        f"decision_on = {plan.decision_on}",
        f"looks_every_weeks = {plan.looks_every_weeks}",
        f"design = {_text(plan.design)}",
        f"together_with = {json.dumps(list(plan.together_with))}  # components that count as one with it",
        f"replaces = {json.dumps(list(plan.replaces))}  # components whose place it takes: compared with before them",
        "",
        "[go_live]  # published sites that stand not here are controls",
        *(f"{_text(site)} = {day}" for site, day in plan.go_live.items()),
        "",
        *_aim(made),
    ]
    for one in plan.guardrails:
        lines += ["", *_guardrail(one, made.forecast.of(one.metric))]
    lines += ["", '[dropped]  # default guardrails left out: metric = "why, and who says so"']
    return "\n".join(lines) + "\n"


def notes(made: Draft) -> Iterator[str]:
    """What must be said of the whole plan."""
    told = made.forecast
    if made.retrospective:
        yield "The first go-live is past: the verdict will say RETROSPECTIVE."
    sides = {line.side for line in told.lines[1:] if line.role is Role.MUST_HOLD}
    lacking = [side for side in ("trust", "safety") if side not in sides]
    if lacking:
        yield (
            f"No PROCEED is possible as it stands: no guardrail on {' and '.join(lacking)} can be proven. Widen a "
            "margin, with a reason, or decide later."
        )
    else:
        unit = told.lines[0].unit
        gained = ", ".join(f"{chance:.0%} if {size_in_words(unit, gain)}" for gain, chance in told.at_gain)
        yield f"Chance of PROCEED by {made.plan.decision_on}, if nothing is harmed: {gained} are really gained."
    yield from _of_dates(made.dates, made.better)


def _of_dates(own: Dates | None, better: Dates | None) -> Iterator[str]:
    if own:
        worst = " A poor design: go-live one year into two years is the worst there is." if _poor(own) else ""
        yield f"At these dates drift and season inflate the variance of a step {own.inflation:.1f}-fold.{worst}"
    if better:
        than = f", error {better.error / own.error - 1:+.0%}" if own else ""
        yield f"Better dates: {better.says}, decided on {better.decision_on}{than} (inflation {better.inflation:.1f})."


def _poor(dates: Dates) -> bool:
    return dates.inflation > WORST_INFLATION


def _aim(made: Draft) -> list[str]:
    aim, line = made.plan.aim, made.forecast.lines[0]
    return [
        "[aim]",
        f"metric = {_text(aim.metric)}",
        f"gain = {aim.gain:g}  # wanted",
        f"expected = {aim.expected:g}  # thought to come: for the chances above",
        f"reason = {_text(aim.reason)}",
        f"# {foreseen(line)}",
    ]


def _guardrail(one: Guardrail, line: Outlook | None) -> list[str]:
    owner = "  # who watches it? a person" if one.role is Role.WATCHED and not one.owner else ""
    return [
        "[[guardrails]]",
        f"metric = {_text(one.metric)}",
        f"margin = {one.margin:g}  # the loss refused",
        f"role = {_text(one.role.value)}",
        f"reason = {_text(one.reason)}",
        *([f"owner = {_text(one.owner)}{owner}"] if one.role is Role.WATCHED or one.owner else []),
        *([f"# {foreseen(line)}"] if line else []),
    ]


def foreseen(line: Outlook) -> str:
    """What can be foreseen of one line, in a sentence or two."""
    if line.smallest is None:
        return f"{line.name}: {line.reason}"
    least = size_in_words(line.unit, line.smallest)
    if line.role is Role.AIM:
        return (
            f"{line.name}: a gain of {least} is told from none with 80% chance; shown and reached: {line.chance:.0%}."
        )
    when = f"{line.months} months" if line.months else "more than 36 months"
    rests = f" {line.reason}" if line.reason else ""
    return (
        f"{line.name}: the smallest loss that can be excluded is {least}; this margin takes {when}. Shown if nothing "
        f"changes: {line.chance:.0%}; a loss of twice the margin is seen: {line.chance_twice:.0%}.{rests}"
    )


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
