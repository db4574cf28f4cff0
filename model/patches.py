"""Pictures as tokens (Dosovitskiy et al. 2021, 2010.11929): cut into patches, each of them multiplied by one matrix.

Patches run row by row; the numbers of a patch run colour channel by colour channel, each row by row. Where there is a
[CLS] token, it is one learned vector in front of them, the same for every picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from model.rules import Box, Cells, Index, Input, Number, Rule, SumOfProducts, Term, at, one, source, stage, weight
from model.stages import Stage
from model.tape import Part, empty

if TYPE_CHECKING:
    from model.config import StackConfig


@dataclass(frozen=True)
class Cut(Rule):
    """The pixel that comes to stand at a place of a patch.

    patch    height and width of a patch
    columns  patches side by side
    """

    features: str
    patch: tuple[int, int]
    columns: int
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.features,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        (patch, pixel), (high, wide) = index, self.patch
        row, column = divmod(patch, self.columns)
        channel, place = divmod(pixel, high * wide)
        down, right = divmod(place, wide)
        found = source(cells, self.features, (channel, row * high + down, column * wide + right))
        return (Term(at(self.features, found[1]), found[2], (found,)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        (channel, y, x), (high, wide) = index, self.patch
        (row, down), (column, right) = divmod(y, high), divmod(x, wide)
        yield one((row * self.columns + column, (channel * high + down) * wide + right))


@dataclass(frozen=True)
class InFront(Rule):
    """One row, and below it all rows of another stage."""

    first: str
    rest: str
    op = "select"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.first, self.rest)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, d = index
        found = source(cells, self.rest, (position - 1, d)) if position else source(cells, self.first, (d,))
        return (Term(at(*found[:2]), found[2], (found,)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one((0, *index) if name == self.first else (index[0] + 1, index[1]))


@dataclass(frozen=True)
class Learned(Rule):
    """The number of a weight in the same place."""

    table: str
    op = "lookup"

    @property
    def weights(self) -> tuple[str, ...]:  # type: ignore[override]
        return (self.table,)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        found = source(cells, self.table, index)
        return (Term(at(self.table, index), found[2], (found,)),)

    def combine(self, terms: tuple[Term, ...], index: Index) -> Number:
        return terms[0].value

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        yield one(index)


class Patches(Part):
    """A picture [channel, row, column] in, one vector a token [position, d_model] out. Named as its stack is."""

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        assert config.image is not None
        self.config, self.image, self.patch = config, config.image, config.patch_size
        self.columns = self.image[2] // self.patch[1]
        self.W_patch = empty(config.d_model, config.n_pixels)
        self.b_patch = empty(config.d_model)
        self.W_cls = empty(config.d_model) if config.cls_token else None

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_patch", ("pixel", "d_model"), self.W_patch.t()
        yield "b_patch", ("d_model",), self.b_patch
        if self.W_cls is not None:
            yield "W_cls", ("d_model",), self.W_cls

    def stages(self, sizes: dict[str, int]) -> Iterator[Stage]:
        """What `forward` taps; the last is `embed`."""
        p, (channels, height, width) = self.prefix, self.image
        sizes = sizes | {
            "channel": channels, "row": height, "column": width, "pixel": self.config.n_pixels,
            "patch": self.config.n_patches,
        }  # fmt: skip
        yield self.declare(sizes, "features", "channel row column", Input(), "Pixels of the picture", "x")
        # Without [CLS] every token is a patch, and the other way round.
        rows = "position" if self.W_cls is None else "patch"
        cut = Cut(f"{p}features", self.patch, self.columns)
        yield self.declare(sizes, "patches", f"{rows} pixel", cut, "Patches of the picture", r"x_{\mathrm{patch}}")
        embedded = SumOfProducts(
            "pd", ((stage(f"{p}patches", "pi"), weight(f"{p}W_patch", "id")), (weight(f"{p}b_patch", "d"),))
        )
        formula = r"x_{\mathrm{patch}} W_{patch} + b_{patch}"
        if self.W_cls is None:
            yield self.declare(sizes, "embed", "position d_model", embedded, "Patch embedding", formula)
            return
        yield self.declare(sizes, "patch_embed", "patch d_model", embedded, "Patch embedding", formula)
        yield self.declare(sizes, "cls", "d_model", Learned(f"{p}W_cls"), "Vector of [CLS]", r"W_{cls}")
        both = InFront(f"{p}cls", f"{p}patch_embed")
        yield self.declare(sizes, "embed", "position d_model", both, "[CLS] and patches", r"[\,c;\ e_1;\ \ldots\,]")

    def forward(self, features: Tensor) -> Tensor:
        """features: [channel, row, column]; leading batch axes are welcome."""
        patches = self.tap("patches", self.cut(self.tap("features", features)))
        x = F.linear(patches, self.W_patch, self.b_patch)
        if self.W_cls is None:
            return self.tap("embed", x)
        x, first = self.tap("patch_embed", x), self.tap("cls", self.W_cls)
        return self.tap("embed", torch.cat((first.expand(*x.shape[:-2], 1, -1), x), dim=-2))

    def cut(self, x: Tensor) -> Tensor:
        """[..., channel, row, column] to [..., patch, pixel]."""
        high, wide = self.patch
        x = x.unflatten(-1, (-1, wide)).unflatten(-3, (-1, high))  # [..., channel, row, y, column, x]
        return x.movedim((-4, -2), (-5, -4)).flatten(-5, -4).flatten(-3)
