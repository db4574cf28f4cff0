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
    places = []

    def beside(run: Run) -> None:
        choose_other(view, run)
        places.append(st.container(key="leave", width="content"))  # filled when the other pass is known

    this = model_and_input(view, beside)
    run, compared = compare(view, this)
    with places[0]:
        offer(view, run, compared, space, waits=run.stands_in and not this.stands_in)
    written = () if run.asked is None else run.asked.written
    told = replace(about(view, run), written=written, busy=run.asked != asked_of(view))
    row = None if compared is None else compared.row(view, run)
    message = manifest.message(run.trace, told, replace(view.start, space=space), row)
    components.walkthrough(
        message,
        key="scene" if space else "walkthrough",
        on_write=partial(hear, view),
        on_compare=partial(hear_other, view),
    )
