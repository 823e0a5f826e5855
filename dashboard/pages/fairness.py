"""Do forecasts and automation treat everybody alike?"""

from dashboard import fairness, layout, parts, sections

TRUE = ("predictor_observed_expected", "predictor_auc", "predictor_brier", "predictor_slope", "predictor_drift")
USED = (
    "predictor_flagged",
    "predictor_ppv",
    "predictor_ppv_in_time",
    "predictor_overridden",
    "predictor_rubber_stamped",
)
GROUPS = ("predictor_observed_expected", "predictor_auc", "predictor_flagged", "predictor_ppv")
BURDEN = ("wait_gap", "overbooked_gap", "reminded_gap")
SCALED = ("predictor_intercept", "predictor_in_the_large", "predictor_flagged_in_time", "reminders_per_visit")
METRICS = (*TRUE, *USED, *SCALED)

view = layout.begin("Do forecasts and automation treat everybody alike?")
view = layout.filters(view, METRICS, chart="forecasts", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, TRUE))
    parts.put(*fairness.wronged(view))
    parts.put(*fairness.calibration(view))
    parts.put(*fairness.groups(view, GROUPS, title="Are forecasts true for every group?", key="groups"))
    parts.put(*fairness.groups(view, BURDEN, title="Who waits longer, is overbooked, is reminded more?", key="burden"))
    parts.put(*sections.gaps(view))
    parts.put(*sections.more(view, "What is done on a forecast, and does a person still decide?", (*USED, *SCALED)))
with layout.reading():
    parts.put(*sections.series_behind(view))
