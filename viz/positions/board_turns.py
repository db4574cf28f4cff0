"""Rotary encodings as boards: arrows, and products against distance of random vectors and of every trained head."""

from __future__ import annotations

import numpy as np

from viz.panels import AnyPanel, Arrow, Arrows, Axis, Board, Lines, Row, Series, Table
from viz.positions import one, rotation
from viz.positions.rotation import LATER
from viz.positions.setup import Setup

FAR = 256
TRAINED = "SmolLM2's head"


def arrows(found: Setup) -> Board:
    """A query and a key in each pair, turned to their places."""
    drawn = rotation.arrows(found)
    pairs, at, key = len(drawn.q), ("at", "pair"), ("key", "pair")
    axes = [
        Axis("at", found.positions, "position of the query", 5, play=True),
        Axis("key", found.positions, "position of the key", 2),
        Axis("pair", pairs, "pair"),
    ]
    some = [
        Arrow(name="q as it was", values=drawn.q, axes=("pair",), look=1, faint=True),
        Arrow(name="k as it was", values=drawn.k, axes=("pair",), look=0, faint=True),
        Arrow(name="q turned to {at}", values=drawn.turned_q, axes=at, look=1),
        Arrow(name="k turned to {key}", values=drawn.turned_k, axes=key, look=0),
    ]
    vectors = {"here": (drawn.turned_q, drawn.turned_k), f"both {LATER} places later": (drawn.later_q, drawn.later_k)}
    rows = [
        Row(label=name, values=q, axes=(*at, "xy"), times=k, times_axes=(*key, "xy"))
        for name, (q, k) in vectors.items()
    ]
    panels: list[AnyPanel] = [
        Arrows(
            id="arrows", title="One pair of a query and a key", arrows=some, product=(2, 3),
            x="first dimension of the pair", y="second", alt="A query and a key as arrows, turned to their positions",
        ),
        Table(
            id="product", title="What pair {pair} gives to the score, before scaling", rows=rows,
            head=("Query at {at}, key at {key}", "product"),
            note="Both vectors are random and have length 1 in each pair. Only how far apart they stand counts.",
        ),
    ]  # fmt: skip
    return Board(axes, panels, f"positions-{found.positional}", "A query and a key, turned")


def products(found: Setup) -> Board:
    """q·k against distance, and how large each pair is: random vectors beside all heads of a trained model."""
    theirs = rotation.all_heads(FAR)
    layers, heads, pairs = theirs.share.shape
    vectors = rotation.random_vectors(found.width)
    random = rotation.by_distance(found, vectors, vectors, FAR).mean(0)
    plain = rotation.random_vectors(theirs.setup.width)
    share = rotation.shares(theirs.setup, plain, plain)
    head = ("their_layer", "their_head")
    axes = [
        Axis("their_layer", layers, "layer of SmolLM2", 3), Axis("their_head", heads, "head of SmolLM2", 4),
        Axis("distance", FAR + 1, "distance", slider=False),
        Axis("their_pair", pairs, "pair of the trained head, the fastest first", slider=False),
    ]  # fmt: skip
    fast = [share[: pairs // 2].sum(), theirs.share[..., : pairs // 2].sum(-1)]
    panels: list[AnyPanel] = [
        Lines(
            id="products", title="Query times key against distance", along="distance", span=(-1.05, 1.05),
            y="q·k, largest = 1", alt="Query times key against distance, of random vectors and of a trained head",
            series=[
                Series(name="random, query = key", values=_scaled(random), axes=("distance",)),
                Series(name=TRAINED, values=_scaled(theirs.product), axes=(*head, "distance")),
            ],
        ),
        Lines(
            id="shares", title="How large each pair is", along="their_pair", y="share of |q||k|", bars=True,
            alt="How large each pair of a trained head is, beside random vectors",
            series=[
                Series(name="random", values=share, axes=("their_pair",)),
                Series(name=TRAINED, values=theirs.share, axes=(*head, "their_pair")),
            ],
        ),
        Table(
            id="fast", title="Share of |q||k| in the faster half of the pairs", wide=True,
            rows=[
                Row(label="random vectors", values=np.asarray(fast[0]), axes=()),
                Row(label="layer {their_layer}, head {their_head} of SmolLM2", values=fast[1], axes=head),
                Row(label="all heads of layer {their_layer}, on average", values=fast[1].mean(-1), axes=head[:1]),
            ],
            note=_note(theirs.setup),
        ),
    ]  # fmt: skip
    return Board(axes, panels, f"positions-{found.positional}", "Products against distance")


def _scaled(curves: np.ndarray) -> np.ndarray:
    """[..., distance] with the largest size of each curve 1."""
    most = np.abs(curves).max(-1, keepdims=True)
    return curves / np.where(most == 0, 1, most)


def _note(setup: Setup) -> str:
    return (
        "Equal random vectors lose their product with distance; that alone is no law of rotary encodings. A trained "
        "head chooses where its queries and keys are large. Fast pairs can tell neighbouring places apart; slow ones "
        "hardly turn and are left for content: move through the heads to see which holds what. SmolLM2 has a base of "
        f"{dict(setup.options)['rotary_base']:,.0f} and {setup.width} dimensions a head; the mean is over all pairs of "
        "tokens of one sentence."
    )


def extension(width: int, base: float, factor: float, trained: int) -> Board:
    """What each method of context extension makes of the frequencies."""
    multipliers = one.multipliers(width, base, factor, trained, int(factor * trained))
    axes = [Axis("pair", width // 2, "pair, the fastest first", slider=False)]
    panel = Lines(
        id="multipliers", title="Multiplier of each pair's frequency", along="pair", y="new frequency / old",
        span=(0, 1.05), wide=True, alt=f"Multiplier of each frequency, factor {factor:g}, trained length {trained}",
        series=[Series(name=name, values=values, axes=("pair",)) for name, values in multipliers.items()],
    )  # fmt: skip
    return Board(axes, [panel], "positions-extension", "Context extension")
