"""The guided story: one step at a time, with its words, a thing to try, and pictures computed just now."""

from __future__ import annotations

from typing import Any

import streamlit as st

from model import GlassformerError
from pages.lab.links import unknown
from pages.lab.widgets import note, table
from viz import cards, components
from viz.board import payload
from viz.panels import Board
from viz.positions.setup import title
from viz.positions.story import BY_KEY, STEPS
from viz.positions.story.base import Choice, Control, Slider, Step
from viz.positions.story.prose import Words, languages, words

MOST_IN_A_ROW = 5
KEYS = {"previous": "P", "next": "N"}


def main() -> None:
    known = languages()
    with st.container(horizontal=True, vertical_alignment="bottom", key="story-where"):
        code = _linked("lang", list(known), next(iter(known)))
        said = words(code, STEPS[0])
        steps = list(BY_KEY)
        _linked("story", steps, steps[0])
        key = st.selectbox(
            said.ui("contents"), steps, key="story", width=380,
            format_func=lambda k: f"{steps.index(k) + 1}. {words(code, BY_KEY[k]).title}",
        )  # fmt: skip
        at = steps.index(str(key))
        _go(said, "previous", at - 1)
        _go(said, "next", at + 1)
        if len(known) > 1:
            st.segmented_control(
                said.ui("language"), list(known), format_func=known.__getitem__, required=True, key="lang"
            )
    _link("lang", next(iter(known)))
    _link("story", steps[0])
    step = STEPS[at]
    said = words(code, step)
    note(said.ui("step", n=at + 1, total=len(STEPS)) + " " + said.ui("keys"))
    st.subheader(said.title)
    try:
        _tell(step, said)
    except GlassformerError as error:
        st.html(cards.problem(str(error)))


def _linked(key: str, options: list[Any], default: Any) -> Any:
    """The value that a choice begins with: what it had, else what the link says.

    Streamlit would write what a person reads into the link, and that differs from language to language.
    """
    if st.session_state.get(key) not in options:
        names = {str(o): o for o in options}
        given = st.query_params.get(key, "")
        if given and given not in names:
            unknown(key, given, names, str(default))
        st.session_state[key] = names.get(given, default)
    return st.session_state[key]


def _link(key: str, default: Any) -> None:
    """Writes a choice to the link, or nothing where it is as it begins."""
    value = st.session_state[key]
    if value != default:
        st.query_params[key] = str(value)
    elif key in st.query_params:
        del st.query_params[key]


def _go(said: Words, which: str, to: int) -> None:
    """A button, and a key, to another step."""

    def go() -> None:
        st.session_state["story"] = STEPS[to].key

    st.button(
        said.ui(which), on_click=go, disabled=not 0 <= to < len(STEPS), shortcut=KEYS[which], key=f"story-{which}",
        type="primary" if which == "next" else "secondary",
    )  # fmt: skip


def _tell(step: Step, said: Words) -> None:
    with st.container(key="story-step"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        before, chosen = st.container(), {}
        with st.container(border=True, key="story-try"):
            asked = st.empty()
            for control in step.controls:
                chosen[control.key] = _ask(step, said, control)
        after = st.container(key="story-after")
    with right, st.container(key="story-pictures"), st.spinner(said.ui("computing"), show_time=True):
        told = step.tell(**chosen)
        if told.panels:
            axes, panels = [said.axis(a) for a in told.axes], [said.panel(p) for p in told.panels]
            board = Board(axes, panels, file=f"story-{step.key}", label=said.title)
            components.board(payload(board), key=f"story-board-{step.key}")
        for one in told.tables:
            table([said.column(c) for c in one.head], [list(row) for row in one.rows], said.caption(one.key))
    with before:
        _say(said.paragraphs("text", told))
        if step.formula:
            st.latex(step.formula)
    with asked:
        _say(said.paragraphs("try", told), said.ui("try"))
    with after:
        _say(said.paragraphs("found", told))
        _say(said.paragraphs("limit", told), said.ui("limit"))
        _links(step, said)


def _say(paragraphs: list[str], begin: str = "") -> None:
    first = f"<b>{cards.text(begin)}</b> " if begin else ""
    texts = [f"<p>{first if i == 0 else ''}{cards.text(text)}</p>" for i, text in enumerate(paragraphs)]
    st.html(f'<div class="gf-story">{"".join(texts)}</div>')


def _ask(step: Step, said: Words, control: Control) -> Any:
    """The control of a step, in the link."""
    label, key = said.own["controls"][control.key], f"{step.key}_{control.key}"
    if isinstance(control, Slider):
        return st.slider(label, control.low, control.high, control.value, key=key, bind="query-params")
    assert isinstance(control, Choice)
    options = list(control.options)
    _linked(key, options, control.value)
    if len(options) > MOST_IN_A_ROW:
        value: Any = st.selectbox(label, options, format_func=said.option, key=key)
    else:
        value = st.segmented_control(label, options, format_func=said.option, required=True, key=key)
    _link(key, control.value)
    return value


def _links(step: Step, said: Words) -> None:
    with st.container(horizontal=True):
        for section, encoding in step.links:
            query = {"section": SECTION[section]} | ({"encoding": title(encoding)} if encoding else {})
            st.page_link(
                "positions.py", label=said.ui(section, title=title(encoding) if encoding else ""), query_params=query,
                icon=":material/arrow_forward:",
            )  # fmt: skip
    with st.expander(said.ui("papers"), icon=":material/menu_book:"):
        _say(said.own["papers"])


# What the page's control of sections calls them in the link.
SECTION = {"one": "See one", "compare": "Compare", "model": "In a model", "trained": "Trained evidence"}
