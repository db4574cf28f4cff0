"""What a progress callback raises stops the work within a second or two, and nothing half-made stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import model
from model.checkpoints import cache, process
from model.checkpoints.verify_apart import verify_apart
from tests.model.test_gguf import llama_file
from tests.model.test_hub import Hub, files, served  # noqa: F401  fixtures
from tests.model.test_pypi import listing, shelf  # noqa: F401


class Stopped(BaseException):
    """As a page's own."""


def stop_at(*words: str) -> Callable[[float, str], None]:
    """A callback that raises at the first report that has one of the words."""

    def progress(_: float, said: str) -> None:
        if any(word in said for word in words):
            raise Stopped

    return progress


@contextmanager
def quickly(seconds: float = 2.5) -> Iterator[None]:
    start = time.monotonic()
    with pytest.raises(Stopped):
        yield
    assert time.monotonic() - start < seconds


@pytest.mark.parametrize("word", ["fetching", "unpacking", "arranging", "reading"])
def test_a_wheel(word: str, shelf: Path, tmp_path: Path) -> None:  # noqa: F811
    with pytest.raises(Stopped):
        model.load("tiny", progress=stop_at(word))
    left = {name for name in listing(tmp_path) if ".new-" in name}
    assert not left
    assert model.load("tiny").card["title"] == "Tiny"


def test_a_gguf_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))
    file = llama_file(tmp_path)[1]
    with pytest.raises(Stopped):
        model.load(file, progress=stop_at("converting"))
    assert list((tmp_path / "cache" / "converted").iterdir()) == []
    assert model.load(file).config.n_layers


def test_the_hub(served: type[Hub], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A hub that sends half of the weights and then nothing."""
    release = threading.Event()
    whole = Hub.send

    def slow(self: Hub, code: int, body: bytes, headers: dict[str, str]) -> None:
        if "model.safetensors" not in self.path or not body:
            whole(self, code, body, headers)
            return
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        release.wait(30)

    monkeypatch.setattr(Hub, "send", slow)
    seen: list[float] = []

    def progress(_: float, words: str) -> None:
        blobs = list((tmp_path / "hub").rglob("*.incomplete"))
        if words.startswith("fetching") and blobs:
            seen.append(time.monotonic())
            raise Stopped

    try:
        with pytest.raises(Stopped):
            model.load("someone/tiny", progress=progress)
        assert time.monotonic() - seen[0] < 2
        assert not list((tmp_path / "hub").rglob("*.incomplete"))
    finally:
        release.set()


def test_a_folder(tmp_path: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=11, n_positions=8)).save_pretrained(tmp_path)
    with cache.reporting(stop_at("reading the weights")), quickly():
        model.load(tmp_path)
    assert model.load(tmp_path).config.n_layers == 1


def test_the_check() -> None:
    asked: list[float] = []

    def progress(_: float, words: str) -> None:
        if words != "starting":
            asked.append(time.monotonic())
            raise Stopped

    with pytest.raises(Stopped):
        verify_apart("sort", "CBABBC", progress=progress)
    assert time.monotonic() - asked[0] < 2


def test_waiting_for_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path))
    with cache.lock("x"):
        found: list[bool] = []

        def other() -> None:
            with quickly(), cache.lock("x", stop_at("waiting")):
                pass
            found.append(True)

        thread = threading.Thread(target=other)
        thread.start()
        thread.join(10)
        assert found == [True]
    with cache.lock("x"):  # free again
        pass


def test_a_call_that_waits_for_the_network() -> None:
    def tick() -> None:
        raise Stopped

    with quickly():
        process.call(lambda: time.sleep(20), tick)
    assert process.call(lambda: 7, lambda: None) == 7
    with pytest.raises(ZeroDivisionError):
        process.call(lambda: 1 // 0, lambda: None)


def test_the_check_apart_is_the_check() -> None:
    found = verify_apart("sort", "CBABBC")
    assert [d.name for d in found][-1] == "logits"
    assert max(d.largest for d in found) < 1e-4
    with pytest.raises(model.GlassformerError, match="knows only A, B, C"):
        verify_apart("sort", "hello")
