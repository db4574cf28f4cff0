"""The pictures of a stage: its own, to click into, and those of what it was computed from."""

from __future__ import annotations

from typing import Any

import streamlit as st

from model import Stage
from pages.shared.controls import held
from pages.shared.loading import Run
from pages.shared.state import Cell, View, go
from viz import cards, sheet
from viz.figures import Picture, picture

BARE = {"displayModeBar": False, "responsive": True, "doubleClick": False}
MOST_INPUTS = 6


def show_stage(view: View, run: Run, stage: Stage, pinned: Cell | None) -> None:
    """The stage itself. A click on a cell pins it."""
    drawn = sheet.of_stage(run.trace, stage.name)
    chosen = choose_panel(view, drawn)
    shown = picture(drawn, chosen=chosen, pin=pinned, clickable=True)

    def clicked() -> None:
        points = st.session_state[key].selection.points
        if points and "customdata" in points[0]:
            cell = tuple(int(i) for i in _custom(points[0]).split(","))
            go(view, cell=cell, trail=())

    # A cell pinned by other means makes a new chart: else a click on the cell clicked last would only unselect it.
    key = f"heatmap-{stage.name}-{run.id}"
    st.plotly_chart(
        shown.figure,
        key=key,
        on_select=clicked,
        selection_mode="points",
        config=BARE,
        alt=shown.alt,
        theme="streamlit",
    )
    st.html(cards.notes(shown.notes) or "<p class='gf-notes'></p>")


def _custom(point: dict[str, Any]) -> str:
    given = point["customdata"]
    return given if isinstance(given, str) else given[0]


def choose_panel(view: View, drawn: sheet.Sheet) -> int | None:
    """Which head to show, where there are several; None for all."""
    axis = sheet.panel_axis(drawn.axes) if len(drawn.axes) > 2 else None
    if axis is None:
        return None
    size = drawn.values.shape[drawn.axes.index(axis)]
    options = (["all"] if size <= sheet.MOST_PANELS else []) + [str(i) for i in range(size)]
    key = f"panel-{axis}-{size}"
    wanted = view.head if view.head in options else options[0]
    words = held(key, wanted, options)
    word = {"head": "Head", "kv_head": "Key/value head"}.get(axis, axis)

    def changed() -> None:
        go(view, head=st.session_state[key] if st.session_state[key] != options[0] else "")

    if size > 24:
        st.selectbox(word, options, key=key, on_change=changed, **words)
    elif size > 1:
        default = wanted if words else None
        st.segmented_control(word, options, key=key, on_change=changed, required=True, default=default)
    return None if wanted == "all" else int(wanted)


def show_inputs(run: Run, stage: Stage, pinned: Cell | None) -> None:
    """What the stage reads: other stages, then weights; the cells that made the pinned one are outlined."""
    read = [*stage.reads, *stage.weights]
    if not read:
        return
    lit = lit_cells(run, stage, pinned)
    st.html(
        f'<h3 class="gf-section">Computed from</h3>{cards.notes(["Outlined: the cells that made the pinned one."])}'
    )
    for name in read[:MOST_INPUTS]:
        weight = name not in run.trace
        drawn = sheet.of_weight(run.trace, name) if weight else sheet.of_stage(run.trace, name)
        if not drawn.axes:
            st.html(cards.constant(name, drawn.values.item()))
            continue
        title = cards.text("Weight" if weight else drawn.title)
        st.html(f'<p class="gf-name"><b>{title}</b> <code>{cards.text(name)}</code></p>')
        _show(picture(drawn, lit=lit.get(name, ()), chosen=_panel_of(drawn, lit.get(name)), tall=240), name, run)
    if len(read) > MOST_INPUTS:
        st.html(cards.notes([f"and {len(read) - MOST_INPUTS} more: {', '.join(read[MOST_INPUTS:])}."]))


def lit_cells(run: Run, stage: Stage, pinned: Cell | None) -> dict[str, list[Cell]]:
    """name -> the cells of it that the pinned cell was computed from."""
    found: dict[str, list[Cell]] = {}
    if pinned is not None:
        for term in run.trace.explain(stage.name, pinned).terms:
            for name, index, _ in term.sources:
                found.setdefault(name, []).append(index)
    return found


def _panel_of(drawn: sheet.Sheet, lit: list[Cell] | None) -> int | None:
    """The panel that holds the lit cells, where they share one: the others would only take room."""
    axis = sheet.panel_axis(drawn.axes) if len(drawn.axes) > 2 else None
    if axis is None or not lit:
        return None
    places = {index[drawn.axes.index(axis)] for index in lit}
    return places.pop() if len(places) == 1 else None


def _show(shown: Picture, name: str, run: Run) -> None:
    st.plotly_chart(shown.figure, key=f"read-{name}-{run.id}", config=BARE, alt=shown.alt, theme="streamlit")
    if shown.notes:
        st.html(cards.notes(shown.notes))
