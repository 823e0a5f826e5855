"""What does a release say of the policy it was made under? Columns, classes, actions; and who vouched for what."""

from __future__ import annotations

import pandas as pd

from deid import policy
from etl import mapping
from etl.canonical import TABLES
from etl.settings import IngestSettings, TableSource

ATTESTED = ("position", "about", "attested_by", "attested_on", "says")


def frames(settings: IngestSettings) -> dict[str, pd.DataFrame]:
    """The rows of `policy_column` and `attestation`, from the configuration in force; no release_id.

    policy_column: every canonical column, mapped or not. attestation: in the order of the configuration; where it is
    about a column of an export, what it says begins with the place.
    """
    return {"policy_column": _policy_column(settings), "attestation": _attestation(settings)}


def same_attestations(shown: pd.DataFrame, settings: IngestSettings) -> bool:
    """Does a release show exactly what is vouched for now? The same words said on a later day are new."""
    return _said(shown) == _said(_attestation(settings))


def _said(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    rows = frame.sort_values("position")[list(ATTESTED)]
    days = pd.to_datetime(rows["attested_on"]).dt.strftime("%Y-%m-%d")
    return [tuple(map(str, row)) for row in rows.assign(attested_on=days).itertuples(index=False)]


def _policy_column(settings: IngestSettings) -> pd.DataFrame:
    rules = policy.rules(settings.privacy.profile)
    mapped = {name: _mapped(source, name) for name, source in settings.tables.items() if name in TABLES}
    return pd.DataFrame(
        [
            {
                "table_name": rule.table,
                "column_name": rule.column,
                "privacy_class": str(rule.privacy),
                "action": str(rule.action),
                "mapped": rule.column in mapped.get(rule.table, ()),
                "reason": rule.reason,
            }
            for rule in rules.values()
        ]
    )


def _mapped(source: TableSource, name: str) -> frozenset[str]:
    """The canonical columns the mapping gives a value, by a column of the export, a constant or a rule."""
    whole, _ = mapping.merged(source, name)
    by_rule = {"status"} if whole.status_rules else set()
    by_rule |= {"exposed"} if whole.components else set()
    return frozenset({*whole.columns, *whole.constants, *by_rule})


def _attestation(settings: IngestSettings) -> pd.DataFrame:
    said = settings.privacy.attestations
    rows = [
        (
            position,
            each.about,
            each.by,
            each.on,
            f"{each.table}.{each.column}: {each.says}" if each.table else each.says,
        )
        for position, each in enumerate(said)
    ]
    return pd.DataFrame(rows, columns=list(ATTESTED))
