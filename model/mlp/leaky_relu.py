"""Leaky ReLU: a hundredth of x below zero (Maas et al. 2013)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.leaky_relu(x)


@register
class LeakyReLU(Dense):
    title = "Leaky ReLU"
    latex = "LeakyReLU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.leaky_relu)
