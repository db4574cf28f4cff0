"""ALiBi: scores lose a slope times the distance, one slope a head (Press, Smith, Lewis 2022, 2108.12409).

For a head count that is no power of two the paper's code takes the slopes of the next lower power, then
every second slope of the next higher one. Bidirectional stacks use |distance|. Trap: the bias is added
after scaling by 1/sqrt(d), not before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional
from model.registry import register
from model.rules import Box, Cells, Index, Number, Rule, Term, one, source
from model.stages import Stage
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead


def slopes(n_heads: int) -> list[float]:
    """One slope a head: 2^(-8h/H) for h = 1..H when H is a power of two."""
    power = 1 << (n_heads.bit_length() - 1)
    own = [2.0 ** (-8 * h / power) for h in range(1, power + 1)]
    between = [2.0 ** (-8 * h / (2 * power)) for h in range(1, 2 * power + 1, 2)]
    return own + between[: n_heads - power]


@dataclass(frozen=True)
class Ramp(Rule):
    """-slope[head] * distance."""

    slopes: str
    op = "product"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.slopes,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        slope = source(cells, self.slopes, (head,))
        return (
            Term(f"slope of head {head}", slope[2], (slope,)),
            Term(f"−distance from query {query} to key {key}", -float(abs(query - key))),
        )

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value * terms[1].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield (*one(index), range(shape[1]), range(shape[2]))


@register
class Alibi(Positional):
    title = "ALiBi"
    biases = True

    def constants(self) -> dict[str, Tensor]:
        return {"alibi_slopes": torch.tensor(slopes(self.config.n_heads), dtype=torch.float64)}

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        yield part.declare(
            sizes, "bias", "head query key", Ramp(self.prefix + "alibi_slopes"), "Distance penalty (ALiBi)",
            r"b_{h,q,k} = -m_h\,|q - k|",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        wide = torch.float64 if q.dtype == torch.float64 else torch.float32
        m = torch.tensor(slopes(self.config.n_heads), device=q.device, dtype=wide)
        distance = (where.queries[:, None] - where.keys[None, :]).abs()
        return (-m[:, None, None] * distance).to(q.dtype)
