"""Is automation worth what it costs?"""

from dashboard import layout, money, parts, planner, sections

METRICS = ("net_benefit", "net_loss_chance", "no_show_savings", "automation_cost")

view = layout.begin("Is automation worth what it costs?")
view = layout.filters(view, METRICS, chart="money", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, METRICS))
    parts.put(*money.pieces(view))
for section in (sections.series_behind, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*planner.pieces(view))
