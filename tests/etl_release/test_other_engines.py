"""What a release asks of its engine can be asked of another one: no question is in DuckDB's words alone."""

from __future__ import annotations

from typing import Any

import ibis
import pytest
from ibis.backends.sql import SQLBackend
from ibis.backends.sql.compilers import PostgresCompiler, PySparkCompiler
from ibis.config import Config

from etl.release import make_release
from etl.settings import ReleaseSettings, Stratifiers
from tests.etl_release import practice


class OfSpark(Config):
    """What Ibis sets where pyspark is installed."""

    treat_nan_as_null: bool = False


def test_every_question_of_a_release_can_be_asked_of_spark_and_of_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    compiled = SQLBackend.compile

    def noted(self: SQLBackend, expression: Any, /, **how: Any) -> str:
        asked.append(expression)
        return compiled(self, expression, **how)

    monkeypatch.setattr(SQLBackend, "compile", noted)
    chosen = practice.settings(release=ReleaseSettings(stratifiers=Stratifiers(names=("sex",))))
    make_release(practice.practice(weeks=8), chosen, None, practice.NOW)
    monkeypatch.undo()
    assert len(asked) >= 10
    monkeypatch.setattr(ibis.options, "pyspark", OfSpark(), raising=False)
    for compiler in (PySparkCompiler(), PostgresCompiler()):
        for expression in asked:
            assert compiler.to_sqlglot(expression).sql(dialect=compiler.dialect).startswith(("SELECT", "WITH"))
