"""What one encoding adds: vectors, biases, angles; how long, how many independent, how dear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from model.positional.properties import EXACT, cost
from model.positional.rotary import Rotary
from model.positional.rotary_scaling import SCALINGS, frequencies, usual
from model.positional.sinusoidal import Sinusoidal, Wave
from viz.positions.setup import BIAS, Setup, array, encoding, passed


@dataclass(frozen=True)
class Hands:
    """Clock hands: one for each pair of dimensions, at every position.

    tip         [position, pair, (cosine, sine)] as the encoding has them, times what it stretches them by
    angle       [position, pair] radians, counted up without end
    wavelength  [pair] positions a turn; infinite where nothing turns
    """

    tip: np.ndarray
    angle: np.ndarray
    wavelength: np.ndarray


@lru_cache(maxsize=16)
def vectors(setup: Setup) -> np.ndarray | None:
    """[position, dimension] added to the embeddings; None where nothing is."""
    found = passed(setup).get("pos_embed")
    return None if found is None else array(found)


@lru_cache(maxsize=16)
def biases(setup: Setup) -> np.ndarray | None:
    """[head, query, key] added to the scores; None where nothing is."""
    found = passed(setup).get(BIAS)
    return None if found is None else array(found)


def hidden(setup: Setup, n: int = 0) -> np.ndarray:
    """[query, key] True where the mask hides a key."""
    n = n or setup.positions
    return np.zeros((n, n), bool) if setup.ahead else np.triu(np.ones((n, n), bool), 1)


def angles(setup: Setup) -> np.ndarray | None:
    """[position, pair] radians by which queries and keys turn."""
    found = encoding(setup)
    if not isinstance(found, Rotary):
        return None
    return found.angles(torch.arange(setup.positions), torch.float64, setup.positions).numpy()


def hands(setup: Setup) -> Hands | None:
    """Of a fixed sinusoid its own two numbers, of a rotary encoding cosine and sine; None for what has no clocks."""
    found, turns = encoding(setup), angles(setup)
    if isinstance(found, Rotary) and turns is not None:
        step = turns[1] if len(turns) > 1 else turns[0]
        tip = found.stretch * np.stack([np.cos(turns), np.sin(turns)], -1)
    elif setup.positional == "sinusoidal":
        wave, p = wave_of(setup), passed(setup)["pos_embed"]
        step = wave.base ** (-2 * np.arange(setup.width // 2) / wave.d)
        turns = np.arange(setup.positions)[:, None] * step
        dims = torch.tensor([pair_dims(setup, i) for i in range(setup.width // 2)])
        tip = p[:, dims].flip(-1).numpy()
    else:
        return None
    with np.errstate(divide="ignore"):
        wavelength = 2 * np.pi / step
    return Hands(*(x.astype(np.float32) for x in (tip, turns, wavelength)))


def wave_of(setup: Setup) -> Wave:
    """The waves of a fixed sinusoid."""
    found = encoding(setup)
    assert isinstance(found, Sinusoidal)
    return found.wave()


def pair_dims(setup: Setup, pair: int) -> tuple[int, int]:
    """The two dimensions of a pair: sine and cosine, or the two that turn together."""
    found = encoding(setup)
    if isinstance(found, Rotary):
        first = next(d for d in range(found.d_rot) if (found.partner(d) or (None,))[0] == pair)
        partner = found.partner(first)
        assert partner is not None
        return first, partner[1]
    wave = wave_of(setup)
    both = [d for d in range(wave.d) if wave.pair(d)[0] == pair]
    return (both[0], both[1]) if wave.pair(both[0])[1] else (both[1], both[0])


def norms(setup: Setup) -> tuple[np.ndarray, np.ndarray] | None:
    """[position] lengths of the encoding's vectors, and of the token embeddings beside them."""
    values = passed(setup)
    if "pos_embed" not in values:
        return None
    return array(values["pos_embed"].norm(dim=-1)), array(values["embed"].norm(dim=-1))


def rank(setup: Setup) -> tuple[int, int] | None:
    """(rank, the most it could be) of what is added; of biases the largest of all heads."""
    values = passed(setup)
    found = values.get("pos_embed", values.get(BIAS))
    if found is None:
        return None
    return int(torch.linalg.matrix_rank(found, rtol=EXACT).max()), min(found.shape[-2:])


def price(setup: Setup) -> tuple[int, int]:
    """(trained numbers, work of one pass over these positions), more than with no encoding."""
    return cost(
        setup.positional, dict(setup.options), setup.positions,
        n_ctx=setup.positions, n_layers=1, n_heads=setup.heads, d_model=setup.width, d_head=setup.width,
    )  # fmt: skip


def multipliers(width: int, base: float, factor: float, trained: int, length: int) -> dict[str, np.ndarray]:
    """kind of extension -> [pair] its frequency over the plain one, for an input of `length` tokens."""
    plain = frequencies(width, base, None)
    out = {}
    for kind in SCALINGS:
        scaling = tuple(usual(kind, factor, float(trained)).items())
        out[kind] = array(frequencies(width, base, scaling, length) / plain)
    return out
