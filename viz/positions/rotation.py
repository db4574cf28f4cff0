"""Rotary positions as arrows, and query times key against distance: of random vectors and of a trained model's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model import shipped
from model.positional.rotary import Rotary
from model.trace import Trace
from model.where import Where
from viz.positions.one import pair_dims
from viz.positions.setup import Setup, array, encoding


@dataclass(frozen=True)
class Arrows:
    """A query and a key of length 1 in each pair, before and after they are turned.

    q, k                [pair, (x, y)]
    turned_q, turned_k  [position, pair, (x, y)]
    later_q, later_k    the same LATER positions further right
    """

    q: np.ndarray
    k: np.ndarray
    turned_q: np.ndarray
    turned_k: np.ndarray
    later_q: np.ndarray
    later_k: np.ndarray


LATER = 100


def rotary(setup: Setup) -> Rotary | None:
    found = encoding(setup)
    return found if isinstance(found, Rotary) else None


def turned(setup: Setup, q: Tensor, k: Tensor, at_q: list[int], at_k: list[int]) -> tuple[Tensor, Tensor]:
    """[position, row, width] queries and keys, turned to the positions named; by the encoding itself."""
    where = Where(torch.tensor(at_q), torch.tensor(at_k))
    return encoding(setup).rotate(q.double(), k.double(), where, lambda _, x: x)


def arrows(setup: Setup, seed: int = 0) -> Arrows:
    """Random directions. Each pair gives to the score what its two turned arrows multiply to, before scaling."""
    found = encoding(setup)
    assert isinstance(found, Rotary)
    dims = torch.tensor([pair_dims(setup, i) for i in range(found.d_rot // 2)])
    numbers = torch.Generator().manual_seed(seed)
    q, k = torch.randn(2, setup.width, generator=numbers, dtype=torch.float64)
    for v in (q, k):
        v[dims] = v[dims] / v[dims].norm(dim=-1, keepdim=True)
    there = []
    for first in (0, LATER):
        at, n = list(range(first, first + setup.positions)), setup.positions
        both = turned(setup, q.expand(n, 1, -1), k.expand(n, 1, -1), at, at)
        there += [array(v[:, 0][:, dims]) for v in both]
    return Arrows(array(q[dims]), array(k[dims]), *there)


def by_distance(setup: Setup, q: Tensor, k: Tensor, far: int) -> np.ndarray:
    """[row, distance] scaled products of q [row, width] at position `far` with k 0..far positions back."""
    tq, tk = turned(setup, q[None], k.expand(far + 1, -1, -1), [far], list(range(far, -1, -1)))
    return array((tq * tk).sum(-1).t() / setup.width**0.5)


def random_vectors(width: int, rows: int = 64, seed: int = 0) -> Tensor:
    """[row, width], standard normal."""
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@dataclass(frozen=True)
class Layer:
    """A layer of the shipped model. q, k: [pair of tokens, head, width]; setup: its rotary encoding."""

    q: Tensor
    k: Tensor
    setup: Setup


@lru_cache(maxsize=64)
def trained_layer(layer: int, name: str = "smollm2") -> Layer:
    """Queries and keys of a real model on its shipped sentence, each query with each key up to it, not yet turned."""
    trace = shipped.open_shipped(name)
    config: dict[str, Any] = trace.config["decoder"]
    q, k = (trace[f"blocks.{layer}.attn.{x}"].double() for x in ("q", "k"))
    k = k.repeat_interleave(config["n_heads"] // config["n_kv_heads"], dim=1)
    i, j = np.tril_indices(len(q))
    return Layer(q[i], k[j], _setup(trace))


def heads(name: str = "smollm2") -> tuple[int, int]:
    """(layers, heads) of the shipped model."""
    config = shipped.open_shipped(name).config["decoder"]
    return config["n_layers"], config["n_heads"]


@dataclass(frozen=True)
class Heads:
    """Every head of the shipped model on its sentence.

    setup    its rotary encoding
    product  [layer, head, distance] mean scaled product over pairs of tokens, were they so far apart
    share    [layer, head, pair] as `shares`
    """

    setup: Setup
    product: np.ndarray
    share: np.ndarray


@lru_cache(maxsize=2)
def all_heads(far: int, name: str = "smollm2") -> Heads:
    """A turn is linear, so it is made once for each unit vector, and the means over pairs of tokens are put in."""
    q, k, setup = _rows(name)
    unit = torch.eye(setup.width, dtype=torch.float64)
    tq, tk = turned(setup, unit[None], unit.expand(far + 1, -1, -1), [far], list(range(far, -1, -1)))
    turns = (tq @ tk.transpose(-1, -2)).flatten(1)  # [distance, width * width]
    together = torch.einsum("lthi,lthj->lhij", q, k.cumsum(1)) / _pairs(q)
    product = together.flatten(-2) @ turns.t() / setup.width**0.5
    long_q, long_k = (_sizes(setup, x) for x in (q, k))
    size = (long_q * long_k.cumsum(1)).sum(1) / _pairs(q)
    return Heads(setup, array(product), array(size / size.sum(-1, keepdim=True)))


def _rows(name: str) -> tuple[Tensor, Tensor, Setup]:
    """q, k [layer, token, head, width] and the encoding. A running sum of k over tokens meets each query with all
    its keys, so that no pair of tokens is written out."""
    trace, (layers, _) = shipped.open_shipped(name), heads(name)
    q, k = (torch.stack([trace[f"blocks.{i}.attn.{x}"] for i in range(layers)]).double() for x in ("q", "k"))
    return q, k.repeat_interleave(q.shape[2] // k.shape[2], dim=2), _setup(trace)


def _setup(trace: Trace) -> Setup:
    config: dict[str, Any] = trace.config["decoder"]
    return Setup("rotary", tuple(dict(config["options"]).items()), 512, config["d_head"], 1)


def _pairs(q: Tensor) -> int:
    """Of a query and a key up to it."""
    n = q.shape[1]
    return n * (n + 1) // 2


def shares(setup: Setup, q: Tensor, k: Tensor) -> np.ndarray:
    """[..., pair] mean of |q||k| over rows, as a share of the sum over pairs: how much each frequency can do."""
    size = (_sizes(setup, q) * _sizes(setup, k)).mean(0)
    return array(size / size.sum(-1, keepdim=True))


def _sizes(setup: Setup, x: Tensor) -> Tensor:
    """[..., pair] length of the part of x [..., width] that is in each pair."""
    found = encoding(setup)
    assert isinstance(found, Rotary)
    pairs = torch.tensor([pair_dims(setup, i) for i in range(found.d_rot // 2)])
    return x[..., pairs].norm(dim=-1)
