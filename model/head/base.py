"""What a head is: it reads the last states and hands on what the logits are read from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import torch.nn.functional as F
from torch import Tensor

from model.errors import ConfigError
from model.mlp.base import Gated
from model.registry import find
from model.rules import Activation, SumOfProducts, stage, weight
from model.stages import Derive, Stage
from model.tape import Part, empty

if TYPE_CHECKING:
    from model.config import TransformerConfig


class Head(Part):
    """x W + b of the last states, [position, d_model] in, [position, width] out; a variant goes on from there."""

    variant: ClassVar[str]
    title: ClassVar[str]
    called: ClassVar[str] = "head"  # its name in front of its stages
    bias: ClassVar[bool] = True
    pooled: ClassVar[bool] = False  # one vector for the whole input, no axis of positions
    b: Tensor | None

    def __init__(self, config: TransformerConfig):
        super().__init__(self.called)
        self.config, self.size = config, self.width(config)
        self.W = empty(self.size, config.last.d_model)
        self.register_parameter("b", empty(self.size) if self.bias else None)

    @classmethod
    def check(cls, config: TransformerConfig) -> None:
        """Raises ConfigError when the head cannot work with this config."""
        if issubclass(find("mlp", config.head_act), Gated):
            raise ConfigError(f"head_act={config.head_act!r} is gated; a head takes an activation without a gate.")

    @classmethod
    def width(cls, config: TransformerConfig) -> int:
        """Width of what the logits are read from."""
        return config.last.embed_width

    @property
    def axis(self) -> str:
        return "d_model" if self.size == self.config.last.d_model else "d_embed"

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W", ("d_model", self.axis), self.W.t()
        if self.b is not None:
            yield "b", (self.axis,), self.b

    def output(self) -> str:
        """Name of the stage that the logits are read from."""
        return f"{self.prefix}dense"

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        """What `forward` taps; x is the stage it reads."""
        rows = "" if self.pooled else "p"
        items: list[tuple] = [(stage(x, f"{rows}d"), weight(f"{self.prefix}W", "de"))]
        if self.bias:
            items.append((weight(f"{self.prefix}b", "e"),))
        yield self.declare(
            sizes, "dense", self.axes(), SumOfProducts(f"{rows}e", tuple(items)), "Head, before its activation",
            "x W" + (" + b" if self.bias else ""),
        )  # fmt: skip

    def act_stage(self, sizes: dict[str, int]) -> Stage:
        kind = find("mlp", self.config.head_act)
        return self.declare(
            sizes, "act", self.axes(), Activation(f"{self.prefix}dense", kind.scalar), "Head, after its activation",
            rf"\mathrm{{{kind.latex}}}(u)", derive=Derive("activate", (f"{self.prefix}dense",)),
        )  # fmt: skip

    def axes(self) -> str:
        return self.axis if self.pooled else f"position {self.axis}"

    def forward(self, x: Tensor) -> Tensor:
        return self.tap("dense", F.linear(x, self.W, self.b))

    def activate(self, dense: Tensor) -> Tensor:
        return self.tap("act", find("mlp", self.config.head_act).activation(dense))


class Gathered(Head):
    """One vector for the whole input, straight from the last states: nothing is learned here."""

    called = "pooler"
    pooled = True

    def __init__(self, config: TransformerConfig):
        Part.__init__(self, self.called)
        self.config, self.size = config, self.width(config)

    @classmethod
    def check(cls, config: TransformerConfig) -> None:
        """Any config will do."""

    @classmethod
    def width(cls, config: TransformerConfig) -> int:
        return config.last.d_model

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield from ()
