"""Faults become one sentence and an exit code; what is not a user's mistake names its place and no value."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from etl.errors import Busy, GateRefused, InputError, SafetyHalt
from rapport import console

STOPPED = (
    "Stopped. What was released before is whole and what was decided is kept; a forgetting that had begun is ended by "
    "the next `rapport forget` or `rapport ingest`."
)
STOPPED_CODE = 130  # as shells write a stop by Ctrl-C


def guarded(run: Callable[[], None]) -> int:
    """Run, and turn what goes wrong into one sentence on stderr and an exit code."""
    try:
        run()
    except KeyboardInterrupt:
        return _stopped()
    except SystemExit as end:  # how typer ends, a stop by Ctrl-C included
        if end.code == STOPPED_CODE:
            return _stopped()
        raise
    except Exception as error:  # noqa: BLE001  a message may hold a patient's value: name the place alone
        return _stopped() if isinstance(error.__cause__, KeyboardInterrupt) else told(error)
    return 0


def _stopped() -> int:
    console.fault(STOPPED)
    return STOPPED_CODE


def told(error: BaseException) -> int:
    """Say what went wrong, a safety halt before whatever failed besides; the exit code."""
    from deid.keys import KeyFault
    from metrics.query import QueryError
    from warehouse.store import StoreError

    if isinstance(error, SafetyHalt):
        console.fault(str(error))
        if error.__cause__ is not None:
            told(error.__cause__)
        return 4
    if isinstance(error, InputError | Busy | KeyFault | StoreError | QueryError):
        console.fault(str(error))
        return 2
    if isinstance(error, GateRefused):
        console.fault(str(error))
        return 3
    place = traceback.extract_tb(error.__traceback__)[-1]
    name = Path(place.filename)
    where = f"{name.parent.name}/{name.name}:{place.lineno}"
    console.fault(
        f"Rapport itself failed ({type(error).__name__} at {where}). The last release is as it was. "
        "Please report this line; it holds nothing of your data."
    )
    return 1
