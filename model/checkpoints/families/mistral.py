"""Mistral (Jiang et al. 2023, 2310.06825): Llama with a sliding window. Trap: a file without the key has a window of
4096; null says that there is none."""

from __future__ import annotations

from model.checkpoints.families import llama
from model.checkpoints.reader import ConfigReader
from model.checkpoints.tables import end
from model.config import TransformerConfig

FAMILY = "mistral"
weights, unused = llama.weights, llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("attention_bias", False, "its projections have no biases")
    reader.refuse("mlp_bias", False, "its MLP has no biases")
    words = llama.shared(reader, kv_heads=8)
    size = llama.window_size(reader)
    if size is not None:
        words["mask"] = "sliding_window"
    reader.refuse("layer_types", None, "all its layers are of one kind")
    return TransformerConfig(**llama.window(words, size), **end(reader, keys, tied=False))
