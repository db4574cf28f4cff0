"""The KV cache: keys and values of tokens already read, so that a new token need not compute them again."""

from __future__ import annotations

import torch
from torch import Tensor


class Cache:
    """Keys and values by the name of their attention; one cache serves one run of generation.

    Keys are kept as they come from the projection and turned anew for every step: encodings whose angles depend
    on the length would be wrong otherwise (cached equals uncached is the rule). Where such an encoding has changed
    even what earlier layers made of earlier tokens, or an earlier token sees a later one, nothing kept holds any more:
    `Stack.lasts` says so, and whoever holds the cache lets it `forget`.

    length  tokens read so far
    memory  [key, d_model] what the encoder made of the source, where there is one
    """

    def __init__(self) -> None:
        self.kept: dict[str, tuple[Tensor, Tensor]] = {}
        self.length = 0
        self.memory: Tensor | None = None

    def extend(self, name: str, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All keys and values of an attention, [position, kv_head, d_head], those of the new tokens last."""
        if name in self.kept:
            past_k, past_v = self.kept[name]
            k, v = torch.cat((past_k, k)), torch.cat((past_v, v))
        self.kept[name] = k, v
        return k, v

    def forget(self) -> None:
        """Back to no tokens read; what the encoder made stays."""
        self.kept.clear()
        self.length = 0
