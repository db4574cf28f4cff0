"""CoPE: positions that count what matters (Golovneva, Wang, Weston, Sukhbaatar 2024, 2405.18719, equations 4 to 8).

A gate sigmoid(q_i · k_j) says how much key j counts for query i; the position of key j is the sum of the gates from j
up to i, a real number. Its vector lies between those of the two whole numbers around it, and q_i times that vector is
added to the score. Gates are worked out from the scaled product, and hidden keys count nothing. One table a layer
serves all heads; each head counts by its own gates. All as in the authors' code, where the position's score is divided
by sqrt(d_head) like the others unless told not to: `cope_scaled`. Traps: clip before rounding; positions start at the
query itself, so with open gates they are 1, 2, 3, ... backwards. Ahead of the query (a bidirectional stack; the paper
has none) the gates from i up to j are counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.mlp.activations import sigmoid
from model.positional.base import Positional
from model.positional.offsets import wide
from model.registry import Option, register
from model.rules import Box, Cells, Index, Number, Rule, Term, at, cell, one, source, total, unique, whole
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead


class Table(Part):
    """The vectors of whole positions in one layer, [count, d_head]."""

    def __init__(self, name: str, most: int, d_head: int):
        super().__init__(name)
        self.W_count = empty(most + 1, d_head)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_count", ("count", "d_head"), self.W_count


@dataclass(frozen=True)
class Gate(Rule):
    """sigmoid of a scaled product; 0 where the key is hidden."""

    qk: str
    why: object  # Callable[[int, int], str | None], as in Masked
    padding: str | None
    op = "activation"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.qk, self.padding)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        _, query, key = index
        if self.padding is not None and not cell(cells, self.padding, (key,)):
            return (Term(f"mask: key {key} is padding", 0.0, (source(cells, self.padding, (key,)),)),)
        hidden = self.why(query, key)  # type: ignore[operator]
        if hidden is not None:
            return (Term(f"mask: {hidden}", 0.0),)
        found = source(cells, self.qk, index)
        return (Term(at(self.qk, index), found[2], (found,)),)

    def op_at(self, terms: tuple[Term, ...]) -> str:
        return "mask" if terms[0].label.startswith("mask: ") else "activation"

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return 0.0 if self.op_at(terms) == "mask" else sigmoid(terms[0].value)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.padding:
            if not cell(cells, self.padding, index):
                yield (*(range(n) for n in shape[:-1]), *one(index))
        elif self.op_at(self.terms(index, cells)) == "activation":
            yield one(index)


@dataclass(frozen=True)
class Counted(Rule):
    """The gates between key and query, both included, added up, but no more than `most`."""

    gates: str
    most: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.gates,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, key = index
        first, last = min(query, key), max(query, key)
        gates = cells(self.gates)[head, query, first : last + 1].tolist()
        places = ((head, query, k) for k in range(first, last + 1))
        terms = tuple(Term(at(self.gates, p), g, ((self.gates, p, g),)) for p, g in zip(places, gates, strict=True))
        over = total(gates) - self.most
        return terms if over <= 0 else (*terms, Term(f"what is over {self.most}, the largest position", -over))

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        _, query, key = index
        keys = range(shape[2]) if key == query else range(key + 1) if key < query else range(key, shape[2])
        yield (*one(index[:2]), keys)


@dataclass(frozen=True)
class Between(Rule):
    """q[query] times the vector of a position, which lies between those of two whole numbers."""

    q: str
    counted: str
    table: str
    scale: str | None
    most: int
    d_head: int
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.q, self.counted)

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.table, self.scale)

    @property
    def products(self) -> tuple[str, int]:  # type: ignore[override]
        return "d_head", self.d_head

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        head, query, _ = index
        position = source(cells, self.counted, index)
        x = 0.0 if math.isnan(position[2]) else min(max(position[2], 0.0), float(self.most))
        low, high = math.floor(x), math.ceil(x)
        scale = () if self.scale is None else (source(cells, self.scale, ()),)
        out = []
        for e in range(self.d_head):
            q = source(cells, self.q, (query, head, e))
            rows = [source(cells, self.table, (r, e)) for r in dict.fromkeys((low, high))]
            between = rows[0][2] + (x - low) * (rows[-1][2] - rows[0][2])
            value = q[2] * between * (scale[0][2] if scale else 1.0)
            label = f"{at(self.q, q[1])} × {between:.6g}, dimension {e} of the vector of {x:.6g}"
            out.append(Term(label + (" × scale" if scale else ""), value, (q, *rows, position, *scale)))
        return tuple(out)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.q:
            yield (*one((index[1], index[0])), range(shape[2]))
        elif name == self.counted:
            yield one(index)
        elif name == self.table:
            x = cells(self.counted).double().nan_to_num(0.0).clamp(0, self.most)
            uses = (x.floor() == index[0]) | (x.ceil() == index[0])
            for head, query in uses.any(-1).nonzero().tolist():
                yield (*one((head, query)), tuple(uses[head, query].nonzero()[:, 0].tolist()))
        else:
            yield whole(shape)


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
        return int(self.config.option("cope_most")) or self.config.n_ctx

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
        every = (q.to(full) * scale).transpose(-3, -2) @ at.position.W_count.to(full).t()  # [head, query, count]
        low, high = (every.gather(-1, side.long()) for side in (x.floor(), x.ceil()))
        return torch.lerp(low, high, x - x.floor()).to(q.dtype)
