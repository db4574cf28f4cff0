"""Hyperbolic tangent."""

from __future__ import annotations

import torch
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return torch.tanh(x)


@register
class Tanh(Dense):
    title = "tanh"
    latex = "tanh"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.tanh)
