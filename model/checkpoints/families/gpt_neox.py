"""GPT-NeoX and Pythia (Black et al. 2022, 2204.06745): both branches read the stream side by side, each through a norm
of its own; a quarter of each head turns. Queries, keys and values lie head by head in one layer."""

from __future__ import annotations

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.rope import rotary_words
from model.checkpoints.tables import Entries, end, first, fused, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "gpt_neox"
HEADS = ("embed_out.weight", "lm_head.weight")  # hub files, version 5


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    bias = reader.flag("attention_bias", True)
    reader.ignore("attention_dropout", "hidden_dropout", "classifier_dropout", "is_decoder")
    share, base = reader.number("rotary_pct", 0.25), reader.number("rotary_emb_base", 10000.0)
    return TransformerConfig(
        n_layers=reader.integer("num_hidden_layers", most=10_000), n_heads=reader.integer("num_attention_heads"),
        d_model=reader.integer("hidden_size"), d_mlp=reader.integer("intermediate_size"),
        d_vocab=reader.integer("vocab_size"), **rotary_words(reader, fraction=share, base=base), norm="layer",
        norm_eps=reader.number("layer_norm_eps", 1e-5), mlp=reader.activation(reader.get("hidden_act", "gelu")),
        attn_bias=bias, parallel=reader.flag("use_parallel_residual", True),
        **end(reader, keys, tied=False, key=first(keys, *HEADS)),
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "gpt_neox."), config.last
    yield "decoder.W_E", Source(f"{p}embed_in.weight")
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}layers.{i}."
        bias = stack.attn_bias
        yield from fused(f"{ours}attn.", f"{theirs}attention.query_key_value", stack.n_heads, bias)
        yield from linear(f"{ours}attn.", "O", f"{theirs}attention.dense", bias, by_head(stack.n_heads))
        yield from norm(f"{ours}ln1", f"{theirs}input_layernorm", keys)
        yield from norm(f"{ours}ln2", f"{theirs}post_attention_layernorm", keys)
        yield from linear(f"{ours}mlp.", "in", f"{theirs}mlp.dense_h_to_4h")
        yield from linear(f"{ours}mlp.", "out", f"{theirs}mlp.dense_4h_to_h")
    yield from norm("decoder.ln_final", f"{p}final_layer_norm", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source(first(keys, *HEADS))


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Causal masks and frequencies that old files store as tensors."""
    return key.endswith((".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"))
