"""What a positional encoding is: four seams, of which a variant overrides those it needs.

`embed` adds to the token embedding, `rotate` turns queries and keys, `bias` adds to the scores, `mix` adds to the
weighted values. The last two are handed the attention they work in: it has the scale, the mask and, as `position`, the
weights that the encoding has in that layer.
"""

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
    from model.attention.multi_head import MultiHead
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
    # That number is the same in every layer: it is worked out once. Encoder and decoder each work out their own, as
    # they do sines and cosines: equal only where both inputs happen to be of one length, and an edit of one must
    # not reach the other. So those are no `same_as` of one another.
    shares_bias: ClassVar[bool] = True
    mixes: ClassVar[bool] = False  # adds a vector to the weighted values
    space: ClassVar[str] = "row"  # what positions are places in: a row of tokens, a "grid" of patches, a "graph"

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        self.config = config

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when the encoding cannot work with this config."""

    @classmethod
    def table_size(cls, config: StackConfig) -> int:  # noqa: ARG003  for those that have tables
        """Trained numbers of tables that grow with n_ctx, counted before any is made."""
        return 0

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor | None:
        """[position, d_model] to add to the token embedding, or None."""
        return None

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        """Stages that `embed` taps, under `part`'s name; `pos_embed` is what is added. padding: the stage of it."""
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

    def layer(self, name: str) -> Part | None:
        """A part with the weights that the encoding has in one attention; None where it has none of a layer's own."""
        return None

    def bias(self, q: Tensor, k: Tensor, qk: Tensor, where: Where, at: MultiHead) -> Tensor:
        """[head, query, key] to add to the scores.

        q, k  [position, head, d_head] and [position, kv_head, d_head], as they enter the scores
        qk    [head, query, key] their scaled products
        """
        raise NotImplementedError(f"{self.title} adds no bias")

    def bias_stages(
        self, part: MultiHead, sizes: dict[str, int], reads: tuple[str, str], padding: str | None
    ) -> Iterator[Stage]:
        """Stages that `bias` taps, and `bias` itself as the last. reads: queries and keys; padding: the stage of it."""
        raise NotImplementedError(f"{self.title} adds no bias")

    def mix(self, pattern: Tensor, where: Where, at: MultiHead) -> Tensor:
        """[position, head, d_head] to add to the weighted values; tapped as `z_pos`."""
        raise NotImplementedError(f"{self.title} adds nothing to the values")

    def mix_stage(self, part: MultiHead, sizes: dict[str, int]) -> Stage:
        """The stage `z_pos` of the attention `part`."""
        raise NotImplementedError(f"{self.title} adds nothing to the values")
