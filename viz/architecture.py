"""A drawing of a model, read from its stages: parts from the input at the top to the answer at the bottom.

Blocks that are made of the same parts are drawn once, with how many there are.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from model import Model, Stage
from viz import cards
from viz.words import Place, place

_LENGTH = 8  # any length gives the same parts; this one is short


@dataclass(frozen=True)
class Box:
    """Stages in a row that belong to one part of one block."""

    where: Place
    stages: tuple[Stage, ...]


def boxes(model: Model) -> list[Box]:
    """The parts of a model in the order they run."""
    config = model.config
    stacks = [s for s in (config.encoder, config.decoder) if s is not None]
    n = [min(_LENGTH, s.n_ctx) if s.image is None else s.n_ctx for s in stacks]
    stages = model.network.plan(tuple(n), False).stages
    groups = itertools.groupby(stages, key=lambda s: place(s, config))
    return [Box(where, tuple(group)) for where, group in groups]


def blocks(found: list[Box]) -> list[tuple[list[Box], list[int]]]:
    """Runs of boxes: those of equal blocks together, with the layers they stand for; [] for what is in no block."""
    runs: list[tuple[list[Box], list[int]]] = []
    for (_, layer), group in itertools.groupby(found, key=lambda b: (b.where.stack, b.where.layer)):
        parts = list(group)
        if layer is not None and runs and runs[-1][1] and _shape(runs[-1][0]) == _shape(parts):
            runs[-1][1].append(layer)
        else:
            runs.append((parts, [] if layer is None else [layer]))
    return runs


def _shape(parts: list[Box]) -> tuple[object, ...]:
    """What makes two blocks look alike: parts, their stages, and how cells come about."""
    return tuple(
        (b.where.kind, b.where.part, b.where.stack, tuple((s.local, s.axes, s.shape, s.formula) for s in b.stages))
        for b in parts
    )


def drawing(model: Model) -> str:
    """The drawing as HTML, stacks side by side."""
    runs = blocks(boxes(model))
    columns: dict[str | None, list[str]] = {}
    for parts, layers in runs:
        columns.setdefault(parts[0].where.stack, []).append(_run(parts, layers))
    tail = columns.pop(None, [])
    sides = "".join(
        f'<section aria-label="{cards.text(stack)}"><h4>{cards.text(str(stack).capitalize())}</h4>'
        f"{''.join(found)}</section>"
        for stack, found in columns.items()
    )
    return f'<div class="gf-architecture">{sides}<section>{"".join(tail)}</section></div>'


def _run(parts: list[Box], layers: list[int]) -> str:
    inside = "".join(_part(b) for b in parts)
    if not layers:
        return inside
    name = f"block {layers[0]}" if len(layers) == 1 else f"{len(layers)} blocks, {layers[0]} to {layers[-1]}, each"
    return f'<div class="gf-block"><p>{name}</p>{inside}</div>'


def _part(box: Box) -> str:
    chips = "".join(
        f'<li title="{cards.text(s.title)}"><code>{cards.text(s.local)}</code> '
        f"{' × '.join(cards.text(a) for a in s.axes)}</li>"
        for s in box.stages
    )
    return (
        f'<details class="gf-part" style="--place:var(--gf-place-{box.where.kind})">'
        f"<summary>{cards.text(box.where.part)} <span>{_tensors(len(box.stages))}</span></summary>"
        f"<ul>{chips}</ul></details>"
    )


def _tensors(n: int) -> str:
    return "1 tensor" if n == 1 else f"{n} tensors"
