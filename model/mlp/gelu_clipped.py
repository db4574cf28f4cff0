"""GELU clipped to -10..10 (Wu et al. 2020, 2004.09602: for quantisation)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.gelu(x).clamp(-10, 10)


@register
class ClippedGELU(Dense):
    title = "GELU clipped to ±10"
    latex = "GELU_{10}"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.gelu_clipped)
