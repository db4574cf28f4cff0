"""Reading a GGUF file: metadata and tensor table, and tensors as float32 one at a time.

Layout (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, two counts, the metadata, the
table of tensors, padding, the tensors. Every length in the file is checked against what is left of it before
anything is made of that length, so that a damaged or hostile file costs no more memory than an honest one.
The numbers of quantised tensors are worked out by the `gguf` package.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.errors import CheckpointError

_MOST_PAIRS = 10_000
_MOST_TENSORS = 1 << 17
_MOST_ITEMS = 1 << 22  # of all arrays together; the largest vocabularies have a few hundred thousand
_LONGEST_STRING = 1 << 20
_MOST_AXES = 4

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True)
class Entry:
    """A tensor in the file: its shape as torch would give it (the file lists axes the other way round)."""

    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def count(self) -> int:
        return math.prod(self.shape)


class GGUFFile:
    """metadata: key -> value (numbers, strings, lists); tensors: name -> Entry. Raises CheckpointError."""

    def __init__(self, path: Path):
        self.path, self.at, self.items = path, 0, 0
        try:
            with path.open("rb") as file:
                self.data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # an empty file cannot be mapped
            raise CheckpointError(f"{path.name} cannot be read: {error}.") from error
        if self.take(4) != b"GGUF":
            raise self.damaged("it does not begin with the letters GGUF")
        version = self.number("I")
        if version not in (2, 3):
            raise CheckpointError(f"{path.name}: GGUF version {version} is not supported; supported: 2, 3.")
        n_tensors, n_pairs = self.number("Q"), self.number("Q")
        if n_tensors > _MOST_TENSORS or n_pairs > _MOST_PAIRS:
            raise self.damaged(f"it declares {n_tensors:,} tensors and {n_pairs:,} metadata entries")
        self.metadata: dict[str, Any] = {}
        for _ in range(n_pairs):
            key = self.string()
            if key in self.metadata:
                raise self.damaged(f"{key[:80]!r} appears twice")
            self.metadata[key] = self.value(self.number("I"))
        self.tensors = dict(self.entry() for _ in range(n_tensors))
        if len(self.tensors) < n_tensors:
            raise self.damaged("two tensors have the same name")
        align = self.metadata.get("general.alignment", 32)
        if not isinstance(align, int) or align < 1 or align & (align - 1) or align > 1 << 20:
            raise self.damaged(f"an alignment of {align!r}")
        self.start = -(-self.at // align) * align
        for name, entry in self.tensors.items():
            if entry.offset % align or self.start + entry.offset + self.size(name) > len(self.data):
                raise self.damaged(f"{name} lies outside the file or in the wrong place; is it cut short?")

    # ---- the parts of the header, each read at `self.at` -----------------------------------------------------

    def damaged(self, what: str) -> CheckpointError:
        return CheckpointError(f"{self.path.name} is no readable GGUF file: {what}.")

    def take(self, n: int) -> bytes:
        if n > len(self.data) - self.at:
            raise self.damaged(f"it ends at byte {len(self.data):,}, in the middle of something")
        self.at += n
        return self.data[self.at - n : self.at]

    def number(self, code: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code)))[0]

    def string(self) -> str:
        n = self.number("Q")
        if n > _LONGEST_STRING:
            raise self.damaged(f"a string of {n:,} bytes")
        try:
            return self.take(n).decode()
        except UnicodeDecodeError as error:
            raise self.damaged(f"a string that is not UTF-8 at byte {self.at:,}") from error

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind in _SCALARS:
            return self.number(_SCALARS[kind])
        if kind != _ARRAY:
            raise self.damaged(f"a value of unknown type {kind}")
        inner, n = self.number("I"), self.number("Q")
        self.items += n
        if self.items > _MOST_ITEMS:
            raise self.damaged(f"an array of {n:,} values")
        if inner in _SCALARS:
            code = f"{n}{_SCALARS[inner]}"
            return list(struct.unpack("<" + code, self.take(struct.calcsize("<" + code))))
        if inner != _STRING:
            raise self.damaged(f"an array of values of type {inner}")
        return [self.string() for _ in range(n)]

    def entry(self) -> tuple[str, Entry]:
        name, n_axes = self.string(), self.number("I")
        if n_axes > _MOST_AXES:
            raise self.damaged(f"{name[:80]!r} has {n_axes} axes")
        shape = tuple(self.number("Q") for _ in range(n_axes))
        return name, Entry(shape[::-1], self.number("I"), self.number("Q"))

    # ---- tensors ---------------------------------------------------------------------------------------------

    def format(self, name: str) -> Any:
        """The `gguf` package's word for how a tensor is stored, F32 or Q4_1 say."""
        from gguf import GGMLQuantizationType

        try:
            return GGMLQuantizationType(self.tensors[name].kind)
        except ValueError as error:
            raise self.damaged(f"{name} is stored in an unknown way ({self.tensors[name].kind})") from error

    def size(self, name: str) -> int:
        """Bytes a tensor takes in the file."""
        from gguf import GGML_QUANT_SIZES

        entry = self.tensors[name]
        block, size = GGML_QUANT_SIZES[self.format(name)]
        if entry.count and entry.shape and entry.shape[-1] % block:
            raise self.damaged(f"{name} has rows of {entry.shape[-1]}, not of whole blocks of {block}")
        return entry.count // block * size

    def read(self, name: str) -> np.ndarray:
        """A tensor as float32, of the shape torch would give it. Raises CheckpointError for other formats."""
        from gguf import dequantize

        entry, how, at = self.tensors[name], self.format(name), self.start + self.tensors[name].offset
        raw = np.frombuffer(self.data, np.uint8, self.size(name), at)
        if not entry.count:
            return np.zeros(entry.shape, np.float32)
        rows = raw.reshape(*entry.shape[:-1], -1) if entry.shape else raw
        try:
            with np.errstate(all="ignore"):  # scales that overflow are the file's business
                return np.asarray(dequantize(rows, how), np.float32).reshape(entry.shape)
        except NotImplementedError as error:
            raise CheckpointError(
                f"{self.path.name}: {name} is stored as {how.name}, which is not supported."
            ) from error
