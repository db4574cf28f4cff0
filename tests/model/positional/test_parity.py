"""Encodings beside transformers' own code of the same method, on random weights of ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.model.positional.build import ATTN, ids, network


@pytest.mark.parametrize(("n", "width"), [(1, 2), (50, 16), (300, 64)])
def test_sinusoids_are_those_of_marian(n: int, width: int) -> None:
    from transformers.models.marian.modeling_marian import MarianSinusoidalPositionalEmbedding

    theirs = MarianSinusoidalPositionalEmbedding(n, width).create_weight()
    net = network("sinusoidal", n_ctx=n, d_model=width, d_head=2, sinusoid_layout="concatenated")
    ours = net.trace(ids=[0] * n)["pos_embed"]
    torch.testing.assert_close(ours.float(), theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("rows", "columns", "width"), [(1, 1, 4), (3, 5, 8), (4, 4, 32)])
def test_sinusoids_of_a_grid_are_those_of_omdet(rows: int, columns: int, width: int) -> None:
    """Theirs has first one coordinate's sines, its cosines, then the other's, and walks down the columns first."""
    from transformers.models.omdet_turbo.modeling_omdet_turbo import OmDetTurboHybridEncoder

    theirs = OmDetTurboHybridEncoder.build_2d_sincos_position_embedding(columns, rows, width, device="cpu")[0]
    theirs = theirs.unflatten(0, (columns, rows)).transpose(0, 1).flatten(0, 1).unflatten(-1, (2, 2, width // 4))
    across, down = theirs.transpose(-1, -2).flatten(-2).unbind(-2)
    net = network("sinusoidal_2d", d_model=width, d_head=2, grid_columns=columns)
    ours = net.trace(ids=[0] * (rows * columns))["pos_embed"]
    torch.testing.assert_close(ours.float(), torch.cat([down, across], -1), rtol=0, atol=1e-6)


@given(n=st.integers(1, 9), clip=st.integers(1, 6))
@pytest.mark.parametrize("architecture", ["decoder", "encoder"])
def test_shaws_keys_are_those_of_wav2vec2_bert(architecture: str, n: int, clip: int) -> None:
    from transformers.models.wav2vec2_bert.modeling_wav2vec2_bert import _apply_relative_key_position_encoding

    net = network("shaw", architecture, shaw_clip=clip)
    trace, rows = net.trace(ids=ids(n)), net.weights[f"{ATTN}position.W_rel_K"]
    q, k = (trace[f"{ATTN}{x}"].transpose(0, 1)[None] for x in "qk")
    module = SimpleNamespace(
        left_max_position_embeddings=clip, right_max_position_embeddings=clip, scaling=q.shape[-1] ** -0.5,
        distance_embedding=lambda at: rows[at],
    )  # fmt: skip
    _, theirs = _apply_relative_key_position_encoding(module, q, k)
    seen = trace[f"{ATTN}attn_scores"].isfinite()
    torch.testing.assert_close(trace[f"{ATTN}bias"][seen], theirs[0][seen])


@given(n=st.integers(1, 9))
@pytest.mark.parametrize("architecture", ["decoder", "encoder"])
def test_transformer_xl_is_that_of_wav2vec2_bert(architecture: str, n: int) -> None:
    """Their sinusoids are interleaved, ours one half after the other: the projection's rows go along."""
    from transformers.models.wav2vec2_bert.modeling_wav2vec2_bert import (
        Wav2Vec2BertRelPositionalEmbedding,
        _apply_relative_position_encoding,
    )

    net = network("transformer_xl", architecture)
    trace, w = net.trace(ids=ids(n)), net.weights
    q, k = (trace[f"{ATTN}{x}"].transpose(0, 1)[None] for x in "qk")
    heads, d = q.shape[1], q.shape[-1]
    width = net.last.config.d_model
    waves = Wav2Vec2BertRelPositionalEmbedding(SimpleNamespace(max_source_positions=16, hidden_size=width))
    order = [i // 2 + (i % 2) * (width // 2) for i in range(width)]
    project = w[f"{ATTN}position.W_R"][:, order].transpose(0, 1).flatten(1)  # [d_model, head * d_head]
    module: Any = SimpleNamespace(
        linear_pos=lambda x: x.double() @ project, head_size=d, scaling=d**-0.5, pos_bias_u=w["pos_u"],
        pos_bias_v=w["pos_v"],
    )  # fmt: skip
    biased, theirs = _apply_relative_position_encoding(module, q, k, waves(torch.zeros(1, n, width)))
    scores = (biased @ k.transpose(-1, -2) * d**-0.5 + theirs)[0]
    assert scores.shape == (heads, n, n)
    seen = trace[f"{ATTN}attn_scores"].isfinite()
    torch.testing.assert_close(trace[f"{ATTN}attn_scores"][seen], scores[seen], rtol=1e-5, atol=1e-6)


@given(columns=st.integers(1, 5), rows=st.integers(1, 4), d_head=st.sampled_from([4, 8, 16]))
def test_rotary_of_a_grid_is_that_of_qwen2_vl(columns: int, rows: int, d_head: int) -> None:
    from transformers.models.qwen2_vl.configuration_qwen2_vl import Qwen2VLVisionConfig
    from transformers.models.qwen2_vl.modeling_qwen2_vl import Qwen2VLVisionRotaryEmbedding, apply_rotary_pos_emb_vision

    config = Qwen2VLVisionConfig(embed_dim=d_head, num_heads=1)
    base = config.rope_parameters["rope_theta"]
    net = network("rotary_2d", "encoder", d_head=d_head, grid_columns=columns, rotary_base=base)
    trace = net.trace(ids=ids(rows * columns))
    at = torch.arange(rows * columns)
    turn = Qwen2VLVisionRotaryEmbedding(SimpleNamespace(  # the one number of its config that it reads
        rope_parameters=config.rope_parameters, head_dim=d_head
    ))  # fmt: skip
    cos, sin = turn(torch.zeros(1), torch.stack([at // columns, at % columns], -1))
    theirs = apply_rotary_pos_emb_vision(trace[f"{ATTN}q"], trace[f"{ATTN}k"], cos, sin)
    for name, found in zip(("rot_q", "rot_k"), theirs, strict=True):
        torch.testing.assert_close(trace[f"{ATTN}{name}"], found, rtol=1e-5, atol=1e-6)


def test_values_are_never_turned() -> None:
    for name in ("rotary", "xpos", "rotary_2d"):
        turned, plain = network(name, n_ctx=9), network("none", n_ctx=9)
        with torch.no_grad():
            theirs = dict(turned.named_parameters())
            for path, p in plain.named_parameters():
                p.copy_(theirs[path])
        found, wanted = (net.trace(ids=ids(7)) for net in (turned, plain))
        assert torch.equal(found[f"{ATTN}v"], wanted[f"{ATTN}v"])
        assert not torch.allclose(found[f"{ATTN}rot_q"], wanted[f"{ATTN}q"])
        mixed = torch.einsum("hqk,khd->qhd", found[f"{ATTN}pattern"], found[f"{ATTN}v"])
        torch.testing.assert_close(found[f"{ATTN}z"], mixed)


@pytest.mark.parametrize("name", ["kerple", "alibi", "t5", "fire"])
def test_a_number_for_each_query_changes_nothing(name: str) -> None:
    """A bias that is higher by the same for all keys of a query gives the same attention."""
    import model

    net = network(name)
    before = net.trace(ids=ids(6))
    rows = torch.linspace(-3, 3, 6, dtype=torch.float64)[None, :, None]
    higher = before[f"{ATTN}bias"] + rows
    after = net.trace(ids=ids(6), edits=[model.Edit(f"{ATTN}bias", "set", higher)])
    torch.testing.assert_close(after[f"{ATTN}pattern"], before[f"{ATTN}pattern"])
    assert not torch.allclose(after[f"{ATTN}bias"], before[f"{ATTN}bias"])
