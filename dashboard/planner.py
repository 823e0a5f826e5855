"""What could be foreseen when a plan was locked: what can be told by when, and with what chance?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard import access, change, data, governed, parts, words
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.decided import PlanShown
from metrics.decision import decisions
from metrics.effects.units import size_in_words, stored
from metrics.plan import Plan

TITLE = "What can a plan tell, and when?"
NO_PLAN = (
    "No plan is locked. `rapport plan draft` writes one from the practice's own history and says, line by line, the "
    "smallest harm that can be told from none, after how many months, and with what chance."
)
NOT_FORESEEN = "This plan holds no forecast of what it can tell."
HEADINGS = (
    "Line",
    "Margin",
    "Smallest change told from none on the day of decision",
    "Months until the margin can be told",
    "Shown if nothing changes (aim: if the gain expected comes)",
    "A harm twice the margin is seen",
    "Variance inflated by these dates",
)


def pieces(view: View) -> tuple[Piece, ...]:
    """The forecast of each locked plan, the newest first."""
    return _pieces(view.only(), governed.stamp())


@data.kept
def _pieces(view: View, at: governed.Stamp) -> tuple[Piece, ...]:
    shown = [found.plan for found in decisions(access.store()) if found.plan is not None]
    if not shown:
        return (parts.words_only(parts.heading(TITLE), parts.text(NO_PLAN)),)
    return tuple(_one(plan, number) for number, plan in enumerate(shown, start=1))


def _one(shown: PlanShown, number: int) -> Piece:
    plan = shown.plan
    facts: Mapping[str, Any] = plan.facts.get("lines", {})
    title = f"{TITLE.rstrip('?')}: {change.rollout(plan.component, plan.version)}"
    if not facts:
        return parts.words_only(parts.heading(title), parts.text(NOT_FORESEEN))
    summary = (
        f"Locked on {words.day(shown.locked_at)}, decided on {words.day(plan.decision_on)}. As foreseen at the "
        f"lock, the chance of PROCEED, if nothing is harmed and the aim gains what is expected, is "
        f"{100 * float(plan.facts.get('proceed', 0.0)):.0f} %. Nothing here is a result."
    )
    sizes = _sizes(plan)
    lines = tuple(_line(told, *sizes.get(metric, ("", 0.0))) for metric, told in facts.items())
    return parts.table(title, summary, Table(HEADINGS, lines), "What could be foreseen", key=f"foreseen-{number}")


def _sizes(plan: Plan) -> dict[str, tuple[str, float]]:
    aim = {plan.aim.metric: ("aim", plan.aim.gain)}
    return aim | {one.metric: (one.role.value, one.margin) for one in plan.guardrails}


def _line(told: Mapping[str, Any], role: str, size: float) -> tuple[str, ...]:
    smallest, months, inflation = told.get("smallest"), told.get("months"), told.get("inflation")
    unit = str(told["unit"])
    twice = "—" if role == "aim" else f"{100 * told['chance_twice']:.0f} %"
    return (
        f"{change.plain(str(told['name']))} ({role})",
        size_in_words(unit, stored(unit, size)).replace("x ", "× "),
        size_in_words(unit, smallest).replace("x ", "× ") if smallest is not None else change.CANNOT,
        f"{months}" if months is not None else "more than 36",
        f"{100 * told['chance']:.0f} %",
        twice,
        f"{inflation:.1f}-fold" if inflation is not None else "—",
    )
