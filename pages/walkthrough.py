"""Every stage of a forward pass, one after the other: its numbers, its formula, its code, and any cell worked out.

Drawn by the browser component; this script runs again only for another model, another input or another language.
"""

from __future__ import annotations

import streamlit as st

from pages.shared.controls import model_and_input
from pages.shared.presets import about
from pages.shared.state import read
from viz import cards, components, manifest


def main() -> None:
    view = read()
    st.html(f'<h1 class="gf-unseen">{cards.text(view.say("title"))}</h1>')
    run = model_and_input(view)
    components.walkthrough(manifest.message(run.trace, about(view, run), view.start), key="walkthrough")


main()
