"""Stages and weights alike, to be cut into what a message carries: windows, each with the range of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from model import Trace, TraceError, Transformer
from viz.arrays import Block, to_numpy
from viz.windows import LIMITS, Limits

MISSING = "this trace was opened without its weights; open the model it was made with to see them."
Place = int | slice  # along an axis: one place, or a range


@dataclass(frozen=True, eq=False)
class Source:
    """A stage or a weight. owner: the trace or the network that it belongs to."""

    name: str
    title: str
    axes: tuple[str, ...]
    kind: str
    tensor: Tensor
    owner: Any

    @property
    def limits(self) -> Limits:
        return LIMITS.get(self.owner, self.name, self.numbers)

    def numbers(self) -> np.ndarray:
        """All of it."""
        return self.cut([slice(0, n) for n in self.tensor.shape])

    def cut(self, chosen: Sequence[Place]) -> np.ndarray:
        """A window. chosen: a place (its axis is dropped) or a range along each axis."""
        return to_numpy(self.tensor[tuple(chosen)])

    def block(self, chosen: Sequence[Place]) -> Block:
        """A window as one tensor of a message."""
        return self.part(self.cut(chosen), chosen)

    def whole(self) -> Block:
        return self.block([slice(0, n) for n in self.tensor.shape])

    def part(self, values: Any, chosen: Sequence[Place], **header: Any) -> Block:
        """Numbers made from a window, under the header that says which window it was."""
        axes = tuple(a for a, c in zip(self.axes, chosen, strict=True) if isinstance(c, slice))
        origin = {a: c.start if isinstance(c, slice) else c for a, c in zip(self.axes, chosen, strict=True)}
        header = {"origin": origin, "limits": self.limits.header(), **header}
        return Block(self.name, self.title, axes, self.kind, values, header)


def of_stage(trace: Trace, name: str) -> Source:
    stage = trace.stage(name)
    return Source(name, stage.title, stage.axes, stage.kind, trace[name], trace)


def of_weight(trace: Trace, name: str) -> Source:
    """A weight, or a constant of the computation. Raises TraceError where the trace has none, or none so called."""
    if trace.network is None:
        raise TraceError(MISSING)
    tensor = trace.network.weights.raw(name)
    return Source(name, title_of(name), axes_of(trace.network, name), "signed", tensor, trace.network)


def title_of(weight: str) -> str:
    return weight.rpartition(".")[2]


def axes_of(network: Transformer, weight: str) -> tuple[str, ...]:
    """Names of its axes, each once: of a square weight the second is the one that comes out."""
    axes = network.weights.axes(weight)
    return tuple(f"{a}_out" if a in axes[:i] else a for i, a in enumerate(axes))
