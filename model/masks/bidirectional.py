"""Every token sees every token, before and behind it (Phuong and Hutter 2022, 2207.09238: mask of ones)."""

from torch import Tensor

from model.masks.base import Mask
from model.registry import register


@register
class Bidirectional(Mask):
    title = "Bidirectional"
    hides = False

    def visible(self, query: Tensor, key: Tensor) -> Tensor | None:
        return None
