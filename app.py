"""The ASGI app: `streamlit run app.py`."""

import streamlit as st

app = st.App("pages/main.py")
