"""Tensors as bytes and as text. The only place that converts: -inf, NaN, integers and half types end here.

One message holds several tensors: four bytes of header length (little-endian), a JSON header, then float32
numbers (little-endian). The JSON never holds a number that JSON cannot spell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

VERSION = 1


def to_numpy(tensor: torch.Tensor | np.ndarray) -> np.ndarray:
    """Float32, contiguous, on the CPU. Integers stay exact up to 2^24."""
    if isinstance(tensor, torch.Tensor):
        tensor = tensor.detach().to(device="cpu", dtype=torch.float32).numpy()
    return np.asarray(tensor, dtype=np.float32, order="C")


@dataclass(frozen=True)
class Block:
    """One tensor of a message. `extra` goes into its header as it is: labels, a colour range."""

    name: str
    title: str
    axes: tuple[str, ...]
    kind: str
    values: np.ndarray
    extra: Mapping[str, Any] = field(default_factory=dict)


def encode(blocks: Iterable[Block], **header: Any) -> bytes:
    """The blocks as one message. Cells that are not finite are counted in the header and travel as IEEE bits."""
    tensors, payload, offset = [], [], 0
    for block in blocks:
        values = to_numpy(block.values)
        body = values.astype("<f4", copy=False).tobytes()
        tensors.append(
            {
                "name": block.name,
                "title": block.title,
                "axes": list(block.axes),
                "shape": list(values.shape),
                "kind": block.kind,
                "offset": offset,
                "not_finite": not_finite(values),
                **block.extra,
            }
        )
        payload.append(body)
        offset += len(body)
    text = json.dumps({"version": VERSION, "tensors": tensors, **header}, allow_nan=False).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *payload])


def decode(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What `encode` wrote: the header, and one array a tensor."""
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length])
    arrays = []
    for tensor in header["tensors"]:
        count = math.prod(tensor["shape"])
        flat = np.frombuffer(message, dtype="<f4", count=count, offset=4 + length + tensor["offset"])
        arrays.append(flat.reshape(tensor["shape"]))
    return header, arrays


def not_finite(values: np.ndarray) -> dict[str, int]:
    """How many cells are -inf, inf and nan; only those that occur."""
    counts = {
        "-inf": np.isneginf(values).sum(),
        "inf": np.isposinf(values).sum(),
        "nan": np.isnan(values).sum(),
    }
    return {name: int(n) for name, n in counts.items() if n}


def exact(value: float | int | bool) -> str:
    """The shortest decimal that reads back as the same float32; integers as they are; -inf, inf, nan."""
    if isinstance(value, int):  # bool too
        return str(int(value))
    if not math.isfinite(value):
        return str(float(value))
    with np.errstate(over="ignore"):
        text = str(np.float32(value))
    return text.removesuffix(".0")


def short(value: float | int | bool, digits: int = 4) -> str:
    """Few digits, for reading, with a real minus sign."""
    if isinstance(value, int):
        return str(int(value)).replace("-", "−")
    if value == -math.inf:
        return "−∞"
    if not math.isfinite(value):
        return {math.inf: "∞"}.get(value, "nan")
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        text = f"{value:.{max(digits - 1 - math.floor(math.log10(abs(value))), 0)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    else:
        text = f"{value:.{digits - 1}e}"
    return text.replace("-", "−")


def plain(value: float | int | bool) -> float | int | str:
    """A number that JSON can spell, or its name."""
    if isinstance(value, int):
        return int(value)
    return float(value) if math.isfinite(value) else str(float(value))
