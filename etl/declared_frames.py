"""What does a release say of what the practice declared? Its targets, hours, prices, codebook and questionnaires."""

from __future__ import annotations

import pandas as pd

from etl.declared import DAYS, Code, CrisisSettings, MoneySettings
from etl.settings import IngestSettings
from instruments import write

VALUES = ("name", "value", "low", "high", "unit", "says")
AGREEMENT = "agreement."  # rows that tell how far the codebook and people agree: measured, not declared

Row = tuple[str, float | None, float | None, float | None, str | None, str | None]


def frames(settings: IngestSettings) -> dict[str, pd.DataFrame]:
    """The rows of `declared_value` and `declared_instrument`, from the configuration in force; no release_id.

    Names: crisis_target.SEVERITY, opening_hours.DAY, closed_days, currency, staff_hour, clinician_hour,
    filled_slot_cost, and code.THEME (value: how many phrases; says: which).
    """
    values = [*_crisis(settings.crisis), *_money(settings.money)]
    values += [_code(theme, code) for theme, code in sorted(settings.feedback.codes.items())]
    own = [(key, write(told)) for key, told in sorted(settings.instruments.items())]
    return {
        "declared_value": pd.DataFrame(values, columns=list(VALUES)),
        "declared_instrument": pd.DataFrame(own, columns=["instrument", "declaration"]),
    }


def same(shown: dict[str, pd.DataFrame], now: dict[str, pd.DataFrame]) -> bool:
    """Does a release show exactly what is declared now?"""
    return all(_plain(shown[name]) == _plain(now[name]) for name in now)


def _crisis(crisis: CrisisSettings) -> list[Row]:
    targets = crisis.target_minutes
    rows: list[Row] = []
    for severity in ("high", "medium", "low"):
        minutes = float(getattr(targets, severity))
        rows.append((f"crisis_target.{severity}", minutes, minutes, minutes, "minutes", targets.says(severity)))
    for day in DAYS:
        hours = getattr(crisis.opening_hours, day) or "closed"
        rows.append((f"opening_hours.{day}", None, None, None, "the practice's own time", hours))
    closed = float(len(crisis.closed_on))
    rows.append(("closed_days", closed, closed, closed, "days", "further days on which the practice is closed"))
    return rows


def _money(money: MoneySettings) -> list[Row]:
    rows: list[Row] = [("currency", None, None, None, money.currency, None)] if money.currency else []
    for name, price in money.prices.items():
        unit = f"{money.currency} {'an hour' if name.endswith('_hour') else 'a visit'}"
        rows.append((name, price.value, price.low, price.high, unit, price.says))
    return rows


def _code(theme: str, code: Code) -> Row:
    many = float(len(code.phrases))
    unless = f"; unless: {', '.join(code.unless)}" if code.unless else ""
    says = f"{', '.join(code.phrases)}{unless}; not with a negation up to {code.window} words before"
    return (f"code.{theme}", many, many, many, "phrases", says)


def _plain(rows: pd.DataFrame) -> set[tuple[str, ...]]:
    columns = sorted(name for name in rows.columns if name != "release_id")
    return {
        tuple("" if pd.isna(value) else str(value) for value in row) for row in rows[columns].itertuples(index=False)
    }
