"""DistilBERT (Sanh et al. 2019, 1910.01108): BERT with half the layers, no segments and no pooler.

Positions are a table also where they began as sines and cosines. The norms' epsilon is fixed.
"""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import bert
from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, block, linear, norm, prefix
from model.config import TransformerConfig

FAMILY = "distilbert"
LAYERS = {
    "Q": "attention.q_lin", "K": "attention.k_lin", "V": "attention.v_lin", "O": "attention.out_lin",
    "ln1": "sa_layer_norm", "in": "ffn.lin1", "out": "ffn.lin2", "ln2": "output_layer_norm",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.ignore(
        "sinusoidal_pos_embds", "dropout", "attention_dropout", "qa_dropout", "seq_classif_dropout", "tie_weights_"
    )  # fmt: skip
    act, dim = reader.activation(reader.get("activation", "gelu")), reader.integer("dim")
    return TransformerConfig(
        "encoder", d_model=dim, n_layers=reader.integer("n_layers", most=10_000), n_heads=reader.integer("n_heads"),
        d_mlp=reader.integer("hidden_dim", 4 * dim), d_vocab=reader.integer("vocab_size"),
        n_ctx=reader.integer("max_position_embeddings"), positional="learned", norm="layer", norm_placement="post",
        norm_eps=1e-12, embed_norm=True, mlp=act, **ends(reader, keys, act),
    )  # fmt: skip


def ends(reader: ConfigReader, keys: set[str], act: str) -> dict[str, Any]:
    """Words for what the model ends in."""
    tied, own = reader.flag("tie_word_embeddings", True), "vocab_projector.weight" in keys
    if "vocab_transform.weight" in keys:
        return {"head": "masked_word", "head_act": act, "tied_unembed": tied and not own, "unembed_bias": True}
    pooled: dict[str, Any] = {"head": "pooler", "head_act": "relu"} if "pre_classifier.weight" in keys else {}
    if "classifier.weight" in keys:
        return {**pooled, "n_labels": reader.labels(), "unembed_bias": True}
    return {**pooled, "unembed": False}


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "distilbert."), config.last
    yield "encoder.W_E", Source(f"{p}embeddings.word_embeddings.weight")
    yield "encoder.positional.W_pos", Source(f"{p}embeddings.position_embeddings.weight")
    yield from norm("encoder.ln_embed", f"{p}embeddings.LayerNorm", keys)
    for i in range(stack.n_layers):
        yield from block(f"encoder.blocks.{i}.", f"{p}transformer.layer.{i}.", LAYERS, stack.n_heads, keys)
    if config.head == "masked_word":
        yield from bert.dense("vocab_transform")
        yield from norm("head.ln", "vocab_layer_norm", keys)
        yield "b_U", Source("vocab_projector.bias")
        if not config.tied_unembed:
            yield "W_U", Source("vocab_projector.weight")
    elif config.head == "pooler":
        yield from bert.dense("pre_classifier")
    if config.n_labels:
        yield from linear("", "U", "classifier")


def unused(key: str, config: TransformerConfig) -> bool:  # noqa: ARG001
    """Numbers of positions in old files."""
    return key.endswith("embeddings.position_ids")
