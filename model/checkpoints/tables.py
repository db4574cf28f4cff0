"""What most families' tables are made of: a linear layer, a norm, a prefix that may or may not be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from model.checkpoints.reader import ConfigReader, Source, as_it_is, by_head

Entries = Iterator[tuple[str, Source]]


def prefix(keys: set[str], *choices: str) -> str:
    """The first of the choices that a key starts with: files of a bare model lack the outer name."""
    return next((p for p in choices if any(key.startswith(p) for key in keys)), "")


def first(keys: set[str], *names: str) -> str:
    """The first of several spellings that is in the file."""
    return next((name for name in names if name in keys), names[0])


def end(reader: ConfigReader, keys: set[str], tied: bool, key: str = "lm_head.weight") -> dict[str, Any]:
    """Config words for the unembedding. tied: the family's default.

    An unembedding in the file is used whatever the config says, as Hugging Face does; a free one that is missing
    makes a bare model.
    """
    tied, own = reader.flag("tie_word_embeddings", tied), key in keys
    return {"tied_unembed": tied and not own, "unembed": tied or own}


def linear(
    ours: str, letter: str, theirs: str, bias: bool = True, take: Callable[[Tensor], Tensor] = as_it_is
) -> Entries:
    """W_letter, and b_letter where there is one. `take` is for the matrix alone."""
    yield f"{ours}W_{letter}", Source(f"{theirs}.weight", take)
    if bias:
        yield f"{ours}b_{letter}", Source(f"{theirs}.bias")


def block(
    ours: str, theirs: str, layers: Mapping[str, str], n_heads: int, keys: set[str], attn_bias: bool = True
) -> Entries:
    """A block whose queries, keys and values are layers of their own. layers: Q, K, V, O, in, out and the norms, and
    what each is called in the file."""
    for letter in "QKVO":
        take = by_head(n_heads) if letter == "O" else as_it_is
        yield from linear(f"{ours}attn.", letter, f"{theirs}{layers[letter]}", attn_bias, take)
    for way in ("in", "out"):
        yield from linear(f"{ours}mlp.", way, f"{theirs}{layers[way]}")
    for name in (name for name in layers if name.startswith("ln")):
        yield from norm(f"{ours}{name}", f"{theirs}{layers[name]}", keys)


def norm(ours: str, theirs: str, keys: set[str], offset: bool = True) -> Entries:
    """Gain and offset; files of the first BERTs call them gamma and beta."""
    old = f"{theirs}.gamma" in keys
    yield f"{ours}.w", Source(f"{theirs}.gamma" if old else f"{theirs}.weight")
    if offset:
        yield f"{ours}.b", Source(f"{theirs}.beta" if old else f"{theirs}.bias")


def rows(part: int, n_heads: int) -> Callable[[Tensor], Tensor]:
    """Queries (0), keys (1) or values (2) of a layer that holds the three of one head after the other.

    [head * 3 * d_head, ...] -> [head * d_head, ...]
    """
    return partial(_rows, part, n_heads)


def _rows(part: int, n_heads: int, x: Tensor) -> Tensor:
    return x.unflatten(0, (n_heads, 3, -1))[:, part].flatten(0, 1)


def fused(ours: str, theirs: str, n_heads: int, bias: bool) -> Entries:
    """W_Q, W_K, W_V from one layer in which they lie head by head (GPT-NeoX, BLOOM)."""
    for part, letter in enumerate("QKV"):
        yield f"{ours}W_{letter}", Source(f"{theirs}.weight", rows(part, n_heads))
        if bias:
            yield f"{ours}b_{letter}", Source(f"{theirs}.bias", rows(part, n_heads))


@dataclass(frozen=True)
class Embeddings:
    """Where an encoder-decoder's embeddings lie in a file: the common one, and each side's, which may be the same."""

    shared: str
    encoder: str
    decoder: str


def embeddings(keys: set[str], p: str) -> Embeddings:
    """A side that has a tensor of its own uses it, as in Hugging Face; `p` stands before the names."""
    own = [f"{p}{side}.embed_tokens.weight" for side in ("encoder", "decoder")]
    shared = first(keys, f"{p}shared.weight", *own)
    return Embeddings(shared, *(key if key in keys else shared for key in own))
