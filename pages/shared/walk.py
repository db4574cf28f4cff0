"""The walkthrough on a page, opened at the picture or at the scene."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from pages.shared.compare import choose_other, compare, hear_other
from pages.shared.controls import model_and_input
from pages.shared.leaving import offer
from pages.shared.loading import Run
from pages.shared.presets import about
from pages.shared.state import read
from pages.shared.written import asked_of, hear
from viz import cards, components, manifest


def walk(space: bool) -> None:
    view = read()
    st.html(f'<h1 class="gf-unseen">{cards.text(view.say("scene_title" if space else "title"))}</h1>')
    take_along = offer(view, space)

    def beside(run: Run) -> None:
        choose_other(view, run)
        take_along(run)

    run, compared = compare(view, model_and_input(view, beside))
    written = () if run.asked is None else run.asked.written
    told = replace(about(view, run), written=written, busy=run.asked != asked_of(view))
    message = manifest.message(run.trace, told, replace(view.start, space=space), compared)
    components.walkthrough(
        message,
        key="scene" if space else "walkthrough",
        on_write=partial(hear, view),
        on_compare=partial(hear_other, view),
    )
