"""Places of patches: tokens laid out row by row on a grid, perhaps after some that are not on it."""

from __future__ import annotations

from torch import Tensor

from model.registry import Option

OPTIONS = {
    "grid_columns": Option(4, "patches in a row", low=1, high=2**20),
    "grid_first": Option(0, "tokens before the first patch, such as [CLS]; they have no place", low=0, high=1024),
}


def places(positions: Tensor, columns: int, first: int) -> tuple[Tensor, Tensor]:
    """(row, column) of each position; tokens before the first patch are at 0, 0."""
    patch = (positions - first).clamp(min=0)
    return patch // columns, patch % columns


def place(position: int, columns: int, first: int) -> tuple[int, int]:
    """The same for one position."""
    return divmod(max(position - first, 0), columns)
