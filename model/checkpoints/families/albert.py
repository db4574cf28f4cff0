"""ALBERT (Lan et al. 2020, 1909.11942): narrow embeddings, projected; layers in groups that share their weights.

A group may hold several layers that run one after the other; each run of one is a layer here.
"""

from __future__ import annotations

from model.checkpoints.families import bert
from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, block, first, linear, norm, prefix
from model.config import TransformerConfig
from model.errors import CheckpointError

FAMILY = "albert"
LAYERS = {
    "Q": "attention.query", "K": "attention.key", "V": "attention.value", "O": "attention.dense",
    "ln1": "attention.LayerNorm", "in": "ffn", "out": "ffn_output", "ln2": "full_layer_layer_norm",
}  # fmt: skip


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("position_embedding_type", "absolute", "only learned absolute positions are")
    # Left over from searches for other architectures, never used.
    reader.ignore("net_structure_type", "structure_type", "gap_size", "layers_to_keep", "num_memory_blocks")
    reader.ignore("down_scale_factor", "classifier_dropout_prob")
    words = bert.shared(reader, "gelu_new")
    runs, groups = words["n_layers"], reader.integer("num_hidden_groups", 1)
    inner = reader.integer("inner_group_num", 1)
    if not 1 <= groups <= runs or inner < 1 or runs * inner > 10_000:
        raise CheckpointError(
            f"config.json: num_hidden_groups={groups} and inner_group_num={inner} do not go with {runs} layers."
        )
    places = [(int(i / (runs / groups)), j) for i in range(runs) for j in range(inner)]
    own: dict[tuple[int, int], int] = {}
    sources = tuple(own.setdefault(place, i) for i, place in enumerate(places))
    words |= {"n_layers": len(places), "shared_layers": sources}
    return TransformerConfig(
        "encoder", d_model=reader.integer("hidden_size"), n_segments=reader.integer("type_vocab_size", 2),
        n_ctx=reader.integer("max_position_embeddings"), d_embed=reader.integer("embedding_size", 128),
        embed_proj="sum", embed_proj_bias=True, **words,
        **bert.end(
            reader, keys, "albert.", "predictions.dense.weight", "predictions.decoder.weight", "pooler.weight",
            "gelu_new",
        ),
    )  # fmt: skip


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p, stack = prefix(keys, "albert."), config.last
    yield from bert.embeddings(keys, p)
    yield from linear("encoder.", "proj", f"{p}encoder.embedding_hidden_mapping_in")
    own = sorted(set(stack.shared_layers or ()))
    inner = sum(key.startswith(f"{p}encoder.albert_layer_groups.0.") and key.endswith(".ffn.weight") for key in keys)
    for number, i in enumerate(own):  # layers with weights of their own come in the order of groups
        group, j = divmod(number, max(inner, 1))
        ours, theirs = f"encoder.blocks.{i}.", f"{p}encoder.albert_layer_groups.{group}.albert_layers.{j}."
        yield from block(ours, theirs, LAYERS, stack.n_heads, keys)
    if config.head == "masked_word":
        yield from bert.dense("predictions.dense")
        yield from norm("head.ln", "predictions.LayerNorm", keys)
        yield "b_U", Source(first(keys, "predictions.decoder.bias", "predictions.bias"))
        if not config.tied_unembed:
            yield "W_U", Source("predictions.decoder.weight")
    elif config.head == "pooler":
        yield from bert.dense(f"{p}pooler")
    if config.n_labels:
        yield from linear("", "U", "classifier")


def unused(key: str, config: TransformerConfig) -> bool:
    """Numbers of positions in old files; beside a head for masked words the other one, and a copy of its bias."""
    if key.endswith("embeddings.position_ids"):
        return True
    return config.head == "masked_word" and (
        key.startswith(("albert.pooler.", "sop_classifier.")) or key == "predictions.bias"
    )
