"""Rules that compute nothing: an input, the cell of another stage, and a stage read from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.rules.base import Box, Cells, Index, Number, Rule, Term, at, cell, one


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
