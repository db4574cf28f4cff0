"""What a visibility rule is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from model.registry import Option

if TYPE_CHECKING:
    from model.config import StackConfig


class Mask:
    """A rule over positions. Stateless: built from a config, asked with positions."""

    variant: ClassVar[str]
    title: ClassVar[str]
    hides: ClassVar[bool] = True  # whether it may hide any key at all
    OPTIONS: ClassVar[dict[str, Option]] = {}

    def __init__(self, config: StackConfig):
        self.config = config

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when the rule cannot work with this config."""

    def visible(self, query: Tensor, key: Tensor) -> Tensor | None:
        """True where query position may see key position; None when all may. Shapes broadcast."""
        raise NotImplementedError

    def lasts(self, before: int, after: int) -> bool:
        """Whether what was computed among `before` tokens still holds among `after`: no earlier one sees a later."""
        seen = self.visible(torch.arange(before)[:, None], torch.arange(before, after)[None, :])
        return before in (0, after) if seen is None else not bool(seen.any())

    def why(self, query: int, key: int) -> str | None:
        """In words why the key is hidden from the query, or None when it is visible."""
        return None
