"""Do patients come to the visits they booked?"""

from dashboard import layout, parts, sections

METRICS = ("no_show_rate", "late_cancel_rate", "slots_lost", "wait_from_booking")

view = layout.begin("Do patients come to the visits they booked?")
view = layout.filters(view, METRICS, chart="visits", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, METRICS))
for section in (sections.series, sections.contrasts, sections.by_site, sections.by_stratum):
    with layout.reading():
        parts.put(*section(view))
