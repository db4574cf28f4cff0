"""The rules of CoPE's cells: gates, counted positions, and scores of vectors between two rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from model.mlp.activations import sigmoid
from model.rules import Box, Cells, Index, Number, Rule, Term, at, cell, one, source, total, unique, whole


@dataclass(frozen=True)
class Gate(Rule):
    """sigmoid of a scaled product; 0 where the key is hidden."""

    qk: str
    why: object  # Callable[[int, int], str | None], as in Masked
    padding: str | None
    op = "activation"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.qk, self.padding)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        _, query, key = index
        if self.padding is not None and not cell(cells, self.padding, (key,)):
            return (Term(f"mask: key {key} is padding", 0.0, (source(cells, self.padding, (key,)),)),)
        hidden = self.why(query, key)  # type: ignore[operator]
        if hidden is not None:
            return (Term(f"mask: {hidden}", 0.0),)
        found = source(cells, self.qk, index)
        return (Term(at(self.qk, index), found[2], (found,)),)

    def op_at(self, terms: tuple[Term, ...]) -> str:
        return "mask" if terms[0].label.startswith("mask: ") else "activation"

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return 0.0 if self.op_at(terms) == "mask" else sigmoid(terms[0].value)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.padding:
            if not cell(cells, self.padding, index):
                yield (*(range(n) for n in shape[:-1]), *one(index))
        elif self.op_at(self.terms(index, cells)) == "activation":
            yield one(index)


@dataclass(frozen=True)
class Counted(Rule):
    """The gates between key and query, both included, added up, but no more than `most`."""

    gates: str
    most: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.gates,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        first, last = min(query, key), max(query, key)
        gates = cells(self.gates)[head, query, first : last + 1].tolist()
        places = ((head, query, k) for k in range(first, last + 1))
        terms = tuple(Term(at(self.gates, p), g, ((self.gates, p, g),)) for p, g in zip(places, gates, strict=True))
        over = total(gates) - self.most
        return terms if over <= 0 else (*terms, Term(f"what is over {self.most}, the largest position", -over))

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        _, query, key = index
        keys = range(shape[2]) if key == query else range(key + 1) if key < query else range(key, shape[2])
        yield (*one(index[:2]), keys)


@dataclass(frozen=True)
class Between(Rule):
    """q[query] times the vector of a position, which lies between those of two whole numbers."""

    q: str
    counted: str
    table: str
    scale: str | None
    most: int
    d_head: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.q, self.counted)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.table, self.scale)

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "d_head", self.d_head

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, _ = index
        position = source(cells, self.counted, index)
        x = 0.0 if math.isnan(position[2]) else min(max(position[2], 0.0), float(self.most))
        low, high = math.floor(x), math.ceil(x)
        scale = () if self.scale is None else (source(cells, self.scale, ()),)
        out = []
        for e in range(self.d_head):
            q = source(cells, self.q, (query, head, e))
            rows = [source(cells, self.table, (r, e)) for r in dict.fromkeys((low, high))]
            between = rows[0][2] + (x - low) * (rows[-1][2] - rows[0][2])
            value = q[2] * between * (scale[0][2] if scale else 1.0)
            label = f"{at(self.q, q[1])} × {between:.6g}, dimension {e} of the vector of {x:.6g}"
            out.append(Term(label + (" × scale" if scale else ""), value, (q, *rows, position, *scale)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.q:
            yield (*one((index[1], index[0])), range(shape[2]))
        elif name == self.counted:
            yield one(index)
        elif name == self.table:
            x = cells(self.counted).double().nan_to_num(0.0).clamp(0, self.most)
            uses = (x.floor() == index[0]) | (x.ceil() == index[0])
            for head, query in uses.any(-1).nonzero().tolist():
                yield (*one((head, query)), tuple(uses[head, query].nonzero()[:, 0].tolist()))
        else:
            yield whole(shape)
