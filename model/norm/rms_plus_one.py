"""RMSNorm whose gain is 1 + w: w = 0 changes nothing (Gemma, 2403.08295; Gemma 2, 2408.00118)."""

from __future__ import annotations

from model.norm.rms import RMSNorm
from model.registry import register


@register
class RMSNormPlusOne(RMSNorm):
    title = "RMSNorm, gain 1 + w"
    plus_one = True
    latex = "(1 + w)"
