"""Do patients stay in care long enough to benefit?"""

from dashboard import layout, parts, sections

METRICS = ("in_care_12_weeks", "mean_weeks_in_care", "left_after_first_visit", "unplanned_12_weeks")
TOUCHED = ("in_care_gap_exposed",)

view = layout.begin("Do patients stay in care long enough to benefit?")
view = layout.filters(view, METRICS, chart="care", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, METRICS))
for section in (sections.survival, sections.series_behind, sections.by_stratum, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*sections.changes(view, ("in_care_12_weeks",)))
    parts.put(*sections.more(view, "Do patients whom automation touches stay as often?", TOUCHED))
