"""One encoding: its numbers over position and dimension, its formula, its code, its cost."""

from __future__ import annotations

import streamlit as st

from pages.lab import turns
from pages.lab.links import named
from pages.lab.widgets import good, note, own_options, sizes, table
from viz import components
from viz.board import payload
from viz.positions import board_one, rotation, setup, worked
from viz.positions.setup import Setup


def main() -> None:
    names = setup.names()
    with st.container(horizontal=True, vertical_alignment="bottom", key="positions-controls"):
        named("encoding", setup.titles(names), setup.title("sinusoidal"))
        name = st.selectbox(
            "Encoding", names, index=names.index("sinusoidal"), format_func=setup.title, key="encoding",
            bind="query-params", width=280,
        )  # fmt: skip
        words = sizes()
        chosen = own_options(name)
    found = good(Setup(name, chosen, **words), "positions_one")
    if found is None:
        return
    note(setup.source(found.positional))
    if found.positional == "none":
        note("Nothing is added, turned or biased: without a mask, any order of the words is the same.")
    components.board(payload(board_one.board(found)), key="positions-one")
    if rotation.rotary(found) is not None:
        turns.main(found)
    with st.expander("The code that ran", icon=":material/code:"):
        for snippet in worked.code(found):
            st.caption(f"{snippet.path}, lines {snippet.numbers}")
            st.code(snippet.code, language="python")
        if found.positional == "none":
            st.write("None: nothing is added.")
    if found.positional == "sinusoidal":
        _tutorial()


def _tutorial() -> None:
    """The worked example of the well-known tutorial: four words, four dimensions."""
    st.subheader("The tutorial's four words")
    n = float(st.number_input("n, the base", 1.0, 1e9, 100.0, key="tutorial_n", bind="query-params", width=200))
    for base in dict.fromkeys((n, 10000.0)):
        heads, found = worked.tutorial(base)
        rows = [
            [word, str(k), *(f"{x:.4f}" for x in found[k].tolist())] for k, word in enumerate(worked.SENTENCE)
        ]  # fmt: skip
        st.caption(f"n = {base:g}, d = 4")
        table(["word", "k", *heads], rows, f"The four words with n = {base:g}")
    note(
        "The exponent has the number of the pair, not of the dimension: columns 0 and 1 share one frequency, columns "
        "2 and 3 the next. A larger n slows all pairs but the first."
    )
