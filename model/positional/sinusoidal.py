"""Sines and cosines of geometrically spaced wavelengths (Vaswani et al. 2017, 1706.03762, section 3.5).

Even dimensions hold sines, odd ones cosines (interleaved, as in the paper); "concatenated" puts all sines
first, as tensor2tensor and Marian do. Trap: the exponent is 2i/d with i the number of the pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.base import Positional, Tap
from model.registry import Option, register
from model.rules import Box, Cells, Index, Rule, Term
from model.stages import Stage
from model.tape import Part
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@dataclass(frozen=True)
class Wave(Rule):
    """sin or cos of position / base^(2i/d)."""

    d: int
    base: float
    layout: str
    op = "sum"

    def pair(self, dim: int) -> tuple[int, bool]:
        """(number of the pair, whether this dimension is its sine)."""
        half = self.d // 2
        return (dim // 2, dim % 2 == 0) if self.layout == "interleaved" else (dim % half, dim < half)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, dim = index
        i, sine = self.pair(dim)
        angle = position / self.base ** (2 * i / self.d)
        function = math.sin if sine else math.cos
        name = function.__name__
        return (
            Term(
                f"{name}({position} / {self.base:g}^({2 * i}/{self.d})) = {name}({angle:.6g})",
                function(angle),
            ),
        )

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield from ()

    def table(self, positions: Tensor) -> Tensor:
        """[position, d] in double, to be rounded once: a late position is a large angle."""
        pairs = torch.arange(0, self.d, 2, device=positions.device, dtype=torch.float64)
        angles = positions[:, None].double() / self.base ** (pairs / self.d)
        sines, cosines = angles.sin(), angles.cos()
        if self.layout == "interleaved":
            return torch.stack((sines, cosines), dim=-1).flatten(-2)
        return torch.cat((sines, cosines), dim=-1)


@register
class Sinusoidal(Positional):
    title = "Sinusoidal"
    embeds = True
    OPTIONS = {  # noqa: RUF012
        "sinusoid_base": Option(10000.0, "the n of n^(2i/d): wavelengths run from 2π to 2πn", low=1.0, high=1e9),
        "sinusoid_layout": Option("interleaved", "order of sines and cosines", choices=("interleaved", "concatenated")),
    }

    @classmethod
    def check(cls, config: StackConfig) -> None:
        if config.sum_width % 2:
            raise ConfigError(
                f"{config.sum_axis}={config.sum_width} is odd; sinusoidal positions come in pairs, so make it even."
            )

    def wave(self) -> Wave:
        return Wave(self.config.sum_width, self.config.option("sinusoid_base"), self.config.option("sinusoid_layout"))

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        yield part.declare(
            sizes, "pos_embed", f"position {self.config.sum_axis}", self.wave(), "Position encoding",
            r"p_{t,2i} = \sin\frac{t}{n^{2i/d}} \quad p_{t,2i+1} = \cos\frac{t}{n^{2i/d}}",
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        return tap("pos_embed", self.wave().table(where.queries).to(dtype))
