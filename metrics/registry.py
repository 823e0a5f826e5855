"""Which questions can be asked? Every metric, in reading order."""

from __future__ import annotations

from metrics.adjusted import ADJUSTED
from metrics.alliance import ALLIANCE
from metrics.attendance import ATTENDANCE
from metrics.burden import BURDEN
from metrics.crisis import CRISIS
from metrics.declare import Metric
from metrics.endings import ENDINGS
from metrics.errors import unknown
from metrics.experience import EXPERIENCE
from metrics.messages import MESSAGES
from metrics.money import MONEY
from metrics.outcomes import OUTCOMES
from metrics.predictor import PREDICTOR
from metrics.rebooking import REBOOKING
from metrics.remote import REMOTE
from metrics.retention import RETENTION
from metrics.staff import STAFF
from metrics.triage import TRIAGE
from metrics.wellbeing import WELLBEING

METRICS: tuple[Metric, ...] = (
    *ATTENDANCE,
    *ADJUSTED,
    *REBOOKING,
    *REMOTE,
    *RETENTION,
    *ENDINGS,
    *ALLIANCE,
    *EXPERIENCE,
    *MESSAGES,
    *OUTCOMES,
    *WELLBEING,
    *CRISIS,
    *TRIAGE,
    *STAFF,
    *MONEY,
    *PREDICTOR,
    *BURDEN,
)


def counting_versions() -> dict[str, int]:
    """Metric -> the version of its definition since which what is counted has not changed."""
    return {metric.key: metric.counting for metric in METRICS}


def metric_named(key: str) -> Metric:
    """The metric of that key. Raises QueryError naming the nearest one."""
    for metric in METRICS:
        if metric.key == key:
            return metric
    raise unknown("metric", key, [metric.key for metric in METRICS])
