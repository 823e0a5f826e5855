"""Do patients come to the visits they booked?"""

from dashboard import layout, parts, sections

METRICS = ("no_show_rate", "late_cancel_rate", "slots_lost", "wait_from_booking")
REBOOKED = ("rebooked", "rebooking_median", "rebooked_by_staff", "rebooked_by_self_service", "rebooked_by_automation")
ALIKE = ("no_show_beyond_expected", "slots_lost_beyond_expected", "failed_connections")
MONEY = ("no_show_savings", "net_benefit", "net_loss_chance", "automation_cost")

view = layout.begin("Do patients come to the visits they booked?")
view = layout.filters(view, (*METRICS, *ALIKE, *REBOOKED), chart="visits", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, METRICS))
with layout.reading():
    parts.put(*sections.series(view))
    parts.put(*sections.changes(view, ("no_show_rate", "slots_lost", "late_cancel_rate")))
for section in (sections.contrasts, sections.by_site, sections.by_stratum):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*sections.more(view, "Held against what these visits let expect, and what technology cost", ALIKE))
    parts.put(*sections.more(view, "Is what was missed made good?", REBOOKED))
    parts.put(*sections.more(view, "What did it bring? (All of it: Net benefit & planner)", MONEY))
