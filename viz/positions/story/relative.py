"""Distances instead of places: a vector for each, a number for each class, a straight line."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from model.positional.alibi import slopes
from model.positional.t5 import bucket
from viz.panels import Axis, Lines, Matrix, Series
from viz.positions import feel, one
from viz.positions.feel import Side
from viz.positions.setup import BIAS, Setup, array, network, taps
from viz.positions.story.base import Told, percent, short, top

FAR = 128  # distances shown
SAME = 4  # the one word of a text that says nothing but its places
TRAINED = "latest"


def hidden(x: np.ndarray) -> np.ndarray:
    """[..., query, key] with the keys ahead left out."""
    return np.where(np.triu(np.ones(x.shape[-2:], bool), 1), np.float32(np.nan), x)


@lru_cache(maxsize=16)
def distances(clip: int) -> Told:
    """Shaw: a vector for each distance up to `clip`; all that is farther shares one. One word, said again and again."""
    setup = Setup("shaw", (("shaw_clip", clip),), 24, 16, 4)
    net, n = network(setup), setup.positions
    bias = array(taps(net, [SAME] * n)[BIAS])
    other = array(taps(net, [SAME] * (n - 1) + [SAME + 3])[BIAS])
    last = bias[:, -1, ::-1]  # [head, distance]
    return Told(
        {
            "clip": str(clip), "vectors": str(2 * clip + 1), "numbers": f"{one.price(setup)[0]:,}",
            "along": short(float(np.abs(bias[:, 1:, 1:] - bias[:, :-1, :-1]).max())),
            "past": short(float(np.abs(last[:, clip:] - last[:, clip : clip + 1]).max())),
            "within": short(float(np.abs(last[:, clip] - last[:, 0]).max())),
            "reads": short(float(np.abs(other[:, -1] - bias[:, -1]).max())),
        },
        (
            Axis("head", setup.heads), Axis("query", n, at=n - 1), Axis("key", n, at=n - 1 - clip),
            Axis("distance", n, minus=("query", "key")),
        ),
        (
            Matrix(id="bias", values=hidden(bias), axes=("head", "query", "key"), limit=top(hidden(bias))),
            Lines(
                id="by_distance", along="distance", rules=[(clip, str(clip))],
                series=[Series(name="last", values=last.copy(), axes=("head", "distance"))],
            ),
        ),
    )  # fmt: skip


def learned_bias(positional: str) -> np.ndarray:
    """[head, distance] what a trained network's first layer adds for its last query."""
    net = feel.network(Side(positional, TRAINED))
    return array(taps(net, [1] * FAR)[BIAS][:, -1].flip(-1))


@lru_cache(maxsize=32)
def buckets(distance: int) -> Told:
    """T5 and ALiBi: numbers instead of vectors."""
    t5, alibi = learned_bias("t5"), learned_bias("alibi")
    classes = bucket(-torch.arange(FAR), False, 32, 128)
    mine = int(classes[distance])
    shared = (classes == mine).nonzero()[:, 0]
    found = slopes(len(alibi))
    at = ("distance",)
    return Told(
        {
            "distance": str(distance), "bucket": str(mine), "first": str(int(shared[0])), "last": str(int(shared[-1])),
            "classes": str(len(classes.unique())), "shown": str(FAR),
            "numbers": f"{feel.network(Side('t5', TRAINED)).weights['W_rel'].numel():,}",
            "steepest": short(max(found)), "flattest": short(min(found)),
            "steep_weight": percent(float(np.exp(-max(found) * distance))),
            "flat_weight": percent(float(np.exp(-min(found) * distance))),
        },
        (Axis("distance", FAR, at=distance), Axis("head", len(alibi))),
        (
            Lines(id="added", along="distance", wide=True, series=[
                Series(name="t5", values=t5, axes=("head", "distance")),
                Series(name="alibi", values=alibi, axes=("head", "distance")),
            ]),
            Lines(id="classes", along="distance", series=[
                Series(name="bucket", values=classes.numpy().astype(np.float32), axes=at)
            ]),
        ),
    )  # fmt: skip
