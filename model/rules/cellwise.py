"""Rules from a cell to the cell in the same place: activations and gates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from model.rules.base import Box, Cells, Index, Number, Rule, Term, at, cell, one, unique


@dataclass(frozen=True)
class Product(Rule):
    """Cell by cell product of stages, the first passed through a function (a gate) if one is given."""

    names: tuple[str, ...]
    function: Callable[[float], float] | None = None
    function_name: str = ""
    op = "product"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(*self.names)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        out = []
        for i, name in enumerate(self.names):
            number = cell(cells, name, index)
            gated = i == 0 and self.function is not None
            label = f"{self.function_name}({at(name, index)})" if gated else at(name, index)
            value = self.function(float(number)) if gated and self.function else number
            out.append(Term(label, value, ((name, index, number),)))
        return tuple(out)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return math.prod(t.value for t in terms)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index)


@dataclass(frozen=True)
class Activation(Rule):
    """A function of one cell."""

    name: str
    function: Callable[[float], float]
    op = "activation"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.name,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        number = cell(cells, self.name, index)
        return (Term(at(self.name, index), number, ((self.name, index, number),)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return self.function(float(terms[0].value))

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index)
