"""What the blocks of the scene show from afar: patches of each tensor in a byte each, many tensors in one message.

A patch of one cell is that cell. A larger one shows the root mean square of its cells, since signed numbers average to
nothing, with the sign of the strongest; where a cell is an extreme, the patch shows that cell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from viz.space import directions
from viz.tensors import Source
from viz.windows import overview

HIDDEN = 0  # byte of a patch that is masked, or not a number
EXTREME = 4  # times the range of colours: the few activations that are out of all proportion
_ZERO = 128  # byte of 0 where numbers have a sign


@dataclass(frozen=True)
class Face:
    """patches  [slab, row, column] bytes, see `coded`
    bins     cells (rows, columns) that a patch stands for; the last ones may stand for fewer
    most     what the strongest colour stands for
    """

    patches: np.ndarray
    bins: tuple[int, int]
    most: float


def face(source: Source, most: int) -> Face:
    """At most `most` x `most` patches a slab: the places of the axes that go into the depth, the last fastest."""
    column, row, deep = directions(source.axes)
    values = source.numbers()
    order = [*deep, *(i for i in (row, column) if i is not None)]
    height = 1 if row is None else values.shape[row]
    width = 1 if column is None else values.shape[column]
    slabs = math.prod(values.shape[i] for i in deep)
    flat = values.transpose(order).reshape(slabs, height, width)
    reach = _reach(source)
    if 0 in flat.shape:
        return Face(np.zeros((max(slabs, 1), 1, 1), np.uint8), (1, 1), reach)
    found, bins = zip(*(_shrunk(slab, most, EXTREME * reach) for slab in flat), strict=True)
    return Face(coded(np.stack(found), reach, source.kind == "signed"), bins[0], reach)


def _reach(source: Source) -> float:
    limits = source.limits
    if source.kind == "probability":
        return 1.0
    return limits.robust if source.kind == "signed" else max(abs(limits.low), abs(limits.high)) or 1.0


def _shrunk(slab: np.ndarray, most: int, extreme: float) -> tuple[np.ndarray, tuple[int, int]]:
    """Root mean squares of patches, with the sign of each patch's strongest cell; what is hidden does not count."""
    strongest, bins = overview(slab, (most, most))
    if bins == [1, 1]:
        return slab, (1, 1)
    seen = np.isfinite(slab)
    squares = np.where(seen, slab.astype(np.float64) ** 2, 0.0)
    count = seen.astype(np.float64)
    for axis, width in enumerate(bins):
        starts = np.arange(0, squares.shape[axis], width)
        squares, count = np.add.reduceat(squares, starts, axis), np.add.reduceat(count, starts, axis)
    with np.errstate(invalid="ignore"):
        middle = np.sqrt(squares / count)  # where all is hidden: 0 / 0
    patches = np.where(np.abs(strongest) > extreme, strongest, np.copysign(middle, strongest))
    return patches.astype(np.float32), (bins[0], bins[1])


def coded(values: np.ndarray, most: float, signed: bool) -> np.ndarray:
    """HIDDEN for what is not finite; else 1 to 255: from -most by 0 at 128 to most, or from 0 to most."""
    share = np.clip(values / most, -1.0 if signed else 0.0, 1.0)
    share = np.nan_to_num(share)
    codes = np.rint(_ZERO + 127 * share if signed else 1 + 254 * share)
    return np.where(np.isfinite(values), codes, HIDDEN).astype(np.uint8)


def message(sources: Iterable[Source], most: int) -> bytes:
    """Four bytes of header length (little-endian), a JSON header, then the bytes of all faces."""
    heads, payload, offset = [], [], 0
    for source in sources:
        found = face(source, most)
        slabs, rows, columns = found.patches.shape
        heads.append({
            "name": source.name, "kind": source.kind, "slabs": slabs, "rows": rows, "cols": columns,
            "bins": list(found.bins), "most": found.most, "offset": offset,
            "zero": source.limits.low == source.limits.high == 0 and not source.numbers().any(),
        })  # fmt: skip
        body = found.patches.tobytes()
        payload.append(body)
        offset += len(body)
    text = json.dumps({"version": 1, "faces": heads}, allow_nan=False).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *payload])
