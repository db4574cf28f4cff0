"""A pass tells how far it is, and ends where it is told to."""

import pytest

import model
from model.progress import reporting


class EnoughError(Exception):
    """Raised by who waits."""


def test_a_pass_tells_of_each_block_and_can_be_stopped_between_two() -> None:
    m = model.load("sort")
    told: list[tuple[float, str]] = []
    with reporting(lambda fraction, words: told.append((fraction, words))):
        m.trace("CBABBC")
    assert told == [(0.0, "block 0 of 3"), (1 / 3, "block 1 of 3"), (2 / 3, "block 2 of 3")]

    def stop(fraction: float, words: str) -> None:
        if fraction > 0:
            raise EnoughError

    with reporting(stop), pytest.raises(EnoughError):
        m.trace("CBABBC")
    m.trace("CBABBC")  # nothing is left open
    assert len(told) == 3
