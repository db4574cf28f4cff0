"""A ViT in a folder computes what Hugging Face computes; its pictures become the same numbers; the rest is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from transformers import ViTConfig, ViTForImageClassification, ViTForMaskedImageModeling, ViTImageProcessorPil, ViTModel

import model
from model.checkpoints.verify import verify
from model.checkpoints.verify_apart import verify_apart
from tests.model.parity import FEW, explained, rename
from tests.model.test_processor import file_of, noise
from tests.model.theirs import close, rewrite, save


def config(**words: Any) -> ViTConfig:
    sizes: dict[str, Any] = {
        "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 14,
        "image_size": 12, "patch_size": 4, "num_channels": 3, "num_labels": 3,
    }  # fmt: skip
    return ViTConfig(**{**sizes, **words})


@st.composite
def words(draw: st.DrawFn) -> dict[str, Any]:
    high, wide = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    square = draw(st.booleans())
    size = [high * draw(st.integers(1, 3)), wide * draw(st.integers(1, 3))]
    return {
        "image_size": high * 3 if square else size, "patch_size": high if square else [high, wide],
        "num_channels": draw(st.sampled_from([1, 2, 3])), "num_hidden_layers": draw(st.integers(1, 3)),
        "num_attention_heads": draw(st.sampled_from([1, 3, 4])), "hidden_size": draw(st.sampled_from([12, 24])),
        "layer_norm_eps": draw(st.sampled_from([1e-12, 0.1])), "qkv_bias": draw(st.booleans()),
        "hidden_act": draw(st.sampled_from(["gelu", "relu", "gelu_new"])),
        "pooler_act": draw(st.sampled_from(["tanh", "relu"])), "num_labels": draw(st.sampled_from([1, 2, 5])),
    }  # fmt: skip


def agree(theirs: Any, m: model.Model) -> model.Trace:
    """One picture through both; some cells of every stage are explained too."""
    theirs.set_attn_implementation("eager")
    features = torch.randn(m.config.image, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        out = theirs(pixel_values=features[None], output_hidden_states=True, output_attentions=True)
    trace, n = m.trace(features=features), m.config.n_layers
    assert len(out.hidden_states) == n + 1
    for i in range(n):
        close(trace[f"blocks.{i}.resid_pre"], out.hidden_states[i][0], f"hidden state {i}")
        close(trace[f"blocks.{i}.attn.pattern"], out.attentions[i][0], f"attention map {i}")
    close(trace[f"blocks.{n - 1}.resid_post"], out.hidden_states[n][0], "last hidden state")
    if "logits" in trace:
        close(trace["logits"], out.logits[0], "logits")
    else:
        close(trace["ln_final.normalized"], out.last_hidden_state[0], "after the norm")
    if "pooler.act" in trace:
        close(trace["pooler.act"], out.pooler_output[0], "pooler")
    explained(trace)
    return trace


@pytest.mark.parametrize("kind", [ViTForImageClassification, ViTModel])
@FEW
@given(words=words())
def test_random_configs(tmp_path: Path, kind: type, words: dict[str, Any]) -> None:
    theirs = save(tmp_path, kind, config(**words))
    m = model.load(tmp_path)
    trace = agree(theirs, m)
    assert ("logits" in trace) == (kind is ViTForImageClassification)
    assert ("pooler.act" in trace) == (kind is ViTModel)
    assert m.card["family"] == "vit"


def test_without_a_pooler(tmp_path: Path) -> None:
    theirs = ViTModel(config(), add_pooling_layer=False).eval()
    theirs.save_pretrained(tmp_path)
    trace = agree(theirs, model.load(tmp_path))
    assert trace.names[-1] == "ln_final.normalized"


def test_names_of_newer_code_are_read_too(tmp_path: Path) -> None:
    theirs = save(tmp_path, ViTForImageClassification, config())
    state = {k: v.clone() for k, v in theirs.state_dict().items()}
    rename(tmp_path, lambda _: state)
    agree(theirs, model.load(tmp_path))


def test_labels_by_name(tmp_path: Path) -> None:
    save(tmp_path, ViTForImageClassification, config(id2label={0: "cat", 1: "dog", 2: "<b>"}))
    assert model.load(tmp_path).card["labels"] == ["cat", "dog", "<b>"]


def prepared(folder: Path, **words: Any) -> ViTImageProcessorPil:
    """A processor of theirs, written beside the model."""
    made = ViTImageProcessorPil(**{"size": {"height": 12, "width": 12}, **words})
    made.save_pretrained(folder)
    return made


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"image_mean": [0.1, 0.2, 0.3], "image_std": [0.9, 0.8, 0.7]},
        {"do_normalize": False},
        {"do_rescale": False, "image_mean": [100.0, 90.0, 80.0], "image_std": [50.0, 40.0, 30.0]},
        {"resample": 3},
        {"rescale_factor": 1 / 127.5},
    ],
)
def test_pictures_become_the_same_numbers(tmp_path: Path, words: dict[str, Any]) -> None:
    save(tmp_path, ViTForImageClassification, config())
    theirs, picture = prepared(tmp_path, **words), noise("RGB", 30, 17)
    ours = model.load(tmp_path).processor
    assert ours is not None
    wanted = torch.as_tensor(np.array(theirs(picture, return_tensors="np")["pixel_values"][0]))
    assert torch.allclose(ours(file_of(picture)), wanted.float(), atol=1e-4)


def test_old_preprocessors(tmp_path: Path) -> None:
    """One number for both sides, and a name that is no longer used."""
    save(tmp_path, ViTForImageClassification, config())
    old = {"feature_extractor_type": "ViTFeatureExtractor", "size": 12, "do_resize": True, "do_normalize": True,
           "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 2}  # fmt: skip
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(old))
    made = model.load(tmp_path).processor
    assert made is not None
    white = made(file_of(Image.new("RGB", (4, 4), "white")))
    assert torch.equal(white, torch.ones(3, 12, 12))


def test_a_folder_that_does_not_say_how(tmp_path: Path) -> None:
    save(tmp_path, ViTForImageClassification, config())
    assert model.load(tmp_path).processor is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"do_resize": False}, "do_resize=False is not supported"),
        ({"do_center_crop": True}, "do_center_crop=True is not supported"),
        ({"size": {"height": 24, "width": 24}}, "does not fit config.json"),
        ({"size": {"shortest_edge": 12}}, "does not fit config.json"),
        ({"size": "large"}, "size='large' does not fit"),
        ({"resample": 9}, "from 0 to 5"),
        ({"resample": "bicubic"}, "whole number"),
        ({"image_mean": [0.5]}, "3 numbers"),
        ({"image_mean": ["a", "b", "c"]}, "3 numbers"),
        ({"image_std": [0.0, 1.0, 1.0]}, "must not be 0"),
        ({"rescale_factor": "x"}, "must be a number"),
    ],
)
def test_preprocessors_that_are_refused(tmp_path: Path, words: dict[str, Any], message: str) -> None:
    save(tmp_path, ViTForImageClassification, config())
    prepared(tmp_path)
    file = tmp_path / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | words))
    with pytest.raises(model.CheckpointError, match=message):
        model.load(tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"pooler_output_size": 5}, "pooler_output_size=5 is not supported"),
        ({"image_size": 13}, "no multiple"),
        ({"image_size": "large"}, "image_size='large' must be a whole number"),
        ({"patch_size": [4, 4, 4]}, "patch_size"),
        ({"image_size": 0}, "must be a whole number"),
        ({"image_size": 100_000, "patch_size": 1}, "make it smaller"),
        ({"hidden_act": "snake"}, "not supported"),
        ({"layer_scale": 0.1}, "layer_scale"),
        ({"num_attention_heads": 5}, "n_heads"),
    ],
)
def test_configs_that_are_refused(tmp_path: Path, words: dict[str, Any], message: str) -> None:
    save(tmp_path, ViTForImageClassification, config())
    rewrite(tmp_path, lambda given: given.update(words))
    with pytest.raises(model.CheckpointError, match=message):
        model.load(tmp_path)


def test_another_head_is_refused_by_name(tmp_path: Path) -> None:
    save(tmp_path, ViTForMaskedImageModeling, config(encoder_stride=4))
    with pytest.raises(model.CheckpointError, match=r"decoder.*has no place in a vit"):
        model.load(tmp_path)


def test_the_check_against_the_original(tmp_path: Path) -> None:
    save(tmp_path, ViTForImageClassification, config())
    m = model.load(tmp_path)
    found = verify(m, features=torch.randn(3, 12, 12))
    assert [d.name for d in found][-2:] == ["blocks.1.resid_post", "logits"]
    assert len(found) == 6
    assert all(d.largest < 1e-4 * max(1, d.scale) for d in found)


def test_the_built_in_model_is_checked_against_hugging_faces_code() -> None:
    m = model.load("digits")
    features = torch.randn(1, 8, 8)
    for found in (verify(m, features=features), verify_apart("digits", features=features.tolist())):
        assert len(found) == 8
        assert all(d.scale > 0 for d in found)
        assert all(d.largest < 1e-4 * max(1, d.scale) for d in found)
    with pytest.raises(model.CheckpointError, match="control"):
        verify(model.control(m, "shuffled"), features=features)
