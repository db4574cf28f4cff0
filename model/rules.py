"""Cell rules: how one number of a stage is computed from which numbers of which stages and weights.

A rule gives the terms of a cell and says how they combine. `Stage.reads`, the arrows, the lit inputs and
the worked formula are all read off it, so they cannot disagree. Rules compute in Python floats and never
call the model: a test that compares `recomputed` with the traced value is a real second opinion.

A rule also gives the inverse of its terms: `reached`, the cells that a cell goes into. A new rule gives both; tests
compare the two over every cell.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
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


@dataclass(frozen=True)
class Input(Rule):
    """What the person gave. Provenance ends here."""

    op = "input"

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        return ()

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        raise ValueError("an input is not computed")

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield from ()


@dataclass(frozen=True)
class Saved(Rule):
    """The rule of a stage read from a file without its model: what it reads, but not which cells of it."""

    reads: tuple[str, ...] = ()
    weights: tuple[str, ...] = ()
    op: str = ""


@dataclass(frozen=True)
class Same(Rule):
    """The very cell of another stage."""

    stage: str
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.stage,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        number = cell(cells, self.stage, index)
        return (Term(at(self.stage, index), number, ((self.stage, index, number),)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index)


@dataclass(frozen=True)
class Lookup(Rule):
    """Row of a table: cell (position, d) is table[ids[position], d].

    Without `ids` the row is the position plus `offset`; then nothing of the input enters.
    """

    table: str
    ids: str | None = None
    offset: int = 0
    op = "lookup"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.ids)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, d = index
        row, chosen = position + self.offset, []
        if self.ids is not None:
            chosen = [source(cells, self.ids, (position,))]
            row = int(chosen[0][2])
        entry = source(cells, self.table, (row, d))
        return (Term(at(self.table, (row, d)), entry[2], (entry, *chosen)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.ids:
            yield (*one(index), range(shape[1]))
            return
        row, d = index
        positions: Places = (row - self.offset,)
        if self.ids is not None:
            positions = tuple((cells(self.ids) == row).nonzero()[:, 0].tolist())
        yield (tuple(p for p in positions if 0 <= p < shape[0]), *one((d,)))


@dataclass(frozen=True)
class ScaledLookup(Lookup):
    """Row of a table, times a constant: the two terms multiply."""

    scale: str = ""
    op = "product"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table, self.scale)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        constant = source(cells, self.scale, ())
        return (*super().terms(index, cells), Term(at(self.scale, ()), constant[2], (constant,)))

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value * terms[1].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield from (whole(shape),) if name == self.scale else super().reached(name, index, shape, cells)


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
