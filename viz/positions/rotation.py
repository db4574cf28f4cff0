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
from model.where import Where
from viz.positions.one import pair_dims
from viz.positions.setup import Setup, array, encoding


@dataclass(frozen=True)
class Arrows:
    """One pair of a query and a key, before and after they are turned; each (x, y)."""

    q: tuple[float, float]
    k: tuple[float, float]
    turned_q: tuple[float, float]
    turned_k: tuple[float, float]

    @property
    def product(self) -> float:
        """What this pair gives to the score, before scaling."""
        return self.turned_q[0] * self.turned_k[0] + self.turned_q[1] * self.turned_k[1]


def rotary(setup: Setup) -> Rotary | None:
    found = encoding(setup)
    return found if isinstance(found, Rotary) else None


def turned(setup: Setup, q: Tensor, k: Tensor, at_q: list[int], at_k: list[int]) -> tuple[Tensor, Tensor]:
    """[position, row, width] queries and keys, turned to the positions named; by the encoding itself."""
    where = Where(torch.tensor(at_q), torch.tensor(at_k))
    return encoding(setup).rotate(q.double(), k.double(), where, lambda _, x: x)


def arrows(setup: Setup, pair: int, query: int, key: int, seed: int = 0) -> Arrows:
    """A random query and key of length 1 in this pair."""
    x, y = pair_dims(setup, pair)
    numbers = torch.Generator().manual_seed(seed)
    q, k = torch.randn(2, 1, 1, setup.width, generator=numbers, dtype=torch.float64)
    for v in (q, k):
        v /= v[..., [x, y]].norm()
    tq, tk = turned(setup, q, k, [query], [key])

    def two(v: Tensor) -> tuple[float, float]:
        return v[0, 0, x].item(), v[0, 0, y].item()

    return Arrows(two(q), two(k), two(tq), two(tk))


def by_distance(setup: Setup, q: Tensor, k: Tensor, far: int) -> np.ndarray:
    """[row, distance] scaled products of q [row, width] at position `far` with k 0..far positions back."""
    tq, tk = turned(setup, q[None], k.expand(far + 1, -1, -1), [far], list(range(far, -1, -1)))
    return array((tq * tk).sum(-1).t() / setup.width**0.5)


def random_vectors(width: int, rows: int = 64, seed: int = 0) -> Tensor:
    """[row, width], standard normal."""
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@dataclass(frozen=True)
class Head:
    """A head of the shipped model. q, k: [pair of tokens, width]; setup: its rotary encoding."""

    layer: int
    head: int
    q: Tensor
    k: Tensor
    setup: Setup


@lru_cache(maxsize=64)
def trained_head(layer: int, head: int, name: str = "smollm2") -> Head:
    """Queries and keys of a real model on its shipped sentence, each query with each key up to it, not yet turned."""
    trace = shipped.open_shipped(name)
    config: dict[str, Any] = trace.config["decoder"]
    q, k = (trace[f"blocks.{layer}.attn.{x}"].double() for x in ("q", "k"))
    group = config["n_heads"] // config["n_kv_heads"]
    i, j = np.tril_indices(len(q))
    known = dict(config["options"])
    setup = Setup("rotary", tuple(known.items()), 512, config["d_head"], 1)
    return Head(layer, head, q[i, head], k[j, head // group], setup)


def heads(name: str = "smollm2") -> tuple[int, int]:
    """(layers, heads) of the shipped model."""
    config = shipped.open_shipped(name).config["decoder"]
    return config["n_layers"], config["n_heads"]


def shares(setup: Setup, q: Tensor, k: Tensor) -> np.ndarray:
    """[pair] mean of |q||k| in a pair, as a share of the sum over pairs: how much each frequency can do."""
    found = encoding(setup)
    assert isinstance(found, Rotary)
    pairs = [list(pair_dims(setup, i)) for i in range(found.d_rot // 2)]
    size = torch.stack([(q[:, p].norm(dim=-1) * k[:, p].norm(dim=-1)).mean() for p in pairs])
    return array(size / size.sum())
