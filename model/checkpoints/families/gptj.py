"""GPT-J (Wang, Komatsuzaki 2021): both branches read one norm of the stream; pairs of neighbours turn together."""

from __future__ import annotations

from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.rope import fraction
from model.checkpoints.tables import Entries, block, end, norm, prefix
from model.config import TransformerConfig

FAMILY = "gptj"
LAYERS = {
    "Q": "attn.q_proj", "K": "attn.k_proj", "V": "attn.v_proj", "O": "attn.out_proj",
    "ln1": "ln_1", "in": "mlp.fc_in", "out": "mlp.fc_out",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    d_model, n_heads = reader.integer("n_embd"), reader.integer("n_head")
    reader.ignore("resid_pdrop", "embd_pdrop", "attn_pdrop", "rotary", "n_ctx", "scale_attn_weights")
    d_rot, ends = reader.integer("rotary_dim", 64), end(reader, keys, tied=False)
    if "rotary_dim" in reader.given and reader.given["rotary_dim"] is None:
        reader.wrong("rotary_dim", "must be a whole number: without it Hugging Face's angles do not fit the heads")
    share = fraction(d_rot, d_model // max(n_heads, 1))
    return TransformerConfig(
        n_layers=reader.integer("n_layer", most=10_000), n_heads=n_heads, d_model=d_model,
        d_vocab=reader.integer("vocab_size"), n_ctx=reader.integer("n_positions"),
        d_mlp=reader.integer("n_inner", 4 * d_model), positional="rotary", norm="layer",
        options={"rotary_pairing": "interleaved", "rotary_fraction": share}, attn_bias=False,
        norm_eps=reader.number("layer_norm_epsilon", 1e-5), parallel=True, shared_norm=True,
        mlp=reader.activation(reader.get("activation_function", "gelu_new")), **ends,
        unembed_bias=ends["unembed"] and "lm_head.bias" in keys,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "transformer."), config.last
    yield "decoder.W_E", Source(f"{p}wte.weight")
    for i in range(stack.n_layers):
        yield from block(f"decoder.blocks.{i}.", f"{p}h.{i}.", LAYERS, stack.n_heads, keys, attn_bias=False)
    yield from norm("decoder.ln_final", f"{p}ln_f", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")
    if config.unembed_bias:
        yield "b_U", Source("lm_head.bias")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Causal masks that old files store as tensors."""
    return key.endswith((".attn.bias", ".attn.masked_bias"))
