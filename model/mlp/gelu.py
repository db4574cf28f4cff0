"""GELU, exact: x times the normal distribution's cumulative probability of x (Hendrycks, Gimpel 2016, 1606.08415)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.gelu(x)


@register
class GELU(Dense):
    title = "GELU"
    latex = "GELU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.gelu)
