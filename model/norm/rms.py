"""RMSNorm: no centring, no offset (Zhang, Sennrich 2019, 1910.07467). eps is in the root, as in Llama."""

from __future__ import annotations

from torch import Tensor

from model.norm.base import Norm
from model.registry import register


@register
class RMSNorm(Norm):
    title = "RMSNorm"
    centred = False
    offset = False

    def standardize(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        scale = self.tap("scale", (x.square().mean(-1) + self.eps).sqrt())
        return x / scale.unsqueeze(-1), None, scale
