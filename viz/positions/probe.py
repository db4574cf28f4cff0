"""Reads the position off the residual stream by least squares: of trained weights, and of untrained ones beside them.

Every fourth position is kept out of the fit, and so are all rows that it is tested on: a probe that learned places by
heart would fail there. Tokens are drawn at random, so that they tell nothing of their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

import model
from model.tape import Tape, record
from model.train import positions_table
from model.transformer import Transformer

ROWS = 96
HELD_OUT = 4  # every so many-th position
RIDGE = 1e-3  # share of the mean variance, so that many dimensions do not fit noise
SORT = "sort"


@dataclass(frozen=True)
class Probed:
    """layers    names of the streams read, in order
    error     [layer] mean absolute error, in positions, on what the fit never saw
    predicted [layer, position] mean reading at each position
    kept_out  positions that the fit never saw
    chance    the error of always saying the mean
    guess     that of saying any position at random
    """

    layers: tuple[str, ...]
    error: tuple[float, ...]
    predicted: np.ndarray
    kept_out: tuple[int, ...]
    chance: float
    guess: float


def models() -> list[str]:
    """What can be probed: the built-in model, and the trained comparison as far as it is shipped."""
    return [SORT, *positions_table.names()]


@lru_cache(maxsize=16)
def probe(name: str, trained: bool) -> Probed:
    """Raises CheckpointError for weights that are not shipped."""
    found = model.load(SORT) if name == SORT else positions_table.load(name)
    net = found.network if trained else model.control(found, "random").network
    length = net.last.config.n_ctx if name == SORT else 32
    return read(net, length)


def read(net: Transformer, length: int, seed: int = 0) -> Probed:
    numbers = torch.Generator().manual_seed(seed)
    rows = torch.randint(net.last.config.d_vocab, (2 * ROWS, length), generator=numbers)
    names = ("blocks.0.resid_pre", *(f"blocks.{i}.resid_post" for i in range(len(net.last.blocks))))
    with torch.no_grad(), record(Tape(net.plan((length,), False).names)) as tape:
        net(rows)
    place = np.arange(length)
    kept_out = place[2::HELD_OUT]
    fitted = np.setdiff1d(place, kept_out)
    errors, predicted = [], []
    for n in names:
        x = tape.values[n].double().numpy()  # [row, position, d_model]
        weights = fit(x[:ROWS, fitted].reshape(-1, x.shape[-1]), np.tile(fitted, ROWS))
        said = apply(weights, x[ROWS:])
        errors.append(float(np.abs(said[:, kept_out] - kept_out).mean()))
        predicted.append(said.mean(0))
    chance = float(np.abs(fitted.mean() - kept_out).mean())
    means = np.stack(predicted).astype(np.float32)
    return Probed(names, tuple(errors), means, tuple(kept_out.tolist()), chance, guessed(kept_out, length))


def guessed(places: np.ndarray, n: int) -> float:
    """Mean error of answers that are each of n positions equally often."""
    return float(np.abs(places[:, None] - np.arange(n)).mean())


def fit(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(mean of x, weights, mean of y) of least squares with a small ridge."""
    middle, level = x.mean(0), float(y.mean())
    centred = x - middle
    gram = centred.T @ centred
    gram += RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    return middle, np.linalg.solve(gram, centred.T @ (y - level)), level


def apply(fitted: tuple[np.ndarray, np.ndarray, float], x: np.ndarray) -> np.ndarray:
    middle, weights, level = fitted
    return (x - middle) @ weights + level
