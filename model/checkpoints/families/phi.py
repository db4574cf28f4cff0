"""Phi 1 to 2 (Gunasekar et al. 2023, 2306.11644): both branches read one LayerNorm; half of each head turns."""

from __future__ import annotations

from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.rope import rotary_words
from model.checkpoints.tables import Entries, block, end, norm, prefix
from model.config import TransformerConfig

FAMILY = "phi"
LAYERS = {
    "Q": "self_attn.q_proj", "K": "self_attn.k_proj", "V": "self_attn.v_proj", "O": "self_attn.dense",
    "ln1": "input_layernorm", "in": "mlp.fc1", "out": "mlp.fc2",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    n_heads, d_model = reader.integer("num_attention_heads"), reader.integer("hidden_size")
    reader.ignore("resid_pdrop", "embd_pdrop", "attention_dropout")
    ends = end(reader, keys, tied=False)
    return TransformerConfig(
        n_layers=reader.integer("num_hidden_layers", most=10_000), n_heads=n_heads, d_model=d_model,
        n_kv_heads=reader.integer("num_key_value_heads", n_heads),
        d_head=reader.integer("head_dim", d_model // max(n_heads, 1)), d_mlp=reader.integer("intermediate_size"),
        d_vocab=reader.integer("vocab_size"), **rotary_words(reader, fraction=0.5), norm="layer",
        norm_eps=reader.number("layer_norm_eps", 1e-5), parallel=True, shared_norm=True,
        qk_norm="layer" if reader.flag("qk_layernorm", False) else None,
        mlp=reader.activation(reader.get("hidden_act", "gelu_new")), **ends,
        unembed_bias=ends["unembed"] and "lm_head.bias" in keys,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "model."), config.last
    yield "decoder.W_E", Source(f"{p}embed_tokens.weight")
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}layers.{i}."
        yield from block(ours, theirs, LAYERS, stack.n_heads, keys)
        for letter in "qk" if stack.qk_norm is not None else "":
            yield from norm(f"{ours}attn.{letter}_norm", f"{theirs}self_attn.{letter}_layernorm", keys)
    yield from norm("decoder.ln_final", f"{p}final_layernorm", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")
    if config.unembed_bias:
        yield "b_U", Source("lm_head.bias")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Frequencies that old files store as tensors."""
    return key.endswith("rotary_emb.inv_freq")
