"""A set of encodings side by side, on one scale; and the table of what they do, measured."""

from __future__ import annotations

import streamlit as st

from model import GlassformerError
from pages.lab.links import named
from pages.lab.widgets import good, made, note, sizes, table
from viz import cards, components
from viz.board import payload
from viz.positions import board_compare, compare, setup
from viz.positions import table as measured
from viz.positions.setup import Setup

PRESET = ["sinusoidal", "rotary", "alibi", "t5"]


def main() -> None:
    named("set", setup.titles(setup.names()), "what else is chosen")
    names = st.multiselect(
        "Encodings", setup.names(), PRESET, format_func=setup.title, key="set", bind="query-params", max_selections=10
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = sizes()
    wanted = [good(Setup(name, made(name), **words), f"positions_compare_{name}") for name in names]
    some = [compare.added(found) for found in wanted if found is not None]
    if not some:
        note("Choose at least one encoding.")
        return
    components.board(payload(board_compare.board(some)), key="positions-compare")
    _properties(names)


def _properties(names: list[str]) -> None:
    st.subheader("Properties, measured now")
    found = []
    with st.spinner("measuring", show_time=True):
        for name in names:
            try:
                found.append(measured.row(name, made(name)))
            except GlassformerError as error:
                st.html(cards.problem(f"{setup.title(name)} cannot be measured: {error}"))
    columns = {key: words for key, words in measured.COLUMNS.items() if key != "encoding"}
    rows = [[words, *(row[key] for row in found)] for key, words in columns.items()]
    table(["Property", *(row["encoding"] for row in found)], rows, "Properties of the encodings")
    note(
        "On random networks of two layers in double precision, with each encoding's default numbers; your own is the "
        "one that you made last in this session. A number is the "
        "largest difference of logits as a share of the largest logit; below 1e-9 counts as none. "
        "CoPE and FIRE are neither absolute nor relative. CoPE counts tokens that its gates let through, so that what "
        "stands between two tokens decides how far apart they are. FIRE is relative up to a length and past it divides "
        "the distance by the place of the query: the same distance counts for less further right."
    )
