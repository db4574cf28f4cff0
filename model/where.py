"""Where queries and keys stand, and which keys each query may see. Made afresh for every forward pass."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass
class Where:
    """Positions and visibility of one attention.

    queries, keys   positions, [query] and [key] int64; never a bare length, they differ under a memory or a cache
    hidden          [query, key] bool, True where a key may not be seen; None when all may
    blind           [query] bool, True for a query that sees nothing (left padding); None when there is none
    notes           what parts work out once a pass and reuse in later layers (rotation angles, a shared bias)
    """

    queries: Tensor
    keys: Tensor
    hidden: Tensor | None = None
    blind: Tensor | None = None
    notes: dict[str, Any] = field(default_factory=dict)


def where(mask: Any, queries: int, keys: int, device: torch.device, real: Tensor | None = None) -> Where:
    """Positions 0.. for both sides, under a rule of `model.masks` and, where `real` is given, padding.

    real: [key], 1 for real tokens, 0 for padding.
    """
    q = torch.arange(queries, device=device)
    k = q if keys == queries else torch.arange(keys, device=device)
    visible = mask.visible(q[:, None], k[None, :])
    blind = None
    if real is not None:
        seen = (real != 0)[None, :].expand(queries, keys)
        visible = seen if visible is None else visible & seen
        empty = ~visible.any(-1)
        blind = empty if bool(empty.any()) else None
    return Where(q, k, None if visible is None else ~visible, blind)
