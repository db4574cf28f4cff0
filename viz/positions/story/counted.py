"""Places that depend on the text or on the place of the query: CoPE and FIRE. And no places at all: NoPE."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from model.positional.properties import build
from viz.panels import Axis, Lines, Matrix, Series
from viz.positions import feel, probe
from viz.positions.feel import Side
from viz.positions.setup import Setup, array, network, taps
from viz.positions.story.base import Told, percent, short
from viz.positions.story.relative import hidden

# Of the task `latest`: 0 to 7 write a key, 8 to 15 read it, 16 and more are values.
TEXT = (0, 20, 1, 25, 2, 17, 8, 20)
PLACE = 3  # whose token is changed
FIRE = Setup("fire", (("fire_length", 16.0),), 128, 8, 2)
QUERIES = (7, 15, 31, 63, 127)
NEAR = 6


@lru_cache(maxsize=32)
def content(token: int) -> Told:
    """CoPE's counted places in a trained network, with one token of the text changed; FIRE's share of a distance."""
    net = feel.network(Side("cope", "latest"))
    other = [token if i == PLACE else t for i, t in enumerate(TEXT)]
    name = "blocks.0.attn.counted"
    before, after = (hidden(array(taps(net, list(ids))[name])) for ids in (TEXT, other))
    moved = np.abs(after - before)[:, -1, 0]
    head = int(moved.argmax())
    share = array(taps(network(FIRE), [1] * FIRE.positions)["blocks.0.attn.distance_share"])
    rows = {str(q): share[q, : q + 1][::-1].copy() for q in QUERIES}
    places = [f"{i}: {t}" for i, t in enumerate(other)]
    n, most = len(TEXT), float(len(TEXT))
    return Told(
        {
            "place": str(PLACE), "was": str(TEXT[PLACE]), "token": str(token), "head": str(head),
            "distance": str(n - 1), "before": short(float(before[head, -1, 0])),
            "after": short(float(after[head, -1, 0])), "near": str(NEAR), "first": str(QUERIES[1]),
            "late": str(QUERIES[-1]), "share_first": short(float(rows[str(QUERIES[1])][NEAR])),
            "share_late": short(float(rows[str(QUERIES[-1])][NEAR])),
        },
        (
            Axis("head", len(before), at=head), Axis("query", n, at=n - 1, marks=places),
            Axis("key", n, at=0, marks=places), Axis("distance", FIRE.positions, at=NEAR),
        ),
        (
            Matrix(id="counted", values=after, axes=("head", "query", "key"), signed=False, limit=most),
            Matrix(id="change", values=after - before, axes=("head", "query", "key"), limit=most),
            Lines(id="shares", along="distance", span=(0.0, 1.05), series=[
                Series(name=f"query {q}", values=curve, axes=("distance",)) for q, curve in rows.items()
            ]),
        ),
    )  # fmt: skip


@lru_cache(maxsize=8)
def nothing(task: str) -> Told:
    """No positions under a causal mask: how well the place can be read, trained and untrained."""
    trained, untrained = (probe.probe(f"{task}-none", kind) for kind in (True, False))
    layers = len(trained.layers)
    even = build("none", "decoder", n_ctx=feel.LONGEST, n_layers=1)
    with torch.no_grad():
        for path, p in even.named_parameters():
            if path.endswith(("W_Q", "b_Q")):
                p.zero_()
    first = array(taps(even, [4] * 16)["blocks.0.attn.pattern"][0, :, 0])
    best = int(np.argmin(trained.error[1:])) + 1
    reading = {
        "trained": trained.predicted, "untrained": untrained.predicted,
        "itself": np.tile(np.arange(trained.predicted.shape[1], dtype=np.float32), (layers, 1)),
    }  # fmt: skip
    return Told(
        {
            "chance": short(trained.chance), "start": short(trained.error[0]), "layer": str(best),
            "trained": short(trained.error[best]), "untrained": short(untrained.error[best]),
            "right": percent(_accuracy(task)), "first": short(float(first[1])), "last": short(float(first[-1])),
            "places": str(len(first)),
        },
        (Axis("layer", layers, at=best), Axis("position", trained.predicted.shape[1], at=8)),
        (
            Lines(id="error", along="layer", levels=[(trained.chance, "")], span=(0.0, 1.1 * max(
                trained.chance, *trained.error, *untrained.error)), series=[
                Series(name="trained", values=np.array(trained.error, np.float32), axes=("layer",)),
                Series(name="untrained", values=np.array(untrained.error, np.float32), axes=("layer",)),
            ]),
            Lines(id="reading", along="position", series=[
                Series(name=name, values=x.astype(np.float32), axes=("layer", "position"))
                for name, x in reading.items()
            ]),
            Lines(id="even", along="position", span=(0.0, 1.05), series=[
                Series(name="even", values=first, axes=("position",))
            ]),
        ),
    )  # fmt: skip


def _accuracy(task: str) -> float:
    from model.train import positions_table

    return float(positions_table.load(f"{task}-none").card["accuracy"])
