"""Rotary encodings: arrows, products against distance on random and on trained vectors, and context extension."""

from __future__ import annotations

import numpy as np
import streamlit as st

from pages.lab.widgets import note, show, slider, whole
from viz.positions import figures, one, rotation
from viz.positions.setup import Setup, encoding

TRAINED = "SmolLM2's head"


def main(found: Setup, at: int) -> None:
    turner = rotation.rotary(found)
    assert turner is not None
    st.subheader("A query and a key, turned")
    left, right = st.columns(2, gap="large")
    with left:
        pair = slider("Pair", 0, turner.d_rot // 2 - 1, 0, "pair")
        key = slider("Position of the key", 0, found.positions - 1, 2, "key")
        arrows = rotation.arrows(found, pair, at, key)
        show(figures.arrows(arrows, at, key), "arrows", f"Pair {pair} of a query at {at} and a key at {key}, turned")
        moved = rotation.arrows(found, pair, at + 100, key + 100)
        note(f"This pair gives {arrows.product:.6f} to the score; with both 100 places later, {moved.product:.6f}.")
    with right:
        _distance(found)
    _extension(found)


def _distance(found: Setup) -> None:
    far = 256
    layers, heads = rotation.heads()
    with st.container(horizontal=True):
        layer = slider("Layer of SmolLM2", 0, layers - 1, 3, "layer")
        head = slider("Head of SmolLM2", 0, heads - 1, 4, "trained_head")
    vectors = rotation.random_vectors(found.width)
    theirs = rotation.trained_head(layer, head)
    curves = {
        "random, query = key": rotation.by_distance(found, vectors, vectors, far).mean(0),
        TRAINED: rotation.by_distance(theirs.setup, theirs.q, theirs.k, far).mean(0),
    }
    scaled = {name: curve / (np.abs(curve).max() or 1.0) for name, curve in curves.items()}
    figure = figures.lines(scaled, "distance", "q·k, largest = 1", span=(-1.05, 1.05))
    show(figure, "products", f"Query times key against distance, random and of layer {layer}, head {head} of SmolLM2")
    random = rotation.random_vectors(theirs.setup.width)
    shares = {
        "random": rotation.shares(theirs.setup, random, random),
        TRAINED: rotation.shares(theirs.setup, theirs.q, theirs.k),
    }
    figure = figures.bars(shares, "pair, the fastest first", "share of |q||k|")
    show(figure, "shares", f"How large each pair of layer {layer}, head {head} of SmolLM2 is, beside random vectors")
    fast = {name: float(s[: len(s) // 2].sum()) for name, s in shares.items()}
    note(
        f"Equal random vectors lose their product with distance; that alone is no law of rotary encodings. A trained "
        f"head chooses where its queries and keys are large: the faster half of the pairs holds {fast['random']:.0%} "
        f"of random vectors and {fast[TRAINED]:.0%} of this head. Fast pairs can tell neighbouring places "
        f"apart; slow ones hardly turn and are left for content. SmolLM2 has a base of "
        f"{dict(theirs.setup.options)['rotary_base']:,.0f} and {theirs.setup.width} dimensions a head; the mean is "
        f"over all pairs of tokens of one sentence."
    )


def _extension(found: Setup) -> None:
    turner = rotation.rotary(found)
    assert turner is not None
    if "rotary_scaling" not in type(encoding(found)).OPTIONS or turner.d_rot < 4:
        return
    st.subheader("Context extension: what each method does to the frequencies")
    with st.container(horizontal=True):
        factor = slider("Factor", 1, 32, 4, "factor")
        trained = whole("Trained length", 8, 65536, 64, "trained")
    base = max(1.0001, float(_base(found)))
    multipliers = one.multipliers(turner.d_rot, base, float(factor), trained, factor * trained)
    figure = figures.lines(multipliers, "pair, the fastest first", "new frequency / old", span=(0, 1.05))
    show(figure, "multipliers", f"Multiplier of each pair's frequency, factor {factor}, trained length {trained}")
    note(
        f"For an input of {factor * trained:,} tokens. These are angles and multipliers only: nothing here says how "
        "well a model reads with them."
    )


def _base(found: Setup) -> float:
    return encoding(found).config.option("rotary_base")
