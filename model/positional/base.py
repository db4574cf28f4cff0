"""What a positional encoding is: four seams, of which a variant overrides those it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor

from model.registry import Option
from model.stages import Stage
from model.tape import Part
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig

Tap = Callable[[str, Tensor], Tensor]


class Positional(Part):
    """An encoding of one stack; all its attentions share the instance.

    The caller's tap is handed in, so that tensors come out under the caller's name: `pos_embed` beside the
    token embedding, `blocks.3.attn.rot_q` inside an attention.
    """

    variant: ClassVar[str]
    title: ClassVar[str]
    OPTIONS: ClassVar[dict[str, Option]] = {}
    embeds: ClassVar[bool] = False  # adds a vector to the token embedding
    rotates: ClassVar[bool] = False  # turns queries and keys
    biases: ClassVar[bool] = False  # adds a number to each score

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        self.config = config

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when the encoding cannot work with this config."""

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor | None:
        """[position, d_model] to add to the token embedding, or None."""
        return None

    def embed_stages(self, part: Part, sizes: dict[str, int]) -> Iterator[Stage]:
        """Stages that `embed` taps, under `part`'s name."""
        yield from ()

    def rotate(self, q: Tensor, k: Tensor, where: Where, tap: Tap) -> tuple[Tensor, Tensor]:
        """[position, head, d_head] queries and [position, kv_head, d_head] keys, turned by position."""
        return q, k

    def rotate_stages(self, part: Part, sizes: dict[str, int], kv_axis: str, reads: tuple[str, str]) -> Iterator[Stage]:
        """Stages that `rotate` taps, under the attention `part`'s name. reads: queries and keys as they come in."""
        yield from ()

    def lasts(self, before: int, after: int) -> bool:
        """Whether what was computed among `before` tokens still holds among `after`: what a cache relies on."""
        return True

    def bias(self, q: Tensor, k: Tensor, where: Where) -> Tensor | None:
        """[head, query, key] to add to the scores, or None. The same in every layer."""
        return None

    def bias_stage(self, part: Part, sizes: dict[str, int]) -> Stage:
        """The stage `bias` of the attention `part`."""
        raise NotImplementedError(f"{self.title} adds no bias")

    def mix(self, pattern: Tensor, where: Where, tap: Tap) -> Tensor | None:
        """[head, query, d_head] to add to the weighted values, or None."""
        return None
