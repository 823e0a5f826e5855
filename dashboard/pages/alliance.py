"""Do patients feel understood, and do they get better?"""

from dashboard import layout, parts, sections

ALLIANCE = ("alliance", "alliance_answered", "alliance_ruptures", "alliance_early_change", "session_rating")
SCALES = ("alliance_goal", "alliance_task", "alliance_bond", "session_below_cutoff", "session_ruptures")
DEPRESSION = (
    "depression_improved",
    "depression_reliably_recovered",
    "depression_recovered",
    "depression_deteriorated",
    "depression_change",
)
ANXIETY = (
    "anxiety_improved",
    "anxiety_reliably_recovered",
    "anxiety_recovered",
    "anxiety_deteriorated",
    "anxiety_change",
)
BETWEEN = ("worse_phq_9", "worse_gad_7", "distress_core_10", "worse_core_10", "wellbeing_ors", "worse_ors")
METRICS = (*ALLIANCE, *SCALES, *DEPRESSION, *ANXIETY, *BETWEEN)

view = layout.begin("Do patients feel understood, and do they get better?")
view = layout.filters(view, METRICS, chart="answers", page=__file__)
with layout.reading():
    parts.put(*sections.top(view, ALLIANCE))
for section in (sections.series, sections.by_stratum, sections.by_site):
    with layout.reading():
        parts.put(*section(view))
with layout.reading():
    parts.put(*sections.changes(view, ("alliance",)))
    parts.put(*sections.more(view, "The alliance in its parts, and session by session", SCALES))
    parts.put(*sections.more(view, "Does depression get better? (PHQ-9)", DEPRESSION))
    parts.put(*sections.more(view, "Does anxiety get better? (GAD-7)", ANXIETY))
    parts.put(*sections.more(view, "From one answer to the next, and by other questionnaires", BETWEEN))
