"""Do patients feel cared for, or processed?"""

from dashboard import care, layout, parts, sections

EXPERIENCE = ("processed", "cared_for", "complaints", "experience_rating")
MESSAGES = ("message_opt_outs", "message_opt_out_gap", "message_escalated")
TOLD = (
    "told_automation_cancelled",
    "told_automation_no_show",
    "told_automation_attended",
    "told_privacy_cancelled",
    "told_privacy_attended",
)
METRICS = (*EXPERIENCE, *MESSAGES)

view = layout.begin("Do patients feel cared for, or processed?")
view = layout.filters(view, METRICS, chart="voices", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, EXPERIENCE))
for section in (sections.series, sections.by_stratum, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*care.pieces(view))
    parts.put(*sections.more(view, "Do messages put patients off?", MESSAGES))
    parts.put(
        *sections.more(view, "What changes once patients are told what is automated, and how data is used?", TOLD)
    )
