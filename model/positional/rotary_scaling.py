"""Frequencies of rotary positions, and the ways to stretch them for longer contexts.

none     base^(-2i/d)                                        2104.09864
linear   all divided by `factor`                             2306.15595 (position interpolation)
ntk      the base times factor^(d/(d-2)): the first pair stays, the last is divided by `factor`   bloc97, 2023
dynamic  the base grows with the length of the input, past the original one (NTK-aware interpolation)
yarn     long wavelengths divided, short ones kept, between them a ramp over the pairs; queries and keys are
         stretched too, by attention_factor                  2309.00071
llama3   long wavelengths divided, short ones kept, a blend between; as in Llama 3.1 (2407.21783)
"""

from __future__ import annotations

import math
import sys
from typing import Any

import torch
from torch import Tensor

from model.errors import ConfigError


def plain(d_rot: int, base: float) -> Tensor:
    """[pair]. In float32 like Hugging Face: checkpoints were trained with these very numbers."""
    return 1.0 / (base ** (torch.arange(0, d_rot, 2, dtype=torch.int64).float() / d_rot))


def linear(f: Tensor, factor: float) -> Tensor:
    return f / factor


def ntk(base: float, d_rot: int, factor: float) -> float:
    """The base of "ntk"."""
    return base * factor ** (d_rot / (d_rot - 2))


def grown(base: float, d_rot: int, length: int, factor: float, original_max_position_embeddings: float) -> float:
    """The base of "dynamic" for an input of `length` tokens."""
    ratio = max(length, original_max_position_embeddings) / original_max_position_embeddings
    return base * (factor * ratio - (factor - 1)) ** (d_rot / (d_rot - 2))


def pair_turning(turns: float, d_rot: int, base: float, length: float) -> float:
    """The pair, as a real number, that turns so often within `length` positions."""
    return d_rot * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(base))


def yarn(
    f: Tensor,
    base: float,
    factor: float,
    original_max_position_embeddings: float,
    beta_fast: float,
    beta_slow: float,
    truncate: bool,
    attention_factor: float,  # noqa: ARG001  see `stretch`
) -> Tensor:
    d_rot = 2 * len(f)
    low, high = (pair_turning(t, d_rot, base, original_max_position_embeddings) for t in (beta_fast, beta_slow))
    if truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, d_rot - 1)
    high = high + 0.001 if low == high else high
    # 1 keeps a frequency, 0 divides it by `factor`
    keep = 1 - ((torch.arange(len(f), dtype=torch.float32) - low) / (high - low)).clamp(0, 1)
    return keep * f + (1 - keep) * (1.0 / (factor * (1.0 / f)))


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


# type -> names of its numbers
SCALINGS: dict[str, tuple[str, ...]] = {
    "linear": ("factor",),
    "ntk": ("factor",),
    "dynamic": ("factor", "original_max_position_embeddings"),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "yarn": (
        "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "truncate", "attention_factor",
    ),
}  # fmt: skip

Scaling = tuple[tuple[str, Any], ...] | None


def usual(kind: str, factor: float, length: float) -> dict[str, Any]:
    """`rotary_scaling` with the numbers of its paper, for a model trained with `length` positions."""
    numbers = {
        "factor": factor,
        "original_max_position_embeddings": length,
        "beta_fast": 32.0,
        "beta_slow": 1.0,
        "truncate": True,
        "attention_factor": 0.1 * math.log(factor) + 1.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
    }
    return {"type": kind, **{name: numbers[name] for name in SCALINGS[kind]}}


def frequencies(d_rot: int, base: float, scaling: Scaling, length: int = 0) -> Tensor:
    """[pair] radians a position, for an input of `length` tokens."""
    given = dict(scaling or ())
    kind = given.pop("type", None)
    if kind == "dynamic":
        return plain(d_rot, grown(base, d_rot, length, **given))
    if kind == "ntk":
        return plain(d_rot, ntk(base, d_rot, **given))
    f = plain(d_rot, base)
    if kind == "yarn":
        return yarn(f, base, **given)
    if kind == "llama3":
        return llama3(f, **given)
    return linear(f, **given) if kind == "linear" else f


def stretch(scaling: Scaling) -> float:
    """What turned queries and keys are multiplied by."""
    return float(dict(scaling or ()).get("attention_factor", 1.0))


def check(d_rot: int, base: float, scaling: Scaling) -> None:
    """Raises ConfigError when the scaling is unknown, lacks a number or has one too many."""
    if scaling is None:
        return
    try:
        given = dict(scaling)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"rotary_scaling={scaling!r} must be a mapping with a 'type' and its numbers.") from error
    kind = given.pop("type", None)
    if kind not in SCALINGS:
        raise ConfigError(f"rotary_scaling type {kind!r} is unknown; choose one of {', '.join(SCALINGS)}.")
    names = SCALINGS[kind]
    if sorted(given) != sorted(names):
        raise ConfigError(
            f"rotary_scaling {kind!r} takes exactly {', '.join(names)}; given: {', '.join(sorted(given)) or 'none'}."
        )
    for name, value in given.items():
        if name == "truncate":
            if not isinstance(value, bool):
                raise ConfigError(f"rotary_scaling truncate={value!r} must be True or False.")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= sys.float_info.max:
            raise ConfigError(f"rotary_scaling {name}={value!r} must be a positive number.")
    if not given["factor"] <= 1e9 or given.get("original_max_position_embeddings", 1) < 1:
        raise ConfigError("rotary_scaling takes a factor up to 1e9 and original_max_position_embeddings of 1 or more.")
    if kind == "llama3" and given["high_freq_factor"] <= given["low_freq_factor"]:
        raise ConfigError("rotary_scaling high_freq_factor must be larger than low_freq_factor.")
    if kind in ("dynamic", "ntk") and (d_rot < 4 or given["factor"] < 1):
        raise ConfigError(f"rotary_scaling {kind!r} needs at least four turned dimensions and a factor of 1 or more.")
    if kind == "yarn" and (base <= 1 or given["beta_fast"] <= given["beta_slow"]):
        raise ConfigError("rotary_scaling 'yarn' needs a base above 1, and beta_fast above beta_slow.")
