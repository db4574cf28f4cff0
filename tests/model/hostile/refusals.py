"""What a bad file must do: be refused with a clear error, and in little memory."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from transformers import LlamaConfig

import model

KEY = "transformer.wte.weight"  # a tensor of the good GPT-2
_MEMORY = 64 << 20  # more than any of the files here needs
LLAMA = LlamaConfig(
    vocab_size=37, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=32,
)  # fmt: skip


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    """Python's own memory stays small. (What is mapped from a file is not counted, and need not be.)"""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < _MEMORY
    finally:
        tracemalloc.stop()


def refused(path: Path, message: str | None = None) -> None:
    with bounded(), pytest.raises(model.CheckpointError, match=message):
        model.load(path)


def loads_or_refuses(path: Path) -> None:
    """Any other exception than CheckpointError fails the test."""
    with bounded(), contextlib.suppress(model.CheckpointError):
        model.load(path)
