"""Encodings side by side, all as what they add to a score, in the units of scores (after dividing by √d)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from model.positional.properties import words
from viz.positions.one import hidden
from viz.positions.rotation import rotary, turned
from viz.positions.setup import BIAS, Setup, array, network, passed, taps

PAST = 4  # times the trained length


@dataclass(frozen=True)
class Added:
    """What an encoding adds to scores.

    score  [head, query, key]; one head where all are alike
    kind   a key of `KINDS`
    ends   position past which there is nothing, None where there is no end
    """

    setup: Setup
    score: np.ndarray
    kind: str
    ends: int | None = None


KINDS = {
    "vectors": "PE·PEᵀ/√d: the product of the two added vectors, the part of a score that knows no word",
    "bias": "the bias as it is added to the score of each head",
    "turn": "query times key for two equal vectors of ones, after each is turned to its place",
    "none": "nothing is added",
}


@lru_cache(maxsize=24)
def added(setup: Setup, times: int = 1) -> Added:
    """Over `times` the setup's positions; where a table of positions ends, as far as it goes."""
    n, ends = setup.positions * times, None
    try:
        values = passed(setup, n)
    except IndexError:
        n = ends = setup.positions
        values = passed(setup)
    if BIAS in values:
        return Added(setup, array(values[BIAS]), "bias", ends)
    if "pos_embed" in values:
        p = values["pos_embed"]
        return Added(setup, array(p @ p.t() / setup.width**0.5)[None], "vectors", ends)
    if rotary(setup) is not None:
        ones = torch.ones(n, 1, setup.width, dtype=torch.float64)
        q, k = (x[:, 0] for x in turned(setup, ones, ones, list(range(n)), list(range(n))))
        return Added(setup, array(q @ k.t() / setup.width**0.5)[None], "turn", ends)
    return Added(setup, np.zeros((1, n, n), np.float32), "none", ends)


def shown(found: Added) -> np.ndarray:
    """The scores with NaN where the mask hides the key; what is no number of itself counts as infinite."""
    score = np.where(np.isnan(found.score), np.inf, found.score)
    return np.where(hidden(found.setup, found.score.shape[-1]), np.nan, score).astype(np.float32)


def largest(some: list[Added]) -> float:
    """The largest size of any number shown: one colour scale for all."""
    return max((float(np.nanmax(np.abs(shown(a)))) for a in some), default=0.0) or 1.0


def by_distance(score: np.ndarray) -> np.ndarray:
    """[head, distance] mean over all queries that have a key so far back."""
    n = score.shape[-1]
    return np.stack([score[:, np.arange(d, n), np.arange(n - d)].mean(-1) for d in range(n)], axis=-1)


def last_query(score: np.ndarray) -> np.ndarray:
    """[head, distance] of the last query alone."""
    return score[:, -1, ::-1]


def spread(score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[distance] smallest, mean and largest over heads."""
    curves = by_distance(score)
    return curves.min(0), curves.mean(0), curves.max(0)


@lru_cache(maxsize=64)
def depends_between(setup: Setup) -> bool:
    """Whether a token between two others changes what is added to their score: places that are counted do."""
    if BIAS not in passed(setup) or setup.positions < 4:
        return False
    ids = words(setup.positions)
    other = list(ids)
    other[2] = 2 + (ids[2] - 1) % 14
    here, there = (taps(network(setup), i)[BIAS][:, -1, 0] for i in (ids, other))
    return not torch.allclose(here, there, rtol=0, atol=1e-9)
