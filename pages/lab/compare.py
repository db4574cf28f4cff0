"""A set of encodings side by side, on one scale; and the table of what they do, measured."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.lab.widgets import good, note, show, sizes, slider, table
from viz.positions import compare, figures, setup
from viz.positions import table as measured
from viz.positions.setup import Setup

PRESET = ["sinusoidal", "rotary", "alibi", "t5"]


def main() -> None:
    names = st.multiselect(
        "Encodings", setup.names(), PRESET, format_func=setup.title, key="set", bind="query-params", max_selections=10
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = sizes()
    wanted = [good(Setup(name, (), **words), f"positions_compare_{name}") for name in names]
    some = [compare.added(found) for found in wanted if found is not None]
    if not some:
        note("Choose at least one encoding.")
        return
    n = min(a.setup.positions for a in some)
    with st.container(horizontal=True):
        head = slider("Head", 0, max(len(a.score) for a in some) - 1, 0, "head")
        query = slider("Query", 0, n - 1, 12, "query")
        key = slider("Key", 0, n - 1, 7, "key")
    st.subheader("What each adds to a score")
    shown = {a.setup.title: compare.shown(a)[min(head, len(a.score) - 1)] for a in some}
    most = compare.largest(some)
    show(
        figures.panels(shown, most, (query, key)),
        "panels",
        f"What {', '.join(shown)} add to the score of each query and key",
    )
    rows = []
    for a in some:
        value = compare.shown(a)[min(head, len(a.score) - 1), query, key]
        rows.append([a.setup.title, "hidden by the mask" if np.isnan(value) else f"{value:.5g}", compare.KINDS[a.kind]])
    table(["Encoding", f"query {query}, key {key}", "What is drawn"], rows, "What is added at the chosen cell")
    note(
        f"One colour scale for all, from −{most:.3g} to {most:.3g}, over all heads; biases of encodings that are "
        "trained have their random starting numbers here. Rows are queries, columns keys; grey is hidden by the mask."
    )
    _curves(some)
    _past(some)
    _properties(names)


def _curves(some: list[compare.Added]) -> None:
    st.subheader("Against distance")
    curves, bands = {}, {}
    for a in some:
        low, middle, high = compare.spread(a.score)
        curves[a.setup.title], bands[a.setup.title] = middle, (low, high)
    figure = figures.lines(curves, "distance, query − key", "added to the score", bands=bands)
    show(
        figure, "distances", "What is added to a score against distance: mean over queries and heads, spread over heads"
    )
    note("The mean over all queries and heads; the band runs from the smallest head to the largest.")


def _past(some: list[compare.Added]) -> None:
    st.subheader("Past the trained length")
    n = some[0].setup.positions
    past = [compare.added(a.setup, compare.PAST) for a in some]
    curves = {a.setup.title: compare.last_query(a.score).mean(0) for a in past}
    figure = figures.lines(curves, "distance from the last query", "added to the score", at=n, mark=f"{n} positions")
    show(figure, "past", f"What is added for the last query of an input {compare.PAST} times as long")
    ends = [f"{a.setup.title} has no vector past position {a.ends - 1}." for a in past if a.ends is not None]
    note(
        f"The last query of {compare.PAST * n} tokens, mean over heads. To the right of the line no distance was seen "
        "in training: that a curve goes on does not mean that a model can use it. " + " ".join(ends)
    )


def _properties(names: list[str]) -> None:
    st.subheader("Properties, measured now")
    with st.spinner("measuring", show_time=True):
        found = [measured.row(name) for name in names]
    columns = {key: words for key, words in measured.COLUMNS.items() if key != "encoding"}
    rows = [[words, *(row[key] for row in found)] for key, words in columns.items()]
    table(["Property", *(row["encoding"] for row in found)], rows, "Properties of the encodings")
    note(
        "On random networks of two layers in double precision, with each encoding's default numbers. A number is the "
        "largest difference of logits as a share of the largest logit; below 1e-9 counts as none. "
        "CoPE and FIRE are neither absolute nor relative. CoPE counts tokens that its gates let through, so that what "
        "stands between two tokens decides how far apart they are. FIRE is relative up to a length and past it divides "
        "the distance by the place of the query: the same distance counts for less further right."
    )
