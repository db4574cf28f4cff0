"""Cell rules of routing: which expert, which token, whose answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from model.rules import Box, Cells, Index, Number, Rule, Term, at, cell, one, source


@dataclass(frozen=True)
class Chosen(Rule):
    """The expert with the s-th highest score of a token. The terms are all its scores."""

    scores: str
    op = "route"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.scores,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position = index[0]
        row = cells(self.scores)[position].tolist()
        return tuple(Term(f"score of expert {e}", x, ((self.scores, (position, e), x),)) for e, x in enumerate(row))

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return sorted(range(len(terms)), key=lambda e: -terms[e].value)[index[-1]]

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield (*one(index[:1]), range(shape[1]))


@dataclass(frozen=True)
class ChosenScore(Rule):
    """The score of the expert in a slot."""

    scores: str
    chosen: str
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.scores, self.chosen)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        chosen = source(cells, self.chosen, index)
        found = source(cells, self.scores, (index[0], int(chosen[2])))
        return (Term(at(self.scores, found[1]), found[2], (found, chosen)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.chosen:
            yield one(index)
            return
        position, e = index
        slots = (cells(self.chosen)[position] == e).nonzero()[:, 0].tolist()
        yield (*one((position,)), tuple(slots))


@dataclass(frozen=True)
class Routed(Rule):
    """The position of an expert's r-th token. The terms are the slots that name the expert, one a token."""

    chosen: str
    expert: int
    op = "route"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.chosen,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        out: dict[int, Term] = {}
        for position, slot in (cells(self.chosen) == self.expert).nonzero().tolist():
            label = f"token {position} chose expert {self.expert} in slot {slot}"
            out.setdefault(position, Term(label, position, ((self.chosen, (position, slot), self.expert),)))
        return tuple(out.values())

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[index[0]].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        position, slot = index
        slots = (cells(self.chosen)[position] == self.expert).nonzero()[:, 0].tolist()
        if slots[:1] == [slot]:  # an edit may have named the expert twice; the first one counts
            yield (range(shape[0]),)


@dataclass(frozen=True)
class Gather(Rule):
    """Row positions[r] of x."""

    x: str
    positions: str
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x, self.positions)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        row = source(cells, self.positions, index[:1])
        found = source(cells, self.x, (int(row[2]), *index[1:]))
        return (Term(at(self.x, found[1]), found[2], (found, row)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.positions:
            yield (*one(index), range(shape[1]))
            return
        rows = (cells(self.positions) == index[0]).nonzero()[:, 0].tolist()
        yield (tuple(rows), *one(index[1:]))


@dataclass(frozen=True)
class Mix(Rule):
    """Sum over a token's slots of the slot's weight times the answer of the expert in it."""

    prefix: str
    experts: tuple[int, ...]
    op = "dot"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (f"{self.prefix}weights", *(f"{self.prefix}experts.{e}.out" for e in self.experts))

    def without(self, empty: frozenset[str]) -> Mix:
        return Mix(self.prefix, tuple(e for e in self.experts if f"{self.prefix}experts.{e}.out" not in empty))

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, d = index
        out = []
        for slot, e in enumerate(cells(f"{self.prefix}chosen")[position].tolist()):
            share = source(cells, f"{self.prefix}weights", (position, slot))
            inner = f"{self.prefix}experts.{e}."
            for (row,) in (cells(f"{inner}positions") == position).nonzero().tolist():
                answer = source(cells, f"{inner}out", (row, d))
                label = f"{at(*share[:2])} × expert {e}: {at(*answer[:2])}"
                out.append(Term(label, math.prod((share[2], answer[2])), (share, answer)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        chosen = cells(f"{self.prefix}chosen")
        if name == f"{self.prefix}weights":
            position, e = index[0], int(cell(cells, f"{self.prefix}chosen", index))
            if position in cells(f"{self.prefix}experts.{e}.positions").tolist():
                yield (*one((position,)), range(shape[1]))
            return
        row, d = index
        inner = name.removesuffix(".out")
        position, e = int(cell(cells, f"{inner}.positions", (row,))), int(inner.rpartition(".")[2])
        if e in chosen[position].tolist():
            yield one((position, d))
