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
    ),
    "Proof": (
        st.Page("pages/data_quality.py", title="Data quality", url_path="data-quality"),
        st.Page("pages/privacy.py", title="Privacy proof", url_path="privacy"),
    ),
}
ICON = Path(__file__).with_name("icon.png")

page = st.navigation(PAGES)
# Said once a run: every further saying is a message, and all of the page drawn again.
st.set_page_config(page_title=f"{page.title} – Rapport", page_icon=str(ICON), layout="wide")
with views.written_down(page.url_path or "verdict"):
    page.run()
