"""What is asked of a table as a whole? One check per row rule, and four on its size, gaps and words."""

from __future__ import annotations

from dataclasses import dataclass

from etl.canonical import POSTAL_AREA, Table
from etl.profile import WORD_ROWS, Profile
from etl.report import TableReport
from etl.rules import cross_rules, row_rules
from etl.settings import TableSource

MISSING_JUMP = 0.20  # a column whose share of missing values grew by more than this is not believed
NEW_WORD_SHARE = 0.05  # words never seen before in more than this share of rows: the mapping is likely wrong
SHOWN_WORDS = 5
TABLE_CHECKS = ("quarantined_share", "volume_against_last_run", "missing_against_last_run", "new_words")


@dataclass(frozen=True)
class Check:
    """One value and its threshold: at most it, or at least it. Not applicable where there is no value to judge."""

    name: str
    table: str
    meaning: str
    value: float | None
    threshold: float | None
    numerator: float | None = None
    denominator: float | None = None
    failed_rows: int | None = None
    at_least: bool = False
    detail: str = ""

    @property
    def applicable(self) -> bool:
        return self.value is not None and self.threshold is not None


def checks_of(
    table: Table,
    source: TableSource,
    report: TableReport,
    profile: Profile,
    last: Profile | None,
    read: frozenset[str],
) -> list[Check]:
    """Every check of one table, in the order in which they are shown. `last`: the same table at the last run."""
    worst = table.worst_quarantined_share if source.worst_quarantined_share is None else source.worst_quarantined_share
    smallest = table.largest_drop if source.largest_drop is None else source.largest_drop
    return [
        _quarantined(report, worst),
        _volume(report, last, smallest),
        _missingness(table, profile, last),
        _new_words(profile, last),
        *_rule_checks(table, report, profile, worst, read),
    ]


def _quarantined(report: TableReport, worst: float) -> Check:
    rows, read = report.quarantined_rows, report.read
    main = next(iter(report.quarantined), "")
    detail = f"{rows:,} of {read:,} rows are quarantined ({_share(rows, read)}; at most {worst:.1%})"
    if main:
        detail += f", most of them as {main} ({report.quarantined[main]:,} rows)"
    return Check(
        "quarantined_share",
        report.table,
        "The share of rows that no rule lets pass.",
        rows / read if read else None,
        worst,
        rows,
        read,
        rows,
        detail=detail,
    )


def _volume(report: TableReport, last: Profile | None, smallest: float) -> Check:
    before = last.read if last else 0
    detail = f"{report.read:,} rows, {before:,} at the last run (at least {smallest:.0%} of those)" if before else ""
    return Check(
        "volume_against_last_run",
        report.table,
        "Rows read, as a share of those of the last run.",
        report.read / before if before else None,
        smallest,
        report.read,
        before or None,
        at_least=True,
        detail=detail,
    )


def _missingness(table: Table, profile: Profile, last: Profile | None) -> Check:
    """The column whose share of missing values grew most, in shares of the kept rows."""
    names = [
        name for name in profile.missing if name != POSTAL_AREA
    ]  # a stricter profile empties it; nothing counts it
    jumps = {column: jump for column in names if (jump := _jump(profile, last, column)) is not None}
    worst = max(jumps, key=lambda column: jumps[column], default="")
    detail = ""
    if worst and last and jumps[worst] > 0:
        before, now = last.missing_share(worst) or 0.0, profile.missing_share(worst) or 0.0
        detail = (
            f"{worst} is missing in {now:.0%} of rows, {before:.0%} at the last run (at most {MISSING_JUMP:.0%} more)"
        )
    return Check(
        "missing_against_last_run",
        table.name,
        "The largest growth of any column's share of missing values since the last run.",
        jumps[worst] if worst else None,
        MISSING_JUMP,
        profile.missing[worst] if worst else None,
        profile.kept if worst else None,
        detail=detail,
    )


def _jump(profile: Profile, last: Profile | None, column: str) -> float | None:
    now, before = profile.missing_share(column), last.missing_share(column) if last else None
    return None if now is None or before is None else now - before


def _new_words(profile: Profile, last: Profile | None) -> Check:
    """The column with most rows under words not seen at the last run. Only words in 11 or more rows are looked at."""
    new = {column: _unseen(profile, last, column) for column in profile.words} if last else {}
    worst = max(new, key=lambda column: sum(new[column].values()), default="")
    rows = sum(new[worst].values()) if worst else 0
    words = sorted(new.get(worst, {}), key=lambda word: -new[worst][word])[:SHOWN_WORDS]
    detail = f"{worst} has words not seen at the last run: {', '.join(words)} ({rows:,} rows)" if words else ""
    return Check(
        "new_words",
        profile.table,
        f"The largest share of rows under words not seen at the last run (words in {WORD_ROWS} rows or more).",
        rows / profile.kept if last and profile.kept else None,
        NEW_WORD_SHARE,
        rows if last else None,
        profile.kept if last else None,
        detail=detail,
    )


def _unseen(profile: Profile, last: Profile | None, column: str) -> dict[str, int]:
    seen = last.words.get(column, {}) if last else {}
    if not seen:
        return {}  # a column filled for the first time has no words to compare with
    return {word: rows for word, rows in profile.words[column].items() if word not in seen}


def _rule_checks(
    table: Table, report: TableReport, profile: Profile, worst: float, read: frozenset[str]
) -> list[Check]:
    """One check per rule, judged by the table's own threshold; also for reasons only the reading can give."""
    applicable = {
        rule.reason: all(profile.missing.get(name, 0) < report.kept or not report.kept for name in rule.columns)
        for rule in row_rules(table)
    }
    applicable |= dict.fromkeys(cross_rules(table, read), True)
    applicable |= dict.fromkeys(report.quarantined, True)
    return [_rule_check(report, reason, worst, used) for reason, used in applicable.items()]


def _rule_check(report: TableReport, reason: str, worst: float, used: bool) -> Check:
    rows = report.quarantined.get(reason, 0)
    return Check(
        reason,
        report.table,
        f"The share of rows quarantined as: {reason.replace('_', ' ')}.",
        rows / report.read if used and report.read else None,
        worst,
        rows if used else None,
        report.read if used else None,
        rows if used else None,
        detail=f"quarantined as {reason}: {_share(rows, report.read)} of the rows, at most {worst:.1%}" if rows else "",
    )


def _share(rows: int, of: int) -> str:
    if not of:
        return "0 %"
    return "under 0.1%" if 0 < rows / of < 0.001 else f"{rows / of:.1%}"
