"""Gemma 2 (2408.00118): norms before and after each branch, soft caps, and a sliding window in every second layer.

Trap: scores are scaled by 1/sqrt(query_pre_attn_scalar), which need not be the size of a head.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import gemma, llama
from model.checkpoints.reader import ConfigReader
from model.checkpoints.tables import Entries, end
from model.config import TransformerConfig

FAMILY = "gemma2"
NORMS = {
    "ln1": "input_layernorm", "ln1_post": "post_attention_layernorm",
    "ln2": "pre_feedforward_layernorm", "ln2_post": "post_feedforward_layernorm",
}  # fmt: skip
unused = llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore("hidden_act", "cache_implementation", "sliding_window_size")
    words = gemma.shared(reader, "hidden_activation", 4)
    n = words["n_layers"]
    size = llama.window_size(reader)
    default = ["full_attention" if i % 2 else "sliding_attention" for i in range(n)]
    words |= llama.layer_masks(reader, n, size, default)
    words |= {
        "norm_placement": "sandwich", "attn_softcap": cap(reader, "attn_logit_softcapping", 50.0),
        "attn_scale": max(reader.number("query_pre_attn_scalar", 256.0), 1e-30) ** -0.5,
    }  # fmt: skip
    final = cap(reader, "final_logit_softcapping", 30.0)
    return TransformerConfig(**llama.window(words, size), **end(reader, keys, tied=True), logit_softcap=final)


def cap(reader: ConfigReader, key: str, default: float) -> Any:
    """A soft cap; null switches it off, a key that is missing does not."""
    value = reader.number(key, default)
    return None if key in reader.given and reader.given[key] is None else value


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    return llama.table(config, keys, NORMS, llama.gated)
