"""How far long work is, told to whoever waits for it; what they raise there stops the work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")
# progress(fraction from 0 to 1, what is being done). What it raises stops the work, which leaves nothing behind.
Progress = Callable[[float, str], None]


def silent(fraction: float, words: str) -> None:
    """A progress callback that shows nothing."""


_REPORTED: ContextVar[Progress] = ContextVar("reported", default=silent)


@contextmanager
def reporting(progress: Progress) -> Iterator[None]:
    """Within the block, and this thread, work reports here unless it is told otherwise: for callers in between."""
    token = _REPORTED.set(progress)
    try:
        yield
    finally:
        _REPORTED.reset(token)


def reported() -> Progress:
    return _REPORTED.get()


def each(items: Collection[Item], what: str) -> Iterator[Item]:
    """The items one by one; before each it is told how many are done."""
    progress = reported()
    for i, item in enumerate(items):
        progress(i / len(items), f"{what} {i} of {len(items)}")
        yield item
