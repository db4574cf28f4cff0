"""LayerNorm (Ba, Kiros, Hinton 2016, 1607.06450). Trap: the variance is the biased one, over d and not d - 1."""

from __future__ import annotations

import torch
from torch import Tensor

from model.norm.base import Norm
from model.registry import register


@register
class LayerNorm(Norm):
    title = "LayerNorm"

    def standardize(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor]:
        # One fused kernel gives all three. Only where an edit changed the mean or the scale do the plain
        # formulas take over from there.
        standardized, mean, reciprocal = torch.native_layer_norm(x, (self.size,), None, None, self.eps)
        mean = mean.squeeze(-1)
        tapped_mean = self.tap("mean", mean)
        centred = x - tapped_mean.unsqueeze(-1) if tapped_mean is not mean else None
        if centred is None:
            scale = reciprocal.reciprocal().squeeze(-1)
        else:
            scale = (centred.square().mean(-1) + self.eps).sqrt()
        tapped_scale = self.tap("scale", scale)
        if centred is None and tapped_scale is scale:
            return standardized, mean, scale
        return (x - tapped_mean.unsqueeze(-1)) / tapped_scale.unsqueeze(-1), tapped_mean, tapped_scale
