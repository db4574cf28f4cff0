"""Square root of softplus."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.softplus(x).sqrt()


@register
class SqrtSoftplus(Dense):
    title = "Root of softplus"
    latex = "\\sqrt{softplus}"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.sqrt_softplus)
