"""Vision transformers: pixels become patches, patches become tokens; what a picture may be and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import model
from model import Edit, StackConfig, Transformer, TransformerConfig
from tests.model.recombine import check_cell

POSITIONAL = ("learned", "none", "sinusoidal", "sinusoidal_2d", "rotary", "rotary_2d", "learnable_sinusoid")


@st.composite
def configs(draw: st.DrawFn) -> TransformerConfig:
    """Any small vision transformer."""
    high, wide = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    placement = draw(st.sampled_from(("pre", "post", "sandwich")))
    head = draw(st.sampled_from(("first_token", "mean_token", "pooler", None)))
    labels = draw(st.sampled_from((0, 3)))
    return TransformerConfig(
        "encoder", image=(draw(st.integers(1, 3)), high * rows, wide * columns), patch=(high, wide),
        cls_token=draw(st.booleans()), n_layers=draw(st.integers(1, 2)), n_heads=2, d_model=8, d_mlp=6,
        positional=draw(st.sampled_from(POSITIONAL)), norm=draw(st.sampled_from(("layer", "rms"))),
        norm_placement=placement, embed_norm=draw(st.booleans()), mlp=draw(st.sampled_from(("gelu", "swiglu"))),
        head=head, n_labels=labels, unembed=bool(labels), unembed_bias=bool(labels),
    )  # fmt: skip


def pixels(config: TransformerConfig, seed: int = 0) -> torch.Tensor:
    return torch.randn(config.image, generator=torch.Generator().manual_seed(seed))


def traced(config: TransformerConfig, seed: int = 0, **more: Any) -> model.Trace:
    return Transformer(config, seed=seed).trace(features=pixels(config, seed), **more)


VIT = TransformerConfig(
    "encoder", image=(3, 4, 6), patch=(2, 3), n_layers=2, n_heads=2, d_model=8, d_mlp=6, head="first_token",
    n_labels=3, unembed_bias=True,
)  # fmt: skip


@given(config=configs(), seed=st.integers(0, 99))
def test_patches_are_a_convolution(config: TransformerConfig, seed: int) -> None:
    """The matrix times each patch is what a convolution with strides of a patch's size does."""
    trace = traced(config, seed)
    weights = trace.network.weights  # type: ignore[union-attr]
    channels, _, _ = config.image
    kernel = weights.raw("W_patch").t().reshape(config.d_model, channels, *config.patch)
    wanted = F.conv2d(trace["features"][None], kernel, weights.raw("b_patch"), stride=config.patch)[0].flatten(1).t()
    found = trace["patch_embed" if config.cls_token else "embed"]
    assert torch.allclose(found, wanted, atol=1e-5)
    if config.cls_token:
        assert torch.equal(trace["embed"][0], weights.raw("W_cls"))
        assert torch.equal(trace["embed"][1:], found)


@given(config=configs(), data=st.data())
def test_every_stage_is_declared_and_cells_are_explained(config: TransformerConfig, data: st.DataObject) -> None:
    trace = traced(config, keep_bytes=data.draw(st.sampled_from((0, 1 << 30))))
    for stage in trace.stages:
        assert tuple(trace[stage.name].shape) == stage.shape
    for name in ("features", "patches", "embed", *data.draw(st.lists(st.sampled_from(trace.names), max_size=6))):
        index = tuple(data.draw(st.integers(0, n - 1)) for n in trace.stage(name).shape)
        check_cell(trace, name, index, torch.float32)


@given(config=configs())
def test_derived_equals_kept(config: TransformerConfig) -> None:
    kept, derived = traced(config), traced(config, keep_bytes=0)
    for name in kept.names:
        assert torch.equal(kept[name], derived[name]), name


@given(config=configs(), seed=st.integers(0, 99))
def test_a_batch_gives_what_each_picture_gives(config: TransformerConfig, seed: int) -> None:
    network = Transformer(config, seed=seed)
    batch = torch.stack([pixels(config, i) for i in range(3)])
    with torch.no_grad():
        together = network(torch.arange(config.n_ctx).expand(3, -1), features=batch)
        for one, alone in zip(batch, together, strict=True):
            assert torch.allclose(network(torch.arange(config.n_ctx), features=one), alone, atol=1e-5)


def test_a_cut_can_be_undone() -> None:
    trace = traced(VIT)
    found = trace["patches"].view(2, 2, 3, 2, 3)  # row, column, channel, y, x
    assert torch.equal(found.permute(2, 0, 3, 1, 4).reshape(3, 4, 6), trace["features"])


def test_without_places_the_order_of_patches_means_nothing() -> None:
    """What attention does to patches in another order, and what places add to that."""
    for positional, alike in (("none", True), ("learned", False), ("rotary_2d", False), ("sinusoidal_2d", False)):
        config = TransformerConfig(
            "encoder", image=(1, 4, 4), patch=(2, 2), n_layers=2, n_heads=2, d_model=8, positional=positional,
            head="first_token", n_labels=3,
        )  # fmt: skip
        network, picture = Transformer(config), pixels(config)
        turned = picture.roll(2, dims=-1)  # by one patch
        one, other = (network.trace(features=x)["logits"] for x in (picture, turned))
        assert torch.allclose(one, other, atol=1e-5) == alike, positional


def test_the_grid_follows_from_the_picture() -> None:
    config = TransformerConfig("encoder", image=(1, 4, 6), patch=(2, 2), positional="rotary_2d", unembed=False)
    assert (config.encoder.option("grid_columns"), config.encoder.option("grid_first")) == (3, 1)  # type: ignore[union-attr]
    assert config.n_ctx == 7
    with pytest.raises(model.ConfigError, match="grid_columns=2 does not fit"):
        TransformerConfig(
            "encoder", image=(1, 4, 6), patch=(2, 2), positional="rotary_2d", unembed=False, options={"grid_columns": 2}
        )


def test_the_mean_is_the_mean() -> None:
    config = TransformerConfig("encoder", image=(1, 4, 4), patch=(2, 2), head="mean_token", n_labels=3)
    trace = traced(config)
    assert torch.allclose(trace["pooler.average"], trace["ln_final.normalized"].mean(0))
    assert len(trace.explain("pooler.average", 3).terms) == 5


def test_an_edit_reaches_what_reads_it() -> None:
    network, features = Transformer(VIT), pixels(VIT)
    plain = network.trace(features=features)
    edited = network.trace(features=features, edits=[Edit("features", "set", 2.0, row=0, column=0)])
    assert torch.equal(edited["patches"][1:], plain["patches"][1:])
    assert not torch.equal(edited["logits"], plain["logits"])
    ex = edited.explain("features", (1, 0, 0))
    assert (ex.op, ex.value) == ("edit", 2.0)
    silent = network.trace(features=features, edits=[Edit("cls", "zero")])
    assert not silent["embed"][0].any()


def test_a_saved_trace_opens_with_and_without_its_model(tmp_path: Any) -> None:
    network = Transformer(VIT)
    trace = network.trace(features=pixels(VIT), edits=[Edit("features", "zero", row=1)])
    trace.save(tmp_path / "t.safetensors")
    alone = model.Trace.load(tmp_path / "t.safetensors")
    again = model.Trace.load(tmp_path / "t.safetensors", model=model.Model(network))
    for name in alone.kept:
        assert torch.equal(alone[name], trace[name])
    assert torch.equal(again["blocks.1.attn.pattern"], trace["blocks.1.attn.pattern"])
    assert again.explain("features", (0, 1, 2)).terms[0].label == "set to 0 by an edit"
    assert torch.equal(again.inputs.features, pixels(VIT))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"image": (1, 5, 4)}, "no multiple"),
        ({"image": (1, 4)}, "3 whole numbers"),
        ({"image": (0, 4, 4)}, r"image\[0\]=0 must be"),
        ({"image": (1, 4, 4), "patch": None}, "2 whole numbers"),
        ({"image": None}, "cuts pictures"),
        ({"image": (3, 40000, 40000)}, "make it smaller"),
        ({"n_segments": 2}, "n_segments=2 is for tokens"),
        ({"embed_scale": 2.0}, "embed_scale=2.0 is for tokens"),
        ({"d_embed": 4}, "d_embed=4 is for tokens"),
        ({"n_labels": 0}, "no vocabulary"),
        ({"architecture": "decoder"}, "for encoders"),
        ({"architecture": "encoder-decoder"}, "for encoders"),
        ({"positional": "learned_unpadded"}, "counts tokens"),
        ({"cls_token": 1}, "must be True or False"),
    ],
)
def test_configs_that_no_network_has(words: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {
        "architecture": "encoder", "image": (1, 4, 4), "patch": (2, 2), "n_labels": 3, "n_heads": 2, "d_model": 8
    }  # fmt: skip
    with pytest.raises(model.ConfigError, match=message):
        TransformerConfig(**{**usual, **words})


def test_the_mean_is_of_pictures_only() -> None:
    with pytest.raises(model.ConfigError, match="for pictures"):
        TransformerConfig("encoder", head="mean_token", n_labels=2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"text": "a picture"}, "reads pictures, not text"),
        ({"ids": [1]}, "ids= is for models that read tokens"),
        ({"target": [1]}, "target= is for models that read tokens"),
        ({"features": torch.zeros(3, 4, 6), "mask": [1] * 5}, "mask= is for"),
        ({"features": torch.zeros(3, 4, 6), "segments": [0] * 5}, "segments= is for"),
        ({"features": torch.zeros(3, 4, 6), "edges": [[0, 1]]}, "reads pictures"),
        ({}, "give features="),
        ({"features": torch.zeros(4, 6)}, r"shape \(4, 6\)"),
        ({"features": torch.zeros(3, 6, 4)}, r"shape \(3, 4, 6\)"),
        ({"features": torch.full((3, 4, 6), math.nan)}, "not finite"),
        ({"features": torch.full((3, 4, 6), 1e300, dtype=torch.float64)}, "not finite"),
        ({"features": "pixels"}, "array of numbers; it was given str"),
        ({"features": [[1, 2], [3]]}, "array of numbers"),
        ({"features": torch.zeros(3, 4, 6, dtype=torch.complex64)}, "complex64"),
    ],
)
def test_inputs_that_are_refused(words: dict[str, Any], message: str) -> None:
    with pytest.raises(model.InputError, match=message):
        Transformer(VIT).trace(**words)


def test_a_model_of_text_takes_no_picture() -> None:
    with pytest.raises(model.InputError, match="this one reads tokens"):
        Transformer(TransformerConfig()).trace(ids=[1], features=torch.zeros(1, 2, 2))


def test_a_picture_is_not_continued() -> None:
    with pytest.raises(model.InputError, match="reads pictures"):
        next(model.Model(Transformer(VIT)).generate("a picture"))


def test_pixels_are_copied() -> None:
    given = pixels(VIT)
    trace = Transformer(VIT).trace(features=given)
    before = trace["features"].clone()
    given.zero_()
    assert torch.equal(trace["features"], before)


def test_a_stack_alone_says_how_many_tokens() -> None:
    stack = StackConfig(image=[1, 6, 4], patch=[3, 2], cls_token=False)  # type: ignore[arg-type]
    assert (stack.image, stack.patch, stack.n_patches, stack.n_pixels, stack.n_ctx) == ((1, 6, 4), (3, 2), 4, 6, 4)
