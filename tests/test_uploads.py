"""Uploads: what is kept, and what is refused before it is read."""

from dataclasses import dataclass
from pathlib import Path

import pytest

import model
from pages.shared import uploads


@dataclass
class File:
    name: str
    data: bytes = b"{}"
    claimed: int | None = None

    @property
    def size(self) -> int:
        return len(self.data) if self.claimed is None else self.claimed

    def getbuffer(self) -> memoryview:
        if self.claimed is not None:
            raise AssertionError("read before its size was checked")
        return memoryview(self.data)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLASSFORMER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_folder_comes_back_as_it_was_and_loads(tmp_path: Path, own_cache: Path) -> None:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=11, n_positions=8, bos_token_id=0, eos_token_id=0)
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "hf")
    files = [File(n, (tmp_path / "hf" / n).read_bytes()) for n in ("config.json", "model.safetensors")]
    place = uploads.save(files)
    assert place.is_relative_to(own_cache)
    assert uploads.save(files[::-1]) == place
    assert model.load(place).trace(ids=[1, 2])["logits"].shape == (2, 11)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([File("config.json"), File("../../evil.safetensors")], "not a file of a model"),
        ([File("config.json"), File("pytorch_model.bin")], "not a file of a model"),
        ([File("model.safetensors")], "config.json is missing"),
        ([File("a.gguf"), File("config.json")], "alone"),
        ([File("a.gguf", claimed=600 << 20)], "at most 500 MB"),
        ([File("x/../a.gguf")], "not a file of a model"),
    ],
)
def test_what_is_refused(files: list[File], words: str, own_cache: Path) -> None:
    with pytest.raises(model.CheckpointError, match=words):
        uploads.save(files)
    assert not (own_cache / "uploads").exists()
