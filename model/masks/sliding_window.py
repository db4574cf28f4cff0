"""A token sees itself and the window - 1 tokens before it (Mistral 7B, 2310.06825, section 2).

Trap: the window counts the token itself, so window 1 sees only itself. Hugging Face counts the same way.
"""

from torch import Tensor

from model.masks.base import Mask
from model.registry import Option, register


@register
class SlidingWindow(Mask):
    title = "Causal sliding window"
    OPTIONS = {"window": Option(4, "how many tokens a query sees, itself included", low=1, high=2**31)}  # noqa: RUF012

    def visible(self, query: Tensor, key: Tensor) -> Tensor | None:
        return (key <= query) & (key > query - self.config.option("window"))

    def why(self, query: int, key: int) -> str | None:
        window = self.config.option("window")
        if key > query:
            return f"key {key} comes after query {query}"
        return (
            f"key {key} is outside the window of {window} that ends at query {query}" if key <= query - window else None
        )
