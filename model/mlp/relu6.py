"""ReLU cut at 6 (MobileNet, 1704.04861)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.relu6(x)


@register
class ReLU6(Dense):
    title = "ReLU6"
    latex = "ReLU6"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.relu6)
