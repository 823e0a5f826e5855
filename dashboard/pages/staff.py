"""Does automation wear staff out, or take work off them?"""

from dashboard import layout, parts, sections

BURNOUT = ("burnout", "burnout_personal", "burnout_client", "staff_answered")
OTHERS = ("burnout_exhaustion", "burnout_disengagement", "burnout_pfi", "burnt_out_pfi", "burnt_out_mini_z")
HOURS = ("hours_given_back", "admin_hours", "after_hours", "repair_hours")
LOAD = ("emotional_labour", "training_lacking", "deskilling")
METRICS = (*BURNOUT, *OTHERS, *HOURS, *LOAD)

view = layout.begin("Does automation wear staff out, or take work off them?")
view = layout.filters(view, METRICS, chart="work", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, BURNOUT))
for section in (sections.series, sections.by_stratum, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*sections.changes(view, ("burnout",)))
    parts.put(*sections.more(view, "Where do the hours go?", HOURS))
    parts.put(*sections.more(view, "What does working beside automation ask of people?", LOAD))
    parts.put(*sections.more(view, "Burnout by other questionnaires", OTHERS))
