"""LayerNorm without gain and offset (OLMo, 2402.00838, section 2.1: non-parametric layer norm)."""

from __future__ import annotations

from model.norm.layer import LayerNorm
from model.registry import register


@register
class PlainLayerNorm(LayerNorm):
    title = "LayerNorm without gain and offset"
    gain = False
    offset = False
