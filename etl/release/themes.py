"""What do comments speak of? The codebook reads each as it is counted; only how many speak of a theme is kept."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from etl.codebook import Codebook
from etl.release.rows import Column, plain
from etl.release.sums import Part
from warehouse.families import FEEDBACK_COUNTS, FEEDBACK_THEMES

COMMENT = "comment"
THEME = "theme."  # begins the name of a column that says whether a comment speaks of a theme
AT_ONCE = 100_000  # comments in memory


def converter(codebook: Codebook) -> Callable[[pa.RecordBatch], dict[str, Column]]:
    """Makes of a batch with the scrubbed comments a column `theme.<name>` for each theme, and drops the texts."""

    def convert(batch: pa.RecordBatch) -> dict[str, Column]:
        texts = batch.column(COMMENT).to_pylist()
        read = [codebook.read(text) if text else frozenset[str]() for text in texts]
        coded = {
            f"{THEME}{theme}": np.fromiter((theme in themes for themes in read), dtype=bool, count=len(read))
            for theme in codebook.themes
        }
        return plain(batch.drop_columns([COMMENT])) | coded

    return convert


def sums(codebook: Codebook) -> dict[str, tuple[str, ...]]:
    """The themes that feedback_cells counts by themselves."""
    return {theme: (f"{THEME}{theme}",) for theme in codebook.themes if theme in FEEDBACK_COUNTS}


def parts(codebook: Codebook) -> tuple[Part, ...]:
    """The rows of feedback_themes: how many comments speak of each theme."""
    return tuple(
        Part(FEEDBACK_THEMES, {"comments": (f"{THEME}{theme}",)}, {"theme": theme}) for theme in codebook.themes
    )
