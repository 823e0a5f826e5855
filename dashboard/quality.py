"""What is said about the quality of the data, and how is it laid out as tables?"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd

from dashboard import data, parts, reasons, words
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics import trust
from metrics.trust import Account, Hidden
from warehouse.store import Release

CHECKS = {
    "quarantined_share": "Share of rows set aside",
    "volume_against_last_run": "Rows against the last run",
    "missing_against_last_run": "Columns emptier than at the last run",
    "new_words": "New words since the last run",
    "stated_total_differs": "Stated totals that their items do not add up to",
    "questionnaire_not_known": "Answers to questionnaires that are not known",
    "nobodys_site": "Rows of no site with visits",
}
ROWS = "Rows read = kept + set aside + dropped. Waiting rows join when past periods are next made anew."
GATE = "A table that fails a check stops the whole release; the release before it stays."
STATES = {trust.PASSED: "✓ Passed", trust.FAILED: "✕ Failed", trust.ERROR: "! Could not be checked"}


@data.kept
def pieces(view: View) -> tuple[Piece, ...]:
    """All of the page: the answer, how fresh, where every row went, why rows were set aside, checks, what is hidden."""
    reconciled, quarantined, results, cells = (
        data.table(view.scope, name)
        for name in ("reconciliation", "quarantine_count", "quality_result", "attendance_cells")
    )
    accounts, few = trust.accounts(reconciled, quarantined), view.release.smallest_group
    fresh = parts.words_only(
        parts.answer(verdict(accounts, results)),
        parts.heading("How fresh is this?"),
        parts.text(freshness(view.release, trust.last_day_shown(cells))),
    )
    hidden = (
        f"A group of fewer than {words.count(few, 'patient')} in a period is withheld, together with what would give "
        "it away."
    )
    return (
        fresh,
        parts.table("Where did every row go?", ROWS, reconciliation(accounts), "Rows of each table", key="rows"),
        _aside(set_aside(quarantined)),
        *_checks(results),
        parts.table(
            "What is not shown, to protect people?",
            hidden,
            withheld(trust.hidden(cells), few),
            "Groups withheld",
            key="withheld",
        ),
    )


def _aside(reasons_: Table) -> Piece:
    """Why rows were set aside: the most frequent reasons in words, all of them when asked for."""
    title = "Why were rows set aside?"
    if not reasons_.lines:
        return parts.words_only(parts.heading(title), parts.text("No row was set aside."))
    most = words.listed(
        [f"{words.lower_first(reason)} ({table}, {rows})" for reason, table, rows in reasons_.lines[:3]]
    )
    said = f"Most often: {most}. Row numbers, never the contents, are kept inside the practice."
    return parts.folded(title, said, reasons_, key="set-aside", label="Show every reason, or download")


def _checks(results: pd.DataFrame) -> tuple[Piece, ...]:
    """Checks that did not pass in the open, the others when asked for."""
    passed = results["state"].isin([trust.PASSED, trust.NOT_APPLICABLE])
    others = results[~passed]
    kept = parts.folded(
        "Which checks were passed?" if len(others) else "Which checks were made?",
        f"{words.count(int(passed.sum()), 'check')} passed or did not apply." if len(others) else GATE,
        checks(results[passed]),
        key="checks-passed",
        label="Show every check that passed or does not apply, or download",
    )
    if others.empty:
        return (kept,)
    return (parts.table("Which checks were not passed?", GATE, checks(others), "Checks not passed", key="checks"), kept)


def verdict(accounts: Sequence[Account], results: pd.DataFrame) -> str:
    """Can these numbers be trusted, in two sentences?"""
    if not accounts:
        return "This release holds no record of what was read, so it cannot be said whether its numbers can be trusted."
    adrift = [words.name_of(account.table) for account in accounts if not account.balanced]
    rows = (
        f"Not every row is accounted for in {words.listed(adrift)}."
        if adrift
        else f"Every one of the {sum(account.read for account in accounts):,} rows read is accounted for."
    )
    return f"{rows} {_checks_said(results)}"


def _checks_said(results: pd.DataFrame) -> str:
    asked = results[results["state"] != trust.NOT_APPLICABLE]
    failed = int((asked["state"] == trust.FAILED).sum())
    errors = int((asked["state"] == trust.ERROR).sum())
    if asked.empty:
        return "No check was run."
    if failed or errors:
        return f"{failed} of {words.count(len(asked), 'check')} failed and {errors} could not be run."
    return "The one check that applies passed." if len(asked) == 1 else f"All {len(asked)} checks that apply passed."


def freshness(release: Release, until: object) -> str:
    """How old is what is shown?"""
    waits = words.day(release.extracted_on - timedelta(days=release.settle_days))
    shown = f"Results run to {words.day(until)}" if until else "No period is shown yet"  # type: ignore[arg-type]
    return (
        f"The records were exported on {words.day(release.extracted_on)} and this release was made on "
        f"{words.day(release.made_at)}. {shown}: a period is shown once it is over and {release.settle_days} days have "
        f"passed, so that late corrections are in. Periods that ended after {waits} are still waiting."
    )


def reconciliation(accounts: Sequence[Account]) -> Table:
    """Per table: read = kept + set aside + dropped."""
    headings = ("Table", "Read", "Kept", "Set aside", "Repeats dropped", "Adds up", "Changed", "Waiting", "Latest day")
    lines = tuple(
        (
            words.name_of(a.table),
            *(f"{number:,}" for number in (a.read, a.kept, a.set_aside, a.dropped)),
            "✓ yes" if a.balanced else "✕ no",
            f"{a.changed:,}",
            f"{a.waiting:,}",
            words.day(a.latest_on) if a.latest_on else "no dates",
        )
        for a in accounts
    )
    return Table(headings, lines)


def set_aside(quarantine: pd.DataFrame) -> Table:
    """Why were rows set aside, most frequent first?"""
    ordered = quarantine.sort_values("rows", ascending=False)
    lines = tuple(
        (
            words.sentence(reasons.reason(row["reason"])).rstrip("."),
            words.name_of(row["table_name"]),
            f"{row['rows']:,}",
        )
        for row in ordered.to_dict("records")
    )
    return Table(("Reason", "Table", "Rows"), lines)


def checks(results: pd.DataFrame) -> Table:
    """Which checks ran, against which threshold, with which numbers?"""
    lines = tuple(
        (
            CHECKS.get(row["check_name"], words.sentence(reasons.reason(row["check_name"])).rstrip(".")),
            words.name_of(row["table_name"]),
            STATES.get(row["state"], "– Does not apply"),
            _fraction(row["numerator"], row["denominator"]),
            _limit(row["threshold"]),
            row["detail"] or "",
        )
        for row in sorted(results.to_dict("records"), key=_worst_first)
    )
    return Table(("Check", "Table", "Result", "Found", "Limit", "Note"), lines)


def withheld(hidden: Sequence[Hidden], smallest_group: int) -> Table:
    """How many groups are too small to show?"""
    lines = tuple(
        ("Not split" if h.stratifier == "all" else words.stratifier(h.stratifier), f"{h.shown:,}", f"{h.withheld:,}")
        for h in hidden
    )
    return Table(("Split by", "Groups shown", f"Withheld (under {smallest_group} patients)"), lines)


def _fraction(numerator: object, denominator: object) -> str:
    return f"{_number(numerator)} of {_number(denominator)}" if not pd.isna(denominator) else _number(numerator)  # type: ignore[call-overload]


def _worst_first(row: dict[Hashable, Any]) -> tuple[int, float]:
    order = (trust.FAILED, trust.ERROR, trust.PASSED, trust.NOT_APPLICABLE)
    rows = 0.0 if pd.isna(row["failed_rows"]) else float(row["failed_rows"])
    return order.index(row["state"]) if row["state"] in order else 0, -rows


def _limit(share: Any) -> str:
    return "—" if pd.isna(share) else f"{100 * share:.3g} %"


def _number(value: object) -> str:
    return "—" if pd.isna(value) else f"{value:,.4g}" if value < 1 else f"{value:,.0f}"  # type: ignore[call-overload, operator]
