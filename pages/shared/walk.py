"""The walkthrough on a page, opened at the picture or at the scene."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.shared.controls import model_and_input
from pages.shared.leaving import offer
from pages.shared.presets import about
from pages.shared.state import read
from viz import cards, components, manifest


def walk(space: bool) -> None:
    view = read()
    st.html(f'<h1 class="gf-unseen">{cards.text(view.say("scene_title" if space else "title"))}</h1>')
    run = model_and_input(view, offer(view, space))
    message = manifest.message(run.trace, about(view, run), replace(view.start, space=space))
    components.walkthrough(message, key="scene" if space else "walkthrough")
