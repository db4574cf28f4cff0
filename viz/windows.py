"""Parts of large tensors: the colour range of the whole, and overviews that lose no extreme."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

ROBUST = 0.995  # of the magnitudes; what lies beyond has the strongest colour too
_SAMPLE = 1 << 18  # magnitudes that the percentile is taken of, evenly spread over a larger tensor
_REMEMBERED = 2048  # ranges of one trace or network


@dataclass(frozen=True)
class Limits:
    """Colour range of a whole tensor. low, high: of its finite cells. robust: never 0; clipped: cells beyond it."""

    low: float
    high: float
    robust: float
    clipped: int

    def header(self) -> dict[str, float | int]:
        return {"low": self.low, "high": self.high, "robust": self.robust, "clipped": self.clipped}


def limits(values: np.ndarray) -> Limits:
    """The range of an array of float32; cells that are not finite do not count."""
    finite = values[np.isfinite(values)] if not np.isfinite(values).all() else values.ravel()
    if not finite.size:
        return Limits(0.0, 0.0, 1.0, 0)
    sizes = np.abs(finite)
    largest = float(sizes.max())
    some = sizes[:: -(-sizes.size // _SAMPLE)]
    # One of the magnitudes, never a number between two of them.
    robust = float(np.quantile(some, ROBUST, method="higher")) or largest or 1.0
    return Limits(float(finite.min()), float(finite.max()), robust, int((sizes > robust).sum()))


class Remembered:
    """Ranges by owner and name. An owner (a trace, a network) takes its own along when it goes; each has a bound."""

    def __init__(self, most: int = _REMEMBERED):
        self.most = most
        self._of: dict[int, OrderedDict[str, Limits]] = {}  # by the owner's id: a trace has no hash
        self._lock = threading.Lock()

    def get(self, owner: Any, name: str, values: Callable[[], np.ndarray]) -> Limits:
        """The range of `values()`, which is only asked for the first time."""
        with self._lock:
            known = self._of.get(id(owner))
            if known is None:
                known = self._of[id(owner)] = OrderedDict()
                weakref.finalize(owner, self._of.pop, id(owner), None)
            found = known.get(name)
        if found is None:
            found = limits(values())
            with self._lock:
                known[name] = found
                while len(known) > self.most:
                    known.popitem(last=False)
        return found


LIMITS = Remembered()


def overview(values: np.ndarray, most: tuple[int, ...]) -> tuple[np.ndarray, list[int]]:
    """At most `most` numbers along each axis, and how many cells each stands for along that axis.

    Each number is the cell of largest magnitude in its bin, of two that differ only in sign the positive one; a
    cell that is not a number or infinite wins. But -inf is what is hidden: it counts as nothing, and is only shown
    where all of a bin is hidden. The last bin of an axis may hold fewer cells.
    """
    bins = [max(1, -(-size // limit)) for size, limit in zip(values.shape, most, strict=True)]
    for axis, width in enumerate(bins):
        if width > 1:  # the strongest of a box is the strongest of its rows' strongest
            values = _strongest(values, axis, width)
    return values, bins


def _strongest(values: np.ndarray, axis: int, width: int) -> np.ndarray:
    """Along one axis, of each `width` cells the one of largest magnitude."""
    starts = np.arange(0, values.shape[axis], width)
    high = np.maximum.reduceat(values, starts, axis)
    hidden = np.isneginf(values)
    low = np.minimum.reduceat(np.where(hidden, np.inf, values) if hidden.any() else values, starts, axis)
    # low is infinite where all is hidden, and high is -inf then.
    return np.where(np.isposinf(low) | (high >= -low), high, low)
