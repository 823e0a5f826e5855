"""Does the engine give room while rows are taken out of it, and take it back?"""

from __future__ import annotations

import duckdb
import pytest

from etl.release import engine


@pytest.mark.parametrize(("limit", "share"), [("800MB", 0.5), ("4GB", 0.5), ("300MB", 1.0)])
def test_the_engine_keeps_half_of_its_memory_and_never_too_little(limit: str, share: float) -> None:
    con = duckdb.connect(config={"memory_limit": limit})
    before = mebibytes(con)
    with engine.giving_room(engine.backend_of(con)):
        assert mebibytes(con) == pytest.approx(before * share, rel=0.05)
    assert mebibytes(con) == pytest.approx(before, rel=0.03)  # told with one decimal, rounded down


def test_the_engine_takes_its_memory_back_after_a_fault() -> None:
    con = duckdb.connect(config={"memory_limit": "800MB"})
    with pytest.raises(duckdb.Error), engine.giving_room(engine.backend_of(con)):
        con.execute("SELECT * FROM nowhere")
    assert mebibytes(con) == pytest.approx(800e6 / 2**20, rel=0.001)


def mebibytes(con: duckdb.DuckDBPyConnection) -> float:
    (limit,) = con.execute("SELECT current_setting('memory_limit')").fetchone() or ("0 MiB",)
    number, unit = str(limit).split()
    return float(number) * engine.MEBIBYTES[unit]
