"""How a cell of a drawn bias came about: the steps of the formula with its numbers, or the cell of the table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from model.positional.drawn_language import NAMES, Node, at_one
from model.positional.drawn_text import written
from model.rules import Box, Cells, Index, Number, Places, Rule, Term, at, one, source, total


@dataclass(frozen=True)
class Formula(Rule):
    """The formula at one place; its outermost addends or factors are the terms.

    most: where its size is larger, or it has no value, the mask hides the key and 0 stands for it.
    """

    tree: Node
    heads: int
    n_ctx: int
    most: float

    @property
    def op(self) -> str:  # type: ignore[override]
        return "product" if self.tree.op == "product" and "%" not in self.tree.signs else "sum"

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        places = (query - key, query, key, head, self.heads, self.n_ctx)
        names = dict(zip(NAMES, map(float, places), strict=True))
        value = at_one(self.tree, names)
        if not abs(value) <= self.most:
            return (Term(f"{written(self.tree)} has no value to add here; the mask hides this key", 0.0),)
        parts = [(self.tree, "+")] if not self.tree.signs else list(zip(self.tree.args, self.tree.signs, strict=True))
        if self.op == "sum" and self.tree.op != "sum":
            parts = [(self.tree, "+")]
        found = tuple(_term(part, sign, names) for part, sign in parts)
        together = self.combine(found, index)
        if len(found) == 1 or math.isclose(together, value, rel_tol=1e-9, abs_tol=1e-12):
            return found
        return (_term(self.tree, "+", names),)  # numbers so far apart that their order decides

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        values = [t.value for t in terms]
        return math.prod(values) if self.op == "product" else total(values)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield from ()


def _term(part: Node, sign: str, names: dict[str, float]) -> Term:
    value = at_one(part, names)
    before = {"-": "−", "/": "1 / "}.get(sign, "")
    value = {"-": -value, "/": 1 / value if value else math.inf}.get(sign, value)
    formula, numbers = written(part), written(part, names)
    if part.signs and before:
        formula, numbers = f"({formula})", f"({numbers})"
    return Term(f"{before}{formula}" + ("" if numbers == formula else f" = {before}{numbers}"), value)


@dataclass(frozen=True)
class Cell(Rule):
    """The cell of a table [head, query, key] or [head, distance]; past its edge, of its last row and column."""

    table: str
    shape: tuple[int, ...]
    op = "lookup"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        places = (query, key) if len(self.shape) == 3 else (abs(query - key),)
        inside = tuple(min(i, n - 1) for i, n in zip(places, self.shape[1:], strict=True))
        entry = source(cells, self.table, (min(head, self.shape[0] - 1), *inside))
        past = "" if inside == places else ", the last there is"
        return (Term(at(self.table, entry[1]) + past, entry[2], (entry,)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        heads, queries, keys = shape
        chosen = range(heads) if self.shape[0] == 1 else one(index[:1])[0]
        if len(self.shape) == 3:
            rows, columns = (
                _onwards(i, n, m) for i, n, m in zip(index[1:], self.shape[1:], (queries, keys), strict=True)
            )
            yield (chosen, rows, columns)
            return
        far = _onwards(index[1], self.shape[1], max(queries, keys))
        for query in range(queries):
            found: Places = tuple(key for key in range(keys) if abs(query - key) in far)
            if found:
                yield (chosen, *one((query,)), found)


def _onwards(i: int, n: int, size: int) -> range:
    """Places that read place i of n: itself, and all past the edge where it is the last."""
    return range(i, size if i == n - 1 else min(i + 1, size))
