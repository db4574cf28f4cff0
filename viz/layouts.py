"""Networks too large to have here, as layouts beside the one that is: their sizes are real, they have no numbers.

Sizes: GPT-2, Radford et al. 2019 (table 2); GPT-3 175B, Brown et al. 2020 (table 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from model import Transformer, TransformerConfig
from model.blueprint import blueprint
from model.counting import group
from viz.scene import Scene, scene
from viz.space import Block

_GPT: dict[str, Any] = {"d_vocab": 50257, "mlp": "gelu", "positional": "learned", "tied_unembed": True}


@dataclass(frozen=True)
class Known:
    title: str
    words: dict[str, Any]


LAYOUTS = {
    "gpt2": Known("GPT-2 small", {"n_layers": 12, "n_heads": 12, "d_model": 768, "n_ctx": 1024}),
    "gpt2-medium": Known("GPT-2 medium", {"n_layers": 24, "n_heads": 16, "d_model": 1024, "n_ctx": 1024}),
    "gpt2-large": Known("GPT-2 large", {"n_layers": 36, "n_heads": 20, "d_model": 1280, "n_ctx": 1024}),
    "gpt2-xl": Known("GPT-2 XL", {"n_layers": 48, "n_heads": 25, "d_model": 1600, "n_ctx": 1024}),
    "gpt3": Known("GPT-3 175B", {"n_layers": 96, "n_heads": 96, "d_model": 12288, "n_ctx": 2048}),
}


def network(name: str) -> Transformer:
    """Without numbers, on torch's meta device."""
    words = LAYOUTS[name].words
    return blueprint(TransformerConfig(**_GPT, **words, d_mlp=4 * words["d_model"]).to_dict())


@lru_cache(maxsize=16)
def layout(name: str, tokens: int) -> Scene:
    """As for an input of so many tokens, or as many as it takes."""
    found = network(name)
    return scene(found, found.plan((min(tokens, LAYOUTS[name].words["n_ctx"]),), False))


def parameters(found: Scene) -> dict[str, int]:
    """part -> numbers in the weights drawn, the largest part first."""
    total: dict[str, int] = {}
    for block in found.blocks.values():
        if block.role == "weight" and block.shape:
            total[group(block.name)] = total.get(group(block.name), 0) + cells(block)
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def cells(block: Block) -> int:
    n = 1
    for size in block.shape:
        n *= size
    return n
