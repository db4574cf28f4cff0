"""Logistic sigmoid."""

from __future__ import annotations

import torch
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return torch.sigmoid(x)


@register
class Sigmoid(Dense):
    title = "Sigmoid"
    latex = "\\sigma"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.sigmoid)
