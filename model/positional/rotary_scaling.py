"""Frequencies of rotary positions, and the ways to stretch them for longer contexts.

none     base^(-2i/d)                                        2104.09864
linear   all divided by `factor`                             2306.15595 (position interpolation)
llama3   long wavelengths divided, short ones kept, a blend between; as in Llama 3.1 (2407.21783)
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from model.errors import ConfigError


def plain(d_rot: int, base: float) -> Tensor:
    """[pair]. In float32 like Hugging Face: checkpoints were trained with these very numbers."""
    return 1.0 / (base ** (torch.arange(0, d_rot, 2, dtype=torch.int64).float() / d_rot))


def linear(f: Tensor, factor: float) -> Tensor:
    return f / factor


def llama3(
    f: Tensor,
    factor: float,
    low_freq_factor: float,
    high_freq_factor: float,
    original_max_position_embeddings: float,
) -> Tensor:
    length = original_max_position_embeddings
    wavelength = 2 * math.pi / f
    # 1 keeps a frequency, 0 divides it by `factor`; between the two bounds it moves from one to the other
    keep = ((length / wavelength - low_freq_factor) / (high_freq_factor - low_freq_factor)).clamp(0, 1)
    return keep * f + (1 - keep) * f / factor


# type -> (function, names of its numbers)
SCALINGS: dict[str, tuple[Callable[..., Tensor], tuple[str, ...]]] = {
    "linear": (linear, ("factor",)),
    "llama3": (llama3, ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")),
}


def frequencies(d_rot: int, base: float, scaling: tuple[tuple[str, Any], ...] | None) -> Tensor:
    """[pair] radians a position. Raises ConfigError when the scaling is unknown or lacks a number."""
    f = plain(d_rot, base)
    if scaling is None:
        return f
    try:
        given = dict(scaling)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"rotary_scaling={scaling!r} must be a mapping with a 'type' and its numbers.") from error
    kind = given.pop("type", None)
    if kind not in SCALINGS:
        raise ConfigError(f"rotary_scaling type {kind!r} is unknown; choose one of {', '.join(SCALINGS)}.")
    function, names = SCALINGS[kind]
    if sorted(given) != sorted(names):
        raise ConfigError(
            f"rotary_scaling {kind!r} takes exactly {', '.join(names)}; given: {', '.join(sorted(given)) or 'none'}."
        )
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
            raise ConfigError(f"rotary_scaling {name}={value!r} must be a positive number.")
    if kind == "llama3" and given["high_freq_factor"] <= given["low_freq_factor"]:
        raise ConfigError("rotary_scaling high_freq_factor must be larger than low_freq_factor.")
    return function(f, **given)
