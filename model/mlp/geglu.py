"""GeGLU: an exact GELU gate times a linear branch (Shazeer 2020, 2002.05202)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from model.mlp import activations
from model.mlp.base import Gated
from model.registry import register


def activation(x: Tensor) -> Tensor:
    return F.gelu(x)


@register
class GeGLU(Gated):
    title = "GeGLU"
    latex = "GELU"
    activation = staticmethod(activation)
    scalar = staticmethod(activations.gelu)
