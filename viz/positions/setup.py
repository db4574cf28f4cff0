"""One encoding at a chosen size, in a network of one layer, and what a pass of it computes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.positional.base import Positional
from model.positional.properties import build, logits, words
from model.registry import Option, variants
from model.tape import Tape, record
from model.transformer import Transformer

SPACES = ("row", "grid")  # a row of tokens, a grid of patches; a graph needs an input of its own
BIAS = "blocks.0.attn.bias"
Options = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Setup:
    """positional  name in the registry
    options    of the encoding, as the config takes them
    positions  tokens read, and the longest input of the network
    width      numbers in the vector added to an embedding, and in one head
    ahead      whether a query sees the keys after it
    """

    positional: str = "sinusoidal"
    options: Options = ()
    positions: int = 24
    width: int = 16
    heads: int = 4
    ahead: bool = False

    @property
    def title(self) -> str:
        return title(self.positional)


def names() -> list[str]:
    """Encodings that can be shown on a row of tokens or a grid of patches."""
    known: dict[str, Any] = variants("positional")
    return [name for name, encoding in known.items() if encoding.space in SPACES]


def title(name: str) -> str:
    known: dict[str, Any] = variants("positional")
    return known[name].title


def titles(some: Iterable[str]) -> dict[str, str]:
    """Name -> what a person reads."""
    return {name: title(name) for name in some}


def options(name: str) -> dict[str, Option]:
    """The encoding's own numbers and words."""
    known: dict[str, Any] = variants("positional")
    return known[name].OPTIONS


def source(name: str) -> str:
    """What the encoding's file says about it: what it is, its paper, what everybody gets wrong once."""
    import importlib

    return " ".join((importlib.import_module(f"model.positional.{name}").__doc__ or "").split())


@lru_cache(maxsize=64)
def network(setup: Setup) -> Transformer:
    """In double precision; all setups of one size share every weight but the encoding's. Raises ConfigError."""
    return build(
        setup.positional, "encoder" if setup.ahead else "decoder", dict(setup.options), setup.positions,
        n_layers=1, n_heads=setup.heads, d_model=setup.width, d_head=setup.width,
    )  # fmt: skip


def encoding(setup: Setup) -> Positional:
    return network(setup).last.positional


def taps(net: Transformer, ids: list[int]) -> dict[str, Tensor]:
    """Every tensor of a pass by name, for texts of any length. Raises IndexError where a table of positions ends."""
    with record(Tape(net.plan((len(ids),), False).names)) as tape:
        logits(net, ids)
    return tape.values


@lru_cache(maxsize=16)  # a bias over long inputs is large
def passed(setup: Setup, n: int = 0) -> dict[str, Tensor]:
    """Embeddings and what the encoding adds, of a pass over `n` made-up tokens, the setup's positions if 0.

    Read-only by agreement.
    """
    found = taps(network(setup), words(n or setup.positions))
    return {name: found[name] for name in ("embed", "pos_embed", BIAS) if name in found}


def array(x: Tensor) -> np.ndarray:
    """float32, as the browser gets it; read-only."""
    out = x.detach().to(torch.float32).numpy().copy()  # what is too large becomes infinite
    out.flags.writeable = False
    return out
