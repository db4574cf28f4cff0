"""No activation: the hidden units pass as they are."""

from __future__ import annotations

from torch import Tensor

from model.mlp import activations
from model.mlp.base import Dense
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return x


@register
class Linear(Dense):
    title = "None (linear)"
    latex = "id"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.linear)
