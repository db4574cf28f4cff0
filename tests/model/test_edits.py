"""Edits reach what is downstream of them, all of it, and nothing else."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.edits import OPS
from model.stages import Stage
from tests.model.strategies import Case, case, cases, pairs

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 12}
IDS = [1, 2, 3, 4, 5]


def edit_of(stage: Stage, trace: model.Trace, rng: random.Random) -> model.Edit:
    """A random change to all of a stage that keeps what is masked masked."""
    old = trace[stage.name]
    if stage.kind in ("index", "count"):
        limit = 2 if stage.kind == "count" else 3
        new = torch.tensor([rng.randrange(limit) for _ in range(stage.numel())]).reshape(stage.shape)
        new[0] = 1 if stage.kind == "count" else new[0]
        return model.Edit(stage.name, "replace", new)
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    noise = torch.randn(stage.shape, generator=generator, dtype=torch.float64)
    new = old + 0.3 * noise if stage.kind == "signed" else old * (1.1 + noise.sigmoid())
    return model.Edit(stage.name, "replace", new)


def changed(a: model.Trace, b: model.Trace) -> set[str]:
    return {name for name in a.names if not torch.equal(a[name], b[name])}


def test_every_stage_of_every_part_reaches_only_what_is_downstream() -> None:
    rng = random.Random(0)
    for number, config in enumerate(pairs()[::3]):
        c = case(config, seed=number, padded=number % 2 == 0, dtype=torch.float64)
        before = c.trace()
        for stage in rng.sample(before.stages, 12):
            after = c.trace(edits=[edit_of(stage, before, rng)])
            assert changed(before, after) <= {stage.name} | model.downstream(before.stages, stage.name), stage.name
            assert not after[after.names[-1]].isnan().any(), stage.name


SMOOTH: list[dict[str, Any]] = [
    {"mlp": "gelu", "positional": "learned"},
    {"mlp": "swiglu", "positional": "rotary", "norm": "rms", "n_kv_heads": 1, "attn_softcap": 3.0},
    {"mlp": "silu", "positional": "t5", "norm_placement": "post", "embed_norm": True},
    {"mlp": "tanh", "positional": "alibi", "norm_placement": "sandwich", "parallel": True},
    {"mlp": "mish", "positional": "sinusoidal", "norm": "layer_plain", "architecture": "encoder"},
    {"mlp": "gelu_tanh", "positional": "t5", "architecture": "encoder-decoder"},
    {"mlp": "gelu", "positional": "rotary", "norm_placement": "post", "architecture": "encoder-decoder"},
]  # fmt: skip


@pytest.mark.parametrize("words", SMOOTH, ids=lambda w: "-".join(map(str, w.values())))
def test_a_random_edit_changes_exactly_what_is_downstream(words: dict[str, Any]) -> None:
    """In a smooth model and in double precision nothing is hidden by rounding or by a flat activation."""
    c = case(model.TransformerConfig(**SIZES, **words), dtype=torch.float64)
    before, rng = c.trace(), random.Random(1)
    for stage in before.stages:
        if stage.kind in ("index", "count"):
            continue  # an id may come out as the one that was there
        after = c.trace(edits=[edit_of(stage, before, rng)])
        assert changed(before, after) == {stage.name} | model.downstream(before.stages, stage.name), stage.name


@pytest.mark.parametrize("keep_bytes", [0, 1 << 30])
def test_an_edit_that_changes_nothing_is_bit_equal(keep_bytes: int) -> None:
    for number, config in enumerate(pairs()[::8]):
        c = case(config, seed=number, padded=True)
        before = c.trace()
        for stage in before.stages:
            for edit in (
                model.Edit(stage.name, "replace", before[stage.name]),
                model.Edit(stage.name, "replace", like=before),
            ):
                after = c.trace(edits=[edit], keep_bytes=keep_bytes)
                assert not after.changed
                assert not changed(before, after), stage.name
                assert after.stage(stage.name).same_as == stage.same_as
        for stage in before.stages:
            if stage.kind not in ("index", "count"):
                assert not changed(before, c.trace(edits=[model.Edit(stage.name, "scale", 1.0)])), stage.name


@given(c=cases(), data=st.data())
@settings(max_examples=60)
def test_derived_tensors_see_the_edits(c: Case, data: st.DataObject) -> None:
    """With nothing kept, an edited trace reads as with everything kept."""
    plain, rng = c.trace(), random.Random(data.draw(st.integers(0, 1000)))
    chosen = data.draw(st.lists(st.sampled_from(plain.stages), min_size=1, max_size=3))
    edits = [edit_of(stage, plain, rng) for stage in chosen]
    kept, derived = c.trace(edits=edits), c.trace(edits=edits, keep_bytes=0)
    assert derived.changed == kept.changed
    for name in reversed(plain.names):
        assert torch.equal(kept[name], derived[name]), name


def part(ndim: int) -> Any:
    return st.one_of(st.integers(0, 1), st.just([0, 1]), st.just(slice(0, 2)), st.just([1]), st.none())


@given(data=st.data(), op=st.sampled_from(OPS), positional=st.sampled_from(["t5", "rotary"]))
@settings(max_examples=80)
def test_every_op_on_every_part_of_every_stage(data: st.DataObject, op: str, positional: str) -> None:
    """The chosen part is changed as the op says, the rest of the stage is as before, and cells explain it."""
    network = model.Transformer(model.TransformerConfig(**SIZES, positional=positional)).double()
    before = network.trace(ids=IDS)
    stage = data.draw(st.sampled_from([s for s in before.stages if s.kind not in ("index", "count")]))
    axes = {a: p for a in stage.axes if (p := data.draw(part(len(stage.axes)))) is not None}
    chosen = tuple(axes.get(a, slice(None)) for a in stage.axes)
    cells = torch.zeros(stage.shape, dtype=torch.bool)
    lists = [
        c if isinstance(c, list) else [c] if isinstance(c, int) else list(range(n))[c]
        for c, n in zip(chosen, stage.shape, strict=True)
    ]
    cells[torch.meshgrid(*[torch.tensor(x) for x in lists], indexing="ij")] = True
    shape = [len(x) for x, c in zip(lists, chosen, strict=True) if not isinstance(c, int)]
    values = {
        "zero": None,
        "scale": -1.5,
        "add": 0.25,
        "set": 0.75,
        "replace": torch.randn(shape, dtype=torch.float64),
    }
    value = values[op]
    after = network.trace(ids=IDS, edits=[model.Edit(stage.name, op, value, **axes)])
    old, new = before[stage.name], after[stage.name]
    assert torch.equal(new[~cells], old[~cells])
    expected: dict[str, Any] = {
        "zero": torch.zeros_like(old[cells]),
        "scale": torch.where(old[cells].isneginf(), old[cells], old[cells] * -1.5),
        "add": old[cells] + 0.25,
        "set": torch.full_like(old[cells], 0.75),
        "replace": value.flatten() if isinstance(value, torch.Tensor) else None,
    }
    assert torch.equal(new[cells], expected[op])
    place = cells.nonzero()[data.draw(st.integers(0, int(cells.sum()) - 1))]
    ex = after.explain(stage.name, tuple(place.tolist()))
    assert ex.value == new[tuple(place)].item()
    assert ex.recomputed == pytest.approx(ex.value, rel=1e-10, abs=1e-12)
    assert ex.terms
    assert ex.op == "edit"


def test_edits_of_one_stage_follow_each_other() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    edits = [model.Edit("embed", "set", 2.0, position=1), model.Edit("embed", "scale", 3.0, position=[0, 1])]
    trace, before = network.trace(ids=IDS, edits=edits), network.trace(ids=IDS)
    assert torch.equal(trace["embed"][1], torch.full((8,), 6.0))
    assert torch.equal(trace["embed"][0], before["embed"][0] * 3)
    assert torch.equal(trace["embed"][2:], before["embed"][2:])
    assert trace.changed == {"embed"}
    assert trace.edits == tuple(edits)
