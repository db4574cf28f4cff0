"""Every cell of every stage is explained by terms that can be found, and that make the cell."""

from __future__ import annotations

import math
import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from tests.model.recombine import check_cell
from tests.model.strategies import Case, case, cases, pairs

OPS = {
    "input",
    "lookup",
    "product",
    "sum",
    "select",
    "norm",
    "dot",
    "rotate",
    "activation",
    "mask",
    "softmax",
}


def some_cells(trace: model.Trace, name: str, rng: random.Random, n: int) -> set[tuple[int, ...]]:
    return {tuple(rng.randrange(size) for size in trace.stage(name).shape) for _ in range(n)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
def test_every_stage_pairwise(dtype: torch.dtype) -> None:
    rng, ops = random.Random(0), set()
    for number, config in enumerate(pairs()):
        trace = case(config, seed=number, padded=number % 2 == 0, dtype=dtype).trace()
        for name in trace.names:
            for index in some_cells(trace, name, rng, 2):
                ops.add(check_cell(trace, name, index, dtype).op)
    assert ops == OPS


@given(c=cases(), data=st.data())
def test_random_cells_of_random_configs(c: Case, data: st.DataObject) -> None:
    trace = c.trace(keep_bytes=data.draw(st.sampled_from([0, 1 << 30])))
    for _ in range(10):
        name = data.draw(st.sampled_from(trace.names))
        index = tuple(data.draw(st.integers(0, size - 1)) for size in trace.stage(name).shape)
        check_cell(trace, name, index, torch.float32)


def test_every_cell_of_one_small_trace() -> None:
    config = model.TransformerConfig(
        n_layers=1, n_heads=2, d_model=4, d_vocab=5, n_ctx=6, positional="rotary", d_head=4
    )
    trace = model.Transformer(config).trace(ids=[1, 2, 3], mask=[1, 1, 0])
    for stage in trace.stages:
        for flat in range(stage.numel()):
            check_cell(
                trace,
                stage.name,
                tuple(int(i) for i in torch.unravel_index(torch.tensor(flat), stage.shape)),
                torch.float32,
            )


def test_reads_and_weights_are_all_used() -> None:
    """No stage claims to read what none of its cells reads."""
    for config in pairs()[::6]:
        trace = case(config, padded=True).trace()
        for stage in trace.stages:
            used = set()
            rng = random.Random(1)
            for index in some_cells(trace, stage.name, rng, 40):
                used |= {source for term in trace.explain(stage.name, index).terms for source, _, _ in term.sources}
            if stage.name.endswith("pos_eigen"):  # padding may leave no two tokens that are linked
                used |= set(stage.reads)
            missing = {*stage.reads, *stage.weights} - used
            assert not missing, (stage.name, missing)


def causal(**words: object) -> model.Trace:
    sizes: dict = {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_vocab": 7, "n_ctx": 9}
    return model.Transformer(model.TransformerConfig(**sizes | words)).trace(ids=[1, 2, 3, 4, 5])


def test_a_masked_score_names_the_mask() -> None:
    ex = causal().explain("blocks.0.attn.attn_scores", (0, 1, 3))
    assert (ex.value, ex.recomputed, ex.op, len(ex.terms)) == (-math.inf, -math.inf, "mask", 1)
    assert "mask" in ex.terms[0].label
    assert "3" in ex.terms[0].label
    assert ex.terms[0].value == -math.inf


def test_a_window_and_padding_are_named() -> None:
    window = causal(mask="sliding_window", options={"window": 2}).explain("blocks.0.attn.attn_scores", (0, 4, 1))
    assert "window of 2" in window.terms[0].label
    config = model.TransformerConfig("encoder", n_layers=1, n_heads=2, d_model=8, d_vocab=7, n_ctx=9)
    trace = model.Transformer(config).trace(ids=[1, 2, 3], mask=[1, 0, 1])
    padded = trace.explain("blocks.0.attn.attn_scores", (0, 0, 1))
    assert "padding" in padded.terms[0].label
    assert padded.terms[0].sources == (("mask", (1,), 0),)


def test_masked_keys_are_left_out_of_a_softmax() -> None:
    trace = causal()
    for query in range(5):
        ex = trace.explain("blocks.0.attn.pattern", (1, query, 0))
        assert [t.sources[0][1] for t in ex.terms] == [(1, query, key) for key in range(query + 1)]
    hidden = trace.explain("blocks.0.attn.pattern", (1, 0, 4))
    assert hidden.value == hidden.recomputed == 0
    assert len(hidden.terms) == 1


def test_only_inputs_have_no_terms() -> None:
    for config in pairs()[::5]:
        trace = case(config).trace()
        for stage in trace.stages:
            ex = trace.explain(stage.name, (0,) * len(stage.axes))
            assert bool(ex.terms) == (ex.op != "input"), stage.name


def test_a_row_that_sees_nothing_is_zero() -> None:
    """Left padding hides every key from the first query of a decoder."""
    trace = model.Transformer(causal().network.config).trace(ids=[1, 2, 3], mask=[0, 1, 1])  # type: ignore[union-attr]
    assert torch.equal(trace["blocks.0.attn.pattern"][:, 0], torch.zeros(2, 3))
    assert not trace["logits"].isnan().any()
    ex = trace.explain("blocks.0.attn.pattern", (0, 0, 0))
    assert (ex.value, ex.recomputed, ex.op) == (0.0, 0.0, "mask")
    assert [t.label.startswith("mask") for t in ex.terms] == [True]


def test_an_index_may_be_any_whole_number() -> None:
    trace = causal()
    first = trace.explain("logits", (4, 6))
    assert trace.explain("logits", (-1, -1)) == first
    assert trace.explain("logits", torch.tensor([4, 6])) == first  # type: ignore[arg-type]
    assert trace.explain("tokens", 1).value == 2


@pytest.mark.parametrize(
    "index",
    [
        None,
        1.5,
        "ab",
        (1.5, 0),
        (10, 0),
        (-6, 0),
        (True, 0),
        (0,),
        (0, 0, 0),
        (),
        {},
        torch.tensor([0.5, 1.0]),
    ],
)
def test_an_index_that_is_none(index: object) -> None:
    with pytest.raises(model.TraceError, match=r"logits.*(position|d_vocab)"):
        causal().explain("logits", index)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0.0, math.inf, -math.inf, 3e38, -3e38])
def test_cells_that_an_edit_made_extreme_are_explained_too(number: float) -> None:
    """Infinities and divisions by zero give what tensors give, and never an error."""
    config = model.TransformerConfig(n_layers=1, n_heads=2, d_model=4, d_vocab=5, n_ctx=6, mlp="gelu_tanh")
    network = model.Transformer(config)
    for name in ("embed", "blocks.0.ln1.scale", "blocks.0.ln2.mean", "blocks.0.attn.qk", "blocks.0.mlp.pre", "logits"):
        trace = network.trace(ids=[1, 2, 3], edits=[model.Edit(name, "set", number)])
        for stage in trace.stages:
            ex = trace.explain(stage.name, (0,) * len(stage.axes))
            assert type(ex.recomputed) is type(ex.value)
            if math.isfinite(ex.value) and abs(ex.value) < 1e30 and ex.op != "norm":
                assert ex.recomputed == pytest.approx(ex.value, rel=1e-3, abs=1e-3) or number in (3e38, -3e38)
