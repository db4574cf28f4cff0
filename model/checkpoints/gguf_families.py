"""What GGUF files call things, family by family: their metadata and tensors back to Hugging Face's words.

From there the families of `checkpoints/families` take over, so each model is described once. llama.cpp's converter
also changes some tensors; `undo` changes them back:
- Llama: rows of queries and keys are reordered, since llama.cpp rotates neighbours where Hugging Face rotates halves.
- GPT-2: linear layers are stored [out, in]; Hugging Face's GPT-2 has [in, out].
- Gemma: gains are stored with their 1 added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from model.checkpoints.gguf_file import GGUFFile
from model.errors import CheckpointError

Config = dict[str, Any]
_LAYER = re.compile(r"blk\.(0|[1-9][0-9]*)\.(.+)")


def as_stored(_name: str, x: Tensor, _config: Config) -> Tensor:
    return x


def halves(name: str, x: Tensor, config: Config) -> Tensor:
    """Rows of attn_q and attn_k, [head * d_head, ...], from neighbours back to halves."""
    part = name.split(".")[-2]
    if part not in ("attn_q", "attn_k"):
        return x
    heads = config["num_attention_heads"]
    heads = config.get("num_key_value_heads", heads) if part == "attn_k" else heads
    return x.unflatten(0, (heads, -1, 2)).transpose(1, 2).reshape(x.shape)


def transposed(name: str, x: Tensor, _config: Config) -> Tensor:
    linear = name.split(".")[-2] in ("attn_qkv", "attn_output", "ffn_up", "ffn_down")
    return x.t() if linear and x.dim() == 2 else x


def minus_one(name: str, x: Tensor, _config: Config) -> Tensor:
    return x - 1 if name.endswith("norm.weight") else x


@dataclass(frozen=True)
class GGUFFamily:
    """One `general.architecture`.

    config    metadata key (after the architecture and a dot) -> config.json key
    extra     config.json keys that the architecture implies
    tensors   their tensor -> Hugging Face's, without .weight or .bias; {i} is the layer
    undo      (their name, tensor, config) -> the tensor as Hugging Face has it
    ignored   metadata keys that change nothing, or say again what another key says
    """

    model_type: str
    config: dict[str, str]
    extra: Config
    tensors: dict[str, str]
    undo: Callable[[str, Tensor, Config], Tensor] = as_stored
    ignored: frozenset[str] = field(default=frozenset({"rope.dimension_count", "vocab_size", "attention.value_length"}))


SIZES = {
    "context_length": "max_position_embeddings", "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size", "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads", "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim", "attention.layer_norm_rms_epsilon": "rms_norm_eps",
    "rope.freq_base": "rope_theta", "attention.sliding_window": "sliding_window",
    "attn_logit_softcapping": "attn_logit_softcapping", "final_logit_softcapping": "final_logit_softcapping",
}  # fmt: skip
LLAMA = {
    "token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head",
    **{f"blk.{{i}}.attn_{x}": f"model.layers.{{i}}.self_attn.{x}_proj" for x in "qkv"},
    "blk.{i}.attn_output": "model.layers.{i}.self_attn.o_proj",
    **{f"blk.{{i}}.ffn_{x}": f"model.layers.{{i}}.mlp.{x}_proj" for x in ("gate", "up", "down")},
    "blk.{i}.attn_norm": "model.layers.{i}.input_layernorm",
    "blk.{i}.ffn_norm": "model.layers.{i}.post_attention_layernorm",
}  # fmt: skip
GEMMA2 = LLAMA | {
    "blk.{i}.post_attention_norm": "model.layers.{i}.post_attention_layernorm",
    "blk.{i}.ffn_norm": "model.layers.{i}.pre_feedforward_layernorm",
    "blk.{i}.post_ffw_norm": "model.layers.{i}.post_feedforward_layernorm",
}
QWEN3 = LLAMA | {f"blk.{{i}}.attn_{x}_norm": f"model.layers.{{i}}.self_attn.{x}_norm" for x in "qk"}
GPT2 = {
    "token_embd": "transformer.wte", "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f",
    "output": "lm_head", "blk.{i}.attn_norm": "transformer.h.{i}.ln_1", "blk.{i}.ffn_norm": "transformer.h.{i}.ln_2",
    "blk.{i}.attn_qkv": "transformer.h.{i}.attn.c_attn", "blk.{i}.attn_output": "transformer.h.{i}.attn.c_proj",
    "blk.{i}.ffn_up": "transformer.h.{i}.mlp.c_fc", "blk.{i}.ffn_down": "transformer.h.{i}.mlp.c_proj",
}  # fmt: skip
GPT2_SIZES = {
    "context_length": "n_positions", "block_count": "n_layer", "embedding_length": "n_embd",
    "feed_forward_length": "n_inner", "attention.head_count": "n_head",
    "attention.layer_norm_epsilon": "layer_norm_epsilon",
}  # fmt: skip

FAMILIES = {
    "llama": GGUFFamily("llama", SIZES, {"hidden_act": "silu"}, LLAMA, halves),
    "qwen2": GGUFFamily("qwen2", SIZES, {"hidden_act": "silu"}, LLAMA),
    "qwen3": GGUFFamily("qwen3", SIZES, {"hidden_act": "silu"}, QWEN3),
    "gemma": GGUFFamily("gemma", SIZES, {"hidden_activation": "gelu_pytorch_tanh"}, LLAMA, minus_one),
    "gemma2": GGUFFamily("gemma2", SIZES, {"hidden_activation": "gelu_pytorch_tanh"}, GEMMA2, minus_one),
    "gpt2": GGUFFamily("gpt2", GPT2_SIZES, {"activation_function": "gelu_new"}, GPT2, transposed),
}


def family_of(file: GGUFFile) -> GGUFFamily:
    """Raises CheckpointError naming what is supported."""
    if file.metadata.get("split.count", 1) not in (0, 1):
        raise CheckpointError(
            f"{file.path.name} is one part of a split GGUF; join them first with llama-gguf-split --merge."
        )
    kind = file.metadata.get("general.architecture")  # only the first part of a split file has it
    if not isinstance(kind, str) or kind not in FAMILIES:
        raise CheckpointError(f"{file.path.name}: {kind!r} in GGUF: not supported; supported: {', '.join(FAMILIES)}.")
    return FAMILIES[kind]


def config_of(file: GGUFFile, family: GGUFFamily) -> Config:
    """The config.json that Hugging Face would have. Raises CheckpointError for metadata nobody knows."""
    start = file.metadata["general.architecture"] + "."
    given = {key.removeprefix(start): value for key, value in file.metadata.items() if key.startswith(start)}
    config: Config = {"model_type": family.model_type, **family.extra}
    scaling = {key: given.pop(key) for key in list(given) if key.startswith("rope.scaling.")}
    for key, value in given.items():
        if key in family.config:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise CheckpointError(f"{file.path.name}: {start}{key} must be one number; it is {str(value)[:80]}.")
            config[family.config[key]] = value
        elif key not in family.ignored:
            raise CheckpointError(
                f"{file.path.name}: {start}{key} is not known; it might change the numbers, so it is not loaded."
            )
    if "token_embd.weight" not in file.tensors:
        raise CheckpointError(f"{file.path.name} lacks token_embd.weight.")
    config["vocab_size"] = (*file.tensors["token_embd.weight"].shape, 0)[0]
    config["tie_word_embeddings"] = "output.weight" not in file.tensors
    if family.model_type == "llama":
        config["attention_bias"] = "blk.0.attn_q.bias" in file.tensors
    if "sliding_window" in config and family.model_type == "llama":
        config["model_type"] = "mistral"  # llama.cpp counts it as a Llama
    if family.model_type == "gemma2":
        # Not in the file; llama.cpp, too, tells the 27B model, which is the exception, by its layers.
        wide = config.get("num_hidden_layers") == 46
        per_head = config.get("hidden_size", 0) // max(config.get("num_attention_heads", 1), 1)
        config["query_pre_attn_scalar"] = per_head if wide else config.get("head_dim", 256)
    config.update(_scaling(file, scaling, config))
    dimensions = given.get("rope.dimension_count")
    size = config.get("head_dim") or config.get("hidden_size", 0) // max(config.get("num_attention_heads", 1), 1)
    if dimensions is not None and dimensions != size:
        raise CheckpointError(f"{file.path.name}: rotating {dimensions} of {size} numbers a head is not supported.")
    return config


def _scaling(file: GGUFFile, given: Config, config: Config) -> Config:
    kind = given.get("rope.scaling.type", "none")
    if "rope_freqs.weight" in file.tensors:
        return {"rope_scaling": _llama3(file, config)}
    if kind == "none":
        return {}
    if kind == "linear" and set(given) <= {"rope.scaling.type", "rope.scaling.factor"}:
        return {"rope_scaling": {"rope_type": "linear", "factor": given.get("rope.scaling.factor")}}
    raise CheckpointError(
        f"{file.path.name}: rotary scaling {kind!r} in GGUF is not supported; supported: linear, llama3."
    )


def _llama3(file: GGUFFile, config: Config) -> Config:
    """Llama 3.1's scaling. The file has only what it divides each frequency by; all such models were made with the
    same other numbers, and if those give the same divisors, they are the right ones."""
    found = torch.from_numpy(file.read("rope_freqs.weight").copy()).double()
    made = {"factor": float(found.max()) if found.numel() else 0.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8192}  # fmt: skip
    n, base = 2 * found.numel(), torch.tensor(config.get("rope_theta", 10000.0), dtype=torch.float64)
    wave = 2 * math.pi * base ** (torch.arange(0, n, 2).double() / max(n, 1))
    share = ((8192 / wave - 1) / 3).clamp(0, 1)
    if found.dim() != 1 or not torch.allclose(1 / ((1 - share) / made["factor"] + share), found, rtol=1e-4):
        raise CheckpointError(f"{file.path.name}: rope_freqs.weight holds a rotary scaling that is not known.")
    return {"rope_type": "llama3", **made}


def names_of(file: GGUFFile, family: GGUFFamily) -> dict[str, str]:
    """Hugging Face's name -> the file's, for every tensor. Raises CheckpointError for one that is not known."""
    names = {}
    for name in file.tensors:
        if name == "rope_freqs.weight":
            continue
        stem, _, kind = name.rpartition(".")
        layer = _LAYER.match(stem)
        number = "" if layer is None else layer[1]
        found = family.tensors.get(stem if layer is None else f"blk.{{i}}.{layer[2]}")
        if found is None or kind not in ("weight", "bias"):
            raise CheckpointError(f"{file.path.name}: tensor {name[:80]} has no place in a {family.model_type}.")
        names[f"{found.format(i=number)}.{kind}"] = name
    return names
