"""Arrays that somebody uploads: .npy without pickle, .csv or .safetensors, checked before their numbers are read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from model.errors import InputError
from model.positional.drawn import MOST_CELLS, table_of

MOST_BYTES = 2 << 20
SUFFIXES = ("npy", "csv", "safetensors")
BY_DISTANCE, BY_PLACE = "head × distance", "query × key"
Nested = tuple[Any, ...]


def read(name: str, data: bytes, rows: str | None = None) -> Nested:
    """The table in a file, as the encoding's option takes it. Raises GlassformerError in words.

    rows: what a matrix is, BY_DISTANCE or BY_PLACE; None guesses by its shape.
    """
    suffix = name.lower().rpartition(".")[2]
    if suffix not in SUFFIXES:
        raise InputError(f"{name[:60]!r} is no array that is read here; give a .npy, .csv or .safetensors file.")
    if len(data) > MOST_BYTES:
        raise InputError(f"the file has {len(data) / 2**20:.1f} MB; at most {MOST_BYTES >> 20} MB are read.")
    readers: dict[str, Callable[[bytes], np.ndarray]] = {"npy": _npy, "csv": _csv, "safetensors": _safetensors}
    return nested(shaped(readers[suffix](data), rows))


def shaped(array: np.ndarray, rows: str | None = None) -> np.ndarray:
    """[head, distance] or [head, query, key]."""
    if array.ndim == 1:
        return array[None]
    if array.ndim == 2 and (guess(array.shape) if rows is None else rows) == BY_PLACE:
        return array[None]
    if array.ndim in (2, 3):
        return array
    shape = " × ".join(map(str, array.shape)) or "a single number"
    raise InputError(f"the array is {shape}; it must be distance, head × distance, query × key or head × query × key.")


def guess(shape: tuple[int, ...]) -> str:
    """What the two axes of a matrix are: a square is query × key, few long rows are heads."""
    return BY_DISTANCE if shape[0] <= 16 and shape[1] > shape[0] else BY_PLACE


def nested(array: np.ndarray) -> Nested:
    """As tuples of floats. Raises ConfigError for numbers that are too large or none."""
    found = table_of(array.astype(np.float64).tolist()).tolist()
    return _frozen(found)


def _frozen(x: Any) -> Any:
    return tuple(_frozen(y) for y in x) if isinstance(x, list) else x


def _few(shape: tuple[int, ...]) -> None:
    if math.prod(shape) > MOST_CELLS:
        said = " × ".join(map(str, shape))
        raise InputError(f"the array is {said}, {math.prod(shape):,} numbers; at most {MOST_CELLS:,} are taken.")


def _npy(data: bytes) -> np.ndarray:
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = header(file)
    except ValueError as error:
        raise InputError("the file is not a readable .npy file; save it with numpy.save.") from error
    if kind.kind not in "fiub":
        raise InputError(f"the .npy file holds {kind}, not plain numbers; objects (pickles) are never opened.")
    _few(shape)
    if len(data) - file.tell() != math.prod(shape) * kind.itemsize:
        raise InputError("the .npy file is cut short, or longer than its shape says.")
    file.seek(0)
    return np.load(file, allow_pickle=False)


def _csv(data: bytes) -> np.ndarray:
    try:
        lines = [line for line in csv.reader(io.StringIO(data.decode("utf-8-sig"))) if any(c.strip() for c in line)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("the .csv file is not text with commas between numbers.") from error
    if not lines:
        raise InputError("the .csv file is empty; give rows of numbers with commas between.")
    for r, line in enumerate(lines):
        if len(line) != len(lines[0]):
            raise InputError(f"row {r + 1} of the .csv has {len(line)} numbers, the first {len(lines[0])}.")
    _few((len(lines), len(lines[0])))
    return np.array([[_number(c, r, i) for i, c in enumerate(line)] for r, line in enumerate(lines)])


def _number(text: str, row: int, column: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"row {row + 1}, column {column + 1} of the .csv is {text[:20]!r}, no number.") from None


def _safetensors(data: bytes) -> np.ndarray:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        found = load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise InputError("the file is not a readable .safetensors file.") from error
    if len(found) != 1:
        raise InputError(f"the .safetensors file has {len(found)} tensors; upload one that has a single tensor.")
    (tensor,) = found.values()
    _few(tuple(tensor.shape))
    if tensor.is_complex():
        raise InputError("the .safetensors file holds complex numbers; a bias is one real number a cell.")
    return tensor.double().numpy()
