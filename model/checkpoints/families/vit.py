"""ViT (Dosovitskiy et al. 2021, 2010.11929): a classifier of pictures, or bare, with or without its pooler.

Which of them a folder holds is read off its weights. Files have the layers' names of old; newer code calls them
otherwise in memory, and both are read.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.tables import Entries, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "vit"
OLD = {
    "Q": "attention.attention.query", "K": "attention.attention.key", "V": "attention.attention.value",
    "O": "attention.output.dense", "in": "intermediate.dense", "out": "output.dense",
}  # fmt: skip
NEW = {
    "Q": "attention.q_proj", "K": "attention.k_proj", "V": "attention.v_proj", "O": "attention.o_proj",
    "in": "mlp.fc1", "out": "mlp.fc2",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore("hidden_dropout_prob", "attention_probs_dropout_prob", "encoder_stride")
    width = reader.integer("hidden_size", 768)
    pooled = f"{prefix(keys, 'vit.')}pooler.dense.weight" in keys
    if reader.integer("pooler_output_size", width) != width:
        reader.wrong("pooler_output_size", f"is not supported: the pooler must be as wide as the model, {width}")
    act = reader.activation(reader.get("pooler_act", "tanh"))
    ends: dict[str, Any] = {"unembed": False, "head": "pooler" if pooled else None, "head_act": act}
    if "classifier.weight" in keys:
        ends = {"head": "first_token", "n_labels": reader.labels(), "unembed_bias": True}
    return TransformerConfig(
        "encoder", image=(reader.integer("num_channels", 3), *_pair(reader, "image_size", 224)),
        patch=_pair(reader, "patch_size", 16), d_model=width, n_layers=reader.integer("num_hidden_layers", 12, 10_000),
        n_heads=reader.integer("num_attention_heads", 12), d_mlp=reader.integer("intermediate_size", 3072),
        mlp=reader.activation(reader.get("hidden_act", "gelu")), norm_eps=reader.number("layer_norm_eps", 1e-12),
        attn_bias=reader.flag("qkv_bias", True), attn_out_bias=True, **ends,
    )  # fmt: skip


def _pair(reader: ConfigReader, key: str, default: int) -> tuple[int, int]:
    """Height and width, which may be one number for both."""
    given = reader.get(key, default)
    both = tuple(given) if isinstance(given, list) else (given, given)
    if len(both) != 2 or not all(isinstance(n, int) and not isinstance(n, bool) for n in both):
        reader.wrong(key, "must be a whole number, or two: height and width")
    return both


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    stack = config.encoder
    assert stack is not None
    p = prefix(keys, "vit.")
    yield "encoder.patches.W_patch", Source(f"{p}embeddings.patch_embeddings.projection.weight", _flat)
    yield "encoder.patches.b_patch", Source(f"{p}embeddings.patch_embeddings.projection.bias")
    yield "encoder.patches.W_cls", Source(f"{p}embeddings.cls_token", _only)
    yield "encoder.positional.W_pos", Source(f"{p}embeddings.position_embeddings", _only)
    old = any(key.startswith(f"{p}encoder.layer.") for key in keys)
    for i in range(stack.n_layers):
        ours, theirs = f"encoder.blocks.{i}.", f"{p}encoder.layer.{i}." if old else f"{p}layers.{i}."
        layers = OLD if old else NEW
        for letter in "QKV":
            yield from linear(f"{ours}attn.", letter, theirs + layers[letter], stack.attn_bias)
        yield from linear(f"{ours}attn.", "O", theirs + layers["O"], take=by_head(stack.n_heads))
        for way in ("in", "out"):
            yield from linear(f"{ours}mlp.", way, theirs + layers[way])
        yield from norm(f"{ours}ln1", f"{theirs}layernorm_before", keys)
        yield from norm(f"{ours}ln2", f"{theirs}layernorm_after", keys)
    yield from norm("encoder.ln_final", f"{p}layernorm", keys)
    if config.head == "pooler":
        yield "head.W", Source(f"{p}pooler.dense.weight")
        yield "head.b", Source(f"{p}pooler.dense.bias")
    if config.n_labels:
        yield from linear("", "U", "classifier")


def _flat(kernel: Tensor) -> Tensor:
    """A convolution's kernel [d_model, channel, row, column] as a matrix."""
    return kernel.flatten(1)


def _only(x: Tensor) -> Tensor:
    """Without axes of length 1 in front."""
    return x.flatten(0, -2).squeeze(0)


def unused(key: str, config: TransformerConfig) -> bool:
    """What stands in for hidden patches in training; beside a classifier, the pooler."""
    return key.endswith("embeddings.mask_token") or (config.n_labels > 0 and ".pooler." in f".{key}")
