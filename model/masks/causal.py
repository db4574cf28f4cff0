"""A token sees itself and what came before (Vaswani et al. 2017, 1706.03762, section 3.2.3)."""

from torch import Tensor

from model.masks.base import Mask
from model.registry import register


@register
class Causal(Mask):
    title = "Causal"

    def visible(self, query: Tensor, key: Tensor) -> Tensor | None:
        return key <= query

    def why(self, query: int, key: int) -> str | None:
        return f"key {key} comes after query {query}" if key > query else None
