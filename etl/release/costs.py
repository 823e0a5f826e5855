"""What did automation cost in each four weeks? A bill is spread evenly over the days it pays for.

Nobody is counted here, so nothing is withheld, and nothing is carried over: a bill that comes late is in the next
release. Cents are rounded so that the parts of a bill add up to it.
"""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from deid.disclosure import CHUNK
from etl.release import engine
from etl.release.grid import Grid, as_date
from etl.release.work import Work
from warehouse.schema import ALL_SITES

UNKNOWN = "not recorded"
KEYS = ["site", "period_start", "component", "vendor_kind"]


def cost_cells(work: Work) -> None:
    """Adds cost_cells of published weeks. A bill of no site, or of one that publishes nothing, is the practice's."""
    bills = engine.table(work.backend, "automation_cost").to_pandas()
    rows = [
        (_site(work, bill["site_id"]), start, bill["component"], _word(bill["vendor_kind"]), cents)
        for bill in bills.to_dict("records")
        for start, cents in spread(work.grid, as_date(bill["from_on"]), _last(bill), int(bill["amount"]))
    ]
    if rows:
        sums = pd.DataFrame(rows, columns=[*KEYS, "cents"]).groupby(KEYS, as_index=False)["cents"].sum()
        work.add("cost_cells", sums.assign(grain="4weeks"))


def spread(grid: Grid, first: date, last: date, amount: int) -> list[tuple[date, int]]:
    """The first Monday and the cents of every published four weeks a bill pays for; last: inclusive."""
    days = (last - first).days + 1
    found = []
    for start in range(0, grid.until // CHUNK * CHUNK, CHUNK):
        begins, ends = (min(max(grid.day(week), first), last + timedelta(days=1)) for week in (start, start + CHUNK))
        cents = _until(amount, (ends - first).days, days) - _until(amount, (begins - first).days, days)
        if ends > begins:
            found.append((grid.day(start), cents))
    return found


def _until(amount: int, days: int, of: int) -> int:
    return (2 * amount * days + of) // (2 * of)


def _last(bill: dict[str, object]) -> date:
    """A bill without an end pays for its first day: money spent once."""
    return as_date(bill["from_on"] if pd.isna(bill["to_on"]) else bill["to_on"])  # type: ignore[call-overload]


def _word(value: object) -> str:
    return value if isinstance(value, str) and value else UNKNOWN


def _site(work: Work, code: object) -> str:
    number = work.sites.number.get(str(code)) if isinstance(code, str) and code else None
    return ALL_SITES if number is None else work.sites.labels[number]
