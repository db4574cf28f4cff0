"""Mish: x times tanh(softplus(x)) (Misra 2019, 1908.08681)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.mish(x)


@register
class Mish(Dense):
    title = "Mish"
    latex = "Mish"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.mish)
