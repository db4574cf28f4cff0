"""GGUF files of tiny models, written the way llama.cpp's converter does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from safetensors.torch import load_file

F32 = gguf.GGMLQuantizationType.F32
LAYER = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_1": "attn_norm", "ln_2": "ffn_norm",
    "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
}  # fmt: skip
SANDWICH = {
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}  # fmt: skip
ROOT = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm",
}  # fmt: skip


def neighbours(x: np.ndarray, heads: int) -> np.ndarray:
    """Rows [head * d_head, ...] whose halves rotate together, reordered so that neighbours do."""
    half = x.reshape(heads, 2, -1, *x.shape[1:])
    return half.swapaxes(1, 2).reshape(x.shape)


def name_of(key: str, renamed: Mapping[str, str]) -> str:
    """Hugging Face's name in GGUF's words."""
    stem, _, kind = key.rpartition(".")
    if stem in ROOT:
        return f"{ROOT[stem]}.{kind}"
    parts = stem.split(".")
    return f"blk.{parts[2]}.{renamed['.'.join(parts[3:])]}.{kind}"


def change(architecture: str, config: Any) -> Callable[[str, np.ndarray], np.ndarray]:
    """What llama.cpp's converter does to tensors."""

    def changed(name: str, x: np.ndarray) -> np.ndarray:
        if architecture == "llama" and ".attn_q." in name:
            return neighbours(x, config.num_attention_heads)
        if architecture == "llama" and ".attn_k." in name:
            return neighbours(x, config.num_key_value_heads)
        if architecture.startswith("gemma") and name.endswith("norm.weight"):
            return x + 1
        linear = any(part in name for part in ("attn_qkv.w", "attn_output.w", "ffn_up.w", "ffn_down.w"))
        return np.ascontiguousarray(x.T) if architecture == "gpt2" and linear else x

    return changed


def put(writer: Any, key: str, value: Any) -> None:
    """A number, flag or text of the metadata."""
    kinds = {bool: "bool", int: "uint32", float: "float32", str: "string"}
    getattr(writer, f"add_{kinds[type(value)]}")(key, value)


def write(
    path: Path, architecture: str, numbers: Mapping[str, Any], tensors: Mapping[str, np.ndarray],
    kind: Any = F32, tokenizer: Callable[[Any], None] | None = None,
) -> Path:  # fmt: skip
    """numbers: metadata after the architecture's name; matrices are stored as `kind`, the rest as float32."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in numbers.items():
        put(writer, f"{architecture}.{key}", value)
    if tokenizer is not None:
        tokenizer(writer)
    for name, x in tensors.items():
        how = kind if x.ndim == 2 else F32
        writer.add_tensor(name, gguf.quantize(x.astype(np.float32), how), raw_dtype=how)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def from_folder(
    folder: Path, path: Path, architecture: str, numbers: Mapping[str, Any], config: Any, kind: Any = F32,
    tokenizer: Callable[[Any], None] | None = None, extra: Mapping[str, np.ndarray] | None = None,
) -> Path:  # fmt: skip
    """The model that transformers saved in `folder`, as a GGUF file."""
    renamed = LAYER | (SANDWICH if architecture == "gemma2" else {})
    changed = change(architecture, config)
    tensors = {}
    for key, x in load_file(folder / "model.safetensors").items():
        name = name_of(key, renamed)
        tensors[name] = changed(name, x.to(torch.float32).numpy())
    return write(path, architecture, numbers, {**tensors, **(extra or {})}, kind, tokenizer)


def sizes(config: Any) -> dict[str, Any]:
    """Metadata of the families whose configs use Llama's words."""
    return {
        "context_length": config.max_position_embeddings, "block_count": config.num_hidden_layers,
        "embedding_length": config.hidden_size, "feed_forward_length": config.intermediate_size,
        "attention.head_count": config.num_attention_heads, "attention.head_count_kv": config.num_key_value_heads,
        "attention.layer_norm_rms_epsilon": config.rms_norm_eps, "vocab_size": config.vocab_size,
    }  # fmt: skip


def add_tokenizer(
    kind: str, tokens: Sequence[str], kinds: Sequence[int], merges: Sequence[str] | None = None,
    scores: Sequence[float] | None = None, **words: Any,
) -> Callable[[Any], None]:  # fmt: skip
    """words: more of `tokenizer.ggml.*`."""

    def add(writer: Any) -> None:
        writer.add_tokenizer_model(kind)
        writer.add_token_list(list(tokens))
        writer.add_token_types(list(kinds))
        if merges is not None:
            writer.add_token_merges(list(merges))
        if scores is not None:
            writer.add_token_scores(list(scores))
        for key, value in words.items():
            put(writer, f"tokenizer.ggml.{key}", value)

    return add
