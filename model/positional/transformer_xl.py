"""Transformer-XL's relative positions (Dai, Yang, Yang, Carbonell, Le, Salakhutdinov 2019, 1901.02860, section 3.3).

A score has four terms: query and key (`qk`, as always), query and distance, u and key, v and distance. The distance
i - j enters as fixed sinusoids, sines first and then cosines, through a projection W_R of each layer; u and v replace
the query's position and are shared by all layers, as in the paper. All of it is inside the scaled product. The
memory of earlier segments is another part of the paper and not here. Traps: the paper's shift trick leaves rubbish
ahead of the query, which must be masked; here distances are gathered. Under a causal mask nothing ahead has a row of
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.base import Positional
from model.positional.offsets import clipped, pairs, row
from model.positional.query_distance import QueryDistance
from model.positional.sinusoidal import Wave
from model.registry import Option, register
from model.rules import Box, Cells, Index, Rule, Term, at, one, source, stage, weight
from model.rules import SumOfProducts as Products
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead
    from model.config import StackConfig


class Projection(Part):
    """W_R of one layer: what makes a key of a distance."""

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        self.n_heads, self.d_head = config.n_heads, config.head_size
        self.W_R = empty(self.n_heads * self.d_head, config.d_model)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_R", ("head", "d_model", "d_head"), self.W_R.view(self.n_heads, self.d_head, -1).transpose(1, 2)


@dataclass(frozen=True)
class DistanceKey(Rule):
    """W_R times the sinusoids of a distance."""

    table: str
    wave: Wave
    low: int
    op = "sum"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "d_model", self.wave.d

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        r, head, e = index
        back, out = -(r + self.low), []
        for d in range(self.wave.d):
            w = source(cells, self.table, (head, d, e))
            (term,) = self.wave.terms((back, d), cells)
            out.append(Term(f"{at(self.table, w[1])} × {term.label}", w[2] * term.value, (w,)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield (range(shape[0]), *one((index[0], index[2])))


@dataclass(frozen=True)
class ThreeTerms(Rule):
    """Query and distance, u and key, v and distance, added up."""

    query_distance: str
    key_bias: str
    distance_bias: str
    low: int
    high: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.query_distance, self.key_bias, self.distance_bias)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        places = (index, (head, key), (head, row(query, key, self.low, self.high)))
        found = [source(cells, name, place) for name, place in zip(self.reads, places, strict=True)]
        return tuple(Term(at(name, place), number, ((name, place, number),)) for name, place, number in found)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        _, queries, keys = shape
        if name == self.query_distance:
            yield one(index)
        elif name == self.key_bias:
            yield (*one(index[:1]), range(queries), *one(index[1:]))
        else:
            for query, found in pairs(index[1], queries, keys, self.low, self.high):
                yield (*one((index[0], query)), found)


@register
class TransformerXL(Positional):
    title = "Transformer-XL relative"
    biases = True
    shares_bias = False
    OPTIONS = {  # noqa: RUF012
        "xl_base": Option(10000.0, "the n of n^(2i/d): wavelengths run from 2π to 2πn", low=1.0, high=1e9)
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.pos_u, self.pos_v = empty(config.n_heads, config.head_size), empty(config.n_heads, config.head_size)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        if config.d_model % 2:
            raise ConfigError(
                f"d_model={config.d_model} is odd; sinusoids of distances come in pairs, so make it even."
            )

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "pos_u", ("head", "d_head"), self.pos_u
        yield "pos_v", ("head", "d_head"), self.pos_v

    def layer(self, name: str) -> Part:
        return Projection(name, self.config)

    def wave(self) -> Wave:
        return Wave(self.config.d_model, self.config.option("xl_base"), "concatenated")

    @staticmethod
    def span(part: MultiHead, n: int) -> tuple[int, int]:
        """The lowest and highest key-minus-query distance among n keys; none ahead where the mask hides it."""
        return 1 - n, 0 if part.mask.why(0, 1) is not None else n - 1

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        p, own, d_head = part.prefix, self.prefix, self.config.head_size
        low, high = self.span(part, sizes["key"])
        wide, scale = sizes | {"distance": high - low + 1}, weight(f"{p}scale", "")
        group = (("g", "h", part.n_heads // part.n_kv_heads),)
        yield part.declare(
            wide, "rel_k", "distance head d_head", DistanceKey(f"{p}position.W_R", self.wave(), low),
            "Keys of distances (Transformer-XL)", r"\kappa_{i-j} = R_{i-j} W_R",
        )  # fmt: skip
        yield part.declare(
            sizes, "query_distance", "head query key",
            QueryDistance(reads[0], f"{p}rel_k", f"{p}scale", low, high, d_head, per_head=True),
            "Query and distance", r"\frac{q_i \cdot \kappa_{i-j}}{\sqrt{d_{head}}}",
        )  # fmt: skip
        yield part.declare(
            sizes, "key_bias", "head key",
            Products("hk", ((weight(f"{own}pos_u", "he"), stage(reads[1], "kge"), scale),), group),
            "Every query's interest in a key", r"\frac{u \cdot k_j}{\sqrt{d_{head}}}",
        )  # fmt: skip
        yield part.declare(
            wide, "distance_bias", "head distance",
            Products("hr", ((weight(f"{own}pos_v", "he"), stage(f"{p}rel_k", "rhe"), scale),)),
            "Every query's interest in a distance", r"\frac{v \cdot \kappa_{i-j}}{\sqrt{d_{head}}}",
        )  # fmt: skip
        yield part.declare(
            sizes, "bias", "head query key",
            ThreeTerms(f"{p}query_distance", f"{p}key_bias", f"{p}distance_bias", low, high),
            "Relative position bias (Transformer-XL)",
            r"b_{h,i,j} = \frac{q_i \cdot \kappa_{i-j} + u \cdot k_j + v \cdot \kappa_{i-j}}{\sqrt{d_{head}}}",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        assert isinstance(at.position, Projection)
        low, high = self.span(at, len(where.keys))
        waves = self.wave().table(torch.arange(-low, -high - 1, -1, device=q.device)).to(q.dtype)
        rel_k = at.tap("rel_k", at.split(waves @ at.position.W_R.t(), at.n_heads))
        rows = clipped(where.queries, where.keys, low, high)
        every = (q * at.scale).transpose(-3, -2) @ rel_k.permute(1, 2, 0)  # [head, query, distance]
        met = at.tap("query_distance", every.gather(-1, rows.expand(*every.shape[:-1], rows.shape[-1])))
        u = (self.pos_u * at.scale).expand(
            *k.shape[:-3], 1, *self.pos_u.shape
        )  # as a query that is the same everywhere
        key_bias = at.tap("key_bias", at.dots(u, k)[..., 0, :])
        distance_bias = at.tap("distance_bias", torch.einsum("he,rhe->hr", self.pos_v * at.scale, rel_k))
        return met + key_bias[..., None, :] + distance_bias[:, rows]
