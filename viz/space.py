"""Which way the axes of a tensor run in space, and the room that it takes. One cell is one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DEEP = ("head", "kv_head")  # axes that always go into the depth
DOWN = ("position", "query", "key", "routed")  # axes that run down when a tensor has no other for it
Shape = tuple[int, ...]
Axes = tuple[str, ...]


@dataclass(frozen=True)
class Tensor:
    """What the layout needs to know of a stage or a weight."""

    name: str
    axes: Axes
    shape: Shape


@dataclass(frozen=True)
class Block:
    """A tensor in space.

    role     "weight", "value", or "aggregate": one number a position
    corner   (x, y, z) of its left upper front corner; it spans to the right, down, and into the depth
    size     (width, height, depth)
    steps    by axis, the way (x, y, z) from one cell to the next along it
    floor    which row of the page it stands on, counted from the top of its stack
    side     "", "encoder" or "decoder"
    """

    name: str
    role: str
    axes: Axes
    shape: Shape
    corner: tuple[int, int, int]
    size: tuple[int, int, int]
    steps: tuple[tuple[int, int, int], ...]
    floor: int
    side: str

    def cell(self, index: Sequence[int]) -> tuple[int, int, int]:
        """Left upper front corner of one cell."""
        x, y, z = (
            c + sum(i * step[d] for i, step in zip(index, self.steps, strict=True)) for d, c in enumerate(self.corner)
        )
        return x, y, z


class Depth:
    """How far apart heads stand. Key/value heads stand amid the query heads that share them."""

    def __init__(self, tensors: list[Tensor]):
        sized = [(t, dict(zip(t.axes, t.shape, strict=True))) for t in tensors]
        self.heads = max((size["head"] for _, size in sized if "head" in size), default=1)
        narrow = (t for t, size in sized if set(DEEP) & set(size) and t.axes[-1] != "d_model")
        wide = max((extent(t)[0] for t in narrow), default=1)
        self.stride = 2 + wide // 4

    def step(self, axis: str, size: int, inner: int) -> int:
        """Way from one place to the next; `inner` is what the axes after it take up."""
        if axis in DEEP and inner == 1:
            return self.stride * max(1, self.heads // size)
        return inner + 1


def directions(axes: Axes) -> tuple[int | None, int | None, list[int]]:
    """(axis of the columns, of the rows, axes that go into the depth), as places in `axes`."""
    deep = [i for i, a in enumerate(axes) if a in DEEP]
    flat = [i for i in range(len(axes)) if i not in deep]
    if len(flat) == 1:
        return (None, flat[0], deep) if axes[flat[0]] in DOWN else (flat[0], None, deep)
    if not flat:
        return None, None, deep
    return flat[-1], flat[-2], [*flat[:-2], *deep]


def extent(tensor: Tensor) -> tuple[int, int]:
    """(columns, rows)."""
    column, row, _ = directions(tensor.axes)
    return (1 if column is None else tensor.shape[column]), (1 if row is None else tensor.shape[row])


def placed(tensor: Tensor, deep: Depth) -> tuple[tuple[int, int, int], tuple[tuple[int, int, int], ...]]:
    """(size, steps) of a block. An empty axis takes the room of one cell, so that every tensor can be seen."""
    column, row, depth = directions(tensor.axes)
    steps = [(0, 0, 0)] * len(tensor.axes)
    if column is not None:
        steps[column] = (1, 0, 0)
    if row is not None:
        steps[row] = (0, -1, 0)
    thick = 1
    for i in reversed(depth):
        step = deep.step(tensor.axes[i], tensor.shape[i], thick)
        steps[i] = (0, 0, step)
        thick += step * (max(tensor.shape[i], 1) - 1)
    width, height = extent(tensor)
    return (max(width, 1), max(height, 1), thick), tuple(steps)
