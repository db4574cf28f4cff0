"""The built-in vision transformer: what its card says is so, on the very pictures that were held out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import model
from model.checkpoints import builtin
from model.errors import GlassformerError
from model.train import digits
from tests.model.recombine import check_cell


@pytest.fixture(scope="module")
def reader() -> model.Model:
    return model.load("digits")


def test_its_accuracy_is_what_the_card_says(reader: model.Model) -> None:
    levels, labels = builtin.pictures(reader.card)
    assert reader.processor is not None
    assert len(levels) == reader.card["inputs_tested"] == digits.HELD_OUT
    found = digits.accuracy(reader.network, reader.processor.features(levels[:, None]), labels)
    assert found == reader.card["accuracy"] > 0.97
    by_hand = [reader.logits(features=reader.processor.features(one[None])).argmax().item() for one in levels[:20]]
    assert sum(a == b for a, b in zip(by_hand, labels[:20].tolist(), strict=True)) >= 19


def test_every_label_is_among_the_pictures(reader: model.Model) -> None:
    levels, labels = builtin.pictures(reader.card)
    assert labels.unique().tolist() == list(range(10))
    assert reader.card["labels"] == [str(i) for i in range(10)]
    assert len(levels.unique(dim=0)) == len(levels)
    assert levels.dtype == torch.uint8
    assert levels.float().amax() == 255


def test_it_is_small_and_says_where_it_comes_from(reader: model.Model) -> None:
    files = [builtin.WEIGHTS / name for name in ("digits.safetensors", "digits_pictures.safetensors")]
    assert sum(f.stat().st_size for f in files) < 500_000
    assert "CC BY 4.0" in reader.card["data"]
    assert reader.card["parameters"] == reader.network.n_parameters
    assert reader.tokenizer is None


def test_cells_of_a_real_pass_are_explained(reader: model.Model) -> None:
    levels, _ = builtin.pictures(reader.card)
    assert reader.processor is not None
    trace = reader.trace(features=reader.processor.features(levels[3][None]))
    for name, index in (
        ("features", (0, 1, 3)), ("patches", (5, 2)), ("patch_embed", (5, 7)), ("cls", (11,)), ("embed", (0, 4)),
        ("embed", (6, 4)), ("pos_embed", (6, 4)), ("blocks.1.attn.pattern", (2, 0, 7)), ("blocks.2.mlp.post", (4, 9)),
        ("pooler.first", (3,)), ("logits", (7,)), ("probs", (7,)),
    ):  # fmt: skip
        check_cell(trace, name, index, torch.float32)
    assert torch.equal(reader.processor.shown(trace["features"]), levels[3][None])


def test_pictures_are_moved_but_stay_pictures() -> None:
    features = torch.randn(4, 1, 8, 8).abs()
    moved = digits.moved(features, torch.Generator().manual_seed(1))
    again = digits.moved(features, torch.Generator().manual_seed(1))
    assert moved.shape == features.shape
    assert torch.equal(moved, again)
    assert not torch.equal(moved, features)
    assert moved.min() >= features.min() - 1e-5
    assert moved.max() <= features.max() + 1e-5


def test_training_learns_and_a_bad_model_is_not_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A short training on the pictures that come with the app: scikit-learn need not be here."""
    levels, labels = builtin.pictures(builtin.card("digits"))
    monkeypatch.setattr(digits, "STEPS", 60)
    monkeypatch.setattr(digits, "data", lambda seed: (levels, labels, levels[:50], labels[:50]))
    with pytest.raises(GlassformerError, match="try another"):
        digits.main(tmp_path, seed=0)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(digits, "LEAST", 0.15)  # more than by chance
    digits.main(tmp_path, seed=0)
    card = json.loads((tmp_path / "digits.json").read_text())
    assert {"accuracy", "seed", "data", "processor", "config"} <= set(card)
    assert 0.15 <= card["accuracy"] <= 1
