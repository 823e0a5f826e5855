"""Which stated totals are not what the items beside them add up to? The items win; how often is told, never judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb
import numpy as np

from etl.report import NOT_APPLICABLE, PASSED, CheckResult
from instruments import Instrument, InstrumentError, find

CHECK = "stated_total_differs"
SHEETS = ("measure", "staff_survey")
DETAIL = "answer sheets whose stated total is not what their items add up to: the items count"
_BATCH = 200_000


def results(
    con: duckdb.DuckDBPyConnection, read: Collection[str], own: Mapping[str, Instrument]
) -> tuple[CheckResult, ...]:
    """One line for each table of questionnaires that was read; of the rows that were understood."""
    return tuple(_result(con, name, own) for name in SHEETS if name in read)


def _result(con: duckdb.DuckDBPyConnection, name: str, own: Mapping[str, Instrument]) -> CheckResult:
    both = f"FROM good_{name} WHERE items IS NOT NULL AND len(items) > 0 AND total IS NOT NULL"
    words = [word for (word,) in con.execute(f"SELECT DISTINCT instrument {both}").fetchall()]
    held = differing = 0
    for word in words:
        try:
            instrument = find(word, own)
        except InstrumentError:
            continue  # nobody declared it: nothing is known of how it adds up
        if instrument.total is None:
            continue
        some, wrong = _counted(con, f"SELECT items, total::DOUBLE AS total {both} AND instrument = ?", word, instrument)
        held, differing = held + some, differing + wrong
    return CheckResult(
        CHECK,
        name,
        NOT_APPLICABLE if differing or not held else PASSED,
        numerator=float(differing) if held else None,
        denominator=float(held) if held else None,
        threshold=None,
        failed_rows=differing if held else None,
        detail=DETAIL if held else "no answer sheet has both items and a stated total",
    )


def _counted(con: duckdb.DuckDBPyConnection, query: str, word: str, instrument: Instrument) -> tuple[int, int]:
    """(sheets that can be scored, those whose total differs)."""
    from etl.release.sheets import scored

    some = wrong = 0
    for batch in con.execute(query, [word]).to_arrow_reader(_BATCH):
        stated = batch.column("total").to_numpy(zero_copy_only=False).astype(np.float64)
        found = scored(instrument, batch.column("items"), stated)
        some += int(found["total.answered"].sum())
        wrong += int(found["differing"].sum())
    return some, wrong
