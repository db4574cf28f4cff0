"""One vector for the whole input: the first token's state, linear, activation (Devlin et al. 2019, 1810.04805).

Trap: the first token is taken also where it is padding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from model.head.base import Head
from model.registry import register
from model.rules import Box, Cells, Index, Number, Rule, Term, at, one, source
from model.stages import Stage

if TYPE_CHECKING:
    from model.config import TransformerConfig


@dataclass(frozen=True)
class First(Rule):
    """The row of the first position."""

    x: str
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        found = source(cells, self.x, (0, *index))
        return (Term(at(self.x, found[1]), found[2], (found,)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if index[0] == 0:
            yield one(index[1:])


@register
class Pooler(Head):
    title = "Pooler"
    called = "pooler"
    pooled = True

    @classmethod
    def width(cls, config: TransformerConfig) -> int:
        return config.last.d_model

    def output(self) -> str:
        return f"{self.prefix}act"

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        yield self.declare(sizes, "first", "d_model", First(x), "State of the first token", "x_0")
        yield from super().stages(sizes, f"{self.prefix}first")
        yield self.act_stage(sizes)

    def forward(self, x: Tensor) -> Tensor:
        return self.activate(super().forward(self.tap("first", x[..., 0, :])))
