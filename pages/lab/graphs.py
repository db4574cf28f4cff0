"""Encodings of graphs: pick or type a graph, and see what each node is told about its place."""

from __future__ import annotations

import numpy as np
import streamlit as st

from model import GlassformerError
from pages.lab.links import named
from pages.lab.widgets import format_of_pictures, note, own_options, show, table
from viz import cards, components
from viz.board import payload
from viz.panels import AnyPanel, Axis, Board, Clocks, Lines, Matrix, Series
from viz.positions import graphs, setup
from viz.positions.graph_figure import drawn
from viz.positions.graphs import Edges, Places

OWN = "Type one"
SHOWN = 4  # eigenvectors drawn on the graph
KEPT = "positions_graph"  # the last that could be drawn


def main() -> None:
    names = graphs.names()
    named("graph", {name: name for name in (*graphs.PRESETS, OWN)})
    named("graph_encoding", setup.titles(names), setup.title("magnetic_laplacian"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = str(
            st.selectbox("Graph", [*graphs.PRESETS, OWN], index=3, key="graph", bind="query-params", width=200)
        )
        name = str(
            st.selectbox(
                "Encoding", names, index=names.index("magnetic_laplacian"), format_func=setup.title,
                key="graph_encoding", bind="query-params", width=320,
            )
        )  # fmt: skip
        circle = st.toggle(
            "On a circle", key="circle", bind="query-params",
            help="off: each node stands at its numbers in two eigenvectors of the ordinary Laplacian",
        )  # fmt: skip
        options = own_options(name)
    if picked == OWN:
        text = st.text_input(
            "Edges: 0>1 leads one way, 0-1 both", "0>1, 1>2, 2>0, 2-3", key="edges", bind="query-params", live="400ms",
            max_chars=graphs.LONGEST,
        )  # fmt: skip
    else:
        text = graphs.spelled(graphs.PRESETS[picked][1])
        note(f"Edges: {text}")
    try:
        n, edges = graphs.parse(text or "")
        found = graphs.places(name, options, n, edges)
        st.session_state[KEPT] = (name, options, n, edges)
    except GlassformerError as error:
        kept = st.session_state.get(KEPT)
        st.html(cards.problem(str(error), "The pictures below are the last that could be made." if kept else ""))
        if kept is None:
            return
        name, options, n, edges = kept
        found = graphs.places(name, options, n, edges)
    note(setup.source(name))
    _graph(name, found, n, edges, circle)
    _numbers(name, found)
    _measured(name, options, found, n, edges)
    format_of_pictures()


def _graph(name: str, found: Places, n: int, edges: Edges, circle: bool) -> None:
    where = graphs.layout(n, edges, not circle)
    phases = bool(np.abs(found.vectors.imag).any())
    count = min(SHOWN, len(found.values))
    figure = drawn(found, edges, where, SHOWN, phases)
    show(figure, "graph-picture", f"The graph with {n} nodes, coloured by {count} eigenvectors of {setup.title(name)}")
    same = sum(bool(np.hypot(*(where[a] - where[b])) < 0.05) for a in range(n) for b in range(a))
    note(
        "Colours are the real parts of the nodes' numbers, on one scale."
        + (" The line at each node points along its complex number: its phase." if phases else "")
        + (f" {same} pairs of nodes stand on one spot here; “On a circle” parts them." if same else "")
    )


def _numbers(name: str, found: Places) -> None:
    n, k = found.vectors.shape
    part = ("node", "neighbour")
    panels: list[AnyPanel] = [
        Matrix(id="links", title="Arrows of the graph", alt="A one where an arrow leads from row to column",
               values=found.links.astype(np.float32), axes=part, signed=False, limit=1.0),
        Matrix(id="laplacian", title="Laplacian, real part", alt="Real part of the Laplacian of the graph",
               values=found.matrix.real.astype(np.float32), axes=part, scale="laplacian"),
    ]  # fmt: skip
    if found.matrix.imag.any():
        panels.append(
            Matrix(id="laplacian_imaginary", title="Laplacian, imaginary part", axes=part, scale="laplacian",
                   values=found.matrix.imag.astype(np.float32), alt="Imaginary part of the Laplacian of the graph")
        )  # fmt: skip
    axes = [Axis("node", n, "node"), Axis("neighbour", n, "neighbour", slider=False)]
    if k:
        tips = np.stack([found.vectors.T.real, found.vectors.T.imag], -1).astype(np.float32) * np.float32(np.sqrt(n))
        axes.append(Axis("eigenvector", k, "eigenvector"))
        panels += [
            Lines(id="eigenvalues", title="Eigenvalues in use", alt="Eigenvalues in use, ascending",
                  along="eigenvector", x="eigenvector", bars=True,
                  series=[Series(name="eigenvalue", values=found.values.astype(np.float32), axes=("eigenvector",))]),
            Matrix(id="vectors", title="Each node's numbers, real parts", alt="Real parts of each node's numbers",
                   values=found.vectors.real.astype(np.float32), axes=("node", "eigenvector"), scale="vectors"),
        ]  # fmt: skip
        if found.vectors.imag.any():
            panels += [
                Matrix(id="vectors_imaginary", title="Imaginary parts", alt="Imaginary parts of each node's numbers",
                       values=found.vectors.imag.astype(np.float32), axes=("node", "eigenvector"), scale="vectors"),
                Clocks(id="phases", title="As hands, one for each node, times √n", pair="node", hands=tips,
                       axes=("eigenvector", "node"), alt="One hand for each node along its complex number"),
            ]  # fmt: skip
    board = Board(axes, panels, file=f"graph-{name}", label=f"{setup.title(name)} of the graph")
    components.board(payload(board), key="graph-board")


def _measured(name: str, options: setup.Options, found: Places, n: int, edges: Edges) -> None:
    back = graphs.turned_back(name, options, n, edges)
    rows = [
        ["Largest entry of L v − λ v", f"{graphs.off(found):.1e}"],
        ["The same for −v, every sign turned", f"{graphs.off(found, -1):.1e}"],
        ["Largest change when all arrows are turned round", f"{back:.3g}"],
    ]
    if name != "laplacian":
        plain = graphs.turned_back("laplacian", (), n, edges)
        rows.append(["The same of the ordinary Laplacian", f"{plain:.3g}"])
        rows.insert(2, ["The same for v times a phase of a quarter turn", f"{graphs.off(found, 1j):.1e}"])
    table(["Measured", "Value"], rows, "What was measured on this graph")
    groups = graphs.equal(found.values)
    said = "; ".join(f"{len(g)} equal eigenvalues of {found.values[g[0]]:.4g}" for g in groups)
    note(
        "A vector and the same with all signs turned are both eigenvectors: which of them a node is told is a choice. "
        "Here the largest entry is real and positive; in training, papers flip signs at random. "
        + (f"This graph has {said}: any mixture of their vectors would do as well. " if groups else "")
        + "The ordinary Laplacian takes an arrow for a link both ways. Only the magnetic one sees where it leads, and "
        "only where some arrow has none back."
    )
