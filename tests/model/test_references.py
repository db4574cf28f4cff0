"""Parts against torch's own, and against counts and constants known from elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F

import model
from model.registry import variants
from tests.model.recombine import ACTIVATIONS

SIZES: dict[str, Any] = {"n_layers": 1, "n_heads": 4, "d_model": 16, "d_vocab": 9, "n_ctx": 12}
IDS = [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("norm", ["layer", "layer_plain", "rms"])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_norms(norm: str, scale: float) -> None:
    config = model.TransformerConfig(**SIZES, norm=norm, norm_eps=1e-3, embed_scale=scale)
    trace = model.Transformer(config).double().trace(ids=IDS)
    w = {k: v.clone() for k, v in trace.network.weights.items() if k.startswith("ln_final")}  # type: ignore[union-attr]
    x = trace["blocks.0.resid_post"]
    if norm == "rms":
        expected = F.rms_norm(x, (16,), w["ln_final.w"], 1e-3)
        divisor = (x.square().mean(-1) + 1e-3).sqrt()
        assert "ln_final.mean" not in trace
    else:
        expected = F.layer_norm(x, (16,), w.get("ln_final.w"), w.get("ln_final.b"), 1e-3)
        divisor = (x.var(-1, unbiased=False) + 1e-3).sqrt()
        torch.testing.assert_close(trace["ln_final.mean"], x.mean(-1))
    torch.testing.assert_close(trace["ln_final.normalized"], expected)
    torch.testing.assert_close(trace["ln_final.scale"], divisor)


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
@pytest.mark.parametrize("mask", ["causal", "bidirectional"])
def test_attention(n_kv_heads: int, mask: str) -> None:
    config = model.TransformerConfig("encoder", **SIZES, n_kv_heads=n_kv_heads, mask=mask)
    trace = model.Transformer(config).double().trace(ids=IDS)
    q, k, v = (trace[f"blocks.0.attn.{n}"].transpose(0, 1)[None] for n in "qkv")
    theirs = F.scaled_dot_product_attention(q, k, v, is_causal=mask == "causal", enable_gqa=True)
    torch.testing.assert_close(trace["blocks.0.attn.z"], theirs[0].transpose(0, 1))


def test_grouped_heads_are_heads_repeated_in_a_row() -> None:
    grouped = model.Transformer(model.TransformerConfig(**SIZES, n_kv_heads=2))
    full = model.Transformer(model.TransformerConfig(**SIZES))
    state = {name: p.detach() for name, p in grouped.named_parameters()}
    for name in ("W_K", "W_V", "b_K", "b_V"):
        key = f"decoder.blocks.0.attn.{name}"
        heads = state[key].reshape(2, 4, *state[key].shape[1:])
        state[key] = heads.repeat_interleave(2, dim=0).flatten(0, 1)
    full.load_state_dict(state, strict=False)
    torch.testing.assert_close(full.trace(ids=IDS)["logits"], grouped.trace(ids=IDS)["logits"])
    assert torch.equal(full.weights["blocks.0.attn.W_K"][1], grouped.weights["blocks.0.attn.W_K"][0])


def test_cross_attention_reads_the_end_of_the_encoder() -> None:
    config = model.TransformerConfig("encoder-decoder", **SIZES)
    trace = model.Transformer(config).double().trace(ids=IDS, target=[1, 2], mask=[1, 1, 1, 1, 1, 0, 0])
    w = trace.network.weights  # type: ignore[union-attr]
    p, memory = "decoder.blocks.0.cross_attn.", trace["encoder.ln_final.normalized"]
    keys = torch.einsum("pd,hde->phe", memory, w[f"{p}W_K"]) + w[f"{p}b_K"]
    torch.testing.assert_close(trace[f"{p}k"], keys)
    assert trace[f"{p}pattern"].shape == (4, 2, 7)
    assert not trace[f"{p}pattern"][:, :, 5:].any()


@pytest.mark.parametrize("name", variants("mlp"))
def test_activations(name: str) -> None:
    """As the network computes them, as explanations do, and as torch does."""
    cls: Any = variants("mlp")[name]
    x = torch.linspace(-12, 12, 481, dtype=torch.float64)
    expected = ACTIVATIONS[name](x)
    torch.testing.assert_close(cls.activation(x), expected, rtol=1e-12, atol=1e-12)
    plain = torch.tensor([cls.scalar(v) for v in x.tolist()], dtype=torch.float64)
    torch.testing.assert_close(plain, expected, rtol=1e-12, atol=1e-12)
    for far in (-1e5, 1e5):  # no overflow
        assert cls.scalar(far) == pytest.approx(ACTIVATIONS[name](torch.tensor(far, dtype=torch.float64)).item())


@pytest.mark.parametrize("name", variants("mlp"))
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_activations_of_half_types(name: str, dtype: torch.dtype) -> None:
    """Every number of a half type that may come up comes out to four units of the larger of x and the result."""
    cls: Any = variants("mlp")[name]
    x = torch.arange(-(2**15), 2**15).to(torch.int16).view(dtype)
    info = torch.finfo(dtype)
    x = x[(x.abs() < 20) & (x.abs() > 1e-4)]
    expected = ACTIVATIONS[name](x.double())
    size = torch.maximum(x.double().abs(), expected.abs())
    assert bool(((cls.activation(x).double() - expected).abs() <= 4 * info.eps * size).all())


def test_the_two_gelus_differ_by_little() -> None:
    x = torch.linspace(-6, 6, 100_001, dtype=torch.float64)
    cls: dict[str, Any] = variants("mlp")
    assert (cls["gelu"].activation(x) - cls["gelu_tanh"].activation(x)).abs().max().item() == pytest.approx(
        4.7e-4, abs=5e-6
    )


def test_counts_of_parameters() -> None:
    """GPT-2 small has V d + T d + L (12 d^2 + 13 d) + 2 d; BERT base without its head likewise."""
    with torch.device("meta"):
        sizes: dict[str, Any] = {"n_layers": 12, "n_heads": 12, "d_model": 768}
        gpt2 = model.Transformer(model.TransformerConfig(**sizes, d_vocab=50257, n_ctx=1024, tied_unembed=True))
        words: dict[str, Any] = {"norm_placement": "post", "embed_norm": True, "n_segments": 2, "unembed": False}
        bert = model.Transformer(model.TransformerConfig("encoder", **sizes, **words, d_vocab=30522, n_ctx=512))
    assert gpt2.n_parameters == 124_439_808
    d = 768
    assert bert.n_parameters == (30522 + 512 + 2) * d + 2 * d + 12 * (12 * d * d + 13 * d)
    assert bert.n_parameters + d * d + d == 109_482_240  # with the pooler
    swiglu = model.TransformerConfig(n_layers=1, n_heads=2, d_model=24, d_mlp=64, mlp="swiglu", mlp_bias=False)
    own = [p for n, p in model.Transformer(swiglu).named_parameters() if ".mlp." in n]
    assert sum(p.numel() for p in own) == 8 * 24 * 24  # 2/3 of 4 d hidden units keep the count


def test_weights_by_our_names() -> None:
    config = model.TransformerConfig(**SIZES, n_kv_heads=2, mlp="swiglu", tied_unembed=True)
    w = model.Transformer(config).weights
    shapes = {
        "W_E": (9, 16), "W_pos": (12, 16), "W_U": (16, 9), "blocks.0.attn.W_Q": (4, 16, 4), "blocks.0.attn.b_Q": (4, 4),
        "blocks.0.attn.W_K": (2, 16, 4), "blocks.0.attn.W_O": (4, 4, 16), "blocks.0.attn.b_O": (16,),
        "blocks.0.mlp.W_in": (16, 64), "blocks.0.mlp.W_gate": (16, 64), "blocks.0.mlp.W_out": (64, 16),
    }  # fmt: skip
    assert {name: tuple(w[name].shape) for name in shapes} == shapes
    assert w["W_U"].data_ptr() == w["W_E"].data_ptr()
    assert "W_U" in w
    assert "W_U" not in list(w)  # an alias is not counted twice
    assert w["blocks.0.attn.scale"].item() == 0.5
    for name in w:
        assert len(w.axes(name)) == w[name].dim()
