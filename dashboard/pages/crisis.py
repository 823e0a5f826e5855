"""In a crisis, how soon is a human there?"""

from dashboard import layout, parts, sections

REACHED = (
    "crisis_inside_target",
    "crisis_median",
    "crisis_p90",
    "crisis_p95",
    "crisis_unreached",
    "crisis_closed_by_automation",
)
ALARMS = (
    "crisis_found_by_automation",
    "crisis_alarms_real",
    "crisis_false_alarms",
    "crisis_out_of_hours",
    "crisis_inside_target_out_of_hours",
)
TRIAGE = ("triage_under", "triage_over", "triage_kappa", "triage_kappa_weighted", "right_care_median")
METRICS = (*REACHED, "crisis_contact", *ALARMS, *TRIAGE)

view = layout.begin("In a crisis, how soon is a human there?")
view = layout.filters(view, METRICS, chart="crises", page=__file__)
with layout.reading():
    parts.put(*sections.halts(view))
    parts.put(*sections.top(view, REACHED))
for section in (sections.series, sections.by_stratum, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*sections.changes(view, ("crisis_contact",)))
    parts.put(*sections.more(view, "Does automation notice danger, and cry wolf?", ALARMS))
    parts.put(*sections.more(view, "Is urgency judged as a clinician would?", TRIAGE))
