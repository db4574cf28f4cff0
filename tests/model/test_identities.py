"""What must hold in any transformer, whatever its weights."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import model
from model.config import StackConfig
from tests.model.strategies import MASKS, POSITIONAL, Case, case, cases, pairs

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 12}


def close(a: Tensor, b: Tensor, what: str = "") -> None:
    torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5, msg=lambda m: f"{what}: {m}")


def stacks(trace: model.Trace) -> list[tuple[str, StackConfig]]:
    c = trace.network.config  # type: ignore[union-attr]
    two = c.architecture == "encoder-decoder"
    found = [("encoder." if two else "", c.encoder), ("decoder." if two else "", c.decoder)]
    return [(prefix, s) for prefix, s in found if s is not None]


def check_sums(trace: model.Trace, prefix: str, s: StackConfig) -> None:
    """Each sublayer adds to the stream that it reads, as the names promise."""
    stream = trace[f"{prefix}embed_sum"]
    for i in range(s.n_layers):
        p = f"{prefix}blocks.{i}."

        def get(local: str, p: str = p) -> Tensor:
            return trace[p + local]

        def normed(norm: str, otherwise: str, p: str = p) -> Tensor:
            return trace[f"{p}{norm}.normalized"] if f"{p}{norm}.normalized" in trace else trace[p + otherwise]

        post = s.norm_placement == "post"
        assert torch.equal(get("resid_pre"), stream)
        if s.parallel:
            assert f"{p}resid_mid" not in trace
            assert torch.equal(get("resid_post"), stream + get("attn_out") + get("mlp_out"))
        else:
            assert torch.equal(get("resid_mid"), stream + get("attn_out"))
            read = normed("ln1", "resid_mid") if post else get("resid_mid")
            if f"{p}cross_attn_out" in trace:
                assert torch.equal(get("resid_cross"), read + get("cross_attn_out"))
                read = normed("ln_cross", "resid_cross") if post else get("resid_cross")
            assert torch.equal(get("resid_post"), read + get("mlp_out"))
        stream = normed("ln2", "resid_post") if post else get("resid_post")
        for which in ("attn", "cross_attn", "mlp"):
            if s.norm_placement == "sandwich" and f"{p}{which}.out" in trace and s.norm != "none":
                norm = {"attn": "ln1_post", "cross_attn": "ln_cross_post", "mlp": "ln2_post"}[which]
                assert torch.equal(get(f"{which}_out"), get(f"{norm}.normalized"))


def check_heads(trace: model.Trace, prefix: str, s: StackConfig) -> None:
    """Results add up to what attention adds; patterns are probabilities of visible keys."""
    weights = trace.network.weights  # type: ignore[union-attr]
    for stage in trace.stages:
        if not stage.name.startswith(prefix) or not stage.name.endswith(".result"):
            continue
        p = stage.part + "."
        total = trace[f"{p}result"].sum(1) + (weights[f"{p}b_O"] if s.attn_out_bias else 0)
        out = f"{p}out" if f"{p}out" in trace else f"{stage.part}_out"
        close(trace[out], total, out)
        pattern, scores = trace[f"{p}pattern"], trace[f"{p}attn_scores"]
        sees = ~scores.isneginf().all(-1)  # padding may leave a query with nothing to see
        close(pattern.sum(-1), sees.float(), f"{p}pattern")
        assert not pattern[scores.isneginf()].any(), p
        near = scores > scores.amax(-1, keepdim=True) - 80  # farther down e^x is 0 in float32
        assert (pattern[near & scores.isfinite()] > 0).all(), p
        assert (pattern >= 0).all()


def test_sums_and_heads_pairwise() -> None:
    for number, config in enumerate(pairs()):
        trace = case(config, seed=number, padded=number % 2 == 1).trace()
        for prefix, s in stacks(trace):
            check_sums(trace, prefix, s)
            check_heads(trace, prefix, s)


@given(c=cases())
def test_sums_and_heads_anywhere(c: Case) -> None:
    trace = c.trace()
    for prefix, s in stacks(trace):
        check_sums(trace, prefix, s)
        check_heads(trace, prefix, s)


@given(c=cases(unembed=True))
def test_logits_and_probabilities(c: Case) -> None:
    trace, config = c.trace(), c.network.config
    p, last = stacks(trace)[-1]
    end = f"{p}blocks.{last.n_layers - 1}."
    names = [
        "ln_final.normalized",
        *([f"{end}ln2.normalized"] if last.norm_placement == "post" else []),
        f"{end}resid_post",
    ]
    x = next(trace[n] for n in names if n in trace)
    logits = config.logit_scale * x @ c.network.weights["W_U"]
    logits = logits + (c.network.weights["b_U"] if config.unembed_bias else 0)
    close(trace["logits"], logits)
    close(trace["probs"], logits.softmax(-1))


@given(c=cases(architecture="decoder", mask=None), data=st.data())
def test_later_tokens_change_nothing_before(c: Case, data: st.DataObject) -> None:
    ids = c.words["ids"]
    at = data.draw(st.integers(1, len(ids) - 1))
    changed = [*ids[:at], *((i + 1) % 9 for i in ids[at:])]
    a, b = c.network.double().trace(ids=ids), c.network.trace(ids=changed)
    for stage in a.stages:
        before = tuple(slice(at if axis in ("position", "query", "key") else None) for axis in stage.axes)
        assert torch.equal(a[stage.name][before], b[stage.name][before]), stage.name


@pytest.mark.parametrize("positional", POSITIONAL)
@pytest.mark.parametrize("mask", MASKS)
def test_which_keys_are_seen(positional: str, mask: str) -> None:
    n, window = 6, 4
    config = model.TransformerConfig("encoder", **SIZES, positional=positional, mask=mask)
    pattern = model.Transformer(config).trace(ids=[1, 2, 3, 4, 5, 6], mask=[1, 1, 1, 1, 0, 1])["blocks.1.attn.pattern"]
    q, k = torch.arange(n)[:, None], torch.arange(n)[None, :]
    rules = {
        "bidirectional": k >= 0,
        "padding": k >= 0,
        "causal": k <= q,
        "sliding_window": (k <= q) & (q - k < window),
    }
    seen = rules[mask] & (k != 4)
    assert torch.equal(pattern > 0, seen.expand(2, n, n))


@given(c=cases(architecture="encoder", positional="none", mask="bidirectional", n_segments=0), data=st.data())
def test_without_positions_an_encoder_follows_its_tokens(c: Case, data: st.DataObject) -> None:
    ids = c.words["ids"]
    order = data.draw(st.permutations(range(len(ids))))
    a, b = c.network.trace(ids=ids), c.network.trace(ids=[ids[i] for i in order])
    close(b[a.names[-1]], a[a.names[-1]][list(order)])
    for positional in ("learned", "sinusoidal"):  # with positions it does not
        network = model.Transformer(model.TransformerConfig("encoder", **SIZES, positional=positional))
        there, back = network.trace(ids=[1, 2, 3])["logits"], network.trace(ids=[3, 2, 1])["logits"]
        assert not torch.allclose(there, back.flip(0), atol=1e-3)


@given(c=cases(architecture="encoder", mask="bidirectional"))
@settings(max_examples=15)
def test_padding_changes_nothing(c: Case) -> None:
    """Tokens before the padding see what they would see without it."""
    words = {k: v for k, v in c.words.items() if k != "mask"}
    short = c.network.trace(**words)
    pad: dict[str, Any] = {"ids": [*words["ids"], 0, 1], "mask": [1] * len(words["ids"]) + [0, 0]}
    pad |= {"segments": [*words["segments"], 0, 0]} if "segments" in words else {}
    long = c.network.trace(**pad)
    for name in short.names:
        if name.endswith(("resid_post", "logits", "ln_final.normalized")):
            close(short[name], long[name][: len(words["ids"])], name)
