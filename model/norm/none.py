"""No normalisation: the stream is read as it is."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from model.norm.base import Norm
from model.registry import register
from model.stages import Stage


@register
class NoNorm(Norm):
    title = "None"
    gain = False
    offset = False

    def output(self, x: str) -> str:
        return x

    def stages(self, sizes: dict[str, int], x: str, kept: bool = False) -> Iterator[Stage]:
        yield from ()

    def twin_stages(self, sizes: dict[str, int], twin: Norm) -> Iterator[Stage]:
        yield from ()

    def begin(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        return x, None, None

    def again(self, standardized: Tensor, mean: Tensor | None, scale: Tensor | None) -> Tensor:
        return standardized

    def finish(self, standardized: Tensor) -> Tensor:
        return standardized
