"""How are published groups added up over all their periods, and where are the sums kept?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Select, Table, func, literal, select

from warehouse.columns import METADATA, PUBLISHED, release_key

GROUP = ("stratifier", "site", "stratum")  # in this order: one split is read at a time


def derived(name: str, *columns: Column[Any]) -> Table:
    """A table worked out from the cells of a release, and removed with it."""
    return Table(name, METADATA, release_key(), *columns)


def sums(source: Table, release_id: int, keys: Sequence[str], counts: Sequence[str]) -> Select[tuple[Any, ...]]:
    """Published rows added over all periods. A count that is not known in a row adds nothing."""
    added = [func.coalesce(func.sum(source.c[name]), 0).label(name) for name in counts]
    named = [source.c[name] for name in keys]
    published = (source.c.release_id == release_id) & (source.c.state == PUBLISHED)
    return select(literal(release_id).label("release_id"), *named, *added).where(published).group_by(*named)
