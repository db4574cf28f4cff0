"""Every stage of a forward pass, one after the other: its numbers, its formula, its code, and any cell worked out."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from model import Stage
from pages.shared.controls import held, model_and_input
from pages.shared.inspector import fitting_cell, inspect_cell
from pages.shared.loading import Run
from pages.shared.pictures import show_inputs, show_stage
from pages.shared.state import View, go, read
from viz import cards, facts, source
from viz.words import place, sentence


def main() -> None:
    view = read()
    st.html('<h1 class="gf-unseen">Walkthrough of a forward pass</h1>')
    run = model_and_input(view)
    trace = run.trace
    names = trace.names
    number = names.index(view.stage) if view.stage in trace else 0
    stage = trace.stage(names[number])
    # What does not fit (any more) is left out: a cell past the end, a stage that this model does not have.
    view = replace(view, stage=stage.name, cell=fitting_cell(trace, stage, view.cell))
    pinned = view.cell or fitting_cell(trace, stage, None, choose=True)
    navigate(view, run, number)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.html(cards.heading(trace, stage))
        show_stage(view, run, stage, pinned)
    with right:
        st.html(cards.prose(sentence(trace, stage), facts.fact(trace, stage)))
        st.latex(stage.formula)
    inspect_cell(view, run, stage, pinned)
    left, right = st.columns([3, 2], gap="large")
    with left:
        show_inputs(run, stage, pinned)
    with right:
        show_code(run, stage)
    st.html(cards.here(stage, place(stage, trace.network.config), number, len(names), pinned, run.id))  # type: ignore[union-attr]


def navigate(view: View, run: Run, number: int) -> None:
    """The ribbon of all stages, the buttons with their keys, and the ways to jump."""
    trace = run.trace
    names = trace.names
    assert trace.network is not None
    last = len(names) - 1

    def to(i: int) -> None:
        go(view, stage=names[max(0, min(i, last))], cell=None, trail=(), head="")

    def by(steps: int) -> None:
        # From where the link is by now, not from where this page was drawn: keys come faster than pages.
        now = read().stage
        to((names.index(now) if now in trace else number) + steps)

    stages = trace.stages
    st.html(cards.ribbon(stages, [place(s, trace.network.config) for s in stages], number))
    with st.container(horizontal=True, vertical_alignment="bottom", key="steps"):
        first, final = number == 0, number == last
        st.button(
            "First",
            icon=":material/first_page:",
            shortcut="Home",
            on_click=to,
            args=(0,),
            disabled=first,
            key="first",
        )
        st.button(
            "Previous", icon=":material/chevron_left:", shortcut="Left", on_click=by, args=(-1,),
            disabled=first, key="previous",
        )  # fmt: skip
        st.button(
            "Next", icon=":material/chevron_right:", shortcut="Right", on_click=by, args=(1,),
            disabled=final, type="primary", key="next",
        )  # fmt: skip
        st.button(
            "Last",
            icon=":material/last_page:",
            shortcut="End",
            on_click=to,
            args=(last,),
            disabled=final,
            key="last",
        )
        jump = f"jump-{run.id}"  # another run may have other stages
        titles = {s.name: f"{i + 1} of {len(names)} · {s.name} · {s.title}" for i, s in enumerate(stages)}
        st.selectbox(
            "Jump to a stage", names, key=jump, format_func=lambda n: titles.get(n, n), label_visibility="collapsed",
            on_change=lambda: to(names.index(st.session_state[jump])), **held(jump, names[number], names),
        )  # fmt: skip


def show_code(run: Run, stage: Stage) -> None:
    """The lines of `model/` that computed this tensor."""
    st.html('<h3 class="gf-section">The code that ran</h3>')
    for snippet in source.lines_of(run.trace, stage.name):
        st.html(cards.notes([f"{snippet.path}, {snippet.function}, lines {snippet.numbers}"]))
        st.code(snippet.code, language="python", wrap_lines=True)


main()
