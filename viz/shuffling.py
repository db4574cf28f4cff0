"""The input's tokens in another order, run through the same model: which vectors go along with their tokens."""

from __future__ import annotations

import random
import weakref
from dataclasses import dataclass

import torch

from model import Trace

LONGEST = 64  # tokens; a longer input is not run a second time for a question
SEED = 0
TOLERANCE = 1e-4  # of the largest number: less is rounding


@dataclass(frozen=True)
class Kept:
    """difference: the largest of any number, token by token; kept: tokens whose vector stayed the same."""

    difference: float
    kept: int


@dataclass(frozen=True)
class Measured:
    """order: for each place of the shuffled input, where its token stood. here: at the first block's input."""

    order: tuple[int, ...]
    here: Kept
    later: Kept  # at the first block's output


_KNOWN: dict[int, Measured | None] = {}  # by the trace's id, since a trace has no hash; gone when the trace is


def measure(trace: Trace) -> Measured | None:
    """What a shuffle of the source leaves. None where the model is not there or no other order can be told apart."""
    if id(trace) not in _KNOWN:
        _KNOWN[id(trace)] = _measure(trace)
        weakref.finalize(trace, _KNOWN.pop, id(trace), None)
    return _KNOWN[id(trace)]


def _measure(trace: Trace) -> Measured | None:
    given = trace.inputs
    if (
        trace.network is None
        or trace.edits
        or given.features is not None
        or given.mask is not None
        or len(given.tokens) > LONGEST
    ):
        return None
    order = shuffled(given.tokens.tolist())
    if order is None:
        return None
    places = torch.tensor(order, device=given.tokens.device)
    segments = None if given.segments is None else given.segments[places]
    other = trace.network.trace(
        ids=given.tokens[places], target=given.target, segments=segments, keep_bytes=0
    )  # fmt: skip
    side = "encoder." if "encoder.tokens" in trace else ""
    here, later = (compare(trace, other, side + n, places) for n in ("embed_sum", "blocks.0.resid_post"))
    return Measured(order, here, later)


def compare(trace: Trace, other: Trace, name: str, places: torch.Tensor) -> Kept:
    """A tensor [position, ...] of both, each token's row beside its own."""
    before, after = trace[name].float()[places], other[name].float()
    difference = (before - after).abs().amax(dim=-1)
    kept = int((difference <= TOLERANCE * before.abs().max()).sum())
    return Kept(difference.max().item(), kept)


def shuffled(ids: list[int]) -> tuple[int, ...] | None:
    """Places in a new order, none of which keeps its own; always the same for the same length. None where no order
    looks different."""
    if len(set(ids)) < 2:
        return None
    chance = random.Random(SEED)
    for _ in range(200):
        order = chance.sample(range(len(ids)), len(ids))
        if all(i != o for i, o in enumerate(order)) and [ids[o] for o in order] != ids:
            return tuple(order)
    return (*range(1, len(ids)), 0)  # one place on: different, since not all ids are the same
