"""Sines and cosines of a patch's row and of its column, side by side (as in MAE, He et al. 2022, 2111.06377; DETR).

The first half of the dimensions encodes the row, the second the column, each as `sinusoidal` does with its own width.
Traps: MAE's code puts the column first; patches run row by row; tokens that are not on the grid ([CLS]) get zeros. With
an odd number of pairs the row has one more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from model.positional.base import Tap
from model.positional.grid import OPTIONS, place, places
from model.positional.sinusoidal import Sinusoidal, Wave
from model.registry import register
from model.rules import Box, Cells, Index, Rule, Term
from model.stages import Stage
from model.tape import Part
from model.where import Where


@dataclass(frozen=True)
class GridWave(Rule):
    """A wave of the row in the first dimensions, of the column in the others."""

    row: Wave
    column: Wave
    columns: int
    first: int
    op = "sum"

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, dim = index
        if position < self.first:
            return (Term("not on the grid", 0.0),)
        row, column = place(position, self.columns, self.first)
        which, wave, at, dim = (
            ("row", self.row, row, dim) if dim < self.row.d else ("column", self.column, column, dim - self.row.d)
        )
        (term,) = wave.terms((at, dim), cells)
        return (Term(f"{which} {at}: {term.label}", term.value),)

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield from ()

    def table(self, positions: Tensor) -> Tensor:
        """[position, d] in double."""
        rows, columns = places(positions, self.columns, self.first)
        table = torch.cat((self.row.table(rows), self.column.table(columns)), dim=-1)
        return table.masked_fill((positions < self.first)[:, None], 0.0)


@register
class SinusoidalGrid(Sinusoidal):
    title = "Sinusoidal of rows and columns"
    space = "grid"
    OPTIONS = Sinusoidal.OPTIONS | OPTIONS

    def grid(self) -> GridWave:
        wave, columns = self.wave(), 2 * (self.config.sum_width // 4)
        return GridWave(
            replace(wave, d=wave.d - columns), replace(wave, d=columns),
            int(self.config.option("grid_columns")), int(self.config.option("grid_first")),
        )  # fmt: skip

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        yield part.declare(
            sizes, "pos_embed", f"position {self.config.sum_axis}", self.grid(), "Encoding of row and column",
            r"p_t = [\,\mathrm{waves}(\mathrm{row}_t),\ \mathrm{waves}(\mathrm{column}_t)\,]",
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        return tap("pos_embed", self.grid().table(where.queries).to(dtype))
