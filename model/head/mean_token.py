"""The mean of all tokens' states stands for the whole input, in place of [CLS] (2010.11929, appendix D.3).

Trap: padding would be averaged in, so this is for pictures, which have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from model.errors import ConfigError
from model.head.base import Gathered
from model.registry import register
from model.rules import Box, Cells, Index, Rule, Term, at, one
from model.stages import Stage

if TYPE_CHECKING:
    from model.config import TransformerConfig


@dataclass(frozen=True)
class Average(Rule):
    """Mean over the positions: terms x_p / n add up to it."""

    x: str
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.x,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        column = cells(self.x)[:, index[0]].tolist()
        return tuple(
            Term(f"{at(self.x, (p, *index))} / {len(column)}", x / len(column), ((self.x, (p, *index), x),))
            for p, x in enumerate(column)
        )

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index[1:])


@register
class MeanToken(Gathered):
    title = "Mean of all tokens"

    @classmethod
    def check(cls, config: TransformerConfig) -> None:
        if config.last.image is None:
            raise ConfigError("head='mean_token' is for pictures: of a text it would average the padding, too.")

    def output(self) -> str:
        return f"{self.prefix}average"

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        formula = r"\frac{1}{n} \sum_t x_t"
        yield self.declare(sizes, "average", "d_model", Average(x), "Mean of all tokens' states", formula)

    def forward(self, x: Tensor) -> Tensor:
        return self.tap("average", x.mean(dim=-2))
