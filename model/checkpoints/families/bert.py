"""BERT (Devlin et al. 2019, 1810.04805): masked words, a classifier of texts or tokens, or bare with its pooler.

Which of them a folder holds is read off its weights. A file of the pre-training model holds two heads: it opens
with the one for masked words, and the pooler and the next-sentence head are left out.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, block, first, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "bert"
LAYERS = {
    "Q": "attention.self.query", "K": "attention.self.key", "V": "attention.self.value",
    "O": "attention.output.dense", "ln1": "attention.output.LayerNorm", "in": "intermediate.dense",
    "out": "output.dense", "ln2": "output.LayerNorm",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("position_embedding_type", "absolute", "only learned absolute positions are")
    return TransformerConfig(
        "encoder", d_model=reader.integer("hidden_size"), n_segments=reader.integer("type_vocab_size", 2),
        n_ctx=reader.integer("max_position_embeddings"), **shared(reader),
        **end(reader, keys, "bert.", "cls.predictions.transform.dense.weight", "cls.predictions.decoder.weight"),
    )  # fmt: skip


def shared(reader: ConfigReader, act: str = "gelu") -> dict[str, Any]:
    """Words that BERT, RoBERTa and ALBERT have in common. act: the family's default."""
    reader.refuse("is_decoder", False, "it would be a decoder of an encoder-decoder")
    reader.refuse("add_cross_attention", False, "it reads a memory that this app does not give it")
    reader.ignore("hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout", "gradient_checkpointing")
    reader.ignore("pooler_fc_size", "pooler_num_attention_heads", "pooler_num_fc_layers", "pooler_size_per_head")
    reader.ignore("pooler_type", "directionality", "tie_encoder_decoder", "cross_attention_hidden_size")
    return {
        "n_layers": reader.integer("num_hidden_layers", most=10_000), "n_heads": reader.integer("num_attention_heads"),
        "d_mlp": reader.integer("intermediate_size"), "d_vocab": reader.integer("vocab_size"),
        "positional": "learned", "norm": "layer", "norm_placement": "post", "embed_norm": True,
        "norm_eps": reader.number("layer_norm_eps", 1e-12),
        "mlp": reader.activation(reader.get("hidden_act", act)),
    }  # fmt: skip


def end(
    reader: ConfigReader, keys: set[str], inner: str, transform: str, unembed: str,
    pooler: str = "pooler.dense.weight", act: str = "gelu",
) -> dict[str, Any]:  # fmt: skip
    """Words for what a BERT ends in. inner: the name around the bare model; transform, unembed: where the head for
    masked words begins and ends."""
    tied, own = reader.flag("tie_word_embeddings", True), unembed in keys
    if transform in keys:
        return {
            "head": "masked_word", "head_act": reader.activation(reader.get("hidden_act", act)),
            "tied_unembed": tied and not own, "unembed_bias": True,
        }  # fmt: skip
    pooled = any(p + pooler in keys for p in ("", inner))
    words: dict[str, Any] = {"head": "pooler", "head_act": "tanh"} if pooled else {}
    if "classifier.weight" in keys:
        return {**words, "n_labels": reader.labels(), "unembed_bias": True}
    return {**words, "unembed": False}


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p = prefix(keys, "bert.")
    yield from body(config, keys, p)
    if config.head == "pooler":
        yield from dense(f"{p}pooler.dense")
    if config.head == "masked_word":
        transform = "cls.predictions.transform"
        yield from dense(f"{transform}.dense")
        yield from norm("head.ln", f"{transform}.LayerNorm", keys)
        yield "b_U", Source(first(keys, "cls.predictions.decoder.bias", "cls.predictions.bias"))
        if not config.tied_unembed:
            yield "W_U", Source("cls.predictions.decoder.weight")
    if config.n_labels:
        yield from linear("", "U", "classifier")


def dense(theirs: str) -> Entries:
    """The linear layer of a head."""
    yield "head.W", Source(f"{theirs}.weight")
    yield "head.b", Source(f"{theirs}.bias")


def embeddings(keys: set[str], p: str) -> Entries:
    yield "encoder.W_E", Source(f"{p}embeddings.word_embeddings.weight")
    yield "encoder.positional.W_pos", Source(f"{p}embeddings.position_embeddings.weight")
    yield "encoder.W_seg", Source(f"{p}embeddings.token_type_embeddings.weight")
    yield from norm("encoder.ln_embed", f"{p}embeddings.LayerNorm", keys)


def body(config: TransformerConfig, keys: set[str], p: str) -> Entries:
    """Embeddings and blocks; `p` stands before their names in the file."""
    stack = config.encoder
    assert stack is not None
    yield from embeddings(keys, p)
    for i in range(stack.n_layers):
        yield from block(f"encoder.blocks.{i}.", f"{p}encoder.layer.{i}.", LAYERS, stack.n_heads, keys)


def unused(key: str, config: TransformerConfig) -> bool:
    """Numbers of positions in old files; beside a head for masked words, the other one, and a copy of its bias."""
    if key.endswith("embeddings.position_ids"):
        return True
    if config.head != "masked_word":
        return False
    return key.startswith(("bert.pooler.", "cls.seq_relationship.")) or key == "cls.predictions.bias"
