"""GGUF files that mean harm, or were damaged: a clear error, and nothing written outside of the cache."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pytest

import model
from model.checkpoints import gguf_convert
from tests.model import ggufs
from tests.model.hostile.refusals import LLAMA, loads_or_refuses, refused


@pytest.fixture(scope="module")
def good(template: Path) -> bytes:
    return (template / "x.gguf").read_bytes()


def check(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    loads_or_refuses(path)


def start(tensors: int = 0, pairs: int = 0, version: int = 3, magic: bytes = b"GGUF") -> bytes:
    return magic + struct.pack("<IQQ", version, tensors, pairs)


def text(x: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(x) if length is None else length) + x


HUGE = 2**64 - 1
GGUFS = {
    "empty": b"",
    "letters": b"GGUF",
    "another magic": start(magic=b"GGML"),
    "version 1": start(version=1),
    "big-endian": start(version=3 << 24),
    "tensors without end": start(tensors=HUGE),
    "pairs without end": start(pairs=HUGE),
    "as many tensors as allowed": start(tensors=1 << 17),
    "a key without end": start(pairs=1) + text(b"x", HUGE),
    "a key past the end": start(pairs=1) + text(b"x", 100),
    "a value without end": start(pairs=1) + text(b"x") + struct.pack("<I", 8) + text(b"", HUGE),
    "an unknown type": start(pairs=1) + text(b"x") + struct.pack("<I", 99),
    "an array without end": start(pairs=1) + text(b"x") + struct.pack("<IIQ", 9, 0, HUGE),
    "an array past the end": start(pairs=1) + text(b"x") + struct.pack("<IIQ", 9, 12, 1 << 20),
    "texts without end": start(pairs=1) + text(b"x") + struct.pack("<IIQ", 9, 8, 1 << 22),
    "arrays in arrays": start(pairs=1) + text(b"x") + struct.pack("<IIQ", 9, 9, 1) * 1000,
    "no UTF-8": start(pairs=1) + text(b"\xff\xfe"),
    "twice the same key": start(pairs=2) + (text(b"x") + struct.pack("<IB", 0, 1)) * 2,
    "a thousand axes": start(tensors=1) + text(b"x") + struct.pack("<I", 1000),
    "10^12 numbers": start(tensors=1) + text(b"x") + struct.pack("<IQQIQ", 2, 10**6, 10**6, 0, 0),
    "2^128 numbers": start(tensors=1) + text(b"x") + struct.pack("<IQQIQ", 2, HUGE, HUGE, 0, 0),
    "an unknown format": start(tensors=1) + text(b"x") + struct.pack("<IQIQ", 1, 32, 999, 0) + b"\0" * 999,
    "half a block": start(tensors=1) + text(b"x") + struct.pack("<IQIQ", 1, 31, 2, 0) + b"\0" * 999,
    "an offset past the end": start(tensors=1) + text(b"x") + struct.pack("<IQIQ", 1, 32, 0, 1 << 62) + b"\0" * 999,
    "an offset between": start(tensors=1) + text(b"x") + struct.pack("<IQIQ", 1, 32, 0, 3) + b"\0" * 999,
    "twice the same tensor": start(tensors=2) + (text(b"x") + struct.pack("<IQIQ", 1, 1, 0, 0)) * 2 + b"\0" * 999,
    "an alignment of 0": start(pairs=1) + text(b"general.alignment") + struct.pack("<II", 4, 0),
    "an alignment of 3": start(pairs=1) + text(b"general.alignment") + struct.pack("<II", 4, 3),
    "an alignment in words": start(pairs=1) + text(b"general.alignment") + struct.pack("<I", 8) + text(b"x"),
    "nothing in it": start(),
}


@pytest.mark.parametrize("name", GGUFS)
def test_ggufs_made_to_harm(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(GGUFS[name])
    refused(path)


def test_ggufs_cut_anywhere(good: bytes, tmp_path: Path) -> None:
    for size in [*range(0, 2000, 37), *range(2000, len(good), len(good) // 20)]:
        (tmp_path / "x.gguf").write_bytes(good[:size])
        refused(tmp_path / "x.gguf")
    assert not list((tmp_path / "cache").glob("converted/*"))


def test_damaged_ggufs(good: bytes, tmp_path: Path) -> None:
    """Random changes to metadata and tensor table."""
    rng, end = random.Random(1), good.index(b"output_norm") + 400
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(4, end)] = rng.choice([0, 1, 255, rng.randrange(256)])
        check(tmp_path / "x.gguf", bytes(data))


def test_ggufs_with_odd_tokenizers(template: Path, tmp_path: Path) -> None:
    odd: list[dict[str, Any]] = [
        {"kind": "gpt2", "tokens": ["a", "a"], "kinds": [1, 1], "merges": ["a b"]},
        {"kind": "gpt2", "tokens": ["a", "b"], "kinds": [1, 1], "merges": ["a z"]},
        {"kind": "gpt2", "tokens": ["a", "b"], "kinds": [1, 1], "merges": ["", " ", "a"]},
        {"kind": "gpt2", "tokens": ["a"], "kinds": [1, 1], "merges": []},
        {"kind": "gpt2", "tokens": ["a", "<s >"], "kinds": [1, 3], "merges": [], "bos_token_id": 1,
         "add_bos_token": True},
        {"kind": "llama", "tokens": ["a", "b"], "kinds": [1, 1], "scores": [0.0]},
        {"kind": "llama", "tokens": ["a", "b"], "kinds": [1, 1]},
        {"kind": "llama", "tokens": ["▁" * 5000, "b"], "kinds": [1, 1], "scores": [0.0, float("nan")]},
        {"kind": "llama", "tokens": ["a", "b"], "kinds": [3, 4], "scores": [0.0, 1.0], "bos_token_id": 10**9},
    ]  # fmt: skip
    for words in odd:
        add = ggufs.add_tokenizer(**words)
        path = tmp_path / "x.gguf"
        ggufs.from_folder(template / "llama", path, "llama", ggufs.sizes(LLAMA), LLAMA, tokenizer=add)
        loads_or_refuses(path)


def test_nothing_is_written_outside_of_the_cache(good: bytes, tmp_path: Path) -> None:
    name = b"general.name"
    evil = good.replace(b"general.architecture", name + b"........", 1)  # now there is no architecture
    (tmp_path / "x.gguf").write_bytes(evil)
    refused(tmp_path / "x.gguf", "not supported")
    (tmp_path / "..evil....gguf").write_bytes(good)
    model.load(tmp_path / "..evil....gguf")
    place = gguf_convert.place(tmp_path / "..evil....gguf")
    assert place.parent == tmp_path / "cache" / "converted"
    assert {p.name for p in tmp_path.iterdir()} == {"x.gguf", "..evil....gguf", "cache"}


def test_a_damaged_cache_is_made_anew(good: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(good)
    place, wanted = gguf_convert.place(path), model.load(path).logits([1, 2])
    for name, broken in (
        ("model.safetensors", b"x"), ("glassformer.json", b"{}"), ("glassformer.json", b'{"config": 5}'),
        ("glassformer.json", b'{"config": {"n_layers": -1}}'), ("tokenizer.json", b"x"),
    ):  # fmt: skip
        (place / name).unlink()  # not written over: the file is mapped
        (place / name).write_bytes(broken)
        refused(place)
        assert (model.load(path).logits([1, 2]) == wanted).all()


def test_copies_of_what_is_gone_are_removed(good: bytes, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{n}.gguf" for n in range(3))
    for path in (first, second):
        path.write_bytes(good)
        model.load(path)
    assert gguf_convert.place(first).is_dir()
    old = gguf_convert.place(second)
    first.rename(third)
    second.write_bytes(good + b"\0" * 64)  # another file by the same name
    model.load(second)
    assert not old.exists()
    assert list((tmp_path / "cache" / "converted").iterdir()) == [gguf_convert.place(second)]
