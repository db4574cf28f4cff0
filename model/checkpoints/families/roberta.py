"""RoBERTa (Liu et al. 2019, 1907.11692): BERT's body, positions that padding does not take, and heads of its own."""

from __future__ import annotations

from model.checkpoints.families import bert
from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, first, norm, prefix
from model.config import TransformerConfig

FAMILY = "roberta"


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("position_embedding_type", "absolute", "only learned absolute positions are")
    pad, rows = reader.integer("pad_token_id", 1), reader.integer("max_position_embeddings")
    words = bert.shared(reader) | {"positional": "learned_unpadded", "options": {"pad_id": pad}}
    ends = bert.end(reader, keys, "roberta.", "lm_head.dense.weight", "lm_head.decoder.weight")
    if ends.get("head") == "masked_word":
        ends["head_act"] = "gelu"  # whatever the rest of the model has
    if "classifier.out_proj.weight" in keys:
        ends = {"head": "pooler", "head_act": "tanh", "n_labels": reader.labels(), "unembed_bias": True}
    return TransformerConfig(
        "encoder", d_model=reader.integer("hidden_size"), n_segments=reader.integer("type_vocab_size", 2),
        n_ctx=rows - pad - 1, **words, **ends,
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p = prefix(keys, "roberta.")
    yield from bert.body(config, keys, p)
    if config.head == "masked_word":
        yield from bert.dense("lm_head.dense")
        yield from norm("head.ln", "lm_head.layer_norm", keys)
        yield "b_U", Source(first(keys, "lm_head.decoder.bias", "lm_head.bias"))
        if not config.tied_unembed:
            yield "W_U", Source("lm_head.decoder.weight")
    elif config.head == "pooler":
        yield from bert.dense("classifier.dense" if config.n_labels else f"{p}pooler.dense")
    if config.n_labels:
        theirs = first(keys, "classifier.out_proj.weight", "classifier.weight").removesuffix("weight")
        yield "W_U", Source(f"{theirs}weight")
        yield "b_U", Source(f"{theirs}bias")


def unused(key: str, config: TransformerConfig) -> bool:
    """Numbers of positions in old files; a pooler beside another head; a copy of the head's bias."""
    if key.endswith("embeddings.position_ids"):
        return True
    other = config.head == "masked_word" or bool(config.n_labels)
    return other and (key.startswith("roberta.pooler.") or key == "lm_head.bias")
