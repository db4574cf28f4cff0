"""A stack: embeddings, positions, blocks, final norm. Decoder, encoder, or either half of an encoder-decoder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from model.block import Block
from model.cache import Cache
from model.config import StackConfig
from model.masks.base import Mask
from model.norm.base import Norm
from model.positional.base import Positional
from model.registry import find
from model.rules import Input, Lookup, Same, ScaledLookup, add
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where, where


class Stack(Part):
    """name      "" for a single stack, else "encoder" or "decoder"
    d_memory  width of the memory its cross-attention reads, 0 for none
    final     name of the final norm: "ln_final" belongs to the stack that ends in the logits
    """

    def __init__(self, name: str, config: StackConfig, d_memory: int = 0, final: str = "ln_final"):
        super().__init__(name)
        self.config = config
        p, d = self.prefix, config.d_model
        self.mask: Mask = find("masks", config.mask)(config)
        self.W_E = empty(config.d_vocab, d)
        self.W_seg = empty(config.n_segments, d) if config.n_segments else None
        self.positional: Positional = find("positional", config.positional)(name, config)
        norm = find("norm", config.norm)
        self.ln_embed: Norm | None = norm(f"{p}ln_embed", config) if config.embed_norm else None
        self.blocks: Any = nn.ModuleList(
            Block(f"{p}blocks.{i}", config, i, self.mask, self.positional, d_memory) for i in range(config.n_layers)
        )
        self.ln_final: Norm | None = norm(final, config) if config.final_norm else None

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_E", ("d_vocab", "d_model"), self.W_E
        if self.W_seg is not None:
            yield "W_seg", ("segment", "d_model"), self.W_seg

    def constants(self) -> dict[str, Tensor]:
        scaled = self.config.embed_scale != 1
        return {"embed_scale": torch.tensor(self.config.embed_scale, dtype=torch.float64)} if scaled else {}

    def sizes(self, position: int, memory: int) -> dict[str, int]:
        """Length of each axis for an input of `position` tokens."""
        c = self.config
        return {
            "position": position, "query": position, "key": position, "memory": memory,
            "head": c.n_heads, "kv_head": c.kv_heads, "d_model": c.d_model, "d_head": c.head_size,
            "d_mlp": c.mlp_size, "d_vocab": c.d_vocab,
        }  # fmt: skip

    def stages(
        self, sizes: dict[str, int], padded: bool, memory: str | None, memory_mask: str | None
    ) -> Iterator[Stage]:
        """What `forward` taps, embedding to final norm."""
        p = self.prefix
        yield self.declare(sizes, "tokens", "position", Input(), "Tokens", "t", kind="index")
        if padded:
            yield self.declare(sizes, "mask", "position", Input(), "Real tokens (1) and padding (0)", "m", kind="count")
        yield from self.embed_stages(sizes)
        x, bias = f"{p}embed_sum", None
        padding = f"{p}mask" if padded else None
        for block in self.blocks:
            yield from block.stages(sizes, x, padding, bias, memory, memory_mask)
            x = block.output()
            bias = f"{self.blocks[0].prefix}attn.bias" if self.positional.biases else None
        if self.ln_final is not None:
            yield from self.ln_final.stages(sizes, x, kept=True)

    def embed_stages(self, sizes: dict[str, int]) -> Iterator[Stage]:
        p, axes = self.prefix, "position d_model"
        table = Lookup(f"{p}W_E", f"{p}tokens")
        if self.config.embed_scale != 1:
            scaled = ScaledLookup(f"{p}W_E", f"{p}tokens", scale=f"{p}embed_scale")
            yield self.declare(
                sizes, "embed", axes, scaled, "Token embedding", rf"{self.config.embed_scale:.6g}\; W_E[t]"
            )
        else:
            yield self.declare(sizes, "embed", axes, table, "Token embedding", r"W_E[t]")
        parts = [f"{p}embed"]
        for made in self.positional.embed_stages(self, sizes):
            parts.append(made.name)
            yield made
        if self.W_seg is not None:
            yield self.declare(sizes, "segments", "position", Input(), "Segments", "s", kind="index")
            yield self.declare(
                sizes, "segment_embed", axes, Lookup(f"{p}W_seg", f"{p}segments"), "Segment embedding", r"W_{seg}[s]"
            )  # fmt: skip
            parts.append(f"{p}segment_embed")
        total = Same(parts[0]) if len(parts) == 1 else add(*parts)
        formula = " + ".join(["e", "p", "s"][: len(parts)]) if len(parts) > 1 else "e"
        if self.ln_embed is None:
            yield self.declare(sizes, "embed_sum", axes, total, "Input to the first block", formula)
            return
        x = parts[0]
        if len(parts) > 1:
            yield self.declare(sizes, "ln_embed.sum", axes, total, "Sum of embeddings", formula)
            x = f"{p}ln_embed.sum"
        yield from self.ln_embed.stages(sizes, x, kept=True)
        out = Same(self.ln_embed.output(x))
        yield self.declare(sizes, "embed_sum", axes, out, "Input to the first block", r"\mathrm{norm}(e)")

    def output(self) -> str:
        """Name of the stage this stack ends in."""
        x = self.blocks[-1].output()
        return x if self.ln_final is None else self.ln_final.output(x)

    def where(self, tokens: Tensor, real: Tensor | None, past: int = 0) -> Where:
        n = tokens.shape[-1]
        return where(self.mask, n, past + n, tokens.device, real, past)

    def given(self, tokens: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Taps tokens and padding. Apart from `forward`, since cross-attention must see an edited padding too."""
        return self.tap("tokens", tokens), None if real is None else self.tap("mask", real)

    def forward(
        self, tokens: Tensor, segments: Tensor | None, real: Tensor | None, memory: Tensor | None = None,
        memory_where: Where | None = None, cache: Cache | None = None,
    ) -> Tensor:  # fmt: skip
        """tokens, segments, real: [position], as `given` returned them; memory: [key, d_memory].

        With a cache, tokens are only those it has not read yet. Returns [position, d_model].
        """
        here = self.where(tokens, real, cache.length if cache is not None else 0)
        if cache is not None:
            here.notes["cache"] = cache
            cache.length += tokens.shape[-1]
        x = self.embed(tokens, segments, here)
        for block in self.blocks:
            x = block(x, here, memory, memory_where)
        return x if self.ln_final is None else self.ln_final(x)

    def embed(self, tokens: Tensor, segments: Tensor | None, here: Where) -> Tensor:
        x = self.W_E[tokens]
        if self.config.embed_scale != 1:
            x = x * self.config.embed_scale
        x = embed = self.tap("embed", x)
        positions = self.positional.embed(here, x.dtype, self.tap)
        if positions is not None:
            x = x + positions
        if self.W_seg is not None:
            segments = self.tap("segments", torch.zeros_like(tokens) if segments is None else segments)
            x = x + self.tap("segment_embed", self.W_seg[segments])
        if self.ln_embed is not None:
            x = self.ln_embed(x if x is embed else self.tap("ln_embed.sum", x))
        return self.tap("embed_sum", x)
