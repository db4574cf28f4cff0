"""What reads a cell: explanations the other way round.

Found by each rule's own inverse, so nothing is searched: a cell of a long trace is answered as fast as one of a
short one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.blueprint import blueprint, ruled
from model.errors import TraceError
from model.rules import Box, Index, Input, Places
from model.stages import Stage

if TYPE_CHECKING:
    from model.trace import Trace


@dataclass(frozen=True)
class Reader:
    """Cells of one stage that were computed from a cell.

    ranges   first and last place along each axis, both included; no smaller box holds all the cells
    count    how many cells there are; fewer than the box has where they lie scattered in it
    example  one of them
    """

    name: str
    ranges: tuple[tuple[int, int], ...]
    count: int
    example: Index


def readers(trace: Trace, name: str, index: int | Index) -> list[Reader]:
    """Every stage with cells whose explanation has this cell of a stage or a weight among its sources, in order.

    Reading is direct: of a chain of stages only the next one is named. A cell that an edit changed reads nothing any
    more. Raises TraceError for an unknown name or an index out of range.
    """
    asked = trace.stage(name) if name in trace else _weight(trace, name)
    where = asked.check_index(index)  # type: ignore[arg-type]

    def cells(name: str) -> Tensor:
        return trace[name]

    found = []
    with torch.no_grad():
        for stage in ruled(trace).read_by.get(name, ()):
            boxes = list(dict.fromkeys(b for b in stage.rule.reached(name, where, stage.shape, cells) if _size(b)))
            for edit in trace.edits_at(stage.name):
                edited = [frozenset(chosen.flatten().tolist()) for chosen in edit.selection]
                boxes = [left for box in boxes for left in _minus(box, edited) if _size(left)]
            if boxes:
                found.append(_reader(stage, boxes))
    return found


def _weight(trace: Trace, name: str) -> Stage:
    """A weight as if it were a stage, so that its index is checked in the same words."""
    weights = (trace.network or blueprint(trace.config)).weights
    if name not in weights:
        raise TraceError(f"this trace has no stage or weight {name!r}.")
    return Stage(name, weights.axes(name), tuple(weights.raw(name).shape), "signed", "", "", Input())


def _reader(stage: Stage, boxes: list[Box]) -> Reader:
    ranges = tuple((min(p[0] for p in axis), max(p[-1] for p in axis)) for axis in zip(*boxes, strict=True))
    # To step into: under a causal mask the last query is the one that sees every key.
    example = tuple(p[-1] if axis == "query" else p[0] for axis, p in zip(stage.axes, boxes[-1], strict=True))
    return Reader(stage.name, ranges, sum(map(_size, boxes)), example)


def _size(box: Box) -> int:
    return math.prod(len(places) for places in box)


def _minus(box: Box, out: list[frozenset[int]]) -> Iterator[Box]:
    """What is left of a box without another, in boxes that do not overlap."""
    inside: tuple[Places, ...] = ()
    for i, (places, gone) in enumerate(zip(box, out, strict=True)):
        yield (*inside, tuple(p for p in places if p not in gone), *box[i + 1 :])
        inside = (*inside, tuple(p for p in places if p in gone))
