"""Encodings of graphs: pick or type a graph, and see what each node is told about its place."""

from __future__ import annotations

import numpy as np
import streamlit as st

from model import GlassformerError
from pages.lab.links import named
from pages.lab.widgets import note, own_options, table
from viz import cards, components
from viz.arrays import short
from viz.board import payload
from viz.positions import board_graph, graphs, setup
from viz.positions.graphs import Edges, Places

OWN = "Type one"
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
    where = graphs.layout(n, edges, not circle)
    components.board(payload(board_graph.board(name, found, edges, where)), key="graph-board")
    same = sum(bool(np.hypot(*(where[a] - where[b])) < 0.05) for a in range(n) for b in range(a))
    if same:
        note(f"{same} pairs of nodes stand on one spot here; “On a circle” parts them.")
    _measured(name, options, found, n, edges)


def _measured(name: str, options: setup.Options, found: Places, n: int, edges: Edges) -> None:
    back = graphs.turned_back(name, options, n, edges)
    rows = [
        ["Largest entry of L v − λ v", short(graphs.off(found), 2)],
        ["The same for −v, every sign turned", short(graphs.off(found, -1), 2)],
        ["Largest change when all arrows are turned round", f"{back:.3g}"],
    ]
    if name != "laplacian":
        plain = graphs.turned_back("laplacian", (), n, edges)
        rows.append(["The same of the ordinary Laplacian", f"{plain:.3g}"])
        rows.insert(2, ["The same for v times a phase of a quarter turn", short(graphs.off(found, 1j), 2)])
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
