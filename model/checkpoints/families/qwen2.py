"""Qwen2 (Yang et al. 2024, 2407.10671): Llama with biases on queries, keys and values, and a sliding window in some
layers where a file asks for it."""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import llama
from model.checkpoints.reader import ConfigReader
from model.checkpoints.tables import end
from model.config import TransformerConfig

FAMILY = "qwen2"
weights, unused = llama.weights, llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("use_mrope", False, "positions in more than one direction are not")
    reader.refuse("mlp_bias", False, "its MLP has no biases")
    words = {**llama.shared(reader, kv_heads=32), "attn_bias": True}
    return TransformerConfig(**windowed(reader, words), **end(reader, keys, tied=False))


def windowed(reader: ConfigReader, words: dict[str, Any]) -> dict[str, Any]:
    """`words` with the masks of each layer: a window from layer `max_window_layers` on, if the file uses one."""
    n, since = words["n_layers"], reader.integer("max_window_layers", 28)
    size = llama.window_size(reader)
    size = size if reader.flag("use_sliding_window", False) else None
    default = ["sliding_attention" if size is not None and i >= since else "full_attention" for i in range(n)]
    return llama.window({**words, **llama.layer_masks(reader, n, size, default)}, size)
