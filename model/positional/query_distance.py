"""The rule of a query times the vector of a distance: of Shaw's relative keys and of Transformer-XL's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from model.positional.offsets import pairs, row
from model.rules import Box, Cells, Index, Rule, Term, at, one, source, whole


@dataclass(frozen=True)
class QueryDistance(Rule):
    """scale · q[query] · table[distance].

    table      a weight [distance, d_head] for all heads; with `per_head` a stage [distance, head, d_head]
    low, high  the distances, key minus query, of its first and last row; those past them share these rows
    """

    q: str
    table: str
    scale: str
    low: int
    high: int
    d_head: int
    per_head: bool = False
    op = "dot"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.q, self.table) if self.per_head else (self.q,)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.scale,) if self.per_head else (self.table, self.scale)

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "d_head", self.d_head

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        r, scale, out = row(query, key, self.low, self.high), source(cells, self.scale, ()), []
        for e in range(self.d_head):
            q = source(cells, self.q, (query, head, e))
            w = source(cells, self.table, (r, head, e) if self.per_head else (r, e))
            label = f"{at(self.q, q[1])} × {at(self.table, w[1])} × scale"
            out.append(Term(label, q[2] * w[2] * scale[2], (q, w, scale)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        heads, queries, keys = shape
        if name == self.q:
            yield (*one((index[1], index[0])), range(keys))
        elif name == self.table:
            chosen = range(index[1], index[1] + 1) if self.per_head else range(heads)
            for query, found in pairs(index[0], queries, keys, self.low, self.high):
                yield (chosen, *one((query,)), found)
        else:
            yield whole(shape)
