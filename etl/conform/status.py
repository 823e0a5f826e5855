"""What became of an appointment, where the export says it in several columns, or only once time has passed?"""

from __future__ import annotations

from datetime import date

from etl.conform.values import one_of
from etl.engines.duckdb import quoted
from etl.settings import Condition, StatusRule


def holds(condition: Condition, raw: str) -> str:
    """SQL: does the condition hold for the row? `raw`: the cleaned text of its column. Never NULL."""
    parts = []
    if condition.equals:
        parts.append(one_of(raw, condition.equals))
    if condition.filled is not None:
        parts.append(f"{raw} IS {'NOT ' if condition.filled else ''}NULL")
    number = f"TRY_CAST(replace({raw}, ',', '.') AS DOUBLE)"
    if condition.below is not None:
        parts.append(f"{number} < {condition.below!r}")
    if condition.above is not None:
        parts.append(f"{number} > {condition.above!r}")
    return f"coalesce({' AND '.join(parts)}, false)"


def by_rules(rules: tuple[StatusRule, ...], raws: dict[str, str], otherwise: str) -> str:
    """SQL: the status of the first rule that holds. raws: source column to its cleaned text."""
    cases = [
        f"WHEN {' AND '.join(holds(each, raws[each.column]) for each in rule.conditions)} THEN {quoted(rule.status)}"
        for rule in rules
    ]
    return f"CASE {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise


def settled(status: str, at: dict[str, str], late_cancel_hours: int, extracted_on: date) -> str:
    """SQL: the status once it is known when the appointment was and when it was cancelled.

    Past and still booked is unknown, never attended. Cancelled by the patient less than late_cancel_hours before the
    start is a late cancellation; where only days are known, only if every time of those days would make it late.
    at: SQL of starts_at, starts_on, status_at, status_on.
    """
    late_by_time = f"{at['starts_at']} < {at['status_at']} + INTERVAL ({late_cancel_hours}) HOUR"
    days_between = f"({at['starts_on']} - {at['status_on']})"
    late_by_day = f"({days_between} + 1) * 24 <= {late_cancel_hours}"
    known = f"{at['starts_at']} IS NOT NULL AND {at['status_at']} IS NOT NULL"
    return (
        f"CASE WHEN {status} = 'booked' AND {at['starts_on']} < DATE '{extracted_on}' THEN 'unknown' "
        f"WHEN {status} = 'cancelled_patient' AND CASE WHEN {known} THEN {late_by_time} ELSE {late_by_day} END "
        f"THEN 'late_cancel' ELSE {status} END"
    )
