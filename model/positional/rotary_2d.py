"""Rotary positions of patches: the first half of the pairs turns by the row, the second by the column.

The axial form of 2104.09864 for images (EVA-02, Fang et al. 2023, 2303.11331; Heo et al. 2024, 2403.13298). Each half
has frequencies of its own, base^(-2i/d') with d' its number of dimensions. Traps: patches run row by row, so a wrong
`grid_columns` shears the picture; a base of 10000 is meant for text, and small grids hardly turn its slow pairs. With
an odd number of pairs the row has one more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.errors import ConfigError
from model.positional.grid import OPTIONS, places
from model.positional.rotary import Rotary, rotated
from model.positional.rotary_scaling import plain
from model.registry import register

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class RotaryGrid(Rotary):
    title = "Rotary of rows and columns"
    space = "grid"
    OPTIONS = {  # noqa: RUF012
        **{name: Rotary.OPTIONS[name] for name in ("rotary_pairing", "rotary_fraction")},
        "rotary_base": replace(Rotary.OPTIONS["rotary_base"], default=100.0),
        **OPTIONS,
    }

    @classmethod
    def check(cls, config: StackConfig) -> None:
        d_rot = rotated(config)
        if d_rot % 2 or d_rot < 4:
            raise ConfigError(
                f"rotary_2d turns {d_rot} of d_head={config.d_head} dimensions; it needs pairs for rows and for "
                f"columns, so make that an even number, at least 4."
            )

    def angles(self, positions: Tensor, dtype: torch.dtype, length: int = 0) -> Tensor:
        """[position, pair] in radians: the pairs of the row first."""
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        c, columns = self.config, self.d_rot // 4
        at = places(positions, int(c.option("grid_columns")), int(c.option("grid_first")))
        halves = [
            place.to(wide)[:, None] * plain(2 * n, c.option("rotary_base")).to(device=positions.device, dtype=wide)
            for place, n in zip(at, (self.d_rot // 2 - columns, columns), strict=True)
        ]
        return torch.cat(halves, dim=-1)
