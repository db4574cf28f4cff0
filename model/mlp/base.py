"""The two forms of an MLP: plain (in, activation, out) and gated (in times activated gate, out)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from model.mlp.activations import linear
from model.registry import Option
from model.rules import Activation, Product, Same, SumOfProducts, stage, weight
from model.stages import Derive, Stage
from model.tape import Part, empty

if TYPE_CHECKING:
    from model.config import StackConfig


class Dense(Part):
    """x W_in + b_in, activation, W_out + b_out. A variant sets the activation three times over: as torch
    computes it, as plain Python recomputes it, and as LaTeX shows it."""

    variant: ClassVar[str]
    title: ClassVar[str]
    OPTIONS: ClassVar[dict[str, Option]] = {}
    activation: Callable[[Tensor], Tensor]
    scalar: Callable[[float], float]
    latex: ClassVar[str]
    b_in: Tensor | None
    b_out: Tensor | None
    b_gate: Tensor | None

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        d, m = config.d_model, config.mlp_size
        self.bias = config.mlp_bias
        self.W_in = empty(m, d)
        self.register_parameter("b_in", empty(m) if self.bias else None)
        self.W_out = empty(d, m)
        self.register_parameter("b_out", empty(d) if self.bias else None)

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when the MLP cannot work with this config."""

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_in", ("d_model", "d_mlp"), self.W_in.t()
        if self.b_in is not None:
            yield "b_in", ("d_mlp",), self.b_in
        yield "W_out", ("d_mlp", "d_model"), self.W_out.t()
        if self.b_out is not None:
            yield "b_out", ("d_model",), self.b_out

    def linear_stage(self, sizes: dict[str, int], local: str, x: str, which: str, title: str) -> Stage:
        """Hidden units straight from a projection of x."""
        items: list[tuple] = [(stage(x, "pd"), weight(f"{self.prefix}W_{which}", "dm"))]
        if self.bias:
            items.append((weight(f"{self.prefix}b_{which}", "m"),))
        formula = rf"x W_{{{which}}}" + (rf" + b_{{{which}}}" if self.bias else "")
        return self.declare(
            sizes, local, "position d_mlp", SumOfProducts("pm", tuple(items)), title, formula,
            derive=Derive("project", (x,)),
        )  # fmt: skip

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        """What `forward` taps; x is the stage it reads."""
        p = self.prefix
        yield self.linear_stage(sizes, "pre", x, "in", "Hidden units before the activation")
        scalar = type(self).scalar
        rule = Same(p + "pre") if scalar is linear else Activation(p + "pre", scalar)
        yield self.declare(
            sizes, "post", "position d_mlp", rule, "Hidden units",
            rf"h = \mathrm{{{self.latex}}}(u)", derive=Derive("activate", (p + "pre",)),
        )  # fmt: skip

    def output_rule(self) -> SumOfProducts:
        """How a cell of the branch's output is computed from the hidden units."""
        items: list[tuple] = [(stage(self.prefix + "post", "pm"), weight(self.prefix + "W_out", "md"))]
        if self.bias:
            items.append((weight(self.prefix + "b_out", "d"),))
        return SumOfProducts("pd", tuple(items))

    def forward(self, x: Tensor) -> Tensor:
        w = self._parameters
        return F.linear(self.activate(self.project(x)), w["W_out"], w["b_out"])

    def project(self, x: Tensor) -> Any:
        """What `activate` or its like takes: hidden units before the activation."""
        w = self._parameters
        return self.tap("pre", F.linear(x, w["W_in"], w["b_in"]))

    def activate(self, pre: Tensor) -> Tensor:
        return self.tap("post", type(self).activation(pre))


class Gated(Dense):
    """(activation(x W_gate) * x W_in) W_out (Shazeer 2020, 2002.05202)."""

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.W_gate = empty(config.mlp_size, config.d_model)
        self.register_parameter("b_gate", empty(config.mlp_size) if self.bias else None)

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_gate", ("d_model", "d_mlp"), self.W_gate.t()
        if self.b_gate is not None:
            yield "b_gate", ("d_mlp",), self.b_gate
        yield from super().shown()

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        p = self.prefix
        yield self.linear_stage(sizes, "pre", x, "gate", "Gate before the activation")
        yield self.linear_stage(sizes, "pre_linear", x, "in", "Linear branch")
        names = (p + "pre", p + "pre_linear")
        yield self.declare(
            sizes, "post", "position d_mlp", Product(names, type(self).scalar, self.latex), "Gated hidden units",
            rf"h = \mathrm{{{self.latex}}}(g) \odot u", derive=Derive("gate", names),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        w = self._parameters
        return F.linear(self.gate(*self.project(x)), w["W_out"], w["b_out"])

    def project(self, x: Tensor) -> tuple[Tensor, Tensor]:
        w = self._parameters
        pre = self.tap("pre", F.linear(x, w["W_gate"], w["b_gate"]))
        return pre, self.tap("pre_linear", F.linear(x, w["W_in"], w["b_in"]))

    def gate(self, pre: Tensor, pre_linear: Tensor) -> Tensor:
        gate = type(self).activation(pre)
        # In place where no gradient needs the gate: at a thousand tokens a fresh tensor a layer is much to page in.
        wanted = torch.is_grad_enabled() or gate is pre
        return self.tap("post", gate * pre_linear if wanted else gate.mul_(pre_linear))
