"""GeGLU with the tanh approximation of GELU (T5 1.1, Gemma)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Gated
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.gelu(x, approximate="tanh")


@register
class GeGLUTanh(Gated):
    title = "GeGLU (tanh)"
    latex = "GELU_{tanh}"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.gelu_tanh)
