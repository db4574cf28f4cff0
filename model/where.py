"""Where queries and keys stand, and which keys each query may see. Made afresh for every forward pass."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

if TYPE_CHECKING:
    from model.masks.base import Mask

_STRIP = 64  # queries


@dataclass(frozen=True)
class Strip:
    """A few queries and the keys that any of them may see.

    rows, keys   slices of the queries and of the keys; keys outside are hidden from all of these queries
    closed       slice of `keys` that holds all which are hidden from some of them
    hidden       [query, key of `closed`] bool, True where a key may not be seen; None when all of `keys` may
    """

    rows: slice
    keys: slice
    closed: slice
    hidden: Tensor | None

    def hide_(self, scores: Tensor) -> Tensor:
        """Sets hidden cells of [..., query, key] to -inf, in place."""
        if self.hidden is not None:
            scores[..., self.closed].masked_fill_(self.hidden, -math.inf)
        return scores


@dataclass
class Where:
    """Positions and visibility of one attention.

    queries, keys   positions, [query] and [key] int64; never a bare length, they differ under a memory or a cache
    hidden          [query, key] bool, True where a key may not be seen; None when all may
    blind           [query] bool, True for a query that sees nothing (left padding); None when there is none
    tokens          [position] ids, for encodings that number only some of them; None in cross-attention
    real            [key] 1 for real tokens, 0 for padding; None when all are real
    edges           [edge, 2] arrows of a graph, for encodings of graphs; None where none is given
    notes           what parts work out once a pass and reuse in later layers (rotation angles, a shared bias)
    """

    queries: Tensor
    keys: Tensor
    hidden: Tensor | None = None
    blind: Tensor | None = None
    tokens: Tensor | None = None
    real: Tensor | None = None
    edges: Tensor | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def strips(self) -> list[Strip]:
        """All queries, a few at a time, with the keys that they may see.

        Hiding whole rectangles takes a third of the time of looking at every cell; most masks are nearly all that.
        """
        n, m = len(self.queries), len(self.keys)
        return [self.strip(slice(start, min(start + _STRIP, n)), m) for start in range(0, n, _STRIP)]

    def strip(self, rows: slice, n_keys: int) -> Strip:
        if self.hidden is None:
            return Strip(rows, slice(0, n_keys), slice(0, 0), None)
        hidden = self.hidden[rows]
        keys = _span(~hidden.all(0))
        closed = _span(hidden[:, keys].any(0))
        inner = hidden[:, keys][:, closed]
        return Strip(rows, keys, closed, inner if inner.numel() else None)

    def hide_(self, scores: Tensor) -> Tensor:
        """Sets hidden cells of [..., query, key] to -inf, in place."""
        for strip in self.strips:
            rows = scores[..., strip.rows, :]
            rows[..., : strip.keys.start] = -math.inf
            rows[..., strip.keys.stop :] = -math.inf
            strip.hide_(rows[..., strip.keys])
        return scores


def _span(chosen: Tensor) -> slice:
    """From the first to the last that is True."""
    found = chosen.nonzero()
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def where(
    mask: Mask, queries: int, keys: int, device: torch.device, real: Tensor | None = None, past: int = 0
) -> Where:
    """Positions under a rule of `model.masks` and, where `real` is given, padding.

    Keys stand at 0..keys, queries at past..past + queries: the ones before are in a cache.
    real: [key], 1 for real tokens, 0 for padding.
    """
    small = queries * keys <= 1 << 16  # worth remembering where making it takes longer than using it
    q, k, hidden = (_unpadded if small else _unpadded.__wrapped__)(mask, queries, keys, device, past)
    if real is None:
        return Where(q, k, hidden)
    padding = (real == 0)[None, :].expand(queries, keys)
    hidden = padding if hidden is None else hidden | padding
    blind = hidden.all(-1)
    return Where(q, k, hidden, blind if bool(blind.any()) else None, real=real)


@lru_cache(maxsize=32)
def _unpadded(
    mask: Mask, queries: int, keys: int, device: torch.device, past: int
) -> tuple[Tensor, Tensor, Tensor | None]:
    """What depends on lengths and rule alone. Read-only by agreement; the cache is bounded."""
    q = torch.arange(past, past + queries, device=device)
    k = q if keys == queries and not past else torch.arange(keys, device=device)
    visible = mask.visible(q[:, None], k[None, :])
    return q, k, None if visible is None else ~visible
