"""A learned vector for each position (Gehring et al. 2017, 1705.03122; BERT, GPT-2).

Trap: a position past the table has no vector. Some checkpoints (OPT, RoBERTa) skip the first rows: `offset`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional, Tap
from model.registry import Option, register
from model.rules import Lookup
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class Learned(Positional):
    title = "Learned"
    embeds = True
    OPTIONS = {  # noqa: RUF012
        "position_offset": Option(0, "rows of the table that come before position 0", low=0, high=1024)
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.offset = int(config.option("position_offset"))
        self.W_pos = empty(config.n_ctx + self.offset, config.sum_width)

    @classmethod
    def table_size(cls, config: StackConfig) -> int:
        return config.n_ctx * config.sum_width

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_pos", ("position", self.config.sum_axis), self.W_pos

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        yield part.declare(
            sizes, "pos_embed", f"position {self.config.sum_axis}", Lookup(self.prefix + "W_pos", offset=self.offset),
            "Position embedding", r"p_t = W_{pos}[t]",
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        return tap("pos_embed", self.W_pos[where.queries + self.offset if self.offset else where.queries])
