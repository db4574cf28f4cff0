"""Your own: a number added to each score, from a formula that somebody types or a table that somebody draws.

The formula knows distance = query - key, the places of both, the head, and n_ctx. A table is [head, query, key] or
[head, distance], with one head for all or one each; past its edge its last number goes on, and by distance a key ahead
counts like one as far behind. Traps: the bias is added after the scores are scaled; a formula that has no value
where the mask hides the key is fine, one that has none where a query looks is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.errors import ConfigError, InputError
from model.positional.base import Positional
from model.positional.drawn_language import Node, over_tensors, parse
from model.positional.drawn_rules import Cell, Formula
from model.positional.drawn_text import latex
from model.registry import Option, register
from model.stages import Stage
from model.where import Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead
    from model.config import StackConfig

DEFAULT = "-abs(distance) * 2^(-8 * (head + 1) / heads)"  # ALiBi, where the number of heads is a power of two
MOST = 10_000.0  # with so much less on its score a key gets no attention at all; more would cost the others digits
MOST_CELLS = 1 << 16


def table_of(value: Any) -> Tensor:
    """[head, query, key] or [head, distance] in double precision. Raises ConfigError naming what does not fit."""
    try:
        table = torch.tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ConfigError(
            "drawn_table must hold numbers as rows of equal length: [head, query, key] or [head, distance]."
        ) from error
    if table.dim() not in (2, 3) or not table.numel():
        shape = " × ".join(map(str, table.shape)) or "a single number"
        raise ConfigError(f"drawn_table is {shape}; it must be [head, query, key] or [head, distance], and not empty.")
    if table.numel() > MOST_CELLS:
        raise ConfigError(f"drawn_table has {table.numel():,} numbers; at most {MOST_CELLS:,} are taken.")
    bad = ~(table.abs() <= MOST)
    if bool(bad.any()):
        at = tuple(bad.nonzero()[0].tolist())
        places = ("head", "query", "key") if table.dim() == 3 else ("head", "distance")
        where = ", ".join(f"{p} {i}" for p, i in zip(places, at, strict=True))
        raise ConfigError(f"drawn_table is {_said(table[at].item())} at {where}; {_LIMIT}")
    return table


_LIMIT = f"a bias runs from −{MOST:,.0f} to {MOST:,.0f}: with −{MOST:,.0f} a key already gets no attention at all."


def _said(x: float) -> str:
    if math.isnan(x):
        return "no number (nan)"
    if math.isinf(x):
        return "infinite" if x > 0 else "−infinite"
    return f"{x:.6g}".replace("-", "−")


@register
class Drawn(Positional):
    title = "Your own"
    biases = True
    OPTIONS = {  # noqa: RUF012
        "drawn_formula": Option(DEFAULT, "the number added to a score, from distance, query, key, head, heads, n_ctx"),
        "drawn_table": Option(
            None, "numbers [head, query, key] or [head, distance], in the place of the formula", table=True
        ),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        value = config.option("drawn_table")
        self.table = None if value is None else table_of(value)
        self.formula: Node = parse(config.option("drawn_formula"))

    @classmethod
    def check(cls, config: StackConfig) -> None:
        parse(config.option("drawn_formula"))
        if config.option("drawn_table") is not None:
            heads = len(table_of(config.option("drawn_table")))
            if heads not in (1, config.n_heads):
                raise ConfigError(
                    f"drawn_table has {heads} heads, the network {config.n_heads}; give one for all, or one each."
                )

    def constants(self) -> dict[str, Tensor]:
        return {} if self.table is None else {"drawn_table": self.table}

    def constant_axes(self, local: str) -> tuple[str, ...]:
        assert self.table is not None
        return ("head", "query", "key") if self.table.dim() == 3 else ("head", "distance")

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        if self.table is None:
            rule: Any = Formula(self.formula, self.config.n_heads, self.config.n_ctx, MOST)
            shown = f"b_{{h,q,k}} = {latex(self.formula)}, \\quad d = q - k"
        else:
            rule = Cell(self.prefix + "drawn_table", tuple(self.table.shape))
            shown = r"b_{h,q,k} = T_{h,q,k}" if self.table.dim() == 3 else r"b_{h,q,k} = T_{h,|q - k|}"
        yield part.declare(sizes, "bias", "head query key", rule, "Bias of your own", shown)

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        heads, (queries, keys) = self.config.n_heads, (where.queries[:, None], where.keys[None, :])
        if self.table is not None:
            table = self.table.to(q.device)
            if table.dim() == 2:
                found = table[:, (queries - keys).abs().clamp(max=table.shape[-1] - 1)]
            else:
                found = table[:, queries.clamp(max=table.shape[1] - 1), keys.clamp(max=table.shape[2] - 1)]
        else:
            head = torch.arange(heads, device=q.device, dtype=torch.float64)[:, None, None]
            whole = {"heads": heads, "n_ctx": self.config.n_ctx}
            names = {"distance": (queries - keys).double(), "query": queries.double(), "key": keys.double()}
            names |= {"head": head} | {n: head.new_tensor(x) for n, x in whole.items()}
            found = _sound(over_tensors(self.formula, names), where)
        return found.to(q.dtype).expand(heads, len(where.queries), len(where.keys)).contiguous()


def _sound(found: Tensor, where: Where) -> Tensor:
    """The numbers, with 0 where there is none and the mask hides the key. Raises InputError for the first other one."""
    bad = ~(found.abs() <= MOST)
    if not bool(bad.any()):
        return found
    rows, columns = len(where.queries), len(where.keys)
    seen = bad.expand(*bad.shape[:-2], rows, columns) if bad.dim() > 1 else bad.expand(rows, columns)
    seen = seen if where.hidden is None else seen & ~where.hidden
    if bool(seen.any()):
        index = seen.nonzero()[0].tolist()
        head, query, key = [0] * (3 - len(index)) + index
        value = found.expand(seen.shape)[tuple(index)].item()
        place = f"head {head}, query {int(where.queries[query])}, key {int(where.keys[key])}"
        raise InputError(f"the formula is {_said(value)} at {place}; {_LIMIT}")
    return found.masked_fill(bad, 0.0)
