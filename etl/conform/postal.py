"""How is a postal code reduced inside the engine? As `deid.postal` says; a code as written never leaves the query."""

from __future__ import annotations

from deid import policy, postal
from deid.policy import Action
from etl.canonical import POSTAL_AREA
from etl.conform.values import Reading
from etl.engines.duckdb import quoted


def reading(raw: str, profile: str, practice_zone: str) -> Reading:
    """The reading of `patient.postal_code`. A code that is not understood is dropped; the row stays good."""
    action = policy.rules(profile)[("patient", "postal_code")].action
    return Reading({POSTAL_AREA: area_sql(raw, action, practice_zone)})


def area_sql(raw: str, action: Action, practice_zone: str) -> str:
    """SQL: the area of a code. The three digits are looked up by place in a text of a thousand marks: no join."""
    if not postal.read_here(practice_zone):
        return "NULL::VARCHAR"
    code = f"upper({raw})"
    letters = " ".join(f"WHEN {quoted(first)} THEN {quoted(name)}" for first, name in postal.provinces().items())
    cases = f"WHEN regexp_full_match({code}, {quoted(postal.CANADIAN)}) THEN CASE left({code}, 1) {letters} END"
    if action is Action.ZIP3:
        kept = postal.kept_prefixes()
        marks = "".join("1" if f"{number:03}" in kept else "0" for number in range(1000))
        many = f"substr({quoted(marks)}, 1 + TRY_CAST(left({raw}, 3) AS INTEGER), 1) = '1'"
        area = f"CASE WHEN {many} THEN left({raw}, 3) ELSE {quoted(postal.SPARSE)} END"
        cases += f" WHEN regexp_full_match({raw}, {quoted(postal.ZIP)}) THEN {area}"
    return f"CASE {cases} END"
