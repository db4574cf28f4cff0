"""SiLU, also called Swish: x times sigmoid(x) (Elfwing et al. 2017, 1702.03118)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.silu(x)


@register
class SiLU(Dense):
    title = "SiLU"
    latex = "SiLU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.silu)
