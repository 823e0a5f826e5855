"""Which pages are there, in reading order?"""

from pathlib import Path

import streamlit as st

from dashboard import views

# No icon of Streamlit's on a page: it becomes the tab's icon, and is fetched from a server far away.
PAGES = {
    "": (
        st.Page("pages/verdict.py", title="Verdict", default=True),
        st.Page("pages/no_shows.py", title="No-shows & savings", url_path="no-shows"),
        st.Page("pages/retention.py", title="Retention", url_path="retention"),
        st.Page("pages/alliance.py", title="Alliance & outcomes", url_path="alliance"),
        st.Page("pages/care.py", title="Care experience", url_path="care"),
        st.Page("pages/crisis.py", title="Crisis response", url_path="crisis"),
        st.Page("pages/staff.py", title="Staff", url_path="staff"),
        st.Page("pages/benefit.py", title="Net benefit & planner", url_path="benefit"),
        st.Page("pages/fairness.py", title="Fairness & model audit", url_path="fairness"),
    ),
    "Proof": (
        st.Page("pages/data_quality.py", title="Data quality", url_path="data-quality"),
        st.Page("pages/privacy.py", title="Privacy proof", url_path="privacy"),
        st.Page("pages/record.py", title="Audit trail", url_path="record"),
    ),
    "Reference": (st.Page("pages/methods.py", title="Methods & glossary", url_path="methods"),),
}
ICON = Path(__file__).with_name("icon.png")

page = st.navigation(PAGES, expanded=True)
# Said once a run: every further saying is a message, and all of the page drawn again.
st.set_page_config(page_title=f"{page.title} – Rapport", page_icon=str(ICON), layout="wide")
with views.written_down(page.url_path or "verdict"):
    page.run()
