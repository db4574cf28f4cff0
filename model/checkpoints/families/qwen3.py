"""Qwen3 (Yang et al. 2025, 2505.09388): Llama with a norm of each head's queries and keys before they turn."""

from __future__ import annotations

from model.checkpoints.families import llama, qwen2
from model.checkpoints.reader import ConfigReader
from model.checkpoints.tables import end
from model.config import TransformerConfig

FAMILY = "qwen3"
weights, unused = llama.weights, llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    bias = reader.flag("attention_bias", False)
    words = {**llama.shared(reader, kv_heads=32, d_head=128), "attn_bias": bias, "attn_out_bias": bias}
    words = qwen2.windowed(reader, {**words, "qk_norm": "rms"})
    return TransformerConfig(**words, **end(reader, keys, tied=False))
