"""The cell inspector: choose a cell, see the formula with its numbers, step into what it was made of."""

from __future__ import annotations

import numpy as np
import streamlit as st

from model import Explanation, Stage, Trace
from pages.shared.controls import held
from pages.shared.loading import Run
from pages.shared.state import MOST_STEPS_BACK, Cell, Step, View, go
from viz import cards, labels, worked
from viz.arrays import short, to_numpy

FEW, MANY = 8, 2000  # terms shown at first, and on request
MOST_DOORS = 8  # inputs to step into
MOST_LISTED = 256  # places of an axis in a list; more are typed as a number


def fitting_cell(trace: Trace, stage: Stage, cell: Cell | None, choose: bool = False) -> Cell | None:
    """The cell if the stage has it. With `choose` and none given, the largest in the last token's row."""
    if cell is not None:
        fits = len(cell) == len(stage.shape) and all(i < n for i, n in zip(cell, stage.shape, strict=True))
        return cell if fits else None
    if not choose or 0 in stage.shape:
        return None
    values = to_numpy(trace[stage.name])
    token = next((i for i, a in enumerate(stage.axes) if a in ("position", "query")), None)
    size = np.where(np.isfinite(values), np.abs(values), -1)
    if token is not None:
        rows = np.arange(stage.shape[token]).reshape([-1 if i == token else 1 for i in range(values.ndim)])
        size = np.where(rows == stage.shape[token] - 1, size, -2)
    return tuple(int(i) for i in np.unravel_index(int(size.argmax()), values.shape))


def inspect_cell(view: View, run: Run, stage: Stage, cell: Cell | None) -> None:
    """The whole inspector. `cell` is the one pinned, by the link or by default."""
    if cell is None:
        st.html(cards.notes(["This stage has no cells for this input."]))
        return
    with st.container(border=True, key="inspector"):
        st.html('<h3 class="gf-section">Where does a number come from?</h3>')
        _trail(view)
        _choose(view, run, stage, cell)
        explanation = run.trace.explain(stage.name, cell)
        left, right = st.columns([2, 3], gap="large")
        every = len(explanation.terms) > FEW and st.session_state.get("every_term", False)
        with left:
            st.latex(worked.latex(explanation))
            _doors(view, run.trace, stage, cell, explanation)
        with right:
            st.html(cards.pinned(run.trace, explanation, MANY if every else FEW))
            if len(explanation.terms) > FEW:
                st.toggle(f"All {len(explanation.terms):,} terms", key="every_term")


def _trail(view: View) -> None:
    """Where one came from, step by step, and the way back."""
    if not view.trail:
        return

    def back(to: int) -> None:
        step = view.trail[to]
        go(view, stage=step.stage, cell=step.cell, trail=view.trail[:to], head="")

    with st.container(horizontal=True, vertical_alignment="center", key="trail"):
        st.button("Back", icon=":material/undo:", key="back", on_click=back, args=(len(view.trail) - 1,))
        for i, step in enumerate(view.trail):
            st.button(f"{_name(step)} ›", key=f"trail-{i}", type="tertiary", on_click=back, args=(i,))
        st.html(f"<b>{cards.text(_name(view.here))}</b>", width="content")


def _name(step: Step) -> str:
    return step.stage if step.cell is None else f"{step.stage}[{', '.join(map(str, step.cell))}]"


def _choose(view: View, run: Run, stage: Stage, cell: Cell) -> None:
    """One control an axis."""
    boxes = st.columns(max(len(stage.axes), 3))
    for i, axis in enumerate(stage.axes):
        size = stage.shape[i]
        # Streamlit remembers the label chosen, and another input or stage has other labels: a control of its own.
        key = f"cell-{axis}-{stage.name}-{run.id}"

        def changed(i: int = i, key: str = key) -> None:
            go(view, cell=(*cell[:i], int(st.session_state[key]), *cell[i + 1 :]), trail=())

        word = axis.replace("_", " ") if not axis.startswith("d_") else axis
        if size <= MOST_LISTED:
            ticks = labels.ticks(run.trace, stage, axis)
            places = range(size)
            boxes[i].selectbox(
                word, places, key=key, format_func=ticks.__getitem__, on_change=changed, **held(key, cell[i], places)
            )
        else:
            boxes[i].number_input(
                f"{word}, 0 to {size - 1}", 0, size - 1, key=key, on_change=changed, **held(key, cell[i])
            )


def _doors(view: View, trace: Trace, stage: Stage, cell: Cell, explanation: Explanation) -> None:
    """A button for each input that was itself computed; the largest terms first."""
    found: dict[tuple[str, Cell], float] = {}
    for o in worked.ordered(explanation):
        for name, index, value in o.term.sources:
            if name in trace:
                found.setdefault((name, index), float(value))
    if not found:
        st.html(cards.notes(["The trail ends here: nothing else was computed to make this number."]))
        return

    def step(name: str, index: Cell) -> None:
        trail = (*view.trail, Step(stage.name, cell))[-MOST_STEPS_BACK:]
        go(view, stage=name, cell=index, trail=trail, head="")

    st.html('<p class="gf-notes"><b>Step into an input</b></p>')
    with st.container(horizontal=True, key="doors"):
        for i, ((name, index), value) in enumerate(list(found.items())[:MOST_DOORS]):
            label = f"{_short(name, stage)}\\[{', '.join(map(str, index))}\\] = {short(value)}"
            st.button(label, key=f"door-{i}", on_click=step, args=(name, index), icon=":material/login:")


def _short(name: str, stage: Stage) -> str:
    """The name without what it shares with the stage that one is in."""
    return name.removeprefix(f"{stage.part}.") if stage.part else name
