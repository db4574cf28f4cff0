"""The first token's state stands for the whole input: [CLS] of a ViT (Dosovitskiy et al. 2021, 2010.11929).

Trap: the first token is taken also where it is padding, or a patch like any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from model.head.base import Gathered
from model.head.pooler import First
from model.registry import register
from model.stages import Stage


@register
class FirstToken(Gathered):
    title = "First token"

    def output(self) -> str:
        return f"{self.prefix}first"

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        yield self.declare(sizes, "first", "d_model", First(x), "State of the first token", "x_0")

    def forward(self, x: Tensor) -> Tensor:
        return self.tap("first", x[..., 0, :])
