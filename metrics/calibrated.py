"""Of those told the same risk, how many missed their visit: the forecasts of one release against what happened?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from metrics.calibration import CalibrationCurve, calibration_curve
from metrics.cells import Cells
from metrics.errors import CellError
from metrics.predictor_counts import MILLIONTHS, model_in_use
from warehouse.schema import PUBLISHED


def calibrated(cells: Cells, stratum: str) -> CalibrationCurve | None:
    """The model in use, over everything published, for one stratum of these cells; None without a forecast."""
    counts = cells.tables["prediction_cells"]
    keep = (counts["stratum"] == stratum) & (counts["model"] == model_in_use(cells))
    if "state" in counts:
        keep &= counts["state"] == PUBLISHED
    n = np.nan_to_num(counts["scored"][keep])
    some = n > 0
    if not some.any():
        return None
    score, events = (np.nan_to_num(counts[name][keep])[some] for name in ("score", "missed"))
    table = pd.DataFrame({"score": score / MILLIONTHS / n[some], "events": events, "n": n[some]})
    try:
        return calibration_curve(table)
    except CellError:
        return None
