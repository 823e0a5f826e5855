"""Can these numbers be trusted?"""

import streamlit as st

from dashboard import data, layout, parts, quality, words
from metrics import trust

TITLE = "Can these numbers be trusted?"

view = layout.begin(TITLE)
with layout.reading():
    read = {name: data.table(view.scope, name) for name in ("reconciliation", "quarantine_count", "quality_result")}
    accounts = trust.accounts(read["reconciliation"], read["quarantine_count"])
    parts.answer(quality.verdict(accounts, read["quality_result"]))

    cells = data.table(view.scope, "attendance_cells")
    st.subheader("How fresh is this?", anchor=False)
    parts.text(quality.freshness(view.release, trust.last_day_shown(cells)))

    st.subheader("Where did every row go?", anchor=False)
    parts.text("Rows read = kept + set aside + dropped. Waiting rows join when past periods are next made anew.")
    parts.table(quality.reconciliation(accounts), "Rows of each table", key="rows")

    st.subheader("Why were rows set aside?", anchor=False)
    aside = quality.set_aside(read["quarantine_count"])
    parts.text(
        "Row numbers, never the contents, are kept inside the practice." if aside.lines else "No row was set aside."
    )
    parts.table(aside, "Reasons for setting rows aside", key="set-aside")

    st.subheader("Which checks were made?", anchor=False)
    parts.text("A table that fails a check stops the whole release; the release before it stays.")
    parts.table(quality.checks(read["quality_result"]), "Checks on each table", key="checks")

    st.subheader("What is not shown, to protect people?", anchor=False)
    few = words.count(view.release.smallest_group, "patient")
    parts.text(f"A group of fewer than {few} in a period is withheld, together with what would give it away.")
    parts.table(quality.withheld(trust.hidden(cells), view.release.smallest_group), "Groups withheld", key="withheld")
