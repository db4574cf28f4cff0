"""What goes into the file: which tensors, and which cells are explained. Small things first, until a limit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from model import Trace
from viz.cells import Cell
from viz.changed_cell import changed
from viz.changes import most_changed
from viz.difference import Pair
from viz.leave.packed import MOST_TERMS
from viz.rows import weights as read_weights

HEADS, TOKENS = ("head", "kv_head"), ("position", "query")


@dataclass(frozen=True)
class Take:
    """How much may be taken, of two passes and their difference together. Bytes are those of float32 numbers, before
    they are compressed.

    explained  terms of all explanations together; every: of all cells or none, else those that the walk shows
    """

    stages: int
    weights: int
    explained: int
    every: bool


TAKES = {
    "walk": Take(stages=32 << 20, weights=4 << 20, explained=800_000, every=False),
    "everything": Take(stages=48 << 20, weights=48 << 20, explained=4_000_000, every=True),
}

ALONE = 20  # what a cell counts for that nobody can explain, without the weights: what reads it is said all the same


def own_stages(trace: Trace) -> list[str]:
    """Stages with a tensor of their own."""
    return [s.name for s in trace.stages if s.same_as is None]


def weights_of(trace: Trace) -> list[str]:
    """Weights that a stage reads; none where the trace was opened without them."""
    if trace.network is None:
        return []
    names = list(read_weights(trace))
    return list(dict.fromkeys([*names, *map(trace.network.weights.canonical, names)]))


def sizes(trace: Trace) -> tuple[dict[str, int], dict[str, int]]:
    """Bytes of every stage and of every weight."""
    stages = {n: 4 * math.prod(trace.stage(n).shape) for n in own_stages(trace)}
    weights = {n: 4 * trace.network.weights.raw(n).numel() for n in weights_of(trace)} if trace.network else {}
    return stages, weights


def sizes_of_both(pair: Pair) -> tuple[dict[str, int], dict[str, int]]:
    """The same of two passes: what both have is taken from both or from neither. What is alike is written once."""
    stages, weights = sizes(pair.this)
    more, loads = sizes(pair.other)
    for found, others, same in ((stages, more, _same_stage), (weights, loads, _same_weight)):
        for name, size in others.items():
            found[name] = found.get(name, 0) + (0 if name in found and same(pair, name) else size)
    return stages, weights


def _same_stage(pair: Pair, name: str) -> bool:
    return name in pair and torch.equal(pair.this[name], pair.other[name])


def _same_weight(pair: Pair, name: str) -> bool:
    this, other = (trace.network for trace in (pair.this, pair.other))
    if this is None or other is None:
        return False
    return this is other or torch.equal(this.weights.raw(name), other.weights.raw(name))


def fitting(found: Mapping[str, int], most: int) -> list[str]:
    """The smallest, as many as fit, in their old order."""
    total, taken = 0, set()
    for name in sorted(found, key=lambda n: found[n]):
        total += found[name]
        if total > most:
            break
        taken.add(name)
    return [n for n in found if n in taken]


def terms_of(of: Trace | Pair, name: str, cell: Cell) -> int:
    """How many terms an explanation writes: measured on one cell, since those of a stage are much alike."""
    if isinstance(of, Trace) and of.network is None:
        return ALONE
    found = of.explain(name, cell) if isinstance(of, Trace) else changed(of, name, cell).whole
    return min(len(found.terms), MOST_TERMS) + 1


def shapes_of(of: Trace | Pair) -> dict[str, tuple[int, ...]]:
    """Stages whose cells can be explained; of a pair, how they differ."""
    return {s.name: s.shape for s in (of if isinstance(of, Trace) else of.this).stages if s.name in of}


def every_cell(of: Trace | Pair) -> dict[str, int]:
    """For each stage, the terms that explaining all its cells takes."""
    found = {}
    for name, shape in shapes_of(of).items():
        count = math.prod(shape)
        found[name] = count * terms_of(of, name, (0,) * len(shape)) if count else 0
    return found


def all_terms(all_of: Iterable[Trace | Pair]) -> int:
    """Terms that explaining every cell of all takes."""
    return sum(sum(every_cell(of).values()) for of in all_of)


def changed_most(pair: Pair) -> Iterator[tuple[str, Cell]]:
    """The cell of each stage that differs most: what a difference shows first, see `page_of_both`."""
    for stage in pair.this.stages:
        if stage.name in pair and (at := most_changed(pair, stage.name)["at"]) is not None:
            yield stage.name, tuple(at)


Cells = dict[str, list[Cell]]  # by stage


def explained(
    all_of: Sequence[Trace | Pair], take: Take, wanted: Iterable[tuple[str, Cell]]
) -> tuple[bool, list[Cells]]:
    """Whether every cell is explained, and which are, of each: all, where that is taken and fits, else those wanted."""
    shapes = [shapes_of(of) for of in all_of]
    able = all(isinstance(of, Pair) or of.network is not None for of in all_of)
    if take.every and able and all_terms(all_of) <= take.explained:
        return True, [{n: _cells(shape) for n, shape in found.items() if math.prod(shape)} for found in shapes]
    left = take.explained
    costs: list[dict[str, int]] = [{} for _ in all_of]
    chosen: list[dict[str, dict[Cell, None]]] = [{} for _ in all_of]
    for name, cell in dict.fromkeys(wanted):
        there = [i for i, found in enumerate(shapes) if _fits(cell, found.get(name))]
        for i in there:
            costs[i][name] = costs[i].get(name) or terms_of(all_of[i], name, cell)
        left -= sum(costs[i][name] for i in there)
        if left < 0:
            break
        for i in there:
            chosen[i].setdefault(name, {})[cell] = None
    return False, [{name: sorted(cells) for name, cells in found.items()} for found in chosen]


def _cells(shape: Sequence[int]) -> list[Cell]:
    return list(itertools.product(*map(range, shape)))


def _fits(cell: Cell, shape: Sequence[int] | None) -> bool:
    return shape is not None and len(cell) == len(shape) and all(i < n for i, n in zip(cell, shape, strict=True))


def shown(traces: Sequence[Trace], pages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Cell]]:
    """Cells that a person meets without pinning any, in the pages of one pass or by turns of several."""
    turns = itertools.zip_longest(*(_shown(trace, found) for trace, found in zip(traces, pages, strict=True)))
    yield from (cell for turn in turns for cell in turn if cell is not None)


def _shown(trace: Trace, pages: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """Those of the steps, then those that words quote, then these cells under another head, then under another
    token."""
    first = [(name, tuple(page["choice"])) for name, page in pages.items() if math.prod(trace.stage(name).shape)]
    quoted = [cell for page in pages.values() for cell in _quoted(trace, page)]
    yield from first
    yield from quoted
    for axes in (HEADS, TOKENS):
        for name, cell in first:
            yield from ((name, other) for other in _along(trace, name, cell, axes))


def _quoted(trace: Trace, page: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    def segments(found: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(found, Mapping):
            yield from [found] if "index" in found and "ref" in found else segments(list(found.values()))
        elif isinstance(found, Iterable) and not isinstance(found, str):
            for one in found:
                yield from segments(one)

    for segment in segments([page["words"], page["facts"], page["guess"]]):
        if segment["ref"] in trace:
            yield segment["ref"], tuple(segment["index"])


def _along(trace: Trace, name: str, cell: Cell, axes: tuple[str, ...]) -> Iterator[Cell]:
    stage = trace.stage(name)
    axis = next((i for i, a in enumerate(stage.axes) if a in axes), None)
    if axis is not None:
        yield from ((*cell[:axis], place, *cell[axis + 1 :]) for place in range(stage.shape[axis]))
