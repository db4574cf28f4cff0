"""GELU approximated by x times sigmoid(1.702 x) (1606.08415, section 2; CLIP)."""

from __future__ import annotations

import torch
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return x * torch.sigmoid(1.702 * x)


@register
class QuickGELU(Dense):
    title = "Quick GELU"
    latex = "QuickGELU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.quick_gelu)
