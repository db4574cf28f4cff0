"""Llama 1 to 3 (Touvron et al. 2023, 2302.13971; 2307.09288; Llama 3, 2407.21783)."""

from __future__ import annotations

from collections.abc import Iterator

from model.checkpoints.reader import ConfigReader, Source, as_it_is, by_head
from model.checkpoints.rope import rotary_options
from model.config import TransformerConfig

FAMILY = "llama"


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    d_model, n_heads = reader.integer("hidden_size"), reader.integer("num_attention_heads")
    reader.ignore("attention_dropout")
    bias = reader.flag("attention_bias", False)
    tied = reader.flag("tie_word_embeddings", False)
    return TransformerConfig(
        n_layers=reader.integer("num_hidden_layers"), n_heads=n_heads,
        n_kv_heads=reader.integer("num_key_value_heads", n_heads), d_model=d_model,
        d_head=reader.integer("head_dim", d_model // max(n_heads, 1)), d_mlp=reader.integer("intermediate_size"),
        d_vocab=reader.integer("vocab_size"), n_ctx=reader.integer("max_position_embeddings"),
        positional="rotary", options=rotary_options(reader), norm="rms", norm_eps=reader.number("rms_norm_eps", 1e-6),
        mlp=reader.activation(reader.get("hidden_act", "silu"), gated=True), attn_bias=bias, attn_out_bias=bias,
        mlp_bias=reader.flag("mlp_bias", False), tied_unembed=tied, unembed=tied or "lm_head.weight" in keys,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Iterator[tuple[str, Source]]:
    p = "model." if any(key.startswith("model.") for key in keys) else ""
    stack = config.decoder
    assert stack is not None
    yield "decoder.W_E", Source(f"{p}embed_tokens.weight")
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}layers.{i}."
        for name in "QKVO":
            linear = f"{theirs}self_attn.{name.lower()}_proj"
            take = by_head(stack.n_heads) if name == "O" else as_it_is
            yield f"{ours}attn.W_{name}", Source(f"{linear}.weight", take)
            if stack.attn_bias:
                yield f"{ours}attn.b_{name}", Source(f"{linear}.bias")
        yield f"{ours}ln1.w", Source(f"{theirs}input_layernorm.weight")
        yield (
            f"{ours}ln2.w",
            Source(f"{theirs}post_attention_layernorm.weight"),
        )  # the norm before the MLP, whatever its name
        for name, linear in (("gate", "gate_proj"), ("in", "up_proj"), ("out", "down_proj")):
            yield f"{ours}mlp.W_{name}", Source(f"{theirs}mlp.{linear}.weight")
            if stack.mlp_bias:
                yield f"{ours}mlp.b_{name}", Source(f"{theirs}mlp.{linear}.bias")
    yield "decoder.ln_final.w", Source(f"{p}norm.weight")
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")


def unused(key: str, config: TransformerConfig) -> bool:
    """Frequencies that old files store as tensors; a copy of the embedding where the head is tied."""
    return key.endswith("rotary_emb.inv_freq") or (config.tied_unembed and key == "lm_head.weight")
