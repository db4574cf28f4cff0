"""Rotary positions stretched for longer contexts, fading (xPos), and of rows and columns."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

import model
from model.positional.rotary import Rotary
from model.positional.rotary_2d import RotaryGrid
from model.positional.rotary_scaling import SCALINGS, frequencies, grown, ntk, pair_turning, usual
from model.positional.xpos import XPos
from model.where import Where
from tests.model.positional.build import ATTN, ids, network


def given_as(**words: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted(words.items()))


def test_ntk_leaves_the_first_pair_and_divides_the_last() -> None:
    assert ntk(10000.0, 128, 4.0) == pytest.approx(40889.94, abs=5e-3)
    ratio = frequencies(128, 10000.0, given_as(type="ntk", factor=4.0)) / frequencies(128, 10000.0, None)
    assert ratio[0].item() == 1
    assert ratio[-1].item() == pytest.approx(0.25, rel=1e-5)
    assert (ratio.diff() < 0).all()


@given(length=st.integers(1, 4096), factor=st.floats(1, 16))
def test_dynamic_is_ntk_of_its_own_length(length: int, factor: float) -> None:
    """Within the original length it is plain; at s times the length the base has grown by s·factor - (factor - 1)."""
    base = grown(10000.0, 64, length, factor, 512)
    ratio = max(length, 512) / 512
    assert base == pytest.approx(ntk(10000.0, 64, factor * ratio - (factor - 1)))
    assert length > 512 or base == 10000.0


@pytest.mark.parametrize(("length", "low", "high"), [(2048, 16.13, 40.21), (4096, 20.94, 45.03)])
def test_yarn_keeps_what_turns_often(length: int, low: float, high: float) -> None:
    assert pair_turning(32, 128, 10000.0, length) == pytest.approx(low, abs=5e-3)
    assert pair_turning(1, 128, 10000.0, length) == pytest.approx(high, abs=5e-3)
    ratio = frequencies(128, 10000.0, given_as(**usual("yarn", 8.0, length))) / frequencies(128, 10000.0, None)
    first, last = math.floor(low), math.ceil(high)
    torch.testing.assert_close(ratio[: first + 1], torch.ones(first + 1))
    torch.testing.assert_close(ratio[last:], torch.full_like(ratio[last:], 1 / 8))
    assert (ratio[first : last + 1].diff() < 0).all()


def test_yarn_stretches_queries_and_keys() -> None:
    for factor, stretch in ((4, 1.1386), (8, 1.2079), (16, 1.2773), (32, 1.3466)):
        assert usual("yarn", factor, 2048)["attention_factor"] == pytest.approx(stretch, abs=5e-5)
    scaling = usual("yarn", 4.0, 16)
    plain, longer = network("rotary"), network("rotary", rotary_scaling=scaling)
    a, b = plain.trace(ids=[3]), longer.trace(ids=[3])  # position 0: nothing turns, everything is stretched
    torch.testing.assert_close(b[f"{ATTN}qk"], a[f"{ATTN}qk"] * scaling["attention_factor"] ** 2)


@pytest.mark.parametrize("kind", SCALINGS)
def test_every_extension_by_one_is_plain(kind: str) -> None:
    scaling = usual(kind, 1.0, 64)
    torch.testing.assert_close(frequencies(32, 500.0, given_as(**scaling), 64), frequencies(32, 500.0, None))
    assert scaling.get("attention_factor", 1.0) == 1
    network("rotary", rotary_scaling=scaling)  # and every one of them is a configuration


@pytest.mark.parametrize("kind", ["linear", "dynamic", "yarn", "llama3"])
@given(factor=st.floats(1.5, 32), d_head=st.sampled_from([8, 32, 128]), base=st.sampled_from([500.0, 10000.0, 5e5]))
def test_extensions_are_those_of_hugging_face(kind: str, factor: float, d_head: int, base: float) -> None:
    scaling = usual(kind, factor, 256)
    length = 256 if kind != "dynamic" else 700
    theirs = {k: v for k, v in scaling.items() if k not in ("type", "attention_factor")}
    config = LlamaConfig(
        hidden_size=d_head, num_attention_heads=1, head_dim=d_head, max_position_embeddings=256,
        rope_parameters={"rope_type": kind, "rope_theta": base, **theirs},
    )  # fmt: skip
    f, stretch = ROPE_INIT_FUNCTIONS[kind](config, torch.device("cpu"), seq_len=length)
    torch.testing.assert_close(frequencies(d_head, base, given_as(**scaling), length), f, rtol=1e-5, atol=0)
    assert stretch == pytest.approx(scaling.get("attention_factor", 1.0))


def test_an_extension_that_cannot_be() -> None:
    with pytest.raises(model.ConfigError, match="ntk"):
        network("rotary", d_head=2, rotary_scaling={"type": "ntk", "factor": 2.0})


def xpos(d_head: int, **options: Any) -> XPos:
    words = tuple(sorted(options.items()))
    return XPos("", model.StackConfig(n_heads=1, d_model=8, d_head=d_head, positional="xpos", options=words))


def met(encoding: Rotary, q: torch.Tensor, k: torch.Tensor, m: int, n: int) -> torch.Tensor:
    """Product of q at m and k at n."""
    where = Where(torch.tensor([m]), torch.tensor([n]))
    a, b = encoding.rotate(q[None, None], k[None, None], where, lambda _, x: x)
    return (a * b).sum()


def test_zetas() -> None:
    assert xpos(8).zetas().tolist() == pytest.approx([0.2857, 0.4643, 0.6429, 0.8214], abs=5e-5)


@given(m=st.integers(0, 300), n=st.integers(0, 300), shift=st.integers(0, 300), seed=st.integers(0, 99))
@pytest.mark.parametrize("pairing", ["half", "interleaved"])
def test_xpos_shows_distance_only(pairing: str, m: int, n: int, shift: int, seed: int) -> None:
    q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    encoding = xpos(8, rotary_pairing=pairing)
    torch.testing.assert_close(
        met(encoding, q, k, m, n), met(encoding, q, k, m + shift, n + shift), rtol=1e-9, atol=1e-9
    )
    centred = xpos(8, rotary_pairing=pairing, xpos_centre=150)
    torch.testing.assert_close(met(encoding, q, k, m, n), met(centred, q, k, m, n), rtol=1e-9, atol=1e-9)


def test_xpos_fades_and_without_fading_is_rotary() -> None:
    x = torch.tensor([1.0, 0, 0, 0, 0, 0, 0, 0], dtype=torch.float64)  # the pair of zeta 0.2857, turned full circles
    encoding = xpos(8, rotary_base=1.0)
    for distance in (44, 88, 132):
        product = met(encoding, x, x, distance, 0).item()
        assert product == pytest.approx((2 / 7) ** (distance / 512) * math.cos(distance))
    q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    config = model.StackConfig(
        n_heads=1, d_model=8, d_head=8, positional="rotary", options=(("rotary_pairing", "interleaved"),)
    )
    plain = met(Rotary("", config), q, k, 9, 4)
    for never in ({"xpos_gamma": 1e6}, {"xpos_scale_base": 1e9}):
        torch.testing.assert_close(met(xpos(8, **never), q, k, 9, 4), plain, rtol=1e-5, atol=1e-6)


def grid(columns: int, first: int = 0) -> RotaryGrid:
    options = (("grid_columns", columns), ("grid_first", first))
    return RotaryGrid("", model.StackConfig(n_heads=1, d_model=8, d_head=8, positional="rotary_2d", options=options))


@given(columns=st.integers(1, 9), m=st.integers(0, 60), n=st.integers(0, 60), down=st.integers(0, 5))
def test_rotary_of_a_grid_shows_rows_and_columns_apart(columns: int, m: int, n: int, down: int) -> None:
    q, k = torch.randn(2, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    encoding = grid(columns)
    shifted = met(encoding, q, k, m + down * columns, n + down * columns)  # both so many rows lower
    torch.testing.assert_close(met(encoding, q, k, m, n), shifted, rtol=1e-9, atol=1e-9)
    rows, cols = encoding.angles(torch.tensor([m, n]), torch.float64).split(2, dim=-1)
    assert torch.equal(rows[0] == rows[1], torch.tensor(m // columns == n // columns).expand(2))
    assert torch.equal(cols[0] == cols[1], torch.tensor(m % columns == n % columns).expand(2))


def test_tokens_before_the_grid_are_not_turned() -> None:
    trace = network("rotary_2d", grid_columns=3, grid_first=1).trace(ids=ids(7))
    torch.testing.assert_close(trace[f"{ATTN}rot_q"][:2], trace[f"{ATTN}q"][:2])
    assert not torch.allclose(trace[f"{ATTN}rot_q"][2:], trace[f"{ATTN}q"][2:])


@pytest.mark.parametrize("d_head", [2, 3])
def test_a_grid_needs_pairs_for_both(d_head: int) -> None:
    with pytest.raises(model.ConfigError, match="rows"):
        network("rotary_2d", d_head=d_head)
