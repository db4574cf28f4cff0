"""Files that mean harm, or were damaged: a clear error, little memory, and nothing written outside of the cache."""

from __future__ import annotations

import contextlib
import json
import random
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

import model
from model.checkpoints import gguf_convert
from tests.model import ggufs
from tests.model.theirs import save

_MEMORY = 64 << 20  # more than any of the files here needs


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good")
    save(path / "gpt2", GPT2LMHeadModel, GPT2Config(vocab_size=31, n_positions=20, n_embd=24, n_layer=1, n_head=4))
    config = LlamaConfig(
        vocab_size=37, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32,
    )  # fmt: skip
    save(path / "llama", LlamaForCausalLM, config)
    tokens = ["a", "b", "ab", "<s>"]
    add = ggufs.add_tokenizer("gpt2", tokens, [1, 1, 1, 3], ["a b"], pre="gpt-2", bos_token_id=3)
    ggufs.from_folder(path / "llama", path / "x.gguf", "llama", ggufs.sizes(config), config, tokenizer=add)
    return path


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "gpt2"
    path.mkdir()
    for file in ("config.json", "model.safetensors"):
        (path / file).write_bytes((template / "gpt2" / file).read_bytes())
    return path


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))


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


# ---- safetensors and JSON ----


def header(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Rewrites the header of model.safetensors."""
    data = (folder / "model.safetensors").read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    given = json.loads(data[8 : 8 + n])
    changed = change(given)
    text = json.dumps(given if changed is None else changed).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data[8 + n :])


KEY = "transformer.wte.weight"


@pytest.mark.parametrize(
    "entry",
    [
        {"shape": [10**6, 10**6]},
        {"shape": [10**12], "data_offsets": [0, 4 * 10**12]},
        {"shape": [2**63, 2]},
        {"shape": [-1, 24]},
        {"shape": [31.5, 24]},
        {"shape": "all"},
        {"shape": []},
        {"data_offsets": [0, 2**64]},
        {"data_offsets": [100, 0]},
        {"data_offsets": [-8, 0]},
        {"data_offsets": [1, 2977]},
        {"dtype": "F128"},
        {"dtype": "I64"},
        {"dtype": 5},
    ],
    ids=str,
)
def test_headers_that_promise_what_is_not_there(folder: Path, entry: dict[str, Any]) -> None:
    header(folder, lambda given: given[KEY].update(entry))
    refused(folder)


@pytest.mark.parametrize("size", [2**63, 2**40, 100 << 20, 2**64 - 1])
def test_a_header_that_says_it_is_huge(folder: Path, size: int) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", size) + b"{}")
    refused(folder, "header of")


def test_a_header_that_is_huge(folder: Path) -> None:
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", 90 << 20) + b"{")
        file.truncate(100 << 20)  # takes no room on the disk
    refused(folder, "header of")


def test_two_claims_to_the_same_bytes(folder: Path) -> None:
    def share(given: dict[str, Any]) -> None:
        keys = [k for k in given if k != "__metadata__"]
        given[keys[0]]["data_offsets"] = given[keys[1]]["data_offsets"]

    header(folder, share)
    refused(folder)


def test_damaged_headers(folder: Path) -> None:
    """A hundred random changes to the header: refused, or, where they change no meaning, loaded."""
    good, rng = (folder / "model.safetensors").read_bytes(), random.Random(0)
    n = struct.unpack("<Q", good[:8])[0]
    for _ in range(100):
        data = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(8 + n)] = rng.randrange(256)
        (folder / "model.safetensors").write_bytes(data)
        loads_or_refuses(folder)


def test_cut_anywhere(folder: Path) -> None:
    good = (folder / "model.safetensors").read_bytes()
    for size in [*range(0, 200, 11), *range(200, len(good), len(good) // 20)]:
        (folder / "model.safetensors").write_bytes(good[:size])
        refused(folder)


def test_json_of_100_megabytes(folder: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt", "chat_template.jinja"):
        there = (folder / name).read_bytes() if (folder / name).exists() else None
        with (folder / name).open("wb") as file:
            file.write(b"{")
            file.truncate(100 << 20)
        refused(folder, "at most .* are read")
        (folder / name).unlink() if there is None else (folder / name).write_bytes(there)
    with (folder / "model.safetensors.index.json").open("wb") as file:
        file.truncate(100 << 20)
    (folder / "model.safetensors").unlink()
    refused(folder, "at most .* are read")


ODD = st.sampled_from(
    [None, True, -1, 0, 1, 2**31, 2**63, 10**30, 1.5, -0.5, float("nan"), float("inf"), "x", "", [], [1], {}, {"a": 1}]
)


@pytest.fixture(scope="module")
def open_folders(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders that a test may change: it writes config.json anew each time."""
    found = {}
    for name in ("gpt2", "llama"):
        found[name] = tmp_path_factory.mktemp(name)
        (found[name] / "model.safetensors").write_bytes((template / name / "model.safetensors").read_bytes())
    return found


@pytest.mark.parametrize("name", ["gpt2", "llama"])
@given(data=st.data())
def test_odd_configs(template: Path, open_folders: dict[str, Path], name: str, data: st.DataObject) -> None:
    config = json.loads((template / name / "config.json").read_text())
    for key in data.draw(st.lists(st.sampled_from(sorted(config)), min_size=1, max_size=3)):
        config[key] = data.draw(ODD)
    (open_folders[name] / "config.json").write_text(json.dumps(config))
    loads_or_refuses(open_folders[name])


def test_configs_of_networks_that_fit_nowhere(folder: Path) -> None:
    good = json.loads((folder / "config.json").read_text())
    for words in (
        {"n_layer": 10_000}, {"n_layer": 2**31 - 1}, {"n_embd": 2**31 - 4}, {"vocab_size": 10**12},
        {"n_positions": 10**12}, {"n_head": 10**9}, {"n_inner": 2**31 - 1, "n_embd": 2**30},
    ):  # fmt: skip
        (folder / "config.json").write_text(json.dumps({**good, **words}))
        refused(folder)


# ---- places ----


def test_shards_outside_of_the_folder(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.safetensors"
    (folder / "model.safetensors").rename(outside)
    (folder / "inner").mkdir()
    (folder / "inner" / "x.safetensors").write_bytes(outside.read_bytes())
    (folder / "link.safetensors").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    tricks = [
        "../outside.safetensors", str(outside), "./../outside.safetensors", "..", "inner/../../outside.safetensors",
        "inner/x.safetensors", "link.safetensors", "up/outside.safetensors", "..\\outside.safetensors",
        "/dev/zero", "\0.safetensors", "x" * 5000 + ".safetensors",
    ]  # fmt: skip
    for name in tricks:
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {KEY: name}}))
        refused(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json", "vocab.txt"])
def test_links_out_of_the_folder(folder: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "elsewhere"
    target.write_bytes((folder / name).read_bytes() if (folder / name).exists() else b"{}")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    refused(folder, "link to a place outside")


def test_a_link_within_the_folder_is_fine(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "real.safetensors")
    (folder / "model.safetensors").symlink_to(folder / "real.safetensors")
    assert model.load(folder).trace(ids=[1])["logits"].shape == (1, 31)


def test_what_is_no_file(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("config.json")  # to itself
    refused(folder)
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to("/dev/zero")
    refused(folder)


def test_shards_that_contradict_each_other(folder: Path) -> None:
    good = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    first, rest = {KEY: good[KEY]}, {k: v for k, v in good.items() if k != KEY}

    def index(places: dict[str, str]) -> None:
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))

    save_file(first, folder / "a.safetensors")
    save_file(rest, folder / "b.safetensors")
    index({KEY: "a.safetensors", **dict.fromkeys(rest, "b.safetensors")})
    assert model.load(folder).trace(ids=[1])["logits"].shape == (1, 31)
    index({**dict.fromkeys(rest, "b.safetensors"), KEY: "b.safetensors"})
    refused(folder, f"promises {KEY}")
    save_file(good, folder / "b.safetensors")
    index({KEY: "a.safetensors", **dict.fromkeys(rest, "b.safetensors")})
    refused(folder, f"{KEY} is in b.safetensors and in another shard")


# ---- GGUF ----


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
    config = LlamaConfig(
        vocab_size=37, hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32,
    )  # fmt: skip
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
        ggufs.from_folder(template / "llama", path, "llama", ggufs.sizes(config), config, tokenizer=add)
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
