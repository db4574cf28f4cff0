"""Order: what attention alone makes of it, and why a plain count of places does not do."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from model.positional.properties import build, deviation, logits
from model.tape import Tape, record
from model.transformer import Transformer
from viz.panels import Axis, Lines, Matrix, Series
from viz.positions import feel
from viz.positions.feel import Side
from viz.positions.setup import array, taps
from viz.positions.story.base import Told, percent, short

SENTENCE = ("the", "dog", "bit", "the", "man")
IDS = [2, 3, 4, 2, 5]  # one for each word
ORDERS = {"swapped": [3, 4, 2, 0, 1], "backwards": [4, 3, 2, 1, 0], "rotated": [1, 2, 3, 4, 0]}
TRAINED = Side("learned", "offset")  # whose words the counts are added to
SHORT, LONG = 5, 64


def bag(order: str, positional: str) -> Told:
    """A sentence and the same words in another order, through an encoder without a mask."""
    net, places = build(positional, "encoder", n_ctx=feel.LONGEST), ORDERS[order]
    moved = [IDS[i] for i in places]
    last = "blocks.1.attn.pattern"
    first, second = (array(taps(net, ids)[last]) for ids in (IDS, moved))
    back = np.argsort(places)
    put_back = second[:, back][:, :, back]
    change = put_back - first
    found = deviation(logits(net, moved), logits(net, IDS)[places])
    twice = logits(net, IDS)
    words = [f"{i}: {w}" for i, w in enumerate(SENTENCE)]
    axes, n = ("head", "query", "key"), len(IDS)
    return Told(
        {
            "sentence": " ".join(SENTENCE), "moved": " ".join(SENTENCE[i] for i in places),
            "deviation": short(found), "twice": short(deviation(twice[3], twice[0])),
            "change": short(float(np.abs(change).max())),
        },
        (
            Axis("head", len(first), at=0), Axis("query", n, at=1, marks=words, slider=False),
            Axis("key", n, at=4, marks=words, slider=False),
        ),
        (
            Matrix(id="first", values=first, axes=axes, signed=False, limit=1.0),
            Matrix(id="second", values=put_back, axes=axes, signed=False, limit=1.0),
            Matrix(id="change", values=change, axes=axes, limit=1.0),
        ),
    )  # fmt: skip


# ---- numbers put in the place of a trained table ----------------------------------------------------------------


@lru_cache(maxsize=1)
def direction(width: int) -> Tensor:
    """[d_model] of length 1, drawn at random: along it the numbers of places are added."""
    drawn = torch.randn(width, generator=torch.Generator().manual_seed(0))
    drawn -= drawn.mean()  # a norm takes the mean away
    return drawn / drawn.norm()


def numbered(places: Tensor) -> Transformer:
    """The trained network, its table replaced by a number for each place along one direction."""
    net = feel.exchanged(feel.network(TRAINED), TRAINED.positional)
    table = dict(net.named_parameters())["decoder.positional.W_pos"]
    with torch.no_grad():
        table.zero_()
        table[: len(places)] = places[:, None] * direction(table.shape[1])
    return net


def alike(net: Transformer, n: int) -> np.ndarray:
    """[position] mean cosine between what the first attention reads of two different words at one place."""
    words = net.last.config.d_vocab
    rows = torch.arange(words)[:, None].expand(words, n)
    with torch.no_grad(), record(Tape(net.plan((n,), False).names)) as tape:
        net(rows)
    read = tape.values["blocks.0.ln1.normalized"].double()
    read = read / read.norm(dim=-1, keepdim=True)
    every = torch.einsum("apd,bpd->pab", read, read)
    return array((every.sum((1, 2)) - words) / (words * (words - 1)))


@lru_cache(maxsize=16)
def counting(last: int) -> Told:
    """Place k gets the number k."""
    n = last + 1
    net = numbered(torch.arange(n).float())
    found = alike(net, n)
    word = _length_of_words(net)
    count = np.arange(n, dtype=np.float32)
    at = ("position",)
    return Told(
        {
            "word": short(word), "last": str(last), "times": short(last / word), "start": short(float(found[0])),
            "end": short(float(found[-1])),
        },
        (Axis("position", n, at=last),),
        (
            Lines(id="alike", along="position", span=(-0.3, 1.05), series=[
                Series(name="alike", values=found, axes=at)
            ]),
            Lines(id="lengths", along="position", series=[
                Series(name="count", values=count, axes=at),
                Series(name="word", values=np.full(n, word, np.float32), axes=at),
            ]),
        ),
    )  # fmt: skip


@lru_cache(maxsize=16)
def share(length: int) -> Told:
    """Place k of n gets k / (n - 1): the same first words in a short and in a longer text."""
    ids = [(7 * i + 3) % 32 for i in range(length)]
    places = [torch.linspace(0, 1, n) for n in (SHORT, length)]
    word = _length_of_words(feel.network(TRAINED))
    said = [_said(numbered(word * p), ids[:n]) for p, n in zip(places, (SHORT, length), strict=True)]
    counted = [_said(numbered(torch.arange(n).float()), ids[:n]) for n in (SHORT, length)]
    changes = {name: (a - b[:SHORT]).abs().sum(-1) / 2 for name, (a, b) in (("share", said), ("count", counted))}
    at = ("position",)
    return Told(
        {
            "short": str(SHORT), "long": str(length), "short_step": short(float(places[0][1])),
            "long_step": short(float(places[1][1])), "changed": percent(float(changes["share"].max())),
            "count_changed": percent(float(changes["count"].max())),
        },
        (Axis("position", length, at=1),),
        (
            Lines(id="places", along="position", span=(0.0, 1.05), series=[
                Series(name=name, values=array(p), axes=at)
                for name, p in zip(("in_short", "in_long"), places, strict=True)
            ]),
            Lines(id="changes", along="position", span=(-0.02, 1.05), series=[
                Series(name=name, values=array(x), axes=at) for name, x in changes.items()
            ]),
        ),
    )  # fmt: skip


def _said(net: Transformer, ids: list[int]) -> Tensor:
    """[position, token] probabilities."""
    with torch.no_grad():
        return net.double()(torch.tensor(ids)).softmax(-1)


def _length_of_words(net: Transformer) -> float:
    return net.last.W_E.detach().norm(dim=-1).mean().item()
