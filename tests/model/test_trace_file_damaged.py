"""A damaged or hostile trace file is refused in words, and never with another error."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import model
from model.model import Model

CONFIG = model.TransformerConfig(n_layers=2, n_heads=2, d_model=8, d_vocab=7, n_ctx=9, positional="t5")
IDS = [1, 2, 3, 4]
ERRORS = (model.CheckpointError, model.TraceError)


@pytest.fixture(scope="module")
def m() -> Model:
    return Model(model.Transformer(CONFIG))


@pytest.fixture
def saved(m: Model, tmp_path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    path = tmp_path / "good.safetensors"
    m.trace(ids=IDS, edits=[model.Edit("embed", "scale", 2.0)]).save(path)
    with safe_open(path, framework="pt") as file:
        return load_file(path), dict(file.metadata())


DAMAGED = [
    None,
    "",
    "x",
    "5",
    "null",
    "[]",
    "{}",
    "[1]",
    '[{"name": 1}]',
    '"abc"',
    "[" * 100_000,
    '{"tokens": null}',
    "1e999",
]


@pytest.mark.parametrize(
    "key", ["format", "config", "weights", "stages", "edits", "changed", "padded", "given", "rounded", "pieces"]
)
def test_damaged_metadata(m: Model, saved: Any, tmp_path: Path, key: str) -> None:
    tensors, metadata = saved
    for value in DAMAGED:
        broken = {k: v for k, v in {**metadata, key: value}.items() if v is not None}
        save_file(tensors, tmp_path / "bad.safetensors", metadata=broken)
        for opener in (None, m):
            # Harmless: words that only a model needs, and lists that may be empty. All else is refused.
            with contextlib.suppress(*ERRORS):
                opened = model.Trace.load(tmp_path / "bad.safetensors", model=opener)
                assert key in ("config", "weights", "edits", "changed", "padded", "rounded", "pieces"), (key, value)
                assert key not in ("rounded", "pieces") or value in (None, "{}"), (key, value)
                assert torch.equal(opened["logits"], tensors["logits"])


def edited_stage(metadata: dict[str, str], index: int, **words: Any) -> dict[str, str]:
    stages = json.loads(metadata["stages"])
    stages[index] = {**stages[index], **words}
    return {**metadata, "stages": json.dumps(stages)}


@pytest.mark.parametrize(
    "words",
    [
        {"kind": "x"}, {"kind": []}, {"axes": ["x"]}, {"axes": []}, {"axes": [[]]}, {"shape": [1, 1]},
        {"shape": [-4, 8]}, {"shape": [4]}, {"shape": [float("inf")]}, {"shape": "ab"},
        {"same_as": "nothing"}, {"same_as": "logits"}, {"name": "logits"}, {"name": None}, {"reads": 5},
        {"op": None, "weights": None},
    ],
)  # fmt: skip
def test_damaged_stages(m: Model, saved: Any, tmp_path: Path, words: dict[str, Any]) -> None:
    tensors, metadata = saved
    save_file(tensors, tmp_path / "bad.safetensors", metadata=edited_stage(metadata, 1, **words))
    for opener in (None, m):
        with pytest.raises(ERRORS):
            model.Trace.load(tmp_path / "bad.safetensors", model=opener)


def test_damaged_tensors(m: Model, saved: Any, tmp_path: Path) -> None:
    tensors, metadata = saved
    path = tmp_path / "bad.safetensors"
    for name, change in [
        ("embed", None), ("embed", torch.zeros(3)), ("embed", torch.zeros(4, 8, dtype=torch.int64)),
        ("tokens", torch.zeros(4)), ("more", torch.zeros(1)), ("tokens", None), ("logits", torch.zeros(0)),
    ]:  # fmt: skip
        broken = {k: v for k, v in {**tensors, name: change}.items() if v is not None}
        save_file(broken, path, metadata=metadata)
        for opener in (None, m):
            with pytest.raises(ERRORS):
                model.Trace.load(path, model=opener)
    for name, change in [("tokens", torch.tensor([1, 2, 3, 99])), ("embed", tensors["embed"].double())]:
        save_file({**tensors, name: change}, path, metadata=metadata)
        with pytest.raises(ERRORS):
            model.Trace.load(path, model=m)


def test_damaged_words_about_tokens(saved: Any, tmp_path: Path) -> None:
    tensors, metadata = saved
    for pieces in ({"x": "a"}, {"1": 5}, {"1": None}, {"1.5": "a"}, {"": ""}):
        save_file(tensors, tmp_path / "bad.safetensors", metadata={**metadata, "pieces": json.dumps(pieces)})
        with pytest.raises(model.CheckpointError):
            model.Trace.load(tmp_path / "bad.safetensors")


def test_damaged_rounding(m: Model, tmp_path: Path) -> None:
    """A narrow file is checked like any other, and no number of another type passes as one of it."""
    path = tmp_path / "t.safetensors"
    m.trace(ids=IDS).save(path, narrow=True)
    with safe_open(path, framework="pt") as file:
        tensors, metadata = load_file(path), dict(file.metadata())
    for name, change in [("embed", torch.zeros(3, dtype=torch.float16)), ("tokens", torch.zeros(4).half())]:
        save_file({**tensors, name: change}, path, metadata=metadata)
        with pytest.raises(ERRORS):
            model.Trace.load(path)
    save_file(tensors, path, metadata={**metadata, "rounded": "false"})
    with pytest.raises(model.CheckpointError, match="float16"):
        model.Trace.load(path, model=m)


def test_files_that_are_no_traces(m: Model, tmp_path: Path) -> None:
    good = tmp_path / "t.safetensors"
    m.trace(ids=IDS).save(good)
    data = good.read_bytes()
    bad = tmp_path / "bad"
    for content in [
        b"",
        b"x",
        b"\0" * 8,
        b"\xff" * 8,
        b"\xff" * 64,
        data[:7],
        data[:100],
        data[: len(data) // 2],
        data[:-1],
        data[8:],
        data[:8] + b"}" + data[9:],
    ]:
        bad.write_bytes(content)
        with pytest.raises(ERRORS):
            model.Trace.load(bad)
    save_file({"x": torch.zeros(1)}, bad)  # a safetensors file of something else
    for path in (bad, tmp_path / "nothing", tmp_path):
        with pytest.raises(ERRORS):
            model.Trace.load(path)
