"""ReLU squared (So et al. 2021, Primer, 2109.08668)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.relu(x).square()


@register
class ReLUSquared(Dense):
    title = "Squared ReLU"
    latex = "ReLU^2"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.relu_squared)
