"""FIRE: a small network turns the distance, as a share of how far back the query could look, into a bias (Li, You,
Guruganesh and others 2024, 2310.04418).

b = f(psi(i - j) / psi(max(i, L))) with psi(x) = ln(1 + c x), f from 1 number over ReLU units to one number a head; c, L
and f are trained, in each layer its own. Up to L positions it is purely relative; past L the same distance is a smaller
share for a later query, so that every share stays in 0..1: it is neither absolute nor relative. Traps: query 0 with a
small L divides by almost 0, hence epsilon; c and L may turn negative in training, so their sizes count. A key ahead of
the query (a bidirectional stack; the paper has none) counts as its distance, and the later of the two stands for i.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional
from model.positional.offsets import wide
from model.registry import Option, register
from model.rules import Box, Cells, Index, Number, Rule, Term, at, one, source, whole
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead
    from model.config import StackConfig

EPSILON = 1e-6
START_C = 0.1
_STRIP = 128  # queries whose hidden units are in memory at a time


class Network(Part):
    """c, L and the network of one layer. L_times: what the first guess of L is multiplied by."""

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        hidden = int(config.option("fire_hidden"))
        self.c, self.L_times = empty(1), empty(1)
        self.W_fire_in, self.b_fire_in = empty(hidden, 1), empty(hidden)
        self.W_fire_out, self.b_fire_out = empty(config.n_heads, hidden), empty(config.n_heads)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "c", (), self.c[0]
        yield "L_times", (), self.L_times[0]
        yield "W_fire_in", ("d_mlp",), self.W_fire_in[:, 0]
        yield "b_fire_in", ("d_mlp",), self.b_fire_in
        yield "W_fire_out", ("d_mlp", "head"), self.W_fire_out.t()
        yield "b_fire_out", ("head",), self.b_fire_out

    def of(self, share: Tensor) -> Tensor:
        """[query, key, head] of [query, key], in the type of the shares."""
        w_in, b_in, w_out, b_out = (
            w.to(share.dtype) for w in (self.W_fire_in, self.b_fire_in, self.W_fire_out, self.b_fire_out)
        )
        return torch.relu(share[..., None] * w_in[:, 0] + b_in) @ w_out.t() + b_out

    def draw_own(self, generator: torch.Generator) -> None:
        """Close to the paper's c = 0.1 and L_times = 1, and a little different in every layer."""
        self.c.normal_(START_C, 0.1 * START_C, generator=generator)
        self.L_times.normal_(1.0, 0.1, generator=generator)


@dataclass(frozen=True)
class Share(Rule):
    """psi(distance) / (psi(how far back it could be) + epsilon)."""

    c: str
    times: str
    length: float
    op = "product"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.c, self.times)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        query, key = index
        c, times = source(cells, self.c, ()), source(cells, self.times, ())
        last, least = max(query, key), abs(times[2] * self.length)
        far = math.log1p(abs(c[2]) * max(last, least))
        what = f"position {last}" if last >= least else f"L = {least:.6g}"
        near = f"ψ({abs(query - key)}), ψ(x) = ln(1 + {abs(c[2]):.6g} x)"
        return (
            Term(near, math.log1p(abs(c[2]) * abs(query - key)), (c,)),
            Term(f"1 / ψ({what})", 1 / (far + EPSILON), (c, times)),
        )

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value * terms[1].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield whole(shape)


@dataclass(frozen=True)
class Units(Rule):
    """Sum over ReLU units of their output weight, plus b: what the network makes of one share."""

    share: str
    position: str
    hidden: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.share,)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(f"{self.position}{w}_fire_{way}" for way in ("in", "out") for w in ("W", "b"))

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "d_mlp", 2 * self.hidden

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        w_in, b_in, w_out, b_out = self.weights
        x, out = source(cells, self.share, (query, key)), []
        for u in range(self.hidden):
            w, b, v = source(cells, w_in, (u,)), source(cells, b_in, (u,)), source(cells, w_out, (u, head))
            unit = max(w[2] * x[2] + b[2], 0.0)
            out.append(Term(f"unit {u} = {unit:.6g}, × {at(w_out, v[1])}", unit * v[2], (x, w, b, v)))
        last = source(cells, b_out, (head,))
        return (*out, Term(at(b_out, (head,)), last[2], (last,)))

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        heads, queries, keys = shape
        if name == self.share:
            yield (range(heads), *one(index))
        elif name in self.weights[2:]:
            yield (*one(index[-1:]), range(queries), range(keys))
        else:
            yield whole(shape)


@register
class Fire(Positional):
    title = "FIRE"
    biases = True
    shares_bias = False
    OPTIONS = {  # noqa: RUF012
        "fire_hidden": Option(32, "ReLU units of the network", low=1, high=1024),
        "fire_length": Option(512.0, "the first guess of L, up to which only the distance counts", low=1.0, high=1e9),
    }

    def layer(self, name: str) -> Part:
        return Network(name, self.config)

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        p = f"{part.prefix}position."
        yield part.declare(
            sizes, "distance_share", "query key", Share(f"{p}c", f"{p}L_times", self.config.option("fire_length")),
            "Distance as a share (FIRE)", r"x = \frac{\psi(|q - k|)}{\psi(\max(q, L))}, \quad \psi(x) = \ln(1 + c x)",
        )  # fmt: skip
        hidden = int(self.config.option("fire_hidden"))
        yield part.declare(
            sizes, "bias", "head query key", Units(f"{part.prefix}distance_share", p, hidden),
            "Bias of the share (FIRE)", r"b_h = \mathrm{relu}(x W_1 + b_1)\, W_2 + b_2",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        net, full = at.position, wide(q.dtype)
        assert isinstance(net, Network)
        c, length = net.c.to(full).abs(), (net.L_times.to(full) * self.config.option("fire_length")).abs()
        queries, keys = where.queries[:, None].to(full), where.keys[None, :].to(full)
        far = torch.maximum(torch.maximum(queries, keys), length)
        share = torch.log1p(c * (queries - keys).abs()) / (torch.log1p(c * far) + EPSILON)
        share = at.tap("distance_share", share.to(q.dtype)).to(full)
        out = torch.cat([net.of(rows) for rows in share.split(_STRIP)])
        return out.movedim(-1, -3).to(q.dtype).contiguous()
