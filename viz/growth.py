"""What stays when the input grows by a token: keys and values of earlier tokens, found by comparing two traces.

A cache keeps them. Whether it may is not known from the network's parts: it is seen in the numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from model import Trace
from viz.next_token import read_by, written_side

NEAR = 1e-5  # of the largest number of a tensor: two passes of unlike lengths round in unlike ways
_KEPT = re.compile(r"\.(?:attn|cross_attn)\.(?:k|v|rot_k|k_norm\.normalized)$")


@dataclass(frozen=True)
class Growth:
    """side     the stack that grew
    first    position of the first new token
    kept     name of a tensor of keys or values -> how many of its rows are the same numbers as before
    changed  name -> largest difference, as a share of the largest number
    apart    the largest such share among those that are kept
    """

    side: str
    first: int
    kept: dict[str, int]
    changed: dict[str, float]
    apart: float


def growth(before: Trace, after: Trace) -> Growth | None:
    """None where `after` is not the same model's pass over the same input with more tokens behind it."""
    old, new = read_by(before), read_by(after)
    if before.network is not after.network or len(new) <= len(old) or new[: len(old)] != old:
        return None
    side = written_side(after)
    if side and before["encoder.tokens"].tolist() != after["encoder.tokens"].tolist():
        return None
    apart = {name: _apart(before[name], after[name]) for name in _cached(after, side) if name in before}
    kept = {name: len(before[name]) for name, by in apart.items() if by <= NEAR}
    changed = {name: by for name, by in apart.items() if by > NEAR}
    return Growth(side, len(old), kept, changed, max((apart[name] for name in kept), default=0.0))


def _cached(trace: Trace, side: str) -> list[str]:
    """Keys and values of the stack that grows, of its cross-attention too."""
    inside = f"{side}." if side else ""
    return [s.name for s in trace.stages if s.name.startswith(inside) and _KEPT.search(s.name) and not s.same_as]


def _apart(old: Tensor, new: Tensor) -> float:
    """Largest difference over the rows that both have, as a share of the largest number."""
    rows = new[: len(old)].double()
    largest = max(old.double().abs().max().item(), torch.finfo(torch.float32).tiny)
    return float((rows - old).abs().max()) / largest
