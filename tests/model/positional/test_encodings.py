"""Each encoding against numbers worked out elsewhere, and against what its paper promises."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.positional.alibi import slopes
from model.positional.rotary import Rotary
from model.positional.rotary_scaling import frequencies
from model.positional.t5 import bucket

SIZES: dict[str, Any] = {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 64}


def pos_embed(n: int, **words: Any) -> torch.Tensor:
    config = model.TransformerConfig(**SIZES | words, positional="sinusoidal")
    return model.Transformer(config).double().trace(ids=[0] * n)["pos_embed"]


def test_sinusoids_of_the_worked_example() -> None:
    table = pos_embed(4, d_model=4, options={"sinusoid_base": 100})
    expected = [
        [0, 1, 0, 1],
        [0.8415, 0.5403, 0.0998, 0.9950],
        [0.9093, -0.4161, 0.1987, 0.9801],
        [0.1411, -0.9900, 0.2955, 0.9553],
    ]
    torch.testing.assert_close(table, torch.tensor(expected, dtype=torch.float64), atol=5e-5, rtol=0)


def test_sinusoids_of_the_paper() -> None:
    table = pos_embed(60, d_model=512)
    assert torch.allclose(table.square().sum(-1), torch.tensor(256.0, dtype=torch.float64))
    gram = table @ table.T
    for k in (10, 50):  # depends on the distance alone
        assert gram[k, k + 7].item() == pytest.approx(187.8650, abs=5e-5)
    halves = pos_embed(60, d_model=512, options={"sinusoid_layout": "concatenated"})
    assert torch.equal(halves, torch.cat((table[:, ::2], table[:, 1::2]), dim=-1))


def test_the_sinusoid_of_a_late_position_is_exact() -> None:
    config = model.TransformerConfig(**SIZES | {"n_ctx": 5000}, positional="sinusoidal")
    trace = model.Transformer(config).trace(ids=[0] * 5000)
    assert trace["pos_embed"][4999, 0].item() == pytest.approx(math.sin(4999), abs=1e-7)


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (8, [2.0**-i for i in range(1, 9)]),
        (6, [0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125]),
        (12, [*(2.0**-i for i in range(1, 9)), 0.707107, 0.353553, 0.176777, 0.088388]),
        (1, [2.0**-8]),
        (2, [2.0**-4, 2.0**-8]),
    ],
)
def test_alibi_slopes(heads: int, expected: list[float]) -> None:
    assert slopes(heads) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("mask", ["causal", "bidirectional"])
def test_alibi_adds_slope_times_distance(mask: str) -> None:
    config = model.TransformerConfig("encoder", **SIZES, mask=mask, positional="alibi", attn_scale=0.37)
    trace = model.Transformer(config).double().trace(ids=[1, 2, 3, 4])
    q, k = torch.arange(4)[:, None], torch.arange(4)[None, :]
    bias = -torch.tensor([2.0**-4, 2.0**-8], dtype=torch.float64)[:, None, None] * (q - k).abs()
    torch.testing.assert_close(trace["blocks.0.attn.bias"], bias)
    visible = trace["blocks.0.attn.attn_scores"].isfinite()
    difference = trace["blocks.0.attn.attn_scores"] - trace["blocks.0.attn.qk"]
    torch.testing.assert_close(difference[visible], bias[visible])
    assert trace.stage("blocks.0.attn.bias").weights == ("alibi_slopes",)


CAUSAL = {**{n: n for n in range(16)}, 16: 16, 17: 16, 18: 16, 19: 17, 20: 17, 21: 18, 24: 19, 32: 21, 64: 26, 100: 30}
CAUSAL |= {112: 30, 113: 31, 127: 31, 128: 31, 1000: 31}
BOTH = {0: 0, -1: 1, 1: 17, -7: 7, 7: 23, -8: 8, 8: 24, -11: 8, -12: 9, 12: 25, -16: 10, -90: 14, -91: 15, 128: 31}


def test_t5_buckets() -> None:
    back = -torch.tensor(list(CAUSAL))
    assert bucket(back, False, 32, 128).tolist() == list(CAUSAL.values())
    assert bucket(torch.tensor([1, 5, 500]), False, 32, 128).tolist() == [0, 0, 0]  # ahead
    assert bucket(torch.tensor(list(BOTH)), True, 32, 128).tolist() == list(BOTH.values())


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize(("n", "far"), [(32, 128), (8, 6), (16, 128), (64, 1000), (4, 20), (12, 64)])
def test_t5_buckets_are_those_of_hugging_face(bidirectional: bool, n: int, far: int) -> None:
    from transformers.models.t5.modeling_t5 import T5Attention

    distance = torch.arange(-1500, 1500)
    theirs = T5Attention._relative_position_bucket(distance, bidirectional, n, far)
    assert torch.equal(bucket(distance, bidirectional, n, far), theirs)
    # one at a time, as explanations ask, it is the same
    alone = [int(bucket(torch.tensor(d), bidirectional, n, far)) for d in range(-300, 300)]
    assert alone == bucket(torch.arange(-300, 300), bidirectional, n, far).tolist()


def test_t5_bias_is_one_table_for_all_layers() -> None:
    config = model.TransformerConfig("encoder", **SIZES | {"n_layers": 3}, positional="t5")
    trace = model.Transformer(config).trace(ids=[1, 2, 3, 4])
    table = trace.network.weights["W_rel"]  # type: ignore[union-attr]
    for query in range(4):
        for key in range(4):
            row = BOTH[key - query] if key - query in BOTH else abs(key - query) + 16 * (key > query)
            assert torch.equal(trace["blocks.0.attn.bias"][:, query, key], table[row])
    assert trace.stage("blocks.2.attn.bias").same_as == "blocks.0.attn.bias"


def rotary(d_head: int, **options: Any) -> Rotary:
    words = {f"rotary_{k}": v for k, v in options.items()}
    config = model.StackConfig(n_heads=1, d_model=8, d_head=d_head, positional="rotary", options=tuple(words.items()))
    return Rotary("", config)


def turned(encoding: Rotary, x: torch.Tensor, position: int) -> torch.Tensor:
    angles = encoding.angles(torch.tensor([position]), x.dtype)
    return encoding.turn(x[None, None], angles.cos()[:, None], angles.sin()[:, None])[0, 0]


@given(m=st.integers(0, 200), n=st.integers(0, 200), shift=st.integers(0, 200), seed=st.integers(0, 99))
@pytest.mark.parametrize("pairing", ["half", "interleaved"])
def test_rotation_shows_distance_only(pairing: str, m: int, n: int, shift: int, seed: int) -> None:
    q, k = torch.randn(2, 16, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    encoding = rotary(16, pairing=pairing)
    near = turned(encoding, q, m) @ turned(encoding, k, n)
    far = turned(encoding, q, m + shift) @ turned(encoding, k, n + shift)
    torch.testing.assert_close(near, far, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(turned(encoding, q, m).norm(), q.norm())
    torch.testing.assert_close(turned(encoding, q, 0), q)


def test_the_two_pairings() -> None:
    """They are one another's permutation, and not the same; interleaved is multiplication by e^(im theta)."""
    x = torch.randn(8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    half, interleaved = turned(rotary(8), x[order], 5), turned(rotary(8, pairing="interleaved"), x, 5)
    torch.testing.assert_close(half, interleaved[order])
    assert not torch.allclose(turned(rotary(8), x, 5), interleaved)
    theta = 10000.0 ** (-torch.arange(0, 8, 2, dtype=torch.float64) / 8)
    turn = torch.polar(torch.ones(4, dtype=torch.float64), 5 * theta)
    expected = torch.view_as_real(torch.view_as_complex(x.view(4, 2)) * turn).flatten()
    torch.testing.assert_close(interleaved, expected, rtol=1e-5, atol=1e-6)  # frequencies are float32, as trained


def test_a_fraction_leaves_the_rest_alone() -> None:
    x = torch.arange(8.0)
    out = turned(rotary(8, fraction=0.5), x, 3)
    assert torch.equal(out[4:], x[4:])
    assert torch.equal(out[:4], turned(rotary(4), x[:4], 3))


def test_llama3_scaling() -> None:
    scaling = {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    scaling |= {"original_max_position_embeddings": 8192}
    multiplier = frequencies(128, 500000.0, tuple(scaling.items())) / frequencies(128, 500000.0, None)
    assert (multiplier == 1).sum() == 29
    assert torch.isclose(multiplier, torch.tensor(1 / 8)).sum() == 29
    assert multiplier[29:35].tolist() == pytest.approx([0.828, 0.644, 0.494, 0.371, 0.271, 0.190], abs=5e-4)
    same = frequencies(128, 500000.0, tuple({**scaling, "factor": 1.0}.items()))
    torch.testing.assert_close(same, frequencies(128, 500000.0, None))


def test_linear_scaling_divides_positions() -> None:
    x = torch.randn(8, dtype=torch.float64)
    slow = rotary(8, scaling=(("factor", 4.0), ("type", "linear")))
    torch.testing.assert_close(turned(slow, x, 12), turned(rotary(8), x, 3))


def test_learned_positions_and_their_offset() -> None:
    config = model.TransformerConfig(**SIZES, options={"position_offset": 2})
    trace = model.Transformer(config).trace(ids=[1, 2, 3])
    table = trace.network.weights["W_pos"]  # type: ignore[union-attr]
    assert table.shape == (66, 8)
    assert torch.equal(trace["pos_embed"], table[2:5])
    assert torch.equal(trace["embed_sum"], trace["embed"] + trace["pos_embed"])
