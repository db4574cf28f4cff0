"""The built-in model `sort`: right on every input, and honest about itself."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

import model
from model.model import Model

ROWS = ["".join(row) for row in itertools.product("ABC", repeat=6)]


@pytest.fixture(scope="module")
def m() -> Model:
    return model.load("sort")


def test_all_729_rows_come_out_sorted(m: Model) -> None:
    assert len(ROWS) == 729
    ids = torch.tensor([m.tokenizer.encode(row) for row in ROWS])
    with torch.no_grad():
        for _ in range(6):
            ids = torch.cat((ids, m.network(ids)[:, -1].argmax(-1, keepdim=True)), dim=-1)
    for row, out in zip(ROWS, ids[:, 6:].tolist(), strict=True):
        assert m.tokenizer.decode(out) == "".join(sorted(row))


@pytest.mark.parametrize("row", ROWS[::60])
def test_a_trace_sorts_too(m: Model, row: str) -> None:
    out = "".join(sorted(row))
    trace = m.trace(row + out[:-1])
    assert m.tokenizer.decode(trace["logits"][5:].argmax(-1).tolist()) == out
    assert trace["tokens"].tolist() == ["ABC".index(letter) for letter in row + out[:-1]]
    torch.testing.assert_close(trace["probs"].sum(-1), torch.ones(11))


def test_its_shape(m: Model) -> None:
    c = m.config
    assert (c.n_layers, c.n_heads, c.d_model, c.d_vocab, c.n_ctx) == (3, 3, 48, 3, 11)
    assert m.network.n_parameters == m.card["parameters"] == 85_584
    assert m.network.n_parameters == sum(w.numel() for w in m.weights.values())


def test_its_card(m: Model) -> None:
    assert m.card["accuracy"] == 1.0
    assert m.card["inputs_tested"] == 729
    for key in ("seed", "data", "seconds", "recipe", "steps", "licence", "title", "what"):
        assert m.card[key] not in (None, ""), key
    assert m.card["recipe"] == "python -m model.train sort"
    assert model.TransformerConfig.from_dict(m.card["config"]) == m.config


@pytest.mark.parametrize(
    "text", ["ABD", "abc", "A B", "A1", "ABC\n", "Α", "🙂", "\u200b", "<img src=x onerror=alert(1)>"]
)
def test_other_letters_are_refused_by_name(m: Model, text: str) -> None:
    wrong = next(letter for letter in text if letter not in "ABC")
    with pytest.raises(model.InputError, match="A, B, C") as caught:
        m.trace(text)
    assert repr(wrong) in str(caught.value) or f"U+{ord(wrong):04X}" in str(caught.value)
    assert str(text.index(wrong) + 1) in str(caught.value)


def test_lengths(m: Model) -> None:
    assert m.trace("A" * 11)["logits"].shape == (11, 3)
    with pytest.raises(model.InputError, match=r"12 .* 11"):
        m.trace("A" * 12)
    with pytest.raises(model.InputError, match="empty"):
        m.trace("")
    with pytest.raises(model.InputError):
        m.trace("A" * 100_000)


def test_it_is_listed_and_loads_anywhere(m: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sort").mkdir()  # a folder of the same name does not stand in its way
    assert "sort" in model.available()
    again = model.load("sort", dtype=torch.float64)
    assert again.dtype == torch.float64
    assert again.device.type in ("cpu", "cuda")
    trace = m.trace("CBABBC")
    torch.testing.assert_close(again.trace("CBABBC")["logits"].float(), trace["logits"], rtol=1e-4, atol=1e-4)
