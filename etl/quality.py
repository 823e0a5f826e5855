"""Is this export believable as a whole, by itself and against the last one?

Great Expectations judges the profile of each table: one value per check, each with its threshold. It is imported here
alone, only when needed (it takes seconds), with its telemetry off and without the network. Suites, results and Data
Docs are kept in a 0700 folder inside the boundary; what they hold is counts.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from etl.errors import GateRefused
from etl.quality_checks import TABLE_CHECKS, Check
from etl.report import ERROR, FAILED, NOT_APPLICABLE, PASSED, CheckResult

_OFFLINE = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'self' 'unsafe-inline' data:\">"  # a page opened from disk asks no other machine
)
_RESULTS_KEPT = 20  # runs


def warm_up() -> None:
    """Load Great Expectations while the exports are read: it takes seconds."""

    def load() -> None:
        with suppress(Exception):  # `judge` meets the same fault and calls it an error
            _great_expectations()

    threading.Thread(target=load, name="load the gate", daemon=True).start()


def judge(folder: Path, checks: list[Check]) -> tuple[CheckResult, ...]:
    """Which checks passed? Keeps the suites, the results and the Data Docs in `folder`.

    A check that cannot be judged is an error, never a pass.
    """
    due = [check for check in checks if check.applicable]
    verdicts = _verdicts(folder, due) if due else {}
    return tuple(_result(check, verdicts) for check in checks)


def refuse_failed(results: tuple[CheckResult, ...], folder: Path) -> None:
    """Raise GateRefused where a check failed or could not be judged, saying which and what to do.

    A single rule is not named beside the check of its whole table, which counts its rows too.
    """
    refused = [result for result in results if result.state in (FAILED, ERROR)]
    if not refused:
        return
    told = [result for result in refused if result.state == ERROR or result.check in TABLE_CHECKS] or refused
    said = " ".join(f"{result.table}: {result.detail or result.check.replace('_', ' ')}." for result in told)
    raise GateRefused(
        f"The quality gate refused this export; nothing was changed and the last release stands. {said} "
        f"Mend the export or its mapping and run again; if the rows are right, raise the threshold in the "
        f"configuration; if the practice has changed since the last run, rapport ingest --rebuild compares with "
        f"nothing. All checks: {docs_page(folder)}"
    )


def docs_page(folder: Path) -> Path:
    """Where do the Data Docs begin?"""
    return folder / "gx" / "uncommitted" / "data_docs" / "local_site" / "index.html"


def _result(check: Check, verdicts: dict[tuple[str, str], str]) -> CheckResult:
    state = verdicts.get((check.table, check.name), ERROR) if check.applicable else NOT_APPLICABLE
    result = CheckResult(
        check.name,
        check.table,
        state,
        check.numerator,
        check.denominator,
        check.threshold,
        check.failed_rows,
        check.detail,
    )
    if state == ERROR:
        return replace(result, detail=f"{check.name.replace('_', ' ')} could not be judged")
    return result


def _verdicts(folder: Path, checks: list[Check]) -> dict[tuple[str, str], str]:
    try:
        gx = _great_expectations()
    except Exception:  # noqa: BLE001  whatever is broken in it, the gate must not pass
        return {}
    context = _context(gx, folder)
    verdicts: dict[tuple[str, str], str] = {}
    for table in dict.fromkeys(check.table for check in checks):
        verdicts |= _judge_table(gx, context, table, [check for check in checks if check.table == table])
    _write_docs(context, folder)
    return verdicts


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read at import
    import great_expectations

    return great_expectations


def _context(gx: Any, folder: Path) -> Any:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    context = gx.get_context(mode="file", project_root_dir=str(folder))
    context.enable_analytics(enable=False)
    context.variables.progress_bars = {"globally": False}
    return context


def _judge_table(gx: Any, context: Any, table: str, checks: list[Check]) -> dict[tuple[str, str], str]:
    frame = pd.DataFrame([{check.name: check.value for check in checks}])
    expectations = [
        gx.expectations.ExpectColumnValuesToBeBetween(
            column=check.name,
            min_value=check.threshold if check.at_least else None,
            max_value=None if check.at_least else check.threshold,
            notes=check.meaning,
        )
        for check in checks
    ]
    suite = context.suites.add_or_update(gx.ExpectationSuite(name=table, expectations=expectations))
    asset = _asset(context, table)
    definition = context.validation_definitions.add_or_update(
        gx.ValidationDefinition(name=table, data=asset, suite=suite)
    )
    validation = definition.run(batch_parameters={"dataframe": frame})
    return {(table, result.expectation_config.kwargs["column"]): _state(result) for result in validation.results}


def _asset(context: Any, table: str) -> Any:
    source = context.data_sources.add_or_update_pandas("profile")
    asset = source.add_dataframe_asset(table)
    return asset.add_batch_definition_whole_dataframe("whole")


def _state(result: Any) -> str:
    if result.success:
        judged = result.result.get("missing_count", 1) == 0  # a missing value passes there; here it was not judged
        return PASSED if judged else ERROR
    raised = result.exception_info or {}
    failed_to_judge = raised.get("raised_exception", True)  # a nested description is one of an exception
    return ERROR if failed_to_judge else FAILED


def _write_docs(context: Any, folder: Path) -> None:
    """Data Docs without references to other machines, readable by their owner alone."""
    context.build_data_docs()
    for page in docs_page(folder).parent.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        if _OFFLINE not in text:
            page.write_text(text.replace("<head>", f"<head>{_OFFLINE}", 1), encoding="utf-8")
    forget_old_results(folder)


def forget_old_results(folder: Path) -> None:
    """Keep the results of the last runs of each table; older ones go."""
    for kept in ("validations", "data_docs/local_site/validations"):
        for table in (folder / "gx" / "uncommitted" / kept).glob("*/__none__"):
            for old in sorted(table.iterdir())[:-_RESULTS_KEPT]:
                for file in old.iterdir():
                    file.unlink()
                old.rmdir()
