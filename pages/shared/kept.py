"""What is too long for a link: kept on this server under a word that nobody can guess. The oldest leaves first."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    def __init__(self, most: int):
        self.most = most
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, value: T) -> str:
        """Its word: the same one as long as it is kept."""
        with self._lock:
            known = next((word for word, its in self._values.items() if its == value), None)
            word = known or secrets.token_urlsafe(9)
            self._values[word] = value
            self._values.move_to_end(word)
            while len(self._values) > self.most:
                self._values.popitem(last=False)
            return word

    def get(self, word: str) -> T | None:
        with self._lock:
            if word in self._values:
                self._values.move_to_end(word)
            return self._values.get(word)


TEXTS: Kept[str] = Kept(256)
TABLES: Kept[tuple[Any, ...]] = Kept(64)  # of numbers, painted or uploaded
