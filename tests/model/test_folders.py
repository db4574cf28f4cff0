"""Folders that are damaged, incomplete or dangerous are refused in words; nothing outside of them is read."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel

import model
from tests.model.theirs import save


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "gpt2"
    save(path, GPT2LMHeadModel, GPT2Config(vocab_size=31, n_positions=20, n_embd=24, n_layer=1, n_head=4))
    return path


def refused(path: Any, message: str | None = None) -> None:
    with pytest.raises(model.CheckpointError, match=message):
        model.load(path)


class Bomb:
    """Runs when unpickled."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.target),)


def test_pickles_are_never_opened(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    for name in ("pytorch_model.bin", "model.pt", "model.pth"):
        (folder / name).write_bytes(pickle.dumps(Bomb(tmp_path / "burst")))
        refused(folder, "pickle.*save_pretrained")
        refused(folder / name, "pickle.*save_pretrained")
        (folder / name).unlink()
    assert not (tmp_path / "burst").exists()


def test_a_pickle_beside_safetensors_does_no_harm(folder: Path, tmp_path: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "burst")))
    assert model.load(folder).trace(ids=[1])["logits"].shape == (1, 31)
    assert not (tmp_path / "burst").exists()


def test_a_pickle_named_safetensors(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps(Bomb(tmp_path / "burst")))
    refused(folder, "not a readable safetensors file")
    assert not (tmp_path / "burst").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        '"gpt2"',
        "[" * 100_000,
        "\udcff",
        "{}",
        '{"model_type": "gpt2"}',
        '{"model_type": {}}',
    ],
    ids=lambda t: t[:12],
)
def test_broken_json(folder: Path, text: str) -> None:
    (folder / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(folder)


def test_missing_files(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", r"config\.json")
    (folder / "model.safetensors").unlink()
    refused(folder, r"model\.safetensors")
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    refused(folder, r"config\.json")


def test_a_huge_config(folder: Path) -> None:
    with (folder / "config.json").open("r+b") as file:
        file.truncate(1 << 30)
    refused(folder, "bytes")


@pytest.mark.parametrize("content", [b"", b"\0" * 8, b"\xff" * 20, b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{}"])
def test_broken_safetensors(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").write_bytes(content)
    refused(folder, "safetensors")


def test_truncated_safetensors(folder: Path) -> None:
    data = (folder / "model.safetensors").read_bytes()
    for size in (7, 100, len(data) // 2, len(data) - 1):
        (folder / "model.safetensors").write_bytes(data[:size])
        refused(folder, "safetensors")


def test_missing_extra_and_misshapen_weights(folder: Path) -> None:
    good = load_file(folder / "model.safetensors")
    for key, tensor in good.items():
        save_file({k: v for k, v in good.items() if k != key}, folder / "model.safetensors")
        refused(folder, key)
        for wrong in (tensor[:1].clone(), torch.zeros(*tensor.shape, 2), torch.zeros(()), tensor.to(torch.int64)):
            if wrong.shape != tensor.shape or wrong.dtype != tensor.dtype:
                save_file({**good, key: wrong}, folder / "model.safetensors")
                refused(folder)
    save_file({**good, "more": torch.zeros(1)}, folder / "model.safetensors")
    refused(folder, "more")


def index(folder: Path, places: Any) -> None:
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))


def test_an_index_stays_inside_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.safetensors"
    (folder / "model.safetensors").rename(outside)
    tricks = [
        "../outside.safetensors",
        str(outside),
        "sub/../../outside.safetensors",
        "..",
        "",
        ".",
        "x.bin",
        "nothing.safetensors",
    ]
    for name in tricks:
        index(folder, {"transformer.wte.weight": name})
        refused(folder)
    broken: list[Any] = [None, [], "x", {"a": 5}, {"a": None}, {}]
    for places in broken:
        index(folder, places)
        refused(folder)


def test_what_is_no_source(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"x")
    sources = [
        file,
        "nothing",
        "",
        "~nobody/x",
        "a" * 300,
        "a\0b",
        None,
        5,
        b"sort",
        ["sort"],
        tmp_path / "none",
        "Sort",
    ]
    for source in sources:
        refused(source)
    with pytest.raises(model.CheckpointError, match="sort"):  # what there is instead
        model.load("nothing")


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64, "float32", 5])
def test_a_type_that_is_none(dtype: Any) -> None:
    with pytest.raises(model.CheckpointError, match="float32"):
        model.load("sort", dtype=dtype)


@pytest.mark.parametrize("device", ["nowhere", "cpu:x", "", object(), "meta:3x"])
def test_a_device_that_is_none(device: Any) -> None:
    with pytest.raises(model.CheckpointError, match="device"):
        model.load("sort", device=device)
