"""T5 1.0 and 1.1 (Raffel et al. 2020, 1910.10683; Shazeer 2020, 2002.05202), whole or its encoder alone.

Traps: scores are not scaled; the first version scales its final states before the unembedding, which newer configs
say in `scale_decoder_outputs` and older ones only imply by tying the unembedding; an `lm_head.weight` in the file is
used whatever the config says.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.tables import Entries, embeddings, linear, norm
from model.config import StackConfig, TransformerConfig

FAMILY = "t5"
DEFAULT_LENGTH = 512  # distances have buckets at any length; files say what they were trained with


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore("dropout_rate", "classifier_dropout", "is_decoder", "tie_encoder_decoder")
    n_layers = reader.integer("num_layers", most=10_000)
    n_decoder = reader.integer("num_decoder_layers", n_layers, most=10_000)
    words = shared(reader)
    scaled = reader.flag("scale_decoder_outputs", reader.flag("tie_word_embeddings", True))
    encoder = StackConfig(**words, n_layers=n_layers, mask="bidirectional")
    if not any(key.startswith("decoder.") for key in keys):
        return TransformerConfig("encoder", encoder=encoder, unembed=False)
    own, ids = "lm_head.weight" in keys, embeddings(keys, "")
    return TransformerConfig(
        "encoder-decoder", encoder=encoder, decoder=StackConfig(**words, n_layers=n_decoder, mask="causal"),
        tied_embed=ids.encoder == ids.decoder, tied_unembed=not own and ids.decoder == ids.shared,
        logit_scale=words["d_model"] ** -0.5 if scaled else 1.0,
    )  # fmt: skip


def shared(reader: ConfigReader) -> dict[str, Any]:
    """Words of both stacks."""
    kind = str(reader.get("feed_forward_proj", "relu"))
    gated = reader.flag("is_gated_act", kind.startswith("gated-"))
    act = reader.get("dense_act_fn", "gelu_new" if kind == "gated-gelu" else kind.removeprefix("gated-"))
    d_model, n_heads = max(reader.integer("d_model"), 1), reader.integer("num_heads")
    return {
        "d_model": d_model, "n_heads": n_heads, "d_head": reader.integer("d_kv", d_model // max(n_heads, 1)),
        "d_mlp": reader.integer("d_ff"), "d_vocab": reader.integer("vocab_size"),
        "n_ctx": reader.integer("n_positions", DEFAULT_LENGTH), "attn_scale": 1.0, "attn_bias": False,
        "mlp_bias": False, "norm": "rms", "norm_eps": reader.number("layer_norm_epsilon", 1e-6),
        "mlp": reader.activation(act, gated=gated), "positional": "t5",
        "options": {
            "t5_buckets": reader.integer("relative_attention_num_buckets", 32),
            "t5_max_distance": reader.integer("relative_attention_max_distance", 128),
        },
    }  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    ids = embeddings(keys, "")
    for side, stack, key in (("encoder", config.encoder, ids.encoder), ("decoder", config.decoder, ids.decoder)):
        if stack is None:
            continue
        if side == "encoder" or not config.tied_embed:
            yield f"{side}.W_E", Source(key)
        yield f"{side}.positional.W_rel", Source(f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight")
        for i in range(stack.n_layers):
            yield from block(f"{side}.blocks.{i}.", f"{side}.block.{i}.layer.", stack, keys, side == "decoder")
        yield from norm(f"{side}.ln_final", f"{side}.final_layer_norm", keys, offset=False)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight" if "lm_head.weight" in keys else ids.shared)


def block(ours: str, theirs: str, stack: StackConfig, keys: set[str], crossed: bool) -> Entries:
    """One layer. Its sublayers are numbered: 0 attention, 1 cross-attention in a decoder, the last the MLP."""
    parts = [("attn", "ln1", f"{theirs}0.SelfAttention")]
    parts += [("cross_attn", "ln_cross", f"{theirs}1.EncDecAttention")] if crossed else []
    for name, before, layer in parts:
        for letter in "QKV":
            yield from linear(f"{ours}{name}.", letter, f"{layer}.{letter.lower()}", bias=False)
        yield from linear(f"{ours}{name}.", "O", f"{layer}.o", False, by_head(stack.n_heads))
        yield from norm(f"{ours}{before}", f"{layer.rpartition('.')[0]}.layer_norm", keys, offset=False)
    last = f"{theirs}{len(parts)}."
    gated = stack.mlp in ("geglu", "geglu_tanh", "reglu", "swiglu")
    names = (("gate", "wi_0"), ("in", "wi_1"), ("out", "wo")) if gated else (("in", "wi"), ("out", "wo"))
    for letter, name in names:
        yield from linear(f"{ours}mlp.", letter, f"{last}DenseReluDense.{name}", bias=False)
    yield from norm(f"{ours}ln2", f"{last}layer_norm", keys, offset=False)


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """A table for cross-attention that old files hold and no version reads; an embedding that has copies of its own."""
    copies = ("shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight")
    return key.endswith("EncDecAttention.relative_attention_bias.weight") or key in copies
