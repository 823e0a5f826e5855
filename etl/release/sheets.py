"""What do a million answer sheets add up to? Scored by `instruments`, in batches, one array operation per item.

Points are held in hundredths. A sheet whose answers the questionnaire cannot have, or which has too many or too few
places, was asked for and not answered as far as a score goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from etl.release.rows import Column, plain
from instruments import Instrument, score_many
from instruments.declaration import TOTAL, Scale
from instruments.scoring import DIFFERS, Scores

HUNDREDTHS = 100
AT_ONCE = 200_000  # sheets scored in one go
NEAR = 1e-9  # a score reached by adding decimals

Floats = NDArray[np.float64]


def converter(instrument: Instrument) -> Callable[[pa.RecordBatch], dict[str, Column]]:
    """Makes of a batch of sheets (items, total and other columns) what is counted of them."""

    def convert(batch: pa.RecordBatch) -> dict[str, Column]:
        kept = batch.drop_columns(["items", "total"])
        stated = batch.column("total").to_numpy(zero_copy_only=False).astype(np.float64)
        return plain(kept) | scored(instrument, batch.column("items"), stated)

    return convert


def scored(instrument: Instrument, items: pa.ListArray, stated: Floats) -> dict[str, Column]:
    """For each scale: answered, points, past (the cut-off) and best (the ceiling); and differing, for the sheet."""
    answers, wrong = matrix(instrument, items)
    found = score_many(instrument, answers, np.where(wrong, np.nan, stated))
    columns: dict[str, Column] = {"differing": found.flags[DIFFERS] & (found.refused == "")}
    for name, scale in instrument.scales.items():
        columns |= {f"{name}.{what}": values for what, values in _scale(instrument, name, scale, found, wrong).items()}
    return columns


def matrix(instrument: Instrument, items: pa.ListArray) -> tuple[Floats, NDArray[np.bool_]]:
    """Sheets x items, nan where not answered; and which sheets cannot be read: places are missing, or no number."""
    places = pc.list_value_length(items).fill_null(0).to_numpy(zero_copy_only=False)
    words = pc.dictionary_encode(items.flatten())
    told = [_number(word) for word in words.dictionary.to_pylist()]
    values = np.array([np.nan if value is None else value for value in told] + [np.nan])
    readable = np.array([value is not None for value in told] + [True])
    codes = words.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    sheet = np.repeat(np.arange(len(items)), places)
    wrong = (places > 0) & (places != instrument.items)
    wrong[sheet[~readable[codes]]] = True
    answers = np.full((len(items), instrument.items), np.nan)
    whole = ~wrong & (places > 0)
    answers[whole] = values[codes[whole[sheet]]].reshape(-1, instrument.items)
    return answers, wrong


def _number(word: str | None) -> float | None:
    """nan where nothing was answered, None where the answer is no number."""
    if word is None or word == "":
        return float("nan")
    try:
        return float(word)
    except ValueError:
        return None


def _scale(
    instrument: Instrument, name: str, scale: Scale, found: Scores, wrong: NDArray[np.bool_]
) -> dict[str, Column]:
    values: Any = found.total if name == TOTAL else found.subscales[name]
    answered = ~np.isnan(values) & (found.refused == "") & ~wrong
    points = np.where(answered, values, 0.0)
    best = instrument.limits(scale)[1 if instrument.better == "higher" else 0]
    flag = next((cut.flag for cut in instrument.cutoffs if cut.scale == name and not cut.item), None)
    past = np.zeros(len(values), dtype=bool) if flag is None else found.flags[flag]
    return {
        "answered": answered,
        "points": np.rint(points * HUNDREDTHS).astype(np.int32),
        "past": past & answered,
        "best": answered & (np.abs(values - best) < NEAR),
    }
