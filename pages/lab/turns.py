"""Rotary encodings: arrows, products against distance on random and on trained vectors, and context extension."""

from __future__ import annotations

import streamlit as st

from pages.lab.widgets import note, slider, whole
from viz import components
from viz.board import payload
from viz.positions import board_turns, rotation
from viz.positions.setup import Setup, encoding


def main(found: Setup) -> None:
    st.subheader("A query and a key, turned")
    components.board(payload(board_turns.arrows(found)), key="positions-arrows")
    _extension(found)
    st.subheader("Random and trained queries and keys")
    components.board(payload(board_turns.products(found)), key="positions-products")


def _extension(found: Setup) -> None:
    turner = rotation.rotary(found)
    assert turner is not None
    if "rotary_scaling" not in type(encoding(found)).OPTIONS or turner.d_rot < 4:
        return
    st.subheader("Context extension: what each method does to the frequencies")
    with st.container(horizontal=True):
        factor = slider("Factor", 1, 32, 4, "factor")
        trained = whole("Trained length", 8, 65536, 64, "trained")
    base = max(1.0001, float(encoding(found).config.option("rotary_base")))
    made = board_turns.extension(turner.d_rot, base, float(factor), trained)
    components.board(payload(made), key="positions-extension")
    note(
        f"For an input of {factor * trained:,} tokens. These are angles and multipliers only: nothing here says how "
        "well a model reads with them."
    )
