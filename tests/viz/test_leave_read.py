"""What a file holds, and what its page must read out of it: the browser's tests compare the two, number by number.

`python -m tests.viz.test_leave_read` writes them anew.
"""

import base64
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model import Model, Trace, Transformer, TransformerConfig
from model.readers import readers
from viz import cells, prose
from viz.leave.chunks import Holding
from viz.leave.taking import TAKES
from viz.manifest import About
from viz.stage_page import stage_page
from viz.windows import overview

FILE = Path(__file__).parents[2] / "viz" / "web" / "tests" / "leave.json"
CONFIG = TransformerConfig(n_layers=1, n_heads=2, d_model=4, d_mlp=4, d_vocab=5, n_ctx=4, tied_unembed=True)
EVERY = 13  # one cell in so many is compared
CHUNKS = ("manifest.", "readout.", "pieces", "cells:", "face:", "explain:", "readers:")


def traced() -> Trace:
    torch.manual_seed(0)
    return Model(Transformer(CONFIG)).trace(ids=[3, 1, 4])


def holding(trace: Trace, take: str = "everything") -> Holding:
    pages = {name: stage_page(trace, name) for name in trace.names}
    return Holding(trace, [About("t", "m", language=code) for code in prose.languages()], TAKES[take], [pages])


def written() -> dict[str, Any]:
    trace = traced()
    chunks = {n: base64.b64encode(b).decode() for n, b in holding(trace).chunks(print) if n.startswith(CHUNKS)}
    return {"chunks": chunks, "explained": list(explained(trace)), "overviews": list(overviews())}


def explained(trace: Trace) -> list[dict[str, Any]]:
    found = []
    every = [(s.name, c) for s in trace.stages for c in itertools.product(*map(range, s.shape))]
    for name, cell in every[::EVERY]:
        how = trace.explain(name, cell)
        told = {code: cells.explanation(trace, how, 1000, prose.catalogue(code)) for code in prose.languages()}
        read = [[r.name, r.ranges, r.count, r.example] for r in readers(trace, name, cell)]
        found.append({"name": name, "cell": cell, **told, "readers": read})
    return found


def overviews() -> list[dict[str, Any]]:
    """Values that are not finite go by name, as JSON has no words for them."""
    rng = np.random.default_rng(0)
    found = []
    for shape, most in (((7,), (3,)), ((5, 9), (2, 4)), ((6, 6), (6, 6)), ((4, 8), (1, 3))):
        values = rng.normal(size=shape).astype(np.float32).round(2)
        flat = values.reshape(-1)
        flat[::5] = -np.inf
        flat[1:3] = -flat[3], flat[3]
        if len(shape) > 1:
            values[-1] = -np.inf
            values[0, 0] = np.nan
        shown, bins = overview(values, most)
        found.append({"shape": shape, "most": most, "bins": bins, "values": named(values), "shown": named(shown)})
    return found


def named(values: np.ndarray) -> list[str]:
    return [str(float(v)) for v in values.reshape(-1)]


def alike(one: Any, other: Any, where: str = "") -> None:
    """The same but for the last digits of a number, which another processor may compute otherwise."""
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            alike(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            alike(a, b, f"{where}[{i}]")
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5), where


def test_the_browser_tests_read_what_is_written_now() -> None:
    kept, now = json.loads(FILE.read_text(encoding="utf-8")), json.loads(json.dumps(written()))
    assert kept["chunks"].keys() == now["chunks"].keys(), f"run {Path(__file__).name} to write them anew"
    assert kept["overviews"] == now["overviews"]
    for name in now["chunks"]:
        if name.startswith("explain:"):
            one, other = (json.loads(base64.b64decode(found["chunks"][name])) for found in (kept, now))
            alike(one, other, name)
    alike(kept["explained"], now["explained"])


if __name__ == "__main__":
    FILE.write_text(json.dumps(written(), separators=(",", ":")) + "\n", encoding="utf-8")
    sys.exit()
