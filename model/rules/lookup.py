"""Rules that take a row out of a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.rules.base import Box, Cells, Index, Number, Places, Rule, Term, at, one, source, unique, whole


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
