"""One model shared by many threads: everybody gets their own numbers."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

import model
from model.tape import _ACTIVE

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 16, "d_vocab": 50, "n_ctx": 40}
Read = dict[str, torch.Tensor]


def together(work: Callable[[int], Any], n: int) -> list[Any]:
    """work(0..n-1), each in a thread of its own, all starting at once."""
    barrier = threading.Barrier(n)

    def start(i: int) -> Any:
        barrier.wait()
        return work(i)

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(start, range(n)))


def inputs(i: int) -> dict[str, Any]:
    rng = random.Random(i)
    edits = [model.Edit("blocks.0.attn.z", "scale", 1.0 + i, head=i % 2)] if i % 3 == 0 else []
    return {"ids": [rng.randrange(50) for _ in range(10 + i)], "edits": edits, "keep_bytes": 0 if i % 2 else 1 << 30}


@pytest.mark.parametrize("positional", ["learned", "t5", "rotary"])
def test_eight_tracing_while_eight_read(positional: str) -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES, positional=positional))
    expected = [dict(network.trace(**inputs(i) | {"keep_bytes": 1 << 30}).items()) for i in range(8)]
    shared = network.trace(**inputs(5))  # nothing kept: reading derives
    assert not shared.changed

    def work(i: int) -> list[Read]:
        if i < 8:
            return [dict(network.trace(**inputs(i)).items()) for _ in range(4)]
        names = list(shared.names)
        random.Random(i).shuffle(names)
        return [{name: shared[name] for name in names} for _ in range(4)]

    for i, reads in enumerate(together(work, 16)):
        for read in reads:
            for name, tensor in expected[i if i < 8 else 5].items():
                assert torch.equal(read[name], tensor), (i, name)


def test_explaining_from_eight_threads() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    trace = network.trace(ids=list(range(12)), keep_bytes=0)
    cells = [(name, tuple(size - 1 for size in trace.stage(name).shape)) for name in trace.names]
    expected = [trace.explain(name, index) for name, index in cells]
    for found in together(lambda _: [trace.explain(name, index) for name, index in cells], 8):
        assert found == expected


def test_no_tape_is_left_behind() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    network.trace(ids=[1, 2])
    with pytest.raises(model.EditError):
        network.trace(ids=[1, 2], edits=[model.Edit("nothing", "zero")])
    with pytest.raises(model.InputError):
        network.trace(ids=[99])
    assert _ACTIVE.get() is None


def test_a_failing_pass_closes_its_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))

    def fail(_: Any) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(network, "unembed", fail)
    with pytest.raises(RuntimeError, match="luck"):
        network.trace(ids=[1, 2])
    assert _ACTIVE.get() is None
    assert torch.is_grad_enabled()
