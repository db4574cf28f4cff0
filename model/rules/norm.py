"""Cell rules of normalisation and softmax."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from model.rules.base import Box, Cells, Index, Number, Rule, Source, Term, at, cell, one, source, total, unique


@dataclass(frozen=True)
class Mean(Rule):
    """Mean over the features of one position: terms x_i / d add up to it."""

    x: str
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        row = cells(self.x)[index].tolist()
        return tuple(
            Term(f"{at(self.x, (*index, i))} / {len(row)}", x / len(row), ((self.x, (*index, i), x),))
            for i, x in enumerate(row)
        )

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index[:-1])


@dataclass(frozen=True)
class Scale(Rule):
    """The divisor of a norm, sqrt(mean of (x_i - mean)² + eps); without `mean`, RMSNorm's.

    It is the Euclidean norm of its terms, which are (x_i - mean) / sqrt(d) and sqrt(eps).
    """

    x: str
    mean: str | None
    eps: float
    op = "norm"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.x, self.mean)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        row = cells(self.x)[index].tolist()
        centre: tuple[Source, ...] = () if self.mean is None else (source(cells, self.mean, index),)
        m = centre[0][2] if centre else 0.0
        out = []
        for i, x in enumerate(row):
            cell_label = at(self.x, (*index, i))
            label = f"({cell_label} − mean) / √{len(row)}" if centre else f"{cell_label} / √{len(row)}"
            out.append(Term(label, (x - m) / math.sqrt(len(row)), ((self.x, (*index, i), x), *centre)))
        return (*out, Term(f"√eps, eps = {self.eps:g}", math.sqrt(self.eps)))

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return math.sqrt(total(t.value * t.value for t in terms))

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index if name == self.mean else index[:-1])


def over(x: Number, divisor: Number) -> float:
    """x / divisor as tensors divide: an edit may have set the divisor to 0."""
    if divisor:
        return x / divisor
    return math.nan if x == 0 or x != x else math.copysign(math.inf, x)


@dataclass(frozen=True)
class Standardize(Rule):
    """(x - mean) / scale, written as two terms that add up: x / scale and -mean / scale."""

    x: str
    mean: str | None
    scale: str
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.x, self.mean, self.scale)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        x = source(cells, self.x, index)
        s = source(cells, self.scale, index[:-1])
        out = [Term(f"{at(self.x, index)} / scale", over(x[2], s[2]), (x, s))]
        if self.mean is not None:
            m = source(cells, self.mean, index[:-1])
            out.append(Term("−mean / scale", over(-m[2], s[2]), (m, s)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index) if name == self.x else (*one(index), range(shape[-1]))


@dataclass(frozen=True)
class Softmax(Rule):
    """exp(x_k) / sum of exp(x_j) along the last axis. Entries at -inf (masked keys) are left out.

    The terms are the scores; a row in which nothing is visible gives 0.
    """

    x: str
    op = "softmax"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        row = cells(self.x)[index[:-1]].tolist()
        visible = tuple(
            Term(at(self.x, (*index[:-1], k)), x, ((self.x, (*index[:-1], k), x),))
            for k, x in enumerate(row)
            if x != -math.inf
        )
        return visible or (Term("mask: nothing is visible, so nothing is shared out", 0.0),)

    def op_at(self, terms: tuple[Term, ...]) -> str:
        return "softmax" if terms[0].sources else "mask"

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        own = [t.value for t in terms if t.sources and t.sources[0][1] == index]
        if not own:
            return 0.0
        top = max(t.value for t in terms)
        return math.exp(own[0] - top) / math.fsum(math.exp(t.value - top) for t in terms)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if cell(cells, self.x, index) != -math.inf:
            yield (*one(index[:-1]), range(shape[-1]))


@dataclass(frozen=True)
class Masked(Rule):
    """Scores to which a bias may be added, and -inf where the query may not see the key.

    why     says in words why a (query, key) pair is hidden, or None when it is visible
    padding name of the input stage that marks real tokens, or None
    """

    scores: str
    bias: str | None
    why: object  # Callable[[int, int], str | None]; object keeps the dataclass from binding it
    padding: str | None = None

    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.scores, self.bias, self.padding)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        _, query, key = index
        if self.padding is not None and not cell(cells, self.padding, (key,)):
            return (Term(f"mask: key {key} is padding", -math.inf, (source(cells, self.padding, (key,)),)),)
        hidden = self.why(query, key)  # type: ignore[operator]
        if hidden is not None:
            return (Term(f"mask: {hidden}", -math.inf),)
        parts = [Term(at(n, index), *self._read(cells, n, index)) for n in unique(self.scores, self.bias)]
        return tuple(parts)

    def _read(self, cells: Cells, name: str, index: Index) -> tuple[Number, tuple[Source, ...]]:
        found = source(cells, name, index)
        return found[2], (found,)

    def op_at(self, terms: tuple[Term, ...]) -> str:
        return "mask" if terms[0].label.startswith("mask: ") else "sum"

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return -math.inf if self.op_at(terms) == "mask" else total(t.value for t in terms)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.padding:
            if not cell(cells, self.padding, index):
                yield (*(range(n) for n in shape[:-1]), *one(index))
        elif self.op_at(self.terms(index, cells)) == "sum":
            yield one(index)
