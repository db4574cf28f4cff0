"""Good files, for the tests to damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import GPT2Config, GPT2LMHeadModel, LlamaForCausalLM

from tests.model import ggufs
from tests.model.hostile.refusals import LLAMA
from tests.model.theirs import save


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("good")
    save(path / "gpt2", GPT2LMHeadModel, GPT2Config(vocab_size=31, n_positions=20, n_embd=24, n_layer=1, n_head=4))
    save(path / "llama", LlamaForCausalLM, LLAMA)
    tokens = ["a", "b", "ab", "<s>"]
    add = ggufs.add_tokenizer("gpt2", tokens, [1, 1, 1, 3], ["a b"], pre="gpt-2", bos_token_id=3)
    ggufs.from_folder(path / "llama", path / "x.gguf", "llama", ggufs.sizes(LLAMA), LLAMA, tokenizer=add)
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
