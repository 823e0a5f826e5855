"""How does the command line speak? Results on stdout, progress and faults on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

WIDE = 160  # columns of a table that goes to a file or another program, where nothing need be folded
OUT = Console() if sys.stdout.isatty() else Console(width=WIDE)
ERR = Console(stderr=True, highlight=False)


def fault(sentence: str) -> None:
    """One sentence on stderr."""
    ERR.print(sentence, style="bold red", markup=False, soft_wrap=True)


def say(sentence: str) -> None:
    """One line for the operator, on stderr so that stdout stays the result."""
    ERR.print(sentence, markup=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """The result as JSON on stdout."""
    sys.stdout.write(json.dumps(value, indent=2, default=str, ensure_ascii=False) + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table on stdout; the columns in `right` hold numbers."""
    grid = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for at, column in enumerate(columns):
        number = column in right
        grid.add_column(column, justify="right" if number else "left", no_wrap=number or not at, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    OUT.print(grid)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Callable[[str, float | None], None]]:
    """A callback (step, share done or None) drawn as a progress bar, or as plain lines where stderr is no terminal."""
    if quiet:
        yield lambda step, share: None
        return
    if not ERR.is_terminal:
        yield _Lines().tell
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=ERR, transient=False) as bars:
        task = bars.add_task("Starting", total=1.0)

        def tell(step: str, share: float | None) -> None:
            bars.update(task, description=step, completed=share or 0.0, total=None if share is None else 1.0)

        yield tell
        bars.update(task, description="Done", completed=1.0, total=1.0)


class _Lines:
    """Says each step once."""

    def __init__(self) -> None:
        self.said = ""

    def tell(self, step: str, share: float | None) -> None:
        if step != self.said:
            self.said = step
            say(f"  {step} ...")
