"""Sines and cosines through a learned feed-forward network (Wang, Lu, Cui, Lv, Florencio, Zhang 2022, Findings of
AACL-IJCNLP, paper 42).

p_t = W_2 act(W_1 waves(t) + b_1) + b_2. The table is fixed, the network is trained and sees no token, so it has
vectors for positions past those trained on. That two linear layers follow a fixed table is what re-implementations
agree on; the activation (they differ: logistic sigmoid, GELU), the hidden width and a residual connection are not
verified against the paper: they are options. Trap: with W_2 = 0 and no residual all positions look alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from model.mlp.base import Dense
from model.positional.base import Tap
from model.positional.sinusoidal import Sinusoidal
from model.registry import Option, find, register
from model.rules import Activation, SumOfProducts, stage, weight
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class LearnableSinusoid(Sinusoidal):
    title = "Learnable sinusoid"
    OPTIONS = {  # noqa: RUF012
        **Sinusoidal.OPTIONS,
        "pos_activation": Option("gelu", "between the two layers; not verified", choices=("gelu", "sigmoid", "relu")),
        "pos_hidden": Option(0, "hidden units, 0 for as many as dimensions; not verified", low=0, high=2**16),
        "pos_residual": Option(False, "add the waves to the result; not verified", choices=(False, True)),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        d = config.sum_width
        self.hidden = int(config.option("pos_hidden")) or d
        self.act: type[Dense] = find("mlp", config.option("pos_activation"))
        self.residual = bool(config.option("pos_residual"))
        self.W_pos_in, self.b_pos_in = empty(self.hidden, d), empty(self.hidden)
        self.W_pos_out, self.b_pos_out = empty(d, self.hidden), empty(d)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        axis = self.config.sum_axis
        yield "W_pos_in", (axis, "d_mlp"), self.W_pos_in.t()
        yield "b_pos_in", ("d_mlp",), self.b_pos_in
        yield "W_pos_out", ("d_mlp", axis), self.W_pos_out.t()
        yield "b_pos_out", (axis,), self.b_pos_out

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        p, own, axis = part.prefix, self.prefix, self.config.sum_axis
        wide, hidden = sizes | {"d_mlp": self.hidden}, "position d_mlp"
        (waves,) = super().embed_stages(part, sizes, padding)
        yield replace(waves, name=f"{p}pos_waves", title="Sines and cosines of the position", formula="s_t")
        pre = SumOfProducts(
            "ph", ((stage(f"{p}pos_waves", "pd"), weight(f"{own}W_pos_in", "dh")), (weight(f"{own}b_pos_in", "h"),))
        )
        yield part.declare(
            wide, "pos_pre", hidden, pre, "Hidden units of the position network", "s W_1 + b_1",
        )  # fmt: skip
        yield part.declare(
            wide, "pos_act", hidden, Activation(f"{p}pos_pre", self.act.scalar), "Hidden units, bent",
            rf"h' = \mathrm{{{self.act.latex}}}(h)",
        )  # fmt: skip
        items: list[tuple] = [(stage(f"{p}pos_act", "ph"), weight(f"{own}W_pos_out", "hd"))]
        items += [(weight(f"{own}b_pos_out", "d"),)] + ([(stage(f"{p}pos_waves", "pd"),)] if self.residual else [])
        yield part.declare(
            sizes, "pos_embed", f"position {axis}", SumOfProducts("pd", tuple(items)), "Position encoding",
            "p_t = h' W_2 + b_2" + (" + s_t" if self.residual else ""),
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        waves = tap("pos_waves", self.wave().table(where.queries).to(dtype))
        pre = tap("pos_pre", F.linear(waves, self.W_pos_in, self.b_pos_in))
        out = F.linear(tap("pos_act", self.act.activation(pre)), self.W_pos_out, self.b_pos_out)
        return tap("pos_embed", out + waves if self.residual else out)
