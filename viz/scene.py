"""Where every tensor of a network stands in space: pure arithmetic on stages, their axes and their sizes.

One cell is one unit. Rows run down (y falls), columns to the right, heads into the depth. A stack is read like a page:
the residual stream stands at the left edge and goes straight down; what a sublayer computes from it goes off to the
right, one tensor after another, and the sum stands below. Attention to another stack stands between the two. A weight
stands above what it makes, so that the row of the input on the left and the column of the weight above meet in the cell
that they make.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from model import Stage, Transformer
from model.plan import Plan
from viz.space import Block, Depth, Tensor, placed
from viz.tensors import axes_of

GAP = 4  # between neighbours
ABOVE = 2  # between a tensor and the weight that makes it
_STREAM = re.compile(r"(?:^|\.)(?:embed_sum|resid_\w+)$")
_EXPERT = re.compile(r"\.experts\.(\d+)\.")


@dataclass(frozen=True)
class Scene:
    """blocks  by name, in the order they are computed; a weight before the first stage that uses it
    same       name -> the block that is this very tensor
    size       (width, height, depth) of all of it; it starts at x = 0, y = 0 and lies around z = 0
    """

    blocks: dict[str, Block]
    same: dict[str, str]
    size: tuple[int, int, int]


def scene(network: Transformer, plan: Plan) -> Scene:
    """The layout of a network for an input of the plan's lengths. Works without weights (torch's meta device), too."""
    return laid_out(plan.stages, weights_of(network))


def weights_of(network: Transformer) -> Callable[[Stage], list[Tensor]]:
    """Gives the weights that a stage reads, shared ones by the name they are kept under."""

    def made_with(stage: Stage) -> list[Tensor]:
        names = dict.fromkeys(network.weights.canonical(w) for w in stage.weights)
        return [Tensor(w, axes_of(network, w), tuple(network.weights.raw(w).shape)) for w in names]

    return made_with


def laid_out(stages: Iterable[Stage], made_with: Callable[[Stage], list[Tensor]]) -> Scene:
    """stages in the order computed; `made_with` gives the weights of each, under one name each."""
    stages = list(stages)
    same: dict[str, str] = {}
    for s in stages:  # in order, so that what a stage is the same as has been resolved before it
        if s.same_as:
            same[s.name] = same.get(s.same_as, s.same_as)
    own = [s for s in stages if not s.same_as]
    blocks: dict[str, Block] = {}
    x = 0
    for side, group in itertools.groupby(own, key=_sides(own)):
        found = list(group)
        deep = Depth([Tensor(s.name, s.axes, s.shape) for s in found])
        stack = _Stack(side, x, deep, made_with, blocks)
        floors = _floors(found)
        stack.make_room(floors)
        for floor in floors:
            stack.add(floor)
        x = stack.right + 2 * GAP
    return Scene(blocks, same, _size(blocks.values()))


def _sides(stages: list[Stage]) -> Callable[[Stage], str]:
    """Whose stack a stage is drawn in: what has no prefix follows the stack that gives the output."""
    both = any(s.name.startswith("encoder.") for s in stages)
    return lambda s: ("encoder" if s.name.startswith("encoder.") else "decoder") if both else ""


def _floors(stages: list[Stage]) -> list[list[Stage]]:
    """Rows of the page: each begins with the stream, or with what comes before there is one."""
    floors: list[list[Stage]] = [[]]
    for stage in stages:
        if _STREAM.search(stage.name) and floors[-1]:
            floors.append([])
        floors[-1].append(stage)
    return floors


class _Stack:
    """The page of one stack, filled floor by floor from the top. Everything is put where nothing is yet."""

    def __init__(
        self, side: str, left: int, deep: Depth, made_with: Callable[[Stage], list[Tensor]], blocks: dict[str, Block]
    ):
        self.side, self.left, self.deep, self.made_with, self.blocks = side, left, deep, made_with, blocks
        self.right, self.bottom, self.floor = left, 0, 0
        self.spine = 0  # width of the stream
        self.between = left  # where attention to the other stack begins

    def make_room(self, floors: list[list[Stage]]) -> None:
        """Moves the stream to the right of all attention to the other stack."""
        for floor in floors:
            if _looks_across(floor):
                columns = _columns(floor, self.made_with, {})
                self.left = max(self.left, self.between + sum(_apart(self._wide(c)) for c in columns) + GAP)
        self.right = self.left

    def _wide(self, column: list[tuple[Stage, list[Tensor]]]) -> int:
        return max(placed(t, self.deep)[0][0] for stage, weights in column for t in (_tensor(stage), *weights))

    def add(self, stages: list[Stage]) -> None:
        """One floor: the stream on a row of its own; below it the branch beside it."""
        rows = list(stages)
        if _STREAM.search(rows[0].name):
            block = self._put(_tensor(rows[0]), "value", self.left, self.bottom)
            self.spine = max(self.spine, block.size[0])
            self.right = max(self.right, self.left + block.size[0])
            self.bottom -= block.size[1] + GAP
            rows = rows[1:]
        columns = list(_columns(rows, self.made_with, self.blocks))
        above = max((_tall(weights, self.deep) for c in columns for _, weights in c), default=0)
        beside = self.left + (self.spine + 2 * GAP if self.spine else 0)
        x = self.between if _looks_across(stages) else beside
        base, lowest = self.bottom - above, 0
        for column in columns:
            # experts stand behind one another, each as thick as its tensors
            thick = max(_thick(t, self.deep) for stage, weights in column for t in (_tensor(stage), *weights))
            for lane, (stage, weights) in enumerate(column):
                behind = round((lane - (len(column) - 1) / 2) * (thick + self.deep.stride))
                block = self._put(_tensor(stage), _role(stage), x, base, behind)
                lowest = max(lowest, block.size[1])
                y = base
                for weight in weights:
                    y += ABOVE + placed(weight, self.deep)[0][1]
                    self._put(weight, "weight", x, y, behind)
            x += _apart(self._wide(column))
        if columns:
            self.right = max(self.right, x)
            self.bottom = base - lowest - 2 * GAP
        self.floor += 1

    def _put(self, tensor: Tensor, role: str, x: int, y: int, behind: int = 0) -> Block:
        size, steps = placed(tensor, self.deep)
        corner = (x, y, behind - size[2] // 2)
        block = Block(tensor.name, role, tensor.axes, tensor.shape, corner, size, steps, self.floor, self.side)
        self.blocks[tensor.name] = block
        return block


def _looks_across(floor: list[Stage]) -> bool:
    return any(".cross_attn." in s.name for s in floor)


def _apart(wide: int) -> int:
    """From the left edge of a column to that of the next."""
    return wide + GAP + wide // 16


def _tensor(stage: Stage) -> Tensor:
    return Tensor(stage.name, stage.axes, stage.shape)


def _columns(
    stages: list[Stage], made_with: Callable[[Stage], list[Tensor]], known: dict[str, Block]
) -> Iterable[list[tuple[Stage, list[Tensor]]]]:
    """Stages that share a column: one, or the same step of every expert. Each with the weights that come in here."""
    seen = set(known)

    def fresh(stage: Stage) -> list[Tensor]:
        new = [t for t in made_with(stage) if t.name not in seen]
        seen.update(t.name for t in new)
        return new

    for together, group in itertools.groupby(stages, key=lambda s: bool(_EXPERT.search(s.name))):
        if not together:
            yield from ([(s, fresh(s))] for s in group)
            continue
        steps: dict[str, list[Stage]] = {}
        for s in group:
            steps.setdefault(_EXPERT.sub(".experts.", s.name), []).append(s)
        yield from ([(s, fresh(s)) for s in some] for some in steps.values())


def _role(stage: Stage) -> str:
    return "aggregate" if stage.axes == ("position",) and stage.rule.op != "input" else "value"


def _thick(tensor: Tensor, deep: Depth) -> int:
    return placed(tensor, deep)[0][2]


def _tall(weights: list[Tensor], deep: Depth) -> int:
    """Room that weights take above their stage."""
    return sum(ABOVE + placed(w, deep)[0][1] for w in weights)


def _size(blocks: Iterable[Block]) -> tuple[int, int, int]:
    found = list(blocks)
    right = max(b.corner[0] + b.size[0] for b in found)
    bottom = min(b.corner[1] - b.size[1] for b in found)
    deep = max(max(abs(b.corner[2]), abs(b.corner[2] + b.size[2])) for b in found)
    return right, -bottom, 2 * math.ceil(deep)
