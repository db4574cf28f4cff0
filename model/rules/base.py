"""What a rule is, what it gives, and small helpers that all rules use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

Number = float | int | bool
Index = tuple[int, ...]
Source = tuple[str, Index, Number]
Places = range | tuple[int, ...]  # along one axis, in ascending order
Box = tuple[Places, ...]  # every combination of one place an axis


@dataclass(frozen=True)
class Term:
    """One ingredient of a cell: what it is, its number, and the cells it was read from."""

    label: str
    value: Number
    sources: tuple[Source, ...] = ()


class Cells(Protocol):
    """Where a rule reads: stages of a trace and weights of its model, by name."""

    def __call__(self, name: str) -> Tensor: ...


class Rule:
    """One way to compute a cell. Subclasses set `op`, `reads`, `weights` and the three methods."""

    op: str = ""
    reads: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    products: tuple[str, int] | None = None  # what a cell sums products over, and of how many: for counting work

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        """The ingredients of the cell at `index`, in the order they are added up."""
        raise NotImplementedError

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        """The cell, from the terms' numbers alone."""
        return total(t.value for t in terms)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        """The cells of this rule's stage, of that shape, whose terms have the cell `index` of `name` among their
        sources. Boxes that are not equal do not overlap.
        """
        raise NotImplementedError

    def without(self, empty: frozenset[str]) -> Rule:
        """The rule where some of the stages it might read turned out to be empty."""
        return self

    def op_at(self, terms: tuple[Term, ...]) -> str:
        """The op for this very cell (a masked score differs from a visible one)."""
        return self.op


def total(values: Iterable[Number]) -> float:
    """The exact sum. An edit may bring infinities, of which `math.fsum` knows no sum."""
    numbers = list(values)
    try:
        return math.fsum(numbers)
    except (ValueError, OverflowError):
        return float(sum(numbers))


def cell(cells: Cells, name: str, index: Index) -> Number:
    return cells(name)[index].item()


def source(cells: Cells, name: str, index: Index) -> Source:
    return (name, index, cell(cells, name, index))


def one(index: Index) -> Box:
    """The box of a single cell."""
    return tuple(range(i, i + 1) for i in index)


def whole(shape: tuple[int, ...]) -> Box:
    """The box of every cell."""
    return tuple(range(n) for n in shape)


def at(name: str, index: Index) -> str:
    """How a cell is written in labels: ``q[2, 0, 5]``, without the path."""
    return f"{name.rpartition('.')[2]}[{', '.join(map(str, index))}]"


def unique(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for n in names if n is not None))
