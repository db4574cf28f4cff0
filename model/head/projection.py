"""A projection back to the width of the embedding, without bias (OPT 350M; Zhang et al. 2022, 2205.01068)."""

from __future__ import annotations

from model.head.base import Head
from model.registry import register


@register
class Projection(Head):
    title = "Projection"
    bias = False
