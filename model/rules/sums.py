"""Sums of products, written as einsum does: linear maps, scores, weighted values, the residual stream."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from model.rules.base import Box, Cells, Index, Rule, Term, at, unique


@dataclass(frozen=True)
class Factor:
    """A tensor inside a sum of products: its name, one letter an axis, and whether it is a weight."""

    name: str
    letters: str
    weight: bool = False


def stage(name: str, letters: str) -> Factor:
    return Factor(name, letters)


def weight(name: str, letters: str) -> Factor:
    return Factor(name, letters, weight=True)


@dataclass(frozen=True)
class SumOfProducts(Rule):
    """Cell = sum over items of products of factors, in einsum's notation.

    out     letters of the stage's own axes, e.g. "phe"
    items   each a tuple of factors; a letter that is not in `out` is summed over
    shared  letter -> (letter of out, group): several heads that share one, "g" = "h" // group
    """

    out: str
    items: tuple[tuple[Factor, ...], ...]
    shared: tuple[tuple[str, str, int], ...] = ()

    @property
    def op(self) -> str:  # type: ignore[override]
        return "sum" if all(len(item) == 1 for item in self.items) else "dot"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(*(f.name for item in self.items for f in item if not f.weight))

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(*(f.name for item in self.items for f in item if f.weight))

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        fixed = dict(zip(self.out, index, strict=True))
        for letter, of, group in self.shared:
            fixed[letter] = fixed[of] // group
        return tuple(term for item in self.items for term in self._item(item, fixed, cells))

    def _item(self, item: tuple[Factor, ...], fixed: dict[str, int], cells: Cells) -> list[Term]:
        columns = []  # one list of (index, number) a factor, along the summed letter
        for f in item:
            view = cells(f.name)[tuple(fixed.get(a, slice(None)) for a in f.letters)]
            numbers = view.tolist() if view.dim() else [view.item()]
            columns.append([(tuple(fixed.get(a, j) for a in f.letters), x) for j, x in enumerate(numbers)])
        length = max(len(c) for c in columns)
        columns = [c * length if len(c) == 1 else c for c in columns]
        return [
            Term(
                " × ".join(at(f.name, i) for f, (i, _) in zip(item, row, strict=True)),
                math.prod(x for _, x in row),
                tuple((f.name, i, x) for f, (i, x) in zip(item, row, strict=True)),
            )
            for row in zip(*columns, strict=True)
        ]

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        for f in (f for item in self.items for f in item if f.name == name):
            known = {letter: range(i, i + 1) for letter, i in zip(f.letters, index, strict=True)}
            for letter, of, group in self.shared:
                if letter in known:
                    first = known[letter].start * group
                    known[of] = range(first, first + group)
            yield tuple(known.get(letter, range(n)) for letter, n in zip(self.out, shape, strict=True))


def add(*names: str, letters: str = "pd") -> SumOfProducts:
    """Cell by cell sum of stages of one shape."""
    return SumOfProducts(letters, tuple((stage(n, letters),) for n in names))
