"""One encoding: its numbers over position and dimension, its formula, its code, its cost."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.lab import turns
from pages.lab.widgets import good, note, own_options, show, sizes, slider, table
from viz.positions import figures, one, setup, worked
from viz.positions.setup import Setup


def main() -> None:
    names = setup.names()
    with st.container(horizontal=True, vertical_alignment="bottom", key="positions-controls"):
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
    with st.container(horizontal=True, vertical_alignment="bottom"):
        at = slider("Position", 0, found.positions - 1, 5, "at")
        last = (found.positions if one.biases(found) is not None else found.width) - 1
        other = slider("Key" if one.biases(found) is not None else "Dimension", 0, last, 4, "dim")
    left, right = st.columns([3, 2], gap="large")
    with left:
        _picture(found, at, other)
    with right:
        _formula(found, at, other)
        _facts(found)
    if one.vectors(found) is not None:
        _waves(found, at, other)
    if hands := one.hands(found, at):
        st.subheader("Clock hands")
        note(
            "Each pair of dimensions is a clock. Its hand stands at (cosine, sine) of position × frequency: the first "
            "clocks run fast and tell neighbours apart, the last run slowly and tell far from near."
        )
        alt = f"Clock hands of {len(hands)} pairs at position {at}"
        show(figures.clocks(hands), "clocks", alt)
    if one.angles(found) is not None:
        turns.main(found, at)
    with st.expander("The code that ran", icon=":material/code:"):
        for snippet in worked.code(found):
            st.caption(f"{snippet.path}, lines {snippet.numbers}")
            st.code(snippet.code, language="python")
        if found.positional == "none":
            st.write("None: nothing is added.")
    if found.positional == "sinusoidal":
        _tutorial()


def _picture(found: Setup, at: int, other: int) -> None:
    vectors, biases = one.vectors(found), one.biases(found)
    if vectors is not None:
        frame = [("row", at), ("column", other)]
        most = float(np.abs(vectors).max()) or 1.0
        figure = figures.matrix(vectors, "dimension", "position", most, "What is added to each embedding", frame)
        show(
            figure, "vectors", f"{found.title}: the vectors of {found.positions} positions in {found.width} dimensions"
        )
    elif biases is not None:
        head = slider("Head", 0, found.heads - 1, 0, "head")
        hidden = np.where(one.hidden(found), np.float32(np.nan), biases)
        most = float(np.nanmax(np.abs(hidden))) or 1.0
        figure = figures.matrix(
            hidden[head], "key", "query", most, f"What is added to each score of head {head}",
            [("row", at), ("column", other)],
        )  # fmt: skip
        show(figure, "bias", f"{found.title}: the bias of head {head} for each query and key")
        note("All heads share this scale. Grey: hidden by the mask.")
    else:
        angles = one.angles(found)
        if angles is None:
            note("Nothing is added, turned or biased: without a mask, any order of the words is the same.")
            return
        turned = np.sin(angles).astype(np.float32)
        figure = figures.matrix(
            turned, "pair", "position", 1.0, "Sine of the angle that each pair turns by", [("row", at)]
        )
        show(figure, "angles", f"{found.title}: the sine of each pair's angle at {found.positions} positions")


def _formula(found: Setup, at: int, other: int) -> None:
    cell = worked.cell(found, at, other)
    if cell is None:
        return
    st.subheader("Worked formula")
    st.latex(cell.general)
    st.latex(cell.latex)


def _facts(found: Setup) -> None:
    parameters, flops = one.price(found)
    rank, norms = one.rank(found), one.norms(found)
    rows = [["Trained numbers", f"{parameters:,}"], [f"Work for {found.positions} tokens", f"{flops:,} FLOPs"]]
    if rank is not None:
        rows.append(["Rank of the matrix", f"{rank[0]} of at most {rank[1]}"])
    if norms is not None:
        rows.append(["Length of its vectors", f"{norms[0].min():.3g} to {norms[0].max():.3g}"])
        rows.append(["Length of an untrained token embedding", f"{norms[1].mean():.3g} on average"])
    table(["Measured", "Value"], rows, "What it costs and how large it is")


def _waves(found: Setup, at: int, other: int) -> None:
    vectors = one.vectors(found)
    assert vectors is not None
    st.subheader("One wave a dimension")
    default = sorted({other, *(d for d in (0, 1, found.width // 2, found.width - 1) if d < found.width)})
    dims = [d for d in default if d < found.width]
    some = {f"dimension {d}": vectors[:, d] for d in dims}
    most = 1.05 * (float(np.abs(vectors).max()) or 1.0)
    figure = figures.lines(some, "position", "value", at=at, mark=f"position {at}", span=(-most, most))
    show(figure, "waves", f"{found.title}: dimensions {', '.join(map(str, dims))} over position")
    norms = one.norms(found)
    assert norms is not None
    lengths = {"its vector": norms[0], "token embedding, untrained": norms[1]}
    longest = 1.05 * float(max(norms[0].max(), norms[1].max()))
    figure = figures.lines(lengths, "position", "length", at=at, height=260, span=(0, longest))
    show(figure, "norms", f"{found.title}: length of the vector at each position beside that of the token embedding")


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
