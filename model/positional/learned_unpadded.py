"""A learned vector for each position, where padding has no position (RoBERTa; Liu et al. 2019, 1907.11692; fairseq).

A token's row is pad_id + the number of tokens up to it that are not padding; padding itself has row pad_id. Trap: it
is the id that makes a token padding here, wherever it stands and whatever the mask says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.base import Positional, Tap
from model.registry import Option, register
from model.rules import Box, Cells, Index, Lookup, Rule, Term, one
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@dataclass(frozen=True)
class Count(Rule):
    """pad_id, plus 1 for every token up to this one that is not padding; for padding pad_id alone."""

    tokens: str
    pad_id: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.tokens,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        (position,) = index
        ids = cells(self.tokens)[: position + 1].tolist()
        start = Term("first row in use, less 1", self.pad_id)
        if ids[position] == self.pad_id:
            return (Term("the row of padding", self.pad_id, ((self.tokens, (position,), ids[position]),)),)
        ones = (
            Term(f"token {i} is no padding", 1, ((self.tokens, (i,), token),))
            for i, token in enumerate(ids)
            if token != self.pad_id
        )
        return (start, *ones)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        ids, (position,) = cells(self.tokens).tolist(), index
        if ids[position] == self.pad_id:
            yield one(index)
        else:
            yield (tuple(p for p in range(position, len(ids)) if ids[p] != self.pad_id),)


@register
class LearnedUnpadded(Positional):
    title = "Learned, padding not counted"
    embeds = True
    OPTIONS = {  # noqa: RUF012
        "pad_id": Option(1, "id of the padding token", low=0, high=2**31)
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.pad_id = int(config.option("pad_id"))
        self.W_pos = empty(config.n_ctx + self.pad_id + 1, config.sum_width)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        if config.image is not None:
            raise ConfigError("positional='learned_unpadded' counts tokens, and a picture has none; use 'learned'.")

    @classmethod
    def table_size(cls, config: StackConfig) -> int:
        return config.n_ctx * config.sum_width

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_pos", ("position", self.config.sum_axis), self.W_pos

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        p, rows = part.prefix, f"{part.prefix}pos_ids"
        yield part.declare(
            sizes, "pos_ids", "position", Count(f"{p}tokens", self.pad_id), "Position, padding not counted",
            r"i_t = \mathrm{pad} + |\{s \le t : s \ne \mathrm{pad}\}|", kind="index",
        )  # fmt: skip
        yield part.declare(
            sizes, "pos_embed", f"position {self.config.sum_axis}", Lookup(self.prefix + "W_pos", rows),
            "Position embedding", r"p_t = W_{pos}[i_t]",
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        assert where.tokens is not None
        real = where.tokens != self.pad_id
        count = real.cumsum(-1)
        cache = where.notes.get("cache")
        if cache is not None:  # tokens read before have been counted
            before = cache.kept.get("counted", (count[..., :0],))[0]
            count = count + before[..., -1:].sum(-1, keepdim=True)
            cache.kept["counted"] = (count, count)
        return tap("pos_embed", self.W_pos[tap("pos_ids", count * real + self.pad_id)])
