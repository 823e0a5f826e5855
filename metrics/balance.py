"""What is the net benefit made of: which gains, which costs, and which assumption would turn the answer round?"""

from __future__ import annotations

from dataclasses import dataclass

from metrics.account import accounts, currency, lines_of, prices
from metrics.benefit import NetBenefit, net_benefit
from metrics.cells import Cells
from metrics.groups import group
from metrics.money import DRAWS, SEED
from warehouse.schema import ALL


@dataclass(frozen=True)
class Balance:
    """An account drawn, its currency ("" where none is declared), and what would have been without automation by."""

    benefit: NetBenefit
    currency: str
    against: str


def balance(cells: Cells, site: str) -> Balance | None:
    """The account of a site ("*" = the practice) since go-live; None where there is none.

    The same draws as the metric `net_benefit`, so that both say the same.
    """
    groups = group(cells, "attendance_cells", ALL)
    for one, account in zip(groups.index, accounts(cells, groups, ALL), strict=True):
        if one.site == site and account is not None and account.fee:
            drawn = net_benefit(*lines_of(account, prices(cells)), seed=SEED, draws=DRAWS[ALL])
            return Balance(drawn, currency(cells), account.against)
    return None
