"""The page ours are measured against: a title, one choice and one plotly chart that follows it. Run by bench.pages."""

import plotly.graph_objects as go
import streamlit as st

st.title("Empty page", anchor=False)
site = st.selectbox("Site", ("First", "Second", "Third"), key="site", bind="query-params")
heights = {"First": [2, 3, 1], "Second": [1, 2, 3], "Third": [3, 1, 2]}[site]
st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=heights)), width="stretch", key="chart")
