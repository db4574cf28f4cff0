"""ReLU: max(0, x) (Vaswani et al. 2017, 1706.03762, equation 2)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.relu(x)


@register
class ReLU(Dense):
    title = "ReLU"
    latex = "ReLU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.relu)
