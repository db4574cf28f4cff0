"""Headers and configs that lie, are huge or damaged: a clear error, and little memory."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.hostile.refusals import KEY, loads_or_refuses, refused


def header(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """Rewrites the header of model.safetensors."""
    data = (folder / "model.safetensors").read_bytes()
    n = struct.unpack("<Q", data[:8])[0]
    given = json.loads(data[8 : 8 + n])
    changed = change(given)
    text = json.dumps(given if changed is None else changed).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data[8 + n :])


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
