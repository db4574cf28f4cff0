"""KERPLE: learned penalties that grow with the distance, from conditionally positive definite kernels (Chi, Fan,
Ramadge, Rudnicky 2022, 2205.09921).

log     -r1 ln(1 + r2 |distance|)
power   -r1 |distance|^r2 with 0 < r2 <= 2; r2 = 1 is ALiBi with slope r1

r1 and r2 are trained, one each a head and a layer, and held at 0.01 or more as in the authors' code: below that a
clamped number enters, while the gradient still reaches the trained one. Traps: numbers that drift below zero would
reward distance; one r shared by all heads is another method.
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
from model.rules import Box, Cells, Index, Number, Rule, Term, at, one, source
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead

LEAST = 0.01
MOST_POWER = 2.0


class Rates(Part):
    """r1 and r2 of one layer, [head]."""

    def __init__(self, name: str, n_heads: int, kernel: str):
        super().__init__(name)
        self.kernel = kernel
        self.r1, self.r2 = empty(n_heads), empty(n_heads)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "r1", ("head",), self.r1
        yield "r2", ("head",), self.r2

    def draw_own(self, generator: torch.Generator) -> None:
        """As the authors do: r1 over 0..2 and r2 over 0..1 for the log, the other way round for the power."""
        first, second = (2.0, 1.0) if self.kernel == "log" else (1.0, 2.0)
        self.r1.uniform_(0.0, first, generator=generator)
        self.r2.uniform_(0.0, second, generator=generator)


def held(r: Tensor, most: float = math.inf) -> Tensor:
    """r within its bounds; the gradient passes as if there were none."""
    return r.clamp(LEAST, most).detach() + (r - r.detach())


@dataclass(frozen=True)
class Penalty(Rule):
    """-r1 times the logarithm or the power of the distance."""

    r1: str
    r2: str
    kernel: str
    op = "product"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.r1, self.r2)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        distance = abs(query - key)
        r1, r2 = source(cells, self.r1, (head,)), source(cells, self.r2, (head,))
        factor, rate = max(r1[2], LEAST), max(r2[2], LEAST)
        if self.kernel == "log":
            label, value = f"ln(1 + {at(self.r2, (head,))} · {distance})", math.log1p(rate * distance)
        else:
            label, value = f"{distance}^{at(self.r2, (head,))}", distance ** min(rate, MOST_POWER)
        return (Term(f"−{at(self.r1, (head,))}", -factor, (r1,)), Term(label, value, (r2,)))

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value * terms[1].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield (*one(index), range(shape[1]), range(shape[2]))


@register
class Kerple(Positional):
    title = "KERPLE"
    biases = True
    shares_bias = False
    OPTIONS = {  # noqa: RUF012
        "kerple_kernel": Option("log", "how the penalty grows with the distance", choices=("log", "power"))
    }

    @property
    def kernel(self) -> str:
        return str(self.config.option("kerple_kernel"))

    def layer(self, name: str) -> Part:
        return Rates(name, self.config.n_heads, self.kernel)

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        p = f"{part.prefix}position."
        yield part.declare(
            sizes, "bias", "head query key", Penalty(f"{p}r1", f"{p}r2", self.kernel), "Distance penalty (KERPLE)",
            r"b_{h,q,k} = -r_1 \ln(1 + r_2 |q - k|)" if self.kernel == "log"
            else r"b_{h,q,k} = -r_1 |q - k|^{r_2}",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        assert isinstance(at.position, Rates)
        full = wide(q.dtype)
        distance = (where.queries[:, None] - where.keys[None, :]).abs().to(full)
        r1, r2 = held(at.position.r1), held(at.position.r2, math.inf if self.kernel == "log" else MOST_POWER)
        r1, r2 = r1.to(full)[:, None, None], r2.to(full)[:, None, None]
        grown = torch.log1p(r2 * distance) if self.kernel == "log" else power(distance, r2)
        return (-r1 * grown).to(q.dtype)


def power(distance: Tensor, r: Tensor) -> Tensor:
    """distance^r, 0 at distance 0; apart there, since the gradient of 0^r by r would be 0 · ln 0."""
    near = distance == 0
    return distance.masked_fill(near, 1.0).pow(r).masked_fill(near, 0.0)
