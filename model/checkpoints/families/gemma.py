"""Gemma (2403.08295): Llama with gains of 1 + w and an embedding scaled by sqrt(d_model).

Trap: "gelu" in its files means the tanh form.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import llama
from model.checkpoints.reader import ConfigReader
from model.checkpoints.tables import end
from model.config import TransformerConfig

FAMILY = "gemma"
weights, unused = llama.weights, llama.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore("hidden_activation")
    words = shared(reader, "hidden_act", 16)
    if reader.get("hidden_act") == "gelu":
        words["mlp"] = "geglu_tanh"
    return TransformerConfig(**words, **end(reader, keys, tied=True))


def shared(reader: ConfigReader, act: str, kv_heads: int) -> dict[str, Any]:
    """Words that Gemma 1 and 2 have in common."""
    reader.refuse("use_bidirectional_attention", False, "only causal attention is")
    bias = reader.flag("attention_bias", False)
    words = llama.shared(reader, kv_heads=kv_heads, d_head=256, act=act, default_act="gelu_pytorch_tanh")
    return {
        **words, "norm": "rms_plus_one", "embed_scale": max(words["d_model"], 1) ** 0.5, "attn_bias": bias,
        "attn_out_bias": bias,
    }  # fmt: skip
