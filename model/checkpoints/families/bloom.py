"""BLOOM (Scao et al. 2022, 2211.05100): ALiBi, and a norm right after the embedding.

Hugging Face adds slope times key position where ALiBi takes slope times distance: the two differ by the same number
for all keys of a query, which a softmax does not see.
"""

from __future__ import annotations

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.tables import Entries, end, fused, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "bloom"
DEFAULT_LENGTH = 2048  # ALiBi has no length of its own; files say what they were trained with


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    why = "the stream is always read before its norm"
    reader.refuse("apply_residual_connection_post_layernorm", False, why)
    reader.refuse("n_inner", None, "its hidden layer is four times as wide as the stream")
    # How sums are split and rounded, and how kernels are fused.
    reader.ignore("slow_but_exact", "attention_softmax_in_fp32", "bias_dropout_fusion", "masked_softmax_fusion")
    reader.ignore("offset_alibi", "skip_bias_add", "skip_bias_add_qkv", "hidden_dropout", "attention_dropout")
    d_model = reader.integer("n_embed" if "n_embed" in reader.given else "hidden_size")
    reader.ignore("hidden_size")
    return TransformerConfig(
        n_layers=reader.integer("num_hidden_layers" if "n_layer" not in reader.given else "n_layer", most=10_000),
        n_heads=reader.integer("num_attention_heads" if "n_head" not in reader.given else "n_head"), d_model=d_model,
        d_vocab=reader.integer("vocab_size"), n_ctx=reader.integer("seq_length", DEFAULT_LENGTH), positional="alibi",
        norm="layer", norm_eps=reader.number("layer_norm_epsilon", 1e-5), embed_norm=True, mlp="gelu_tanh",
        **end(reader, keys, tied=True),
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "transformer."), config.last
    yield "decoder.W_E", Source(f"{p}word_embeddings.weight")
    yield from norm("decoder.ln_embed", f"{p}word_embeddings_layernorm", keys)
    for i in range(stack.n_layers):
        ours, theirs = f"decoder.blocks.{i}.", f"{p}h.{i}."
        yield from fused(f"{ours}attn.", f"{theirs}self_attention.query_key_value", stack.n_heads, bias=True)
        yield from linear(f"{ours}attn.", "O", f"{theirs}self_attention.dense", take=by_head(stack.n_heads))
        yield from norm(f"{ours}ln1", f"{theirs}input_layernorm", keys)
        yield from norm(f"{ours}ln2", f"{theirs}post_attention_layernorm", keys)
        yield from linear(f"{ours}mlp.", "in", f"{theirs}mlp.dense_h_to_4h")
        yield from linear(f"{ours}mlp.", "out", f"{theirs}mlp.dense_4h_to_h")
    yield from norm("decoder.ln_final", f"{p}ln_f", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    return False
