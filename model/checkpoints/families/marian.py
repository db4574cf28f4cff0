"""Marian (Junczys-Dowmunt et al. 2018, 1804.00344): a translator like BART, with sines and cosines for positions and no
norm after the embedding. Source and target may have vocabularies of their own."""

from __future__ import annotations

from typing import Any

from model.checkpoints.families import bart
from model.checkpoints.reader import ConfigReader, Source
from model.checkpoints.tables import Entries, prefix
from model.config import TransformerConfig

FAMILY = "marian"
unused = bart.unused


def config(reader: ConfigReader, keys: set[str]) -> TransformerConfig:
    reader.refuse("normalize_embedding", False, "there is no norm after the embedding")
    reader.refuse("static_position_embeddings", True, "its positions are sines and cosines")
    reader.ignore("extra_pos_embeddings")
    apart = not reader.flag("share_encoder_decoder_embeddings", True)
    source = reader.integer("vocab_size")
    vocab = {"encoder": source, "decoder": reader.integer("decoder_vocab_size", source)}
    p = prefix(keys, "model.")
    more = {side: {**positions(keys, p, side), "d_vocab": vocab[side]} for side in bart.SIDES}
    return bart.made(reader, keys, more, apart)


def positions(keys: set[str], p: str, side: str) -> dict[str, Any]:
    """Sines and cosines by their formula; a table of them in the file is used as it stands there."""
    if f"{p}{side}.embed_positions.weight" in keys:
        return {"positional": "learned"}
    return {"positional": "sinusoidal", "options": {"sinusoid_layout": "concatenated"}}


def weights(config: TransformerConfig, keys: set[str]) -> Entries:
    p = prefix(keys, "model.")
    yield from bart.table(config, keys, p)
    for side in bart.SIDES:
        if getattr(config, side).positional == "learned":
            yield f"{side}.positional.W_pos", Source(f"{p}{side}.embed_positions.weight")
