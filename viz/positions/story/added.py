"""Tables of trained vectors: where they end, and what a vector that is added does inside a score."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.errors import InputError
from model.tape import Tape, record
from model.train.positions_measure import by_position, correct, rows_held_out
from model.train.positions_tasks import BACK, IGNORED, TASKS
from model.transformer import Transformer
from viz.panels import Axis, Lines, Matrix, Series
from viz.positions import feel
from viz.positions.feel import Side
from viz.positions.setup import array, title
from viz.positions.story.base import Told, percent, short, top

TASK = TASKS["offset"]
ROWS = 32


@lru_cache(maxsize=16)
def right(positional: str, size: int) -> np.ndarray:
    """[position] share of right answers of the shipped network, NaN where nothing is asked."""
    batch = rows_held_out(TASK, size, ROWS)
    _, found = correct(feel.network(Side(positional, TASK.name)), *batch)
    counts = batch.answers != IGNORED
    first = int(counts.any(0).nonzero()[0])
    shares = [np.nan if a is None else a for a in by_position(found.float(), counts, first)]
    return np.array([np.nan] * first + shares, np.float32)


def turned() -> np.ndarray:
    """[position] degrees by which training has turned each row of the learned table.

    Its direction, since weight decay makes all rows shorter alike, those that were never read too.
    """
    steps = (Side("learned", TASK.name, 0), Side("learned", TASK.name))
    first, last = (feel.network(s).weights["W_pos"].double() for s in steps)
    return array(torch.rad2deg(torch.cosine_similarity(first, last, dim=-1).clamp(-1, 1).acos()))


def end() -> tuple[int, str]:
    """(rows of the table, what the app says to an input that is one token longer)."""
    net = feel.network(Side("learned", TASK.name))
    rows = len(net.weights["W_pos"])
    try:
        feel.pattern(net, [1] * (rows + 1), 0)
    except InputError as error:
        return rows, str(error)
    raise AssertionError("a table without an end")


@lru_cache(maxsize=32)
def table(size: int, other: str) -> Told:
    """The learned table on inputs longer than it was trained on, beside another encoding."""
    far, mine, theirs = turned(), right("learned", size), right(other, size)
    rows, refusal = end()
    t = TASK.trained

    def mean(x: np.ndarray) -> str:
        return percent(float(np.nanmean(x)))

    marks: dict[str, Any] = {"along": "position", "rules": [(t, "")]}
    return Told(
        {
            "trained": str(t), "back": str(BACK), "rows": str(rows), "size": str(size), "other_title": title(other),
            "least": short(float(far[:t].min())), "still": short(float(far[t:].max())), "inside": mean(mine[:t]),
            "outside": mean(mine[t:]), "other_outside": mean(theirs[t:]), "chance": percent(TASK.chance),
            "refusal": refusal,
        },
        (Axis("position", rows, at=t),),
        (
            Lines(id="right", span=(-0.02, 1.05), levels=[(TASK.chance, "")], **marks, series=[
                Series(name=name, values=x, axes=("position",)) for name, x in (("learned", mine), (other, theirs))
            ]),
            Lines(id="turned", **marks, series=[Series(name="turned", values=far, axes=("position",))]),
        ),
    )  # fmt: skip


# ---- content and position in one score --------------------------------------------------------------------------

PROJECTIONS = ("W_Q", "b_Q", "W_K", "b_K")
TERMS = ("word_word", "word_place", "place_word", "place_place")


def terms(net: Transformer, ids: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """([term, head, query, key] in the order of TERMS; what biases and offsets add; the whole scores) of layer 0.

    A norm divides by what it measures of both together: that number is kept as it is, and so the terms add up.
    """
    with torch.no_grad(), record(Tape(net.plan((len(ids),), False).names)) as tape:
        net(torch.tensor(ids))
    block, values = net.last.blocks[0], {n: t.double() for n, t in tape.values.items() if t.is_floating_point()}
    w = {n: net.weights[f"blocks.0.{n}"].double() for n in ("ln1.w", "ln1.b", *(f"attn.{x}" for x in PROJECTIONS))}

    def read(x: Tensor) -> Tensor:
        return (x - x.mean(-1, keepdim=True)) / values["blocks.0.ln1.scale"][:, None] * w["ln1.w"]

    def projected(x: Tensor, side: str) -> Tensor:
        return torch.einsum("pd,hde->hpe", x, w[f"attn.W_{side}"])

    both = (read(values["embed"]), read(values["pos_embed"]))
    offset = w["ln1.b"].expand_as(both[0])
    q, k = (
        [*(projected(x, side) for x in both), projected(offset, side) + w[f"attn.b_{side}"][:, None]] for side in "QK"
    )
    every = torch.stack([a @ b.mT * block.attn.scale for a in q for b in k])
    four = every[[0, 1, 3, 4]]
    return four, every.sum(0) - four.sum(0), values["blocks.0.attn.qk"]


@lru_cache(maxsize=16)
def mixture(positional: str) -> Told:
    """A score of the first layer, taken apart into what words and places do in it."""
    net = feel.network(Side(positional, TASK.name))
    ids = rows_held_out(TASK, 16, 1).tokens[0].tolist()
    four, rest, whole = terms(net, ids)
    seen = torch.ones(len(ids), len(ids), dtype=torch.bool).tril()
    sizes = four[:, :, seen].square().mean((1, 2)).sqrt()
    heads = four[3][:, seen].square().mean(-1).sqrt() / four[0][:, seen].square().mean(-1).sqrt()
    hidden = [array(x.masked_fill(~seen, torch.nan)) for x in four]
    numbers = dict(zip(TERMS, (short(s) for s in sizes.tolist()), strict=True)) | {
        "back": str(BACK), "head": str(int(heads.argmax())), "times": short(heads.max().item()),
        "rest": short(rest[:, seen].square().mean().sqrt().item()),
        "sum": short((four.sum(0) + rest - whole).abs().max().item()),
    }  # fmt: skip
    marks = [f"{i}: {t}" for i, t in enumerate(ids)]
    return Told(
        numbers,
        (
            Axis("head", len(whole), at=int(heads.argmax())), Axis("query", len(ids), at=9, marks=marks),
            Axis("key", len(ids), at=6, marks=marks),
        ),
        tuple(
            Matrix(id=t, values=z, axes=("head", "query", "key"), limit=top(*hidden))
            for t, z in zip(TERMS, hidden, strict=True)
        ),
    )  # fmt: skip
