"""T5's relative bias: a learned number for each head and bucket of distances (Raffel et al. 2020, 1910.10683).

Near distances have a bucket each, far ones share buckets that grow logarithmically. One table serves all
layers of a stack. Traps: distance is key minus query; cross-attention has no bias. Bucket edges are
computed in float32 as Hugging Face does, since at exact powers the rounding decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.base import Positional
from model.registry import Option, register
from model.rules import Box, Cells, Index, Number, Rule, Term, at, one, source
from model.stages import Stage
from model.tape import empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead
    from model.config import StackConfig


def bucket(distance: Tensor, bidirectional: bool, n_buckets: int, max_distance: int) -> Tensor:
    """Bucket of each key-minus-query distance; same shape, int64."""
    base = torch.zeros_like(distance)
    if bidirectional:
        n_buckets //= 2
        base = (distance > 0).long() * n_buckets
        distance = distance.abs()
    else:
        distance = (-distance).clamp(min=0)
    exact = n_buckets // 2
    far = torch.log(distance.clamp(min=1).float() / exact) / math.log(max_distance / exact) * (n_buckets - exact)
    far = (exact + far.long()).clamp(max=n_buckets - 1)
    return base + torch.where(distance < exact, distance, far)


@dataclass(frozen=True)
class Bucket(Rule):
    """table[bucket(key - query), head]."""

    table: str
    encoding: T5
    op = "lookup"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        row = int(self.encoding.buckets(torch.tensor(key - query)))
        entry = source(cells, self.table, (row, head))
        return (
            Term(
                f"{at(self.table, (row, head))}: bucket {row} holds distance {key - query}",
                entry[2],
                (entry,),
            ),
        )

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        row, head = index
        _, queries, keys = shape
        rows = self.encoding.buckets(torch.arange(1 - queries, keys))  # of each distance, the furthest back first
        distances = [d + 1 - queries for d in (rows == row).nonzero()[:, 0].tolist()]
        for query in range(queries):
            seen = tuple(query + d for d in distances if 0 <= query + d < keys)
            yield (*one((head, query)), seen)


@register
class T5(Positional):
    title = "T5 relative bias"
    biases = True
    OPTIONS = {  # noqa: RUF012
        "t5_buckets": Option(32, "number of distance buckets", low=4, high=4096),
        "t5_max_distance": Option(128, "distances from here on share the last bucket", low=2, high=2**31),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.n_buckets, self.max_distance = (
            int(config.option("t5_buckets")),
            int(config.option("t5_max_distance")),
        )
        self.W_rel = empty(self.n_buckets, config.n_heads)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        n, far = config.option("t5_buckets"), config.option("t5_max_distance")
        if n % 4:
            raise ConfigError(f"t5_buckets={n} must be divisible by 4: half for each direction, half of those exact.")
        if far <= n // 2:
            raise ConfigError(
                f"t5_max_distance={far} must be larger than half of t5_buckets={n}, where the exact buckets end."
            )

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_rel", ("bucket", "head"), self.W_rel

    def buckets(self, distance: Tensor) -> Tensor:
        return bucket(
            distance,
            self.config.mask in (None, "bidirectional", "padding"),
            self.n_buckets,
            self.max_distance,
        )

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        yield part.declare(
            sizes, "bias", "head query key", Bucket(self.prefix + "W_rel", self), "Relative position bias (T5)",
            r"b_{h,q,k} = W_{rel}[\mathrm{bucket}(k - q),\, h]",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        rows = self.buckets(where.keys[None, :] - where.queries[:, None])
        return self.W_rel[rows].movedim(-1, -3).contiguous()
