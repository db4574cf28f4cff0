"""The message of the home page's picture: a handful of stages of one real pass, in the order computed."""

from __future__ import annotations

import numpy as np

from model import Trace
from viz import labels
from viz.arrays import Block, encode, to_numpy
from viz.prose import Catalogue

TOP_TOKENS = 24  # columns of a vocabulary too large to draw


def message(trace: Trace, chosen: list[tuple[str, int | None]], said: Catalogue) -> bytes:
    """Bytes for the `glance` component. chosen: stages, each with the head to show or None."""
    blocks = [_block(trace, name, head, said) for name, head in chosen]
    tokens = [labels.cut(t) for t in next(iter(labels.inputs(trace).values()))]
    return encode(blocks, tokens=tokens, flow=[b.name for b in blocks], label=said.text("home", "glance"))


def _block(trace: Trace, name: str, head: int | None, said: Catalogue) -> Block:
    stage = trace.stage(name)
    values, axes = to_numpy(trace[name]), list(stage.axes)
    # Steps are told apart by name, and two heads of one stage are two steps.
    key, title = name, said.title(stage)
    if head is not None:
        where = next(a for a in ("head", "kv_head") if a in axes)
        values = np.take(values, head, axis=axes.index(where))
        axes.remove(where)
        layer = name.split(".")[1]
        key, title = f"{name}[{head}]", said.text("home", "block_head", title=title, layer=layer, head=head)
    extra: dict[str, list[str]] = {"axis_names": [said.label(a) for a in axes]}
    if len(axes) > 1:
        extra["row_labels"] = [t.partition(" ")[2] or t for t in labels.ticks(trace, stage, axes[0])]
    if axes[-1] == "d_vocab" and values.shape[-1] > TOP_TOKENS:
        top = np.argsort(-values[-1], kind="stable")[:TOP_TOKENS]
        values = values[:, top]
        extra["col_labels"] = [labels.cut(p, 6) for p in labels.pieces(trace, top.tolist())]
    elif axes[-1] in ("key", "position"):
        extra["col_labels"] = [t.partition(" ")[2] or t for t in labels.ticks(trace, stage, axes[-1])]
    elif axes[-1] == "d_vocab":
        extra["col_labels"] = list(labels.ticks(trace, stage, "d_vocab"))
    return Block(key, title, tuple(axes), stage.kind, values, extra)
