"""What is declared is what is recorded: names, order, shapes, kinds, axes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from hypothesis import given

import model
from model.stages import AXES, KINDS
from model.tape import Tape, record
from tests.model.strategies import MASKS, NORMS, PLACEMENTS, POSITIONAL, Case, case, cases, pairs


def check(c: Case) -> None:
    """Declared stages against a recording of the same pass."""
    trace = c.trace()
    tape = Tape(trace.plan.names)
    i = trace.inputs
    with torch.no_grad(), record(tape):
        c.network(i.tokens, i.target, i.segments, i.mask)
    assert list(tape.values) == trace.names == [s.name for s in trace.stages]
    for stage in trace.stages:
        recorded = tape.values[stage.name]
        assert tuple(recorded.shape) == stage.shape, stage.name
        assert len(stage.axes) == recorded.dim(), stage.name
        assert set(stage.axes) <= set(AXES), stage.name
        assert stage.kind in KINDS, stage.name
        assert torch.equal(trace[stage.name], recorded), stage.name
        assert recorded.is_floating_point() != (stage.kind in ("index", "count")), stage.name
        assert stage.title, stage.name
        assert stage.formula, stage.name


def check_reads(c: Case) -> None:
    """A stage reads only what came before it, and weights that exist; same_as shares one storage."""
    trace = c.trace()
    seen: set[str] = set()
    for stage in trace.stages:
        assert set(stage.reads) <= seen, stage.name
        assert all(w in c.network.weights for w in stage.weights), stage.name
        seen.add(stage.name)
        if stage.same_as is not None:
            assert trace[stage.name].data_ptr() == trace[stage.same_as].data_ptr(), stage.name
            assert trace[stage.name].shape == trace[stage.same_as].shape, stage.name


@pytest.mark.parametrize("padded", [False, True])
def test_declared_equals_recorded_pairwise(padded: bool) -> None:
    for config in pairs():
        c = case(config, padded=padded)
        check(c)
        check_reads(c)


@pytest.mark.parametrize("positional", POSITIONAL)
@pytest.mark.parametrize("mask", MASKS)
def test_declared_equals_recorded_for_every_combination(positional: str, mask: str) -> None:
    for norm, placement in itertools.product(NORMS, PLACEMENTS):
        sizes: Any = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 7, "n_ctx": 9}
        parts: Any = {"positional": positional, "mask": mask, "norm": norm, "norm_placement": placement}
        config = model.TransformerConfig(**sizes, **parts)
        check(case(config, padded=True))


@given(c=cases())
def test_declared_equals_recorded_anywhere(c: Case) -> None:
    check(c)
    check_reads(c)


def test_tapping_an_undeclared_name_fails() -> None:
    network = model.Transformer(model.TransformerConfig(n_layers=1, n_heads=2, d_model=8))
    tape = Tape(frozenset({"tokens"}))
    with pytest.raises(LookupError, match="embed"), record(tape):
        network(torch.tensor([1, 2]))
    assert network.tap("anything", torch.ones(1)).item() == 1  # without a tape a tap is nothing


@pytest.mark.parametrize("padded", [False, True])
def test_no_two_tensors_equal_unless_declared(padded: bool) -> None:
    """On random weights equal tensors are one tensor. Encoder and decoder get inputs of different lengths."""
    for config in pairs():
        stacks = [s for s in (config.encoder, config.decoder) if s is not None]
        if "none" in {s.norm for s in stacks}:
            continue  # so little happens in these that the same numbers may come about twice
        trace = case(config, length=6).trace(mask=[1, 1, 1, 1, 1, 0] if padded else None)
        found: dict[tuple, str] = {}
        for stage in trace.stages:
            if stage.same_as is None and stage.kind not in ("index", "count"):
                key = (stage.shape, trace[stage.name].numpy().tobytes())
                twin = found.setdefault(key, stage.name)
                assert twin == stage.name, f"{twin} equals {stage.name}"


def test_axes_are_in_the_published_order() -> None:
    sizes: Any = {"n_layers": 1, "n_heads": 4, "n_kv_heads": 2, "d_model": 8, "d_head": 4}
    config = model.TransformerConfig(**sizes, mlp="swiglu", positional="rotary")
    stages = {s.name: s for s in case(config).trace().stages}
    p = "blocks.0."
    expected = {
        "position": ["tokens", f"{p}ln1.mean", f"{p}ln1.scale"],
        "position d_model": [
            "embed",
            f"{p}resid_pre",
            f"{p}ln1.standardized",
            f"{p}attn_out",
            "ln_final.normalized",
        ],
        "position head d_head": [f"{p}attn.q", f"{p}attn.rot_q", f"{p}attn.z"],
        "position kv_head d_head": [f"{p}attn.k", f"{p}attn.v", f"{p}attn.rot_k"],
        "head query key": [f"{p}attn.qk", f"{p}attn.attn_scores", f"{p}attn.pattern"],
        "position head d_model": [f"{p}attn.result"],
        "position d_mlp": [f"{p}mlp.pre", f"{p}mlp.pre_linear", f"{p}mlp.post"],
        "position d_vocab": ["logits", "probs"],
    }
    for axes, names in expected.items():
        assert [" ".join(stages[name].axes) for name in names] == [axes] * len(names)


def test_prefixes_of_an_encoder_decoder() -> None:
    config = model.TransformerConfig("encoder-decoder", n_layers=1, n_heads=2, d_model=8)
    trace = case(config).trace()
    assert {"encoder.tokens", "encoder.ln_final.normalized", "ln_final.normalized"} <= set(trace)
    assert {"decoder.blocks.0.cross_attn.pattern", "decoder.blocks.0.cross_attn_out"} <= set(trace)
    assert "decoder.blocks.0.resid_cross" in trace
    assert {"logits", "probs"} <= set(trace)
    assert trace.stage("decoder.blocks.0.cross_attn.qk").shape == (2, 6, 5)


def test_unknown_stage_names_what_is_close() -> None:
    trace = case(model.TransformerConfig(n_layers=1)).trace()
    with pytest.raises(model.TraceError, match=r"blocks\.0\.attn\.pattern"):
        trace.stage("blocks.0.attn.patern")
    with pytest.raises(KeyError):
        trace["nothing"]
    assert "nothing" not in trace
    assert len(trace) == len(trace.names) == len(list(trace))
