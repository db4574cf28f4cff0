"""Relative vectors for keys and values (Shaw, Uszkoreit, Vaswani 2018, 1803.02155, equations 3 to 5).

Every distance, key minus query, clipped to -k..k, has one learned vector that is added to the key and one that is added
to the value. All heads of a layer share them, layers do not. Computed as the paper's section 3.3 does: queries times
the table, then gathered, so that no vector a pair is ever made. Traps: the sign of the distance; the vectors are inside
the scaled product, so they are divided by sqrt(d_head) too; without the values' half it is another method. That 16 was
the paper's base value of k is not verified: `shaw_clip`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional
from model.positional.offsets import clipped, pairs, row, wide
from model.positional.query_distance import QueryDistance
from model.registry import Option, register
from model.rules import Box, Cells, Index, Rule, Term, at, one, source
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead


class Rows(Part):
    """The two tables of one layer, [distance, d_head]."""

    def __init__(self, name: str, clip: int, d_head: int):
        super().__init__(name)
        self.W_rel_K = empty(2 * clip + 1, d_head)
        self.W_rel_V = empty(2 * clip + 1, d_head)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_rel_K", ("distance", "d_head"), self.W_rel_K
        yield "W_rel_V", ("distance", "d_head"), self.W_rel_V


@dataclass(frozen=True)
class MixedRows(Rule):
    """Sum over keys of pattern · table[row of the distance]."""

    pattern: str
    table: str
    clip: int
    n_keys: int
    op = "dot"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.pattern,)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "key", self.n_keys

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        query, head, e = index
        out = []
        for key, a in enumerate(cells(self.pattern)[head, query].tolist()):
            w = source(cells, self.table, (row(query, key, -self.clip, self.clip), e))
            here = (head, query, key)
            label = f"{at(self.pattern, here)} × {at(self.table, w[1])}"
            out.append(Term(label, a * w[2], ((self.pattern, here, a), w)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        queries, heads, d_head = shape
        if name == self.pattern:
            yield (*one((index[1], index[0])), range(d_head))
        else:
            found = tuple(query for query, _ in pairs(index[0], queries, self.n_keys, -self.clip, self.clip))
            yield (found, range(heads), *one(index[1:]))


@register
class Shaw(Positional):
    title = "Relative vectors (Shaw)"
    biases = mixes = True
    shares_bias = False
    OPTIONS = {  # noqa: RUF012
        "shaw_clip": Option(16, "distances further than this share a vector", low=1, high=4096)
    }

    @property
    def clip(self) -> int:
        return int(self.config.option("shaw_clip"))

    def layer(self, name: str) -> Part:
        return Rows(name, self.clip, self.config.head_size)

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        p = part.prefix
        yield part.declare(
            sizes, "bias", "head query key",
            QueryDistance(reads[0], f"{p}position.W_rel_K", f"{p}scale", -self.clip, self.clip, self.config.head_size),
            "Query times the distance's vector (Shaw)",
            r"b_{q,k} = \frac{q_q \cdot a^K_{\mathrm{clip}(k - q)}}{\sqrt{d_{head}}}",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        assert isinstance(at.position, Rows)
        every = (q * at.scale).transpose(-3, -2) @ at.position.W_rel_K.t()  # [head, query, distance]
        rows = clipped(where.queries, where.keys, -self.clip, self.clip)
        return every.gather(-1, rows.expand(*every.shape[:-1], rows.shape[-1]))

    def mix_stage(self, part: MultiHead, sizes: dict[str, int]) -> Stage:
        p = part.prefix
        return part.declare(
            sizes, "z_pos", "position head d_head",
            MixedRows(f"{p}pattern", f"{p}position.W_rel_V", self.clip, sizes["key"]),
            "What distances add to the values (Shaw)", r"z^{pos}_q = \sum_k A_{q,k}\, a^V_{\mathrm{clip}(k - q)}",
        )  # fmt: skip

    def mix(self, pattern: Tensor, where: Where, at: MultiHead) -> Tensor:
        assert isinstance(at.position, Rows)
        rows = clipped(where.queries, where.keys, -self.clip, self.clip).expand_as(pattern)
        full = pattern.to(wide(pattern.dtype))
        every = torch.zeros(*pattern.shape[:-1], 2 * self.clip + 1, dtype=full.dtype, device=full.device)
        every = every.scatter_add(-1, rows, full)  # how much a query looks at each distance
        return at.tap("z_pos", (every @ at.position.W_rel_V.to(full.dtype)).to(pattern.dtype).transpose(-3, -2))
