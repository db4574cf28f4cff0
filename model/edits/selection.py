"""The part of a tensor that an edit names, as an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import EditError

if TYPE_CHECKING:
    from model.edits.edit import Edit


def select(edit: Edit, axes: tuple[str, ...], shape: tuple[int, ...]) -> tuple[Tensor, ...]:
    """The edit's part as an index for tensors. Raises EditError for unknown axes and ranges."""
    for axis in edit.at:
        if axis not in axes:
            raise EditError(f"{edit.name} has no axis {axis!r}; its axes are {', '.join(axes)}.")
    lists = []
    for axis, size in zip(axes, shape, strict=True):
        chosen = edit.at.get(axis, slice(None))
        numbers = list(range(size))[chosen] if isinstance(chosen, slice) else chosen
        for i in numbers if isinstance(numbers, list) else [numbers]:
            if not -size <= i < size:
                raise EditError(f"{edit.name}: {axis}={i} is out of range; it runs from 0 to {size - 1}.")
        if numbers == []:
            raise EditError(f"{edit.name}: {axis}={chosen!r} selects nothing of 0 to {size - 1}.")
        lists.append([i % size for i in numbers] if isinstance(numbers, list) else numbers % size)
    # One index tensor an axis, shaped to broadcast against the others: nothing as large as the stage is made.
    kept = [i for i, n in enumerate(lists) if isinstance(n, list)]
    out = []
    for i, numbers in enumerate(lists):
        spread = [-1 if i == j else 1 for j in kept] if isinstance(numbers, list) else []
        out.append(torch.tensor(numbers).reshape(spread))
    return tuple(out)


def part_shape(selection: tuple[Tensor, ...]) -> tuple[int, ...]:
    """Shape of the chosen part: an int drops its axis, a list or slice keeps it."""
    return tuple(torch.broadcast_shapes(*(s.shape for s in selection)))
