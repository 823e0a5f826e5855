"""The faults an operator can mend, told apart by what happens next."""

from __future__ import annotations


class InputError(Exception):
    """The configuration or an export is wrong: what, where, what to write instead. Exit 2, nothing written."""


class GateRefused(Exception):  # noqa: N818  the gate did its work: a refusal, not a fault of the program
    """A quality gate refused the release; the last one stands. Exit 3."""


class SafetyHalt(Exception):  # noqa: N818
    """Automation closed a sign of danger alone. Exit 4, whatever else failed: that is the cause, where there is one."""


class Busy(Exception):  # noqa: N818
    """Another ingest holds this practice. Exit 2."""
