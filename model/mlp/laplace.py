"""Laplace: a shifted normal cumulative probability, close to squared ReLU (Ma et al. 2022, 2209.10655)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    wide = x.float() if x.dtype.itemsize == 2 else x  # 1 + erf would leave a half type no digits
    return (0.5 * (1 + torch.erf((wide - 0.707107) / (0.282095 * math.sqrt(2))))).to(x.dtype)


@register
class Laplace(Dense):
    title = "Laplace"
    latex = "Laplace"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.laplace)
