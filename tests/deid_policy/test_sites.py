"""A site is published under its alias, else its declared name; never under a code that has an alias."""

from __future__ import annotations

import ibis
import pandas as pd
import pytest

from etl.release.sites import _labels
from tests.etl_release.practice import settings

NAMES = ibis.memtable(
    pd.DataFrame({"site_id": ["LOC-1", "LOC-2", "LOC-3"], "name": ["12 Elm Street", "Riverside", None]})
)


@pytest.mark.parametrize("written", ["LOC-1", "loc-1", " Loc -1"])
def test_an_alias_stands_before_name_and_code_however_the_code_is_written(written: str) -> None:
    labels = _labels(["LOC-1", "LOC-2", "LOC-3"], NAMES, settings(site_aliases={written: "Downtown"}))
    assert labels == {"LOC-1": "Downtown", "LOC-2": "Riverside", "LOC-3": "LOC-3"}


def test_without_a_table_of_sites_an_alias_hides_the_code() -> None:
    nothing = ibis.memtable(pd.DataFrame({"site_id": ["12 Elm"], "name": ["12 Elm"]}))
    assert _labels(["12 Elm"], nothing, settings(site_aliases={"12 elm": "Site A"})) == {"12 Elm": "Site A"}
