"""Models by hub id, from a hub that this test plays itself."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import huggingface_hub
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

import model
from model.checkpoints import hub
from tests.model.theirs import save

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OLD = "f" * 40


class Hub(BaseHTTPRequestHandler):
    """Answers as huggingface.co does, for what these tests ask."""

    repositories: ClassVar[dict[str, dict[str, bytes]]] = {}
    asked: ClassVar[list[str]] = []

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.path.partition("?")[0].strip("/").split("/")
        if body and path[0] != "api":
            self.asked.append("/".join(path))
        about = path[:2] == ["api", "models"]
        name = "/".join(path[2:4] if about else path[:2])
        found = self.repositories.get(name)
        if found is None:
            self.send(404, b"", {"X-Error-Code": "RepoNotFound"})
        elif name.startswith("gated/"):
            self.send(403, b"", {"X-Error-Code": "GatedRepo"})
        elif about:
            revision = path[5] if len(path) > 5 else "main"
            if revision not in ("main", COMMIT, OLD):
                self.send(404, b"", {"X-Error-Code": "RevisionNotFound"})
                return
            files = [{"rfilename": k, "size": len(v), "blobId": hashlib.sha1(v).hexdigest()} for k, v in found.items()]
            told: Any = {
                "id": name, "modelId": name, "sha": OLD if revision == OLD else COMMIT, "siblings": files, "tags": [],
                "private": False, "downloads": 0, "likes": 0, "cardData": {"license": "mit"},
            }  # fmt: skip
            if "tree" in path:
                told = [{"type": "file", "path": f["rfilename"], "size": f["size"], "oid": f["blobId"]} for f in files]
            self.send(200, json.dumps(told).encode() if body else b"", {"Content-Type": "application/json"})
        else:
            data = found["/".join(path[4:])]
            marks = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": path[3]}
            self.send(200, data if body else b"", {**marks, "Content-Length": str(len(data))})

    def send(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("gpt2")
    config = GPT2Config(vocab_size=31, n_positions=20, n_embd=24, n_layer=2, n_head=4)
    torch.manual_seed(0)
    theirs = save(folder, GPT2LMHeadModel, config)
    theirs.save_pretrained(folder / "sharded", max_shard_size="20KB")
    found = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    shards = {f"shards/{p.name}": p.read_bytes() for p in (folder / "sharded").iterdir()}
    assert sum(name.endswith(".safetensors") for name in shards) > 1
    return {**found, **shards}


@pytest.fixture
def served(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    whole = {name: data for name, data in files.items() if "/" not in name}
    shards = {name.removeprefix("shards/"): data for name, data in files.items() if "/" in name}
    junk = {"pytorch_model.bin": b"pickle", "README.md": b"x", "modeling_evil.py": b"1/0", "onnx/model.onnx": b"x"}
    Hub.asked = []
    Hub.repositories = {
        "someone/tiny": {**whole, **junk},
        "someone/sharded": {**shards, **junk},
        "someone/pickled": {"config.json": whole["config.json"], "pytorch_model.bin": b"pickle"},
        "someone/data": {"train.csv": b"1"},
        "gated/tiny": {},
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    yield Hub
    server.shutdown()
    server.server_close()


def logits(m: Any) -> torch.Tensor:
    return m.logits([3, 1, 4, 1, 5])


def test_only_what_is_needed_is_fetched(served: type[Hub]) -> None:
    said: list[str] = []
    m = model.load("someone/tiny", progress=lambda _, words: said.append(words))
    assert m.card["name"] == "someone/tiny"
    assert m.card["source"] == "hub: someone/tiny"
    assert m.card["revision"] == COMMIT
    assert m.card["licence"] == "mit"
    assert {path.rpartition("/")[2] for path in served.asked} == {
        "config.json", "generation_config.json", "model.safetensors",
    }  # fmt: skip
    assert all(f"/{COMMIT}/" in path for path in served.asked)
    assert any("MB" in words for words in said)


def test_shards(served: type[Hub]) -> None:
    assert torch.equal(logits(model.load("someone/sharded")), logits(model.load("someone/tiny")))


def test_a_revision_is_pinned(served: type[Hub]) -> None:
    assert model.load(f"someone/tiny@{OLD}").card["revision"] == OLD
    with pytest.raises(model.CheckpointError, match="no revision 'nowhere'"):
        model.load("someone/tiny@nowhere")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("someone/nothing", "no model on the hub"),
        ("gated/tiny", "terms"),
        ("someone/pickled", "pickle, which is never read. Convert"),
        ("someone/data", "no config.json"),
    ],
)
def test_what_cannot_be_had(served: type[Hub], name: str, message: str) -> None:
    with pytest.raises(model.CheckpointError, match=message):
        model.load(name)
    assert not served.asked


def test_without_a_network(served: type[Hub], monkeypatch: pytest.MonkeyPatch) -> None:
    before = logits(model.load("someone/tiny"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    m = model.load("someone/tiny")  # from the cache
    assert torch.equal(logits(m), before)
    assert m.card["revision"] == COMMIT
    with pytest.raises(model.CheckpointError, match=r"not on this machine and the hub cannot be reached"):
        model.load("someone/sharded")


def test_a_folder_of_the_hubs_cache(served: type[Hub], tmp_path: Path) -> None:
    """Its files are links to blobs beside it; a link to anywhere else is not followed."""
    model.load("someone/tiny")
    folder = tmp_path / "hub" / "models--someone--tiny" / "snapshots" / COMMIT
    assert (folder / "config.json").is_symlink()
    assert model.load(folder).trace(ids=[1])["logits"].shape == (1, 31)
    secret = tmp_path / "secret.json"
    secret.write_bytes((folder / "config.json").read_bytes())
    (folder / "config.json").unlink()
    (folder / "config.json").symlink_to(secret)
    with pytest.raises(model.CheckpointError, match="link to a place outside"):
        model.load(folder)


@pytest.mark.parametrize(
    "source", ["a/b/c", "../x", "a/..", "/a/b", "a b/c", "a/b@", "a/b@../..", "http://x/y", "a/", "/b"]
)
def test_what_is_no_id(source: str) -> None:
    assert not hub.is_id(source)
    with pytest.raises(model.CheckpointError, match="no model is called"):
        model.load(source)
