"""SwiGLU: a SiLU gate times a linear branch (Shazeer 2020, 2002.05202; Llama)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Gated
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.silu(x)


@register
class SwiGLU(Gated):
    title = "SwiGLU"
    latex = "SiLU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.silu)
