"""Tables with a row for each distance, key minus query: which row a pair reads, and which pairs read a row."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor


def clipped(queries: Tensor, keys: Tensor, low: int, high: int) -> Tensor:
    """[query, key] row of each pair in a table of the distances low..high; those past it share the first and last."""
    return (keys[None, :] - queries[:, None]).clamp(low, high) - low


def row(query: int, key: int, low: int, high: int) -> int:
    """The same for one pair."""
    return min(max(key - query, low), high) - low


def pairs(row: int, queries: int, keys: int, low: int, high: int) -> Iterator[tuple[int, range]]:
    """(query, the keys with which it reads the row), for queries from 0 on that have any."""
    distance = row + low
    for query in range(queries):
        first = 0 if distance == low else query + distance
        end = keys if distance == high else query + distance + 1
        found = range(max(first, 0), min(end, keys))
        if found:
            yield query, found


def wide(dtype: torch.dtype) -> torch.dtype:
    """The type to work a number out in before it is rounded once."""
    return torch.float64 if dtype == torch.float64 else torch.float32
