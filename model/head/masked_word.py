"""The head that guesses masked words: linear, activation, norm (Devlin et al. 2019, 1810.04805; ALBERT, RoBERTa).

Its width is that of the embedding, which serves as the unembedding where the two are tied.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import Tensor

from model.head.base import Head
from model.registry import find, register
from model.stages import Stage

if TYPE_CHECKING:
    from model.config import TransformerConfig


@register
class MaskedWord(Head):
    title = "Masked words"

    def __init__(self, config: TransformerConfig):
        super().__init__(config)
        self.ln = find("norm", config.last.norm)(f"{self.prefix}ln", config.last, self.size, self.axes())

    def output(self) -> str:
        return self.ln.output(f"{self.prefix}act")

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        yield from super().stages(sizes, x)
        yield self.act_stage(sizes)
        yield from self.ln.stages(sizes, f"{self.prefix}act")

    def forward(self, x: Tensor) -> Tensor:
        return self.ln(self.activate(super().forward(x)))
