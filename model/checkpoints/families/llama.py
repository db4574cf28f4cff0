"""Llama 1 to 3 (Touvron et al. 2023, 2302.13971; 2307.09288; Llama 3, 2407.21783), and what its heirs share with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from model.checkpoints.reader import ConfigReader, Source, as_it_is, by_head
from model.checkpoints.rope import rotary_words
from model.checkpoints.tables import Entries, end, linear, norm, prefix
from model.config import StackConfig, TransformerConfig

FAMILY = "llama"
NORMS = {"ln1": "input_layernorm", "ln2": "post_attention_layernorm"}  # the norm before the MLP, whatever its name


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    bias = reader.flag("attention_bias", False)
    reader.refuse("rope_interleaved", False, "its pairs are the two halves of a head")
    words = {**shared(reader), "attn_bias": bias, "attn_out_bias": bias, "mlp_bias": reader.flag("mlp_bias", False)}
    return TransformerConfig(**words, **end(reader, keys, tied=False))


def shared(
    reader: ConfigReader, eps: float = 1e-6, base: float = 10000.0, kv_heads: int | None = None,
    d_head: int | None = None, act: str = "hidden_act", default_act: str = "silu",
) -> dict[str, Any]:  # fmt: skip
    """Config words that all heirs have. The numbers are a family's own defaults, for keys that a file lacks."""
    d_model, n_heads = reader.integer("hidden_size"), reader.integer("num_attention_heads")
    reader.ignore("attention_dropout", "resid_pdrop", "embd_pdrop")
    missing = kv_heads if kv_heads is not None and "num_key_value_heads" not in reader.given else n_heads
    missing_size = d_head if d_head is not None and "head_dim" not in reader.given else d_model // max(n_heads, 1)
    return {
        "n_layers": reader.integer("num_hidden_layers", most=10_000), "n_heads": n_heads, "d_model": d_model,
        "n_kv_heads": reader.integer("num_key_value_heads", missing),
        "d_head": reader.integer("head_dim", missing_size),
        "d_mlp": reader.integer("intermediate_size"), "d_vocab": reader.integer("vocab_size"), "norm": "rms",
        "norm_eps": reader.number("rms_norm_eps", eps), **rotary_words(reader, base=base),
        "mlp": reader.activation(reader.get(act, default_act), gated=True),
        "attn_bias": False, "attn_out_bias": False, "mlp_bias": False,
    }  # fmt: skip


def layer_masks(reader: ConfigReader, n_layers: int, window: int | None, default: list[str]) -> dict[str, Any]:
    """Words for layers of two kinds: `layer_types` of the file, else `default`. Without a window all see all."""
    kinds = reader.get("layer_types", default)
    known = {"full_attention": "causal", "sliding_attention": "sliding_window"}
    if not isinstance(kinds, list) or len(kinds) != n_layers or not all(k in known for k in map(str, kinds)):
        reader.wrong("layer_types", f"must be {n_layers} of {', '.join(known)}")
    masks = tuple(known[kind] if window is not None else "causal" for kind in kinds)
    return {"mask": masks if len(set(masks)) > 1 else masks[0] if masks else "causal"}


def window_size(reader: ConfigReader) -> int | None:
    """Size of the sliding window; null says that there is none, a key that is missing does not."""
    size = reader.integer("sliding_window", 4096)
    return None if reader.given.get("sliding_window", size) is None else size


def window(words: dict[str, Any], size: int | None) -> dict[str, Any]:
    """`words` with the size of the sliding window, where one of their masks has it."""
    masks = words.get("mask", "causal")
    used = size is not None and "sliding_window" in ((masks,) if isinstance(masks, str) else masks)
    return {**words, "options": {**words["options"], "window": size}} if used else words


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    return table(config, keys, NORMS, gated)


def gated(ours: str, theirs: str, stack: StackConfig, keys: set[str]) -> Entries:  # noqa: ARG001
    """The MLP of one layer."""
    for name, layer in (("gate", "gate_proj"), ("in", "up_proj"), ("out", "down_proj")):
        yield from linear(f"{ours}mlp.", name, f"{theirs}mlp.{layer}", stack.mlp_bias)


def table(
    config: TransformerConfig, keys: set[str], norms: dict[str, str], mlp: Callable[..., Entries], out: str = "o_proj"
) -> Entries:
    """Every weight. norms: our norms and theirs; mlp: gives a layer's; out: their name of the output projection."""
    p, stack = prefix(keys, "model."), config.last
    yield "decoder.W_E", Source(f"{p}embed_tokens.weight")
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}layers.{i}."
        for letter in "QKVO":
            layer = f"{theirs}self_attn.{out if letter == 'O' else letter.lower() + '_proj'}"
            bias = stack.attn_out_bias if letter == "O" else stack.attn_bias
            take = by_head(stack.n_heads) if letter == "O" else as_it_is
            yield from linear(f"{ours}attn.", letter, layer, bool(bias), take)
        if stack.qk_norm is not None:
            for letter in "qk":
                yield from norm(f"{ours}attn.{letter}_norm", f"{theirs}self_attn.{letter}_norm", keys, offset=False)
        for here, there in norms.items():
            yield from norm(f"{ours}{here}", f"{theirs}{there}", keys, offset=False)
        yield from mlp(ours, theirs, stack, keys)
    yield from norm("decoder.ln_final", f"{p}norm", keys, offset=False)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Frequencies that old files store as tensors."""
    return key.endswith("rotary_emb.inv_freq")
