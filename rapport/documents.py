"""Are the generated documents true? Writes those in DOCUMENTS into docs/, or checks them with --check."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from etl.document import tables_document
from instruments.document import instruments_document
from metrics.document import metrics_document

DOCS = Path(__file__).resolve().parents[1] / "docs"
DOCUMENTS: dict[str, Callable[[], str]] = {
    "tables.md": tables_document,
    "metrics.md": metrics_document,
    "instruments.md": instruments_document,
}


def stale(folder: Path = DOCS) -> list[str]:
    """Which generated documents differ from what the declarations say?"""
    return [
        name
        for name, render in DOCUMENTS.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != render()
    ]


def write(folder: Path = DOCS) -> None:
    """Write each generated document."""
    for name, render in DOCUMENTS.items():
        (folder / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    elif behind := stale():
        sys.exit(f"docs are behind the declarations: {', '.join(behind)}; run `make docs`")
