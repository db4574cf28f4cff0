"""BART (Lewis et al. 2020, 1910.13461): an encoder-decoder with norms after each sum and after the embedding.

Traps: the table of positions begins with two rows that no position uses; the bias of the logits is no parameter of a
layer but a tensor of its own.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from model.checkpoints.reader import ConfigReader, Source, by_head
from model.checkpoints.tables import Entries, embeddings, linear, norm, prefix
from model.config import StackConfig, TransformerConfig

FAMILY = "bart"
OFFSET = 2
SIDES = ("encoder", "decoder")


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("normalize_embedding", True, "the norm after the embedding is always there")
    reader.refuse("static_position_embeddings", False, "its positions are learned")
    reader.ignore("extra_pos_embeddings")
    d_vocab = reader.integer("vocab_size")
    more = {"positional": "learned", "embed_norm": True, "options": {"position_offset": OFFSET}}
    return made(reader, keys, {side: {**more, "d_vocab": d_vocab} for side in SIDES})


def made(
    reader: ConfigReader, keys: set[str], more: dict[str, dict[str, Any]], apart: bool = False
) -> TransformerConfig:
    """The config that BART and Marian share. more: words that each stack has besides; apart: each side has a
    vocabulary of its own, and the unembedding goes with the decoder's."""
    reader.refuse("normalize_before", False, "its norms come after the sums")
    reader.refuse("add_final_layer_norm", False, "its norms come after the sums")
    reader.ignore(
        "dropout", "attention_dropout", "activation_dropout", "classif_dropout", "classifier_dropout", "init_std",
        "encoder_layerdrop", "decoder_layerdrop", "is_decoder", "num_hidden_layers", "add_bias_logits",
        "force_bos_token_to_be_generated", "gradient_checkpointing",
    )  # fmt: skip
    d_model = max(reader.integer("d_model"), 1)
    words: dict[str, Any] = {
        "d_model": d_model, "n_ctx": reader.integer("max_position_embeddings"), "norm": "layer",
        "norm_placement": "post", "mlp": reader.activation(reader.get("activation_function", "gelu")),
        "embed_scale": d_model**0.5 if reader.flag("scale_embedding", False) else 1.0,
    }  # fmt: skip
    stacks = {
        side: StackConfig(
            **words, **more[side], n_layers=reader.integer(f"{side}_layers", most=10_000),
            n_heads=reader.integer(f"{side}_attention_heads"), d_mlp=reader.integer(f"{side}_ffn_dim"),
            mask="causal" if side == "decoder" else "bidirectional",
        )
        for side in SIDES
    }  # fmt: skip
    p = prefix(keys, "model.")
    ids, tied, own = embeddings(keys, p), reader.flag("tie_word_embeddings", True), "lm_head.weight" in keys
    headed = own or (tied and bool(p))
    return TransformerConfig(
        "encoder-decoder", encoder=stacks["encoder"], decoder=stacks["decoder"], unembed=headed,
        tied_embed=ids.encoder == ids.decoder, tied_unembed=headed and not own and (apart or ids.decoder == ids.shared),
        unembed_bias=headed and "final_logits_bias" in keys,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p = prefix(keys, "model.")
    yield from table(config, keys, p)
    for side in SIDES:
        yield f"{side}.positional.W_pos", Source(f"{p}{side}.embed_positions.weight")
        yield from norm(f"{side}.ln_embed", f"{p}{side}.layernorm_embedding", keys)


def table(config: TransformerConfig, keys: set[str], p: str) -> Entries:
    """What BART and Marian share."""
    ids = embeddings(keys, p)
    yield "encoder.W_E", Source(ids.encoder)
    if not config.tied_embed:
        yield "decoder.W_E", Source(ids.decoder)
    for side in SIDES:
        stack = getattr(config, side)
        parts = [("attn", "ln1", "self_attn")]
        parts += [("cross_attn", "ln_cross", "encoder_attn")] if side == "decoder" else []
        for i in range(stack.n_layers):
            ours, theirs = f"{side}.blocks.{i}.", f"{p}{side}.layers.{i}."
            for name, after, layer in parts:
                for letter in "QKV":
                    yield from linear(f"{ours}{name}.", letter, f"{theirs}{layer}.{letter.lower()}_proj")
                take = by_head(stack.n_heads)
                yield from linear(f"{ours}{name}.", "O", f"{theirs}{layer}.out_proj", take=take)
                yield from norm(f"{ours}{after}", f"{theirs}{layer}_layer_norm", keys)
            yield from linear(f"{ours}mlp.", "in", f"{theirs}fc1")
            yield from linear(f"{ours}mlp.", "out", f"{theirs}fc2")
            yield from norm(f"{ours}ln2", f"{theirs}final_layer_norm", keys)
    if config.unembed and not config.tied_unembed:
        yield "W_U", Source("lm_head.weight" if "lm_head.weight" in keys else ids.shared)
    if config.unembed_bias:
        yield "b_U", Source("final_logits_bias", row)


def row(x: Tensor) -> Tensor:
    """[1, d_vocab] as [d_vocab]."""
    return x.flatten()


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Version numbers of old files; a common embedding of which each side has a copy of its own."""
    return key.endswith(("encoder.version", "decoder.version")) or key in ("shared.weight", "model.shared.weight")
