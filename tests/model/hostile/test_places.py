"""Files that are elsewhere, lead elsewhere, or contradict each other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

import model
from tests.model.hostile.refusals import KEY, refused


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
