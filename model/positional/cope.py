"""CoPE: positions that count what matters (Golovneva, Wang, Weston, Sukhbaatar 2024, 2405.18719).

A gate sigmoid(q_i · k_j) says how much key j counts for query i; the position of key j is the sum of the gates from j
up to i, a real number. Its vector lies between those of the two whole numbers around it, and q_i times that vector is
added to the score. Gates are worked out from the scaled product, and hidden keys count nothing. One table a layer
serves all heads; each head counts by its own gates. All as in the authors' code, where the position's score is divided
by sqrt(d_head) like the others unless told not to: `cope_scaled`. Traps: clip before rounding; positions start at the
query itself, so with open gates they are 1, 2, 3, ... backwards. Ahead of the query (a bidirectional stack; the paper
has none) the gates from i up to j are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional
from model.positional.cope_rules import Between, Counted, Gate
from model.positional.offsets import wide
from model.registry import Option, register
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead
    from model.config import StackConfig


class Table(Part):
    """The vectors of whole positions in one layer, [count, d_head]."""

    def __init__(self, name: str, most: int, d_head: int):
        super().__init__(name)
        self.W_count = empty(most + 1, d_head)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_count", ("count", "d_head"), self.W_count


def largest(config: StackConfig) -> int:
    """The largest position that has a vector."""
    return int(config.option("cope_most")) or config.n_ctx


@register
class Cope(Positional):
    title = "Contextual (CoPE)"
    biases = True
    shares_bias = False
    OPTIONS = {  # noqa: RUF012
        "cope_most": Option(0, "the largest position, 0 for n_ctx", low=0, high=2**20),
        "cope_scaled": Option(True, "divide the position's score like the others", choices=(True, False)),
    }

    @property
    def most(self) -> int:
        return largest(self.config)

    @classmethod
    def table_size(cls, config: StackConfig) -> int:
        return config.n_layers * largest(config) * config.head_size

    def layer(self, name: str) -> Part:
        return Table(name, self.most, self.config.head_size)

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        p, axes, scaled = part.prefix, "head query key", self.config.option("cope_scaled")
        yield part.declare(
            sizes, "gates", axes, Gate(f"{p}qk", part.mask.why, padding), "How much each key counts (CoPE)",
            r"g_{i,j} = \sigma(s_{i,j})", kind="probability",
        )  # fmt: skip
        yield part.declare(
            sizes, "counted", axes, Counted(f"{p}gates", self.most), "Position, counted (CoPE)",
            rf"p_{{i,j}} = \min\Big(\sum_{{k=j}}^{{i}} g_{{i,k}},\ {self.most}\Big)", kind="scale",
        )  # fmt: skip
        rule = Between(
            reads[0], f"{p}counted", f"{p}position.W_count", f"{p}scale" if scaled else None, self.most,
            self.config.head_size,
        )  # fmt: skip
        yield part.declare(
            sizes, "bias", axes, rule, "Query times the position's vector (CoPE)",
            r"b_{i,j} = \frac{q_i \cdot e[p_{i,j}]}{\sqrt{d_{head}}}" if scaled else r"b_{i,j} = q_i \cdot e[p_{i,j}]",
        )  # fmt: skip

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        assert isinstance(at.position, Table)
        full = wide(q.dtype)
        gates = torch.sigmoid(qk)
        gates = at.tap("gates", gates if where.hidden is None else gates.masked_fill(where.hidden, 0.0)).to(full)
        back = where.keys[None, :] <= where.queries[:, None]
        ahead = where.keys[None, :] >= where.queries[:, None]
        below = gates.masked_fill(~back, 0.0).flip(-1).cumsum(-1).flip(-1)
        above = gates.masked_fill(~ahead, 0.0).cumsum(-1)
        counted = at.tap("counted", torch.where(back, below, above).clamp(max=self.most).to(q.dtype))
        x = counted.to(full).nan_to_num(0.0).clamp(0, self.most)  # an edit may have set it to anything
        scale = at.scale if self.config.option("cope_scaled") else 1.0
        # no sum of gates exceeds the number of keys, unless an edit says so
        most = self.most if float(x.detach().max()) > x.shape[-1] else min(self.most, x.shape[-1])
        table = at.position.W_count[: most + 1].to(full)
        every = (q.to(full) * scale).transpose(-3, -2) @ table.t()  # [head, query, count]
        low, high = (every.gather(-1, side.long()) for side in (x.floor(), x.ceil()))
        return torch.lerp(low, high, x - x.floor()).to(q.dtype)
