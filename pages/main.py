"""The frame round every page: configuration, look, navigation."""

from pathlib import Path

import streamlit as st

from pages.shared.state import carry_language, language_shown
from viz import theme
from viz.prose import catalogue

HERE = Path(__file__).parent
# A file of our own: Streamlit fetches the icons it knows by name from a server on the internet.
ICON = HERE.parent / "assets" / "images" / "icon.png"
st.set_page_config(page_title="Glassformer", page_icon=str(ICON), layout="wide")
CSS = [(HERE.parent / "viz" / f"{name}.css").read_text(encoding="utf-8") for name in ("page", "controls")]
st.html(f"<style>{theme.css()}{''.join(CSS)}</style>")

said = catalogue(language_shown())
PAGES = [
    st.Page(HERE / f"{name}.py", title=said.text("nav", name), icon=icon, default=name == "home", url_path=path)
    for name, path, icon in (
        ("home", None, ":material/visibility:"),
        ("walkthrough", "walkthrough", ":material/footprint:"),
        ("scene", "scene", ":material/view_in_ar:"),
        ("positions", "positions", ":material/format_list_numbered:"),
        ("models", "models", ":material/inventory_2:"),
    )
]
page = st.navigation(PAGES, position="top")
carry_language(page.url_path)
page.run()
