"""A stage: one named tensor of the forward pass, and everything the rest of the app knows about it.

The list of stages is the only description of the model that pictures, explanations, the 3D scene and
the tests read. A part declares its stages right above the code that taps them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from model.errors import TraceError

if TYPE_CHECKING:
    from model.rules import Rule

# What a number is, and so which colour scale it gets.
KINDS = ("signed", "probability", "scale", "index", "count")

# Every axis a stage may have, and how a person is told about it.
AXES = {
    "position": "token position",
    "query": "query position (the token that looks)",
    "key": "key position (the token looked at)",
    "head": "attention head",
    "kv_head": "key/value head, shared by a group of query heads",
    "d_model": "dimension of the residual stream",
    "d_head": "dimension inside a head",
    "d_mlp": "hidden unit of the MLP",
    "d_vocab": "token of the vocabulary",
    "d_embed": "dimension of the embedding, before its projection to the residual stream",
    "label": "label of the classifier",
    "channel": "colour channel of the picture",
    "row": "row of pixels, from the top",
    "column": "column of pixels, from the left",
    "patch": "patch of the picture, row by row",
    "pixel": "number inside a patch, row by row in one channel after the other",
    "expert": "expert of the mixture",
    "neighbour": "token that an arrow of the graph leads to",
    "eigenvector": "eigenvector of the graph, the smoothest first",
    "count": "how much has been counted, a whole number",
    "distance": "distance from query to key, the furthest back first",
    "slot": "place in a token's list of chosen experts, the strongest first",
    "routed": "token that chose this expert, in order of position",
}


@dataclass(frozen=True)
class Derive:
    """How a stage that was not kept is recomputed: `part.method(*extra, *tensors named by reads)`.

    `where` says that the method also takes the positions and the mask.
    """

    method: str
    reads: tuple[str, ...]
    extra: tuple[Any, ...] = ()
    where: bool = False


@dataclass(frozen=True)
class Stage:
    """One tensor of the forward pass.

    name     full name, e.g. ``blocks.0.attn.pattern``
    axes     names of its axes, in order; no batch axis
    shape    its sizes for this input
    kind     one of KINDS
    title    what a person calls it
    formula  LaTeX
    rule     how one cell is computed; `reads` and `weights` follow from it
    same_as  the stage that is this very tensor, if there is one: one storage, counted once
    part     name of the part that computes it ("" is the network itself)
    derive   how to recompute it when it was not kept, or None when it always is
    """

    name: str
    axes: tuple[str, ...]
    shape: tuple[int, ...]
    kind: str
    title: str
    formula: str
    rule: Rule = field(repr=False)
    same_as: str | None = None
    part: str = ""
    derive: Derive | None = field(default=None, repr=False)

    @property
    def reads(self) -> tuple[str, ...]:
        """Stages its cells are computed from."""
        return self.rule.reads

    @property
    def weights(self) -> tuple[str, ...]:
        """Weights its cells are computed from."""
        return self.rule.weights

    @property
    def local(self) -> str:
        """The name inside its part: ``pattern`` of ``blocks.0.attn.pattern``."""
        return self.name.removeprefix(self.part + ".") if self.part else self.name

    def along(self, old: str, new: str) -> Stage:
        """This stage with one axis called otherwise."""
        return replace(self, axes=tuple(new if a == old else a for a in self.axes))

    def numel(self) -> int:
        n = 1
        for size in self.shape:
            n *= size
        return n

    def check_index(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """The index as non-negative ints. Raises TraceError naming the axis and its range."""
        given: Any = index.tolist() if hasattr(index, "tolist") else index  # arrays, tensors and their numbers
        index = tuple(given) if isinstance(given, Iterable) else (given,)
        if len(index) != len(self.axes):
            raise TraceError(
                f"{self.name} has axes ({', '.join(self.axes)}), so its cells take {len(self.axes)} numbers, "
                f"not {len(index)}: give one number an axis."
            )
        for axis, i, size in zip(self.axes, index, self.shape, strict=True):
            if isinstance(i, bool) or not _is_whole(i):
                raise TraceError(f"{self.name}: {axis}={i!r} is not a whole number.")
            if not -size <= i < size:
                raise TraceError(f"{self.name}: {axis}={i} is out of range; it runs from 0 to {size - 1}.")
        return tuple(operator.index(i) % size for i, size in zip(index, self.shape, strict=True))


def _is_whole(i: Any) -> bool:
    try:
        operator.index(i)
    except TypeError:
        return False
    return True


def downstream(stages: list[Stage], name: str) -> set[str]:
    """Names of all stages computed, directly or not, from `name`."""
    reached = {name}
    for stage in stages:  # the list is in order of computation, so one pass is enough
        if reached.intersection(stage.reads):
            reached.add(stage.name)
    return reached - {name}
