"""What do the metrics mean, in a page anyone can read? docs/metrics.md, made from the declarations."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.declare import Metric
from metrics.definitions import Change
from metrics.registry import METRICS

_HEAD = """# Metrics

Made from the declarations in `metrics/` by `make docs`; do not edit.

Every figure is computed from released counts, never from a row about a person. It carries a 95 % interval, the number
it rests on, its unit and the release it came from. Where there is no figure, one of five reasons is said, never a 0:

| state | meaning |
| --- | --- |
| zero | nobody and nothing was in this group |
| withheld | the group, or one it would give away, has fewer people than may be shown, or its period is not over |
| missing | the exports do not hold what the metric needs |
| not_applicable | the question makes no sense here |
| cannot_say | too little to answer honestly |

**Periods.** A period is shown where all its weeks are published at that length or shorter; "published only per 4 weeks"
means a shorter period would show too small a group. The practice's figure is the sum of what its sites publish; what is
lacking is said beside it.

**Patients who come back.** Visits of one patient are alike, so a thousand visits of a hundred patients tell less than a
thousand visits of a thousand. Each interval on visits divides n by the design effect: with m a patient's visits in the
window, y those counted, p = y/m over all, P patients and n visits, it is
`sum (y - p m)^2 * P / (P - 1) / (n p (1 - p))`, never below 1, from sums published per 4, 12 and 24 weeks and over all
(for a single week 1). Where a window is not published, the next longer one is used, then that of all strata, then the
practice's.

Mean scores and ratings take the variance of patients' own sums where that is more than the plain one; a share past a
cut-off divides n by the design effect of the mean score, less as much as answers cut in two are less alike. Crises,
messages, forecasts, ruptures, sheets that came back, connections, new bookings, levels of urgency and what is said
per contact have such sums too (of strata only what is about whoever is in the group at all; else those of all). A
number of events per contact is widened by its dispersion, `sum y^2 / sum y` over patients, never below 1; a number of
reminders by `sum (y - r m)^2 * P / (P - 1)` over the reminders, r being reminders a visit. A time to an event takes
the design effect of "over within so long", at the nearest of a few times of which there are sums; the weighted kappa
that of the squared distance of two levels less (1 - kappa) times how far both lie from the middle one. Periods
published before there were such sums have none: beside such a figure it is said that its interval does not know that
patients come back, until everything is made anew (`rapport ingest --restate`).

**What is not known yet.** A signal without human contact, a request without the right care or a miss without a new
booking counts for as long as it was seen (Kaplan-Meier), and is never dropped. Where too many are open to give an upper
limit, no figure is said. Staff who did not answer could have said anything: the bounds beside a score allow for that.

**Splits that make no sense** are said to be not applicable, and left out where every split is asked for at once: only
staff are split by role, only signs of danger by severity, hours and channel; money, drift and who was told what are
counted for all together; gaps lie between groups.

**Definitions that change.** A release carries over what was published before, as it was counted then. Each release
holds under which version of a figure's definition its periods were counted, and from which Monday on. Where a version
counts something else, the series breaks there: it is drawn in the chart, said beside each period counted otherwise, and
no effect is read across it. A restatement counts every period anew under the version of today. Periods published late
may lie on the other side of the line. Where only the way from counts to a figure changed, the whole series is worked
out anew, and nothing breaks.

**Stratified contrast.** `rapport effect` compares the visits an automation touched with others of the same band of
days between booking and visit (Mantel-Haenszel difference and ratio; Sato and Greenland-Robins variances times a design
effect from sums over patients, never below 1). Bands without both kinds of visits are left out and named. Nothing is
said with fewer than 30 patients on a side. What else differs between the two kinds of visits is not removed.

**Margins** are the loss a practice refuses, in the metric's own unit; they can be changed in a plan, with a reason.
"""


def metrics_document(metrics: Sequence[Metric] = METRICS) -> str:
    """The whole page, ending in a newline."""
    return "\n".join([_HEAD, *(_section(metric) for metric in metrics)])


def _changed(change: Change) -> str:
    again = "counted otherwise: the series breaks" if change.recounted else "worked out anew from the same counts"
    return f"{change.says} ({again})"


def _section(metric: Metric) -> str:
    rows = (
        ("formula", f"`{metric.formula}`"),
        ("counted above", metric.numerator),
        ("counted below", metric.denominator),
        ("left out", metric.exclusions),
        ("what it cannot tell", metric.limits),
        ("unit, better", f"{metric.unit}, {metric.better} is better"),
        ("margin", f"{metric.margin:g} ({metric.margin_reason})"),
        ("said from", f"{metric.minimum_n} {metric.smallest or metric.counted}"),
        ("method", metric.source),
        ("counts read", ", ".join(f"`{name}`" for name in metric.cells)),
        ("key, version, side", f"`{metric.key}`, {metric.version}, {metric.side}"),
        *((f"changed in version {change.version}", _changed(change)) for change in metric.changes),
    )
    table = "\n".join(f"| {name} | {text} |" for name, text in rows)
    return f"## {metric.name}\n\n{metric.question}\n\n| | |\n| --- | --- |\n{table}\n"
