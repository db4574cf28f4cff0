"""Two traces beside each other: what the other has more than this one, cell by cell, computed when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import Tensor

from model import Stage, Trace, TraceError
from viz.arrays import to_numpy
from viz.tensors import Place, Source, of_stage, of_weight
from viz.windows import LIMITS, Limits


@dataclass(frozen=True, eq=False)
class Pair:
    """this, other: the traces; key: tells this pair from others with the same other trace."""

    this: Trace
    other: Trace
    key: str = ""

    def __contains__(self, name: object) -> bool:
        return name in self.this and unlike(self, str(name)) == ""

    def stage(self, name: str) -> Stage:
        """The stage of this trace, as a difference: it has a sign. Raises TraceError where it has no counterpart."""
        stage = self.this.stage(name)
        if why := unlike(self, name):
            raise TraceError(why)
        return replace(stage, kind="signed")


def same_as(given: Trace | Pair, name: str) -> str | None:
    """The stage whose very tensor a stage is; of two traces, where it is so in both."""
    if isinstance(given, Trace):
        return given.stage(name).same_as
    found = given.this.stage(name).same_as
    apart = name in given.other and given.other.stage(name).same_as != found
    return None if apart else found


def unlike(pair: Pair, name: str) -> str:
    """Why a stage of this trace has no counterpart in the other; "" where it has one."""
    stage = pair.this.stage(name)
    if name not in pair.other:
        return f"{name} has no counterpart: the other network has no such stage."
    other = pair.other.stage(name)
    if (stage.axes, stage.shape) != (other.axes, other.shape):
        return f"{name} has no counterpart: here its shape is {_shape(stage)}, in the other network {_shape(other)}."
    if "routed" in stage.axes and not _same_rows(pair, name):
        return f"{name} has no counterpart: other tokens chose this expert."
    return ""


def _shape(stage: Stage) -> str:
    return " × ".join(f"{n} {axis}" for axis, n in zip(stage.axes, stage.shape, strict=True)) or "1"


def _same_rows(pair: Pair, name: str) -> bool:
    """Whether the rows of an expert are about the same tokens in both."""
    positions = f"{name[: name.index('.experts.')]}.experts.{name.split('.experts.')[1].partition('.')[0]}.positions"
    return pair.this[positions].equal(pair.other[positions])


def unlike_weights(pair: Pair) -> list[str]:
    """Weights that this trace's stages read and the other network has not, or not in the same shape."""
    mine, theirs = pair.this.network, pair.other.network
    names = dict.fromkeys(w for s in pair.this.plan.stages for w in s.weights)
    if mine is None or theirs is None:
        return list(names)
    return [w for w in names if w not in theirs.weights or _looks(mine, w) != _looks(theirs, w)]


def _looks(network: Any, weight: str) -> tuple[Any, ...]:
    return (*network.weights.axes(weight), *network.weights.raw(weight).shape)


@dataclass(frozen=True, eq=False)
class Difference(Source):
    """A stage or a weight of two traces: `tensor` less `before`. The memory of its range goes with the other trace."""

    before: Tensor
    key: str

    @property
    def limits(self) -> Limits:
        return LIMITS.get(self.owner, f"{self.name} {self.key}", self.numbers)

    def cut(self, chosen: Sequence[Place]) -> np.ndarray:
        return minus(to_numpy(self.tensor[tuple(chosen)]), to_numpy(self.before[tuple(chosen)]))


def minus(other: np.ndarray, this: np.ndarray) -> np.ndarray:
    """other - this in float32. Equal cells differ by 0, hidden ones (-inf) too."""
    with np.errstate(invalid="ignore"):
        return np.where(other == this, np.float32(0), other - this).astype(np.float32)


def stage_source(of: Trace | Pair, name: str) -> Source:
    """A stage of a trace, or the difference of a pair's. Raises TraceError where there is no counterpart."""
    if isinstance(of, Trace):
        return of_stage(of, name)
    of.stage(name)
    return _difference(of_stage(of.this, name), of_stage(of.other, name), of)


def weight_source(of: Trace | Pair, name: str) -> Source:
    """The same for a weight."""
    if isinstance(of, Trace):
        return of_weight(of, name)
    if name in unlike_weights(of):
        raise TraceError(f"{name} has no counterpart: the other network has no such weight of this shape.")
    return _difference(of_weight(of.this, name), of_weight(of.other, name), of)


def _difference(this: Source, other: Source, pair: Pair) -> Source:
    return Difference(
        this.name, this.title, this.axes, "signed", other.tensor, pair.other, before=this.tensor, key=pair.key
    )  # fmt: skip
