"""A stack: embeddings, positions, blocks, final norm. Decoder, encoder, or either half of an encoder-decoder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import repeat
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.block import Block
from model.cache import Cache
from model.config import StackConfig
from model.errors import InputError
from model.masks.base import Mask
from model.norm.base import Norm
from model.patches import Patches
from model.positional.base import Positional
from model.progress import each
from model.registry import find
from model.rules import Input, Lookup, Rule, Same, ScaledLookup, SumOfProducts, add, stage, weight
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where, where


class Stack(Part):
    """name      "" for a single stack, else "encoder" or "decoder"
    d_memory  width of the memory its cross-attention reads, 0 for none
    final     name of the final norm: "ln_final" belongs to the stack that ends in the logits
    """

    W_E: Any  # a parameter; None where the stack reads pictures
    W_proj: nn.Parameter | None
    b_proj: nn.Parameter | None

    def __init__(self, name: str, config: StackConfig, d_memory: int = 0, final: str = "ln_final"):
        super().__init__(name)
        self.config = config
        p, d = self.prefix, config.d_model
        names = config.layer_masks()
        rules: dict[str, Mask] = {name: find("masks", name)(config) for name in dict.fromkeys(names)}
        self.masks = tuple(rules[name] for name in names)  # one a layer
        self.mixed = len(rules) > 1
        self.patches = None if config.image is None else Patches(name, config)
        self.W_E = empty(config.d_vocab, config.embed_width) if config.image is None else None
        self.W_seg = empty(config.n_segments, config.sum_width) if config.n_segments else None
        self.W_proj = empty(d, config.embed_width) if config.d_embed else None
        self.register_parameter("b_proj", empty(d) if config.d_embed and config.embed_proj_bias else None)
        self.positional: Positional = find("positional", config.positional)(name, config)
        norm = find("norm", config.norm)
        axes = f"position {config.sum_axis}"
        self.ln_embed: Norm | None = norm(f"{p}ln_embed", config, config.sum_width, axes) if config.embed_norm else None
        self.blocks: Any = nn.ModuleList(
            Block(f"{p}blocks.{i}", config, i, self.masks[i], self.positional, d_memory) for i in range(config.n_layers)
        )
        self.ln_final: Norm | None = norm(final, config) if config.final_norm else None

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        if self.W_E is not None:
            yield "W_E", ("d_vocab", self.config.embed_axis), self.W_E
        if self.W_seg is not None:
            yield "W_seg", ("segment", self.config.sum_axis), self.W_seg
        if self.W_proj is not None:
            yield "W_proj", ("d_embed", "d_model"), self.W_proj.t()
        if self.b_proj is not None:
            yield "b_proj", ("d_model",), self.b_proj

    def constants(self) -> dict[str, Tensor]:
        scaled = self.config.embed_scale != 1
        return {"embed_scale": torch.tensor(self.config.embed_scale, dtype=torch.float64)} if scaled else {}

    def sizes(self, position: int, memory: int) -> dict[str, int]:
        """Length of each axis for an input of `position` tokens."""
        c = self.config
        return {
            "position": position, "query": position, "key": position, "memory": memory,
            "head": c.n_heads, "kv_head": c.kv_heads, "d_model": c.d_model, "d_head": c.head_size,
            "d_mlp": c.mlp_size, "d_vocab": c.d_vocab, "d_embed": c.embed_width,
        }  # fmt: skip

    def stages(
        self, sizes: dict[str, int], padded: bool, memory: str | None, memory_mask: str | None
    ) -> Iterator[Stage]:
        """What `forward` taps, embedding to final norm."""
        p = self.prefix
        if self.patches is None:
            yield self.declare(sizes, "tokens", "position", Input(), "Tokens", "t", kind="index")
        if padded:
            yield self.declare(sizes, "mask", "position", Input(), "Real tokens (1) and padding (0)", "m", kind="count")
        yield from self.embed_stages(sizes, f"{p}mask" if padded else None)
        x, bias = f"{p}embed_sum", None
        padding = f"{p}mask" if padded else None
        for block in self.blocks:
            yield from block.stages(sizes, x, padding, bias, memory, memory_mask)
            x = block.output()
            if self.positional.biases and self.positional.shares_bias:
                bias = f"{self.blocks[0].prefix}attn.bias"
        if self.ln_final is not None:
            yield from self.ln_final.stages(sizes, x, kept=True)

    def embed_stages(self, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        p, c = self.prefix, self.config
        axes, first = f"position {c.sum_axis}", c.embed_proj == "token"
        yield from self.table_stages(sizes) if self.patches is None else self.patches.stages(sizes)
        parts = [f"{p}embed"]
        if self.W_proj is not None and first:
            yield self.proj_stage(sizes, parts[0])
            parts = [f"{p}embed_proj"]
        for made in self.positional.embed_stages(self, sizes, padding):
            parts += [made.name] if made.local == "pos_embed" else []
            yield made
        if self.W_seg is not None:
            yield self.declare(sizes, "segments", "position", Input(), "Segments", "s", kind="index")
            yield self.declare(
                sizes, "segment_embed", axes, Lookup(f"{p}W_seg", f"{p}segments"), "Segment embedding", r"W_{seg}[s]"
            )  # fmt: skip
            parts.append(f"{p}segment_embed")
        total: Rule = Same(parts[0]) if len(parts) == 1 else add(*parts)
        formula = " + ".join(["e", "p", "s"][: len(parts)]) if len(parts) > 1 else "e"
        last = self.W_proj is not None and not first
        x = parts[0]
        if (self.ln_embed is not None or last) and len(parts) > 1:
            x = f"{p}ln_embed.sum" if self.ln_embed is not None else f"{p}embed_proj.sum"
            yield self.declare(sizes, x.removeprefix(p), axes, total, "Sum of embeddings", formula)
        if self.ln_embed is not None:
            yield from self.ln_embed.stages(sizes, x, kept=True)
            x = self.ln_embed.output(x)
            total, formula = Same(x), r"\mathrm{norm}(e)"
        if last:
            yield self.proj_stage(sizes, x)
            total, formula = Same(f"{p}embed_proj"), r"e W_{proj}"
        yield self.declare(sizes, "embed_sum", "position d_model", total, "Input to the first block", formula)

    def table_stages(self, sizes: dict[str, int]) -> Iterator[Stage]:
        p, c = self.prefix, self.config
        table, formula = Lookup(f"{p}W_E", f"{p}tokens"), "W_E[t]"
        if c.embed_scale != 1:
            table = ScaledLookup(f"{p}W_E", f"{p}tokens", scale=f"{p}embed_scale")
            formula = rf"{c.embed_scale:.6g}\; W_E[t]"
        yield self.declare(sizes, "embed", f"position {c.embed_axis}", table, "Token embedding", formula)

    def proj_stage(self, sizes: dict[str, int], x: str) -> Stage:
        items: list[tuple] = [(stage(x, "pe"), weight(f"{self.prefix}W_proj", "ed"))]
        if self.b_proj is not None:
            items.append((weight(f"{self.prefix}b_proj", "d"),))
        formula = r"e W_{proj}" + (r" + b_{proj}" if self.b_proj is not None else "")
        return self.declare(
            sizes, "embed_proj", "position d_model", SumOfProducts("pd", tuple(items)), "Embedding, projected", formula
        )  # fmt: skip

    def output(self) -> str:
        """Name of the stage this stack ends in."""
        x = self.blocks[-1].output()
        return x if self.ln_final is None else self.ln_final.output(x)

    def where(self, tokens: Tensor, real: Tensor | None, past: int = 0, layer: int = 0) -> Where:
        """Positions and visibility in a layer; they differ between layers only where the masks do."""
        n = tokens.shape[-1]
        here = where(self.masks[layer], n, past + n, tokens.device, real, past)
        here.tokens = tokens
        return here

    def places(self, tokens: Tensor, real: Tensor | None, past: int, first: Where) -> Iterable[Where]:
        """`where` of every layer. Layers under one rule share all, and all layers share the notes."""
        if not self.mixed:
            return repeat(first)
        found = {id(self.masks[0]): first}
        for i, mask in enumerate(self.masks):
            if id(mask) not in found:
                found[id(mask)] = replace(self.where(tokens, real, past, i), notes=first.notes)
        return [found[id(mask)] for mask in self.masks]

    def lasts(self, before: int, after: int) -> bool:
        """Whether keys and values of `before` tokens are the same among `after`: otherwise no cache may keep them."""
        if before in (0, after):
            return True
        return self.positional.lasts(before, after) and all(mask.lasts(before, after) for mask in set(self.masks))

    def given(self, tokens: Tensor, real: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Taps tokens and padding. Apart from `forward`, since cross-attention must see an edited padding too."""
        tokens = tokens if self.patches is not None else self.tap("tokens", tokens)
        return tokens, None if real is None else self.tap("mask", real)

    def forward(
        self, tokens: Tensor, segments: Tensor | None, real: Tensor | None, memory: Tensor | None = None,
        memory_where: Where | None = None, cache: Cache | None = None, edges: Tensor | None = None,
        features: Tensor | None = None,
    ) -> Tensor:  # fmt: skip
        """tokens, segments, real: [position], as `given` returned them; memory: [key, d_memory]; features: a picture
        [channel, row, column], of which tokens only tell how many there are.

        With a cache, tokens are only those it has not read yet. Returns [position, d_model].

        Raises InputError where what the cache keeps does not hold among more tokens; see `lasts`.
        """
        past = cache.length if cache is not None else 0
        if not self.lasts(past, past + tokens.shape[-1]):
            raise InputError(
                f"keys and values of the first {past} tokens change when more follow; forget them and read all anew."
            )
        here = self.where(tokens, real, past)
        here.edges = edges
        if cache is not None:
            here.notes["cache"] = cache
            cache.length += tokens.shape[-1]
        x = self.embed(tokens, segments, here, features)
        for block, place in zip(each(self.blocks, "block"), self.places(tokens, real, past, here), strict=False):
            x = block(x, place, memory, memory_where)
        return x if self.ln_final is None else self.ln_final(x)

    def table(self, tokens: Tensor) -> Tensor:
        x = self.W_E[tokens]
        if self.config.embed_scale != 1:
            x = x * self.config.embed_scale
        return self.tap("embed", x)

    def embed(self, tokens: Tensor, segments: Tensor | None, here: Where, features: Tensor | None = None) -> Tensor:
        x = embed = self.table(tokens) if self.patches is None else self.patches(features)
        w = self._parameters.get("W_proj")
        if w is not None and self.config.embed_proj == "token":
            x = embed = self.tap("embed_proj", F.linear(x, w, self.b_proj))
        positions = self.positional.embed(here, x.dtype, self.tap)
        if positions is not None:
            x = x + positions
        if self.W_seg is not None:
            segments = self.tap("segments", torch.zeros_like(tokens) if segments is None else segments)
            x = x + self.tap("segment_embed", self.W_seg[segments])
        last = w is not None and self.config.embed_proj == "sum"
        if self.ln_embed is not None:
            x = self.ln_embed(x if x is embed else self.tap("ln_embed.sum", x))
        elif last and x is not embed:
            x = self.tap("embed_proj.sum", x)
        if last:
            x = self.tap("embed_proj", F.linear(x, w, self.b_proj))  # type: ignore[arg-type]
        return self.tap("embed_sum", x)
