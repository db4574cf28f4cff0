"""Laplace: a shifted normal cumulative probability, close to squared ReLU (Ma et al. 2022, 2209.10655)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return 0.5 * (1 + torch.erf((x - 0.707107) / (0.282095 * math.sqrt(2))))


@register
class Laplace(Dense):
    title = "Laplace"
    latex = "Laplace"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.laplace)
