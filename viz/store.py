"""What the browser may ask for by an id that nobody can guess: traces, and files that were made of them.

Bounded; the oldest leaves first.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from model import Trace

T = TypeVar("T")


class Store(Generic[T]):
    """At most `most` things, and at most `most_bytes` of them unless one alone is larger."""

    def __init__(self, size: Callable[[T], int], most: int, most_bytes: int):
        self.size, self.most, self.most_bytes = size, most, most_bytes
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, thing: T) -> str:
        """Keeps a thing and returns its id."""
        new = secrets.token_urlsafe(16)
        self.put(new, thing)
        return new

    def put(self, known: str, thing: T) -> None:
        """Keeps a thing under an id it has had before."""
        with self._lock:
            self._kept[known] = thing
            self._kept.move_to_end(known)
            total = sum(map(self.size, self._kept.values()))
            while len(self._kept) > 1 and (len(self._kept) > self.most or total > self.most_bytes):
                total -= self.size(self._kept.popitem(last=False)[1])

    def get(self, known: str) -> T | None:
        with self._lock:
            thing = self._kept.get(known)
            if thing is not None:
                self._kept.move_to_end(known)
            return thing

    def remove(self, known: str) -> None:
        with self._lock:
            self._kept.pop(known, None)

    def __len__(self) -> int:
        return len(self._kept)


class TraceStore(Store[Trace]):
    def __init__(self, most: int = 32, most_bytes: int = 1 << 30):
        super().__init__(lambda trace: trace.nbytes, most, most_bytes)


STORE = TraceStore()
FILES: Store[bytes] = Store(len, most=8, most_bytes=256 << 20)
