"""What is the net benefit made of, and what would turn it round?"""

from __future__ import annotations

from dashboard import amounts as drawing
from dashboard import data, parts, words
from dashboard.layout import View
from dashboard.parts import Piece
from dashboard.tables import Table
from metrics.balance import Balance
from metrics.benefit import NetBenefit

TITLE = "What is it made of?"
NONE = (
    "There is no account to show: it needs a day on which automation went live, visits published from before and "
    "after, and fees."
)
DRAWN = "Every assumption is drawn 20,000 times within its limits, independently of the others; the seed is fixed."


def pieces(view: View) -> tuple[Piece, ...]:
    """Gains and costs, line by line; and the assumptions that matter most."""
    return _pieces(view.only("site"))


@data.kept
def _pieces(view: View) -> tuple[Piece, ...]:
    found = data.account(view.scope, view.site)
    if found is None:
        return (parts.words_only(parts.heading(TITLE), parts.text(NONE)),)
    return (_lines(found, view), _turns(found.benefit))


def _lines(found: Balance, view: View) -> Piece:
    benefit, currency = found.benefit, found.currency
    amounts = [(_named(name), amount) for name, amount in benefit.lines.items()]
    net = f"{_money(benefit.value, currency)} (95 % interval {_money(benefit.low)} to {_money(benefit.high)})"
    loss = f"{100 * benefit.chance_of_loss:.0f} %"
    against = _named(f"slots no longer lost are reckoned {found.against}") + "."
    summary = f"Net benefit since go-live: {net}. The chance that it is a loss is {loss}. {against} {DRAWN}"
    lines = [(name, _money(amount, currency), "—") for name, amount in amounts]
    lines.append(("Net benefit", _money(benefit.value, currency), f"{_money(benefit.low)} to {_money(benefit.high)}"))
    drawn = drawing.build_amounts(amounts, ("Net benefit", benefit.value, benefit.low, benefit.high))
    table = Table(("Line", "Amount", "95 % interval"), tuple(lines))
    return parts.figure(words.titled(TITLE.rstrip("?"), view.site), drawn, summary, table, key="account")


def _turns(benefit: NetBenefit) -> Piece:
    lines = tuple(
        (
            _named(turn.name),
            "—" if turn.at is None else f"{turn.at:,.1f} {turn.unit}",
            "yes" if turn.turns else "no",
            _money(abs(turn.swing)),
        )
        for turn in benefit.turns
        if turn.swing
    )
    round_ = [line[0] for line in lines if line[2] == "yes"]
    summary = (
        f"Within its own limits, {words.listed(round_)} would turn gain into loss or loss into gain."
        if round_
        else "No single assumption turns the answer round within its own limits."
    )
    headings = ("Assumption", "Net benefit is nothing at", "Within its limits", "Moves the answer by")
    return parts.table(
        "Which assumption would turn it round?", summary, Table(headings, lines), "Assumptions", key="assumptions"
    )


def _named(name: str) -> str:
    """A line of the account with a capital."""
    return words.sentence(name).rstrip(".")


def _money(amount: float, currency: str = "") -> str:
    return f"{currency} {words.bare(amount, 'money')}".strip()
