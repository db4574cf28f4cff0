"""Hard swish: x times a clipped line (Howard et al. 2019, 1905.02244)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.hardswish(x)


@register
class HardSwish(Dense):
    title = "Hard swish"
    latex = "hardswish"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.hardswish)
