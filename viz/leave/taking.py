"""What goes into the file: which tensors, and which cells are explained. Small things first, until a limit."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model import Trace
from viz.cells import Cell
from viz.leave.packed import MOST_TERMS
from viz.rows import weights as read_weights

HEADS, TOKENS = ("head", "kv_head"), ("position", "query")


@dataclass(frozen=True)
class Take:
    """How much may be taken. Bytes are those of float32 numbers, before they are compressed.

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


def fitting(found: Mapping[str, int], most: int) -> list[str]:
    """The smallest, as many as fit, in their old order."""
    total, taken = 0, set()
    for name in sorted(found, key=lambda n: found[n]):
        total += found[name]
        if total > most:
            break
        taken.add(name)
    return [n for n in found if n in taken]


def terms_of(trace: Trace, name: str, cell: Cell) -> int:
    """How many terms an explanation writes: measured on one cell, since those of a stage are much alike."""
    return min(len(trace.explain(name, cell).terms), MOST_TERMS) + 1


def every_cell(trace: Trace) -> dict[str, int]:
    """For each stage, the terms that explaining all its cells takes."""
    found = {}
    for stage in trace.stages:
        count = math.prod(stage.shape)
        found[stage.name] = count * terms_of(trace, stage.name, (0,) * len(stage.shape)) if count else 0
    return found


def explained(trace: Trace, take: Take, pages: Mapping[str, Any]) -> dict[str, list[Cell]]:
    """The cells to explain, by stage: all, where that is wanted and fits, else those that the walk shows by itself."""
    if take.every and trace.network is not None and sum(every_cell(trace).values()) <= take.explained:
        return {s.name: list(itertools.product(*map(range, s.shape))) for s in trace.stages if math.prod(s.shape)}
    left, cost = take.explained, {s.name: 0 for s in trace.stages}
    chosen: dict[str, dict[Cell, None]] = {}
    for name, cell in _shown(trace, pages):
        if cell in chosen.get(name, ()):
            continue
        cost[name] = cost[name] or (terms_of(trace, name, cell) if trace.network is not None else ALONE)
        left -= cost[name]
        if left < 0:
            break
        chosen.setdefault(name, {})[cell] = None
    return {name: sorted(found) for name, found in chosen.items()}


def _shown(trace: Trace, pages: Mapping[str, Any]) -> Iterator[tuple[str, Cell]]:
    """Cells that a person meets without pinning any: those of the steps, then those that words quote, then these
    cells under another head, then under another token."""
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
