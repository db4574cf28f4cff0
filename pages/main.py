"""The frame round every page: configuration, look, navigation."""

from pathlib import Path

import streamlit as st

from viz import theme

HERE = Path(__file__).parent
# A file of our own: Streamlit fetches the icons it knows by name from a server on the internet.
ICON = HERE.parent / "assets" / "images" / "icon.png"
st.set_page_config(page_title="Glassformer", page_icon=str(ICON), layout="wide")
CSS = HERE.parent / "viz" / "page.css"
st.html(f"<style>{theme.css()}{CSS.read_text(encoding='utf-8')}</style>")

PAGES = [
    st.Page(HERE / "home.py", title="Glassformer", icon=":material/visibility:", default=True),
    st.Page(HERE / "walkthrough.py", title="Walkthrough", icon=":material/footprint:", url_path="walkthrough"),
    st.Page(HERE / "positions.py", title="Positions", icon=":material/format_list_numbered:", url_path="positions"),
    st.Page(HERE / "models.py", title="Models", icon=":material/inventory_2:", url_path="models"),
]
st.navigation(PAGES, position="top").run()
