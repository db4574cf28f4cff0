"""What reads a cell is explanation the other way round: the two are compared over every cell."""

from __future__ import annotations

import itertools
import json
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import model
from model.readers import Reader, readers
from model.rules import Index
from tests.model.strategies import Case, case, cases, configs, more, pairs
from tests.viz import every_variant

Cell = tuple[str, Index]


def every_cell(shape: tuple[int, ...]) -> itertools.product:
    return itertools.product(*map(range, shape))


def inverted(trace: model.Trace) -> dict[Cell, dict[str, set[Index]]]:
    """Cell of a stage or weight -> stage -> the cells that are explained by it. Every cell of the trace is asked."""
    found: dict[Cell, dict[str, set[Index]]] = defaultdict(lambda: defaultdict(set))
    for stage in trace.stages:
        for index in every_cell(stage.shape):
            for term in trace.explain(stage.name, index).terms:
                for name, at, _ in term.sources:
                    found[name, at][stage.name].add(index)
    return found


def check(trace: model.Trace, found: list[Reader], wanted: dict[str, set[Index]]) -> None:
    order = [n for n in trace.names if n in wanted]
    assert [r.name for r in found] == order
    for reader in found:
        cells = wanted[reader.name]
        assert reader.count == len(cells), reader
        assert reader.example in cells, reader
        assert reader.ranges == tuple((min(a), max(a)) for a in zip(*cells, strict=True)), reader


def check_everything(trace: model.Trace) -> None:
    """readers() of every cell of every stage and every weight."""
    expected = inverted(trace)
    network = trace.network
    assert network is not None
    shapes = {s.name: s.shape for s in trace.stages}
    weights = {w for s in trace.stages for w in s.weights}
    shapes |= {w: tuple(network.weights[w].shape) for w in {*network.weights, *weights}}
    assert {name for name, _ in expected} <= set(shapes)
    for name, shape in shapes.items():
        for index in every_cell(shape):
            check(trace, readers(trace, name, index), expected.get((name, index), {}))


@pytest.mark.parametrize(("name", "padded"), every_variant.cases())
def test_every_cell_of_every_variant(name: str, padded: bool) -> None:
    check_everything(every_variant.trace(name, padded))


@pytest.mark.parametrize("number", range(0, len(pairs()), 12))
def test_every_cell_of_mixed_parts(number: int) -> None:
    check_everything(case(pairs()[number], seed=number, padded=True, length=3).trace())


@pytest.mark.parametrize("number", range(0, len(more()), 12))
def test_every_cell_of_less_common_parts(number: int) -> None:
    check_everything(case(more()[number], seed=number, padded=number % 24 == 0, length=3).trace())


def sampled(trace: model.Trace, data: st.DataObject) -> None:
    """A few cells explained, and each of their sources asked what reads it; and the other way."""
    for _ in range(6):
        name = data.draw(st.sampled_from(trace.names))
        shape = trace.stage(name).shape
        if 0 in shape:
            continue
        index = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
        for term in trace.explain(name, index).terms[:20]:
            for read, at, _ in term.sources:
                (mine,) = [r for r in readers(trace, read, at) if r.name == name]
                assert all(a <= i <= b for i, (a, b) in zip(index, mine.ranges, strict=True))
        for reader in readers(trace, name, index):
            sources = {(n, at) for t in trace.explain(reader.name, reader.example).terms for n, at, _ in t.sources}
            assert (name, index) in sources
            if reader.count < 300:
                inside = itertools.product(*(range(a, b + 1) for a, b in reader.ranges))
                reads = [any((name, index) == s[:2] for t in trace.explain(reader.name, i).terms for s in t.sources)
                         for i in inside]  # fmt: skip
                assert sum(reads) == reader.count


@given(c=cases(), data=st.data())
def test_sampled_cells_of_random_configs(c: Case, data: st.DataObject) -> None:
    sampled(c.trace(keep_bytes=data.draw(st.sampled_from([0, 1 << 30]))), data)


@given(config=st.sampled_from(more()), seed=st.integers(0, 1000), padded=st.booleans(), data=st.data())
def test_sampled_cells_of_less_common_parts(
    config: model.TransformerConfig, seed: int, padded: bool, data: st.DataObject
) -> None:
    sampled(case(config, seed=seed, padded=padded).trace(), data)


@given(config=configs(), data=st.data())
def test_sampled_cells_of_edited_passes(config: model.TransformerConfig, data: st.DataObject) -> None:
    c = case(config)
    trace = c.trace()
    name = data.draw(st.sampled_from([s.name for s in trace.stages if s.kind == "signed"]))
    axis = data.draw(st.sampled_from(trace.stage(name).axes))
    size = trace.stage(name).shape[trace.stage(name).axes.index(axis)]
    places = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=3, unique=True))
    sampled(c.trace(edits=[model.Edit(name, "set", 0.5, **{axis: places})]), data)


EDITS = {
    "tokens": model.Edit("tokens", "set", 3, position=[0, 2]),
    "half a sum": model.Edit("blocks.0.resid_mid", "scale", 2.0, position=1, d_model=slice(0, 4)),
    "a head": model.Edit("blocks.1.attn.z", "zero", head=2),
    "hidden scores": model.Edit("blocks.0.attn.attn_scores", "set", float("-inf"), key=slice(0, 2)),
    "a copy": model.Edit("blocks.1.resid_pre", "add", 1.0, position=2),
    "some probabilities": model.Edit("probs", "set", 0.0, d_vocab=[1, 5]),
}


@pytest.mark.parametrize("edits", [(name,) for name in EDITS] + [tuple(EDITS)], ids="+".join)
def test_every_cell_of_edited_passes(edits: tuple[str, ...]) -> None:
    network = model.Transformer(every_variant.CONFIGS["attention=grouped_query"])
    again = model.Edit("blocks.0.resid_mid", "add", 1.0, d_model=[3, 5])  # two edits of one stage that overlap
    check_everything(network.trace(ids=[1, 2, 3, 4], edits=[*(EDITS[e] for e in edits), again]))


def test_every_cell_of_edited_routing() -> None:
    """Edits may name an expert twice, or one that was sent nothing."""
    network = model.Transformer(every_variant.CONFIGS["experts"])
    trace = network.trace(ids=[1, 2, 3, 4])
    moe = "blocks.0.moe."
    edits = [
        model.Edit(f"{moe}chosen", "set", 1, position=[0, 2]),
        model.Edit(f"{moe}experts.1.positions", "set", 0, routed=0),
        model.Edit(f"{moe}experts.1.in", "zero", d_model=1),
    ]
    assert trace[f"{moe}chosen"].shape == (4, 1)
    check_everything(network.trace(ids=[1, 2, 3, 4], edits=edits))


def causal() -> model.Trace:
    config = model.TransformerConfig(n_layers=2, n_heads=4, n_kv_heads=2, attention="grouped_query", d_model=8,
                                     d_vocab=7, n_ctx=9, positional="t5", norm="rms")  # fmt: skip
    return model.Transformer(config).trace(ids=[1, 2, 3, 2, 5])


def test_what_it_says() -> None:
    trace = causal()
    assert readers(trace, "tokens", 1) == [Reader("embed", ((1, 1), (0, 7)), 8, (1, 0))]
    # a key is shared by a group of heads, and the example is a query that sees it
    assert readers(trace, "blocks.0.attn.k", (3, 1, 0)) == [
        Reader("blocks.0.attn.qk", ((2, 3), (0, 4), (3, 3)), 10, (2, 4, 3))
    ]
    # a copy is read as such, and what reads the copy is asked of the copy
    assert [r.name for r in readers(trace, "blocks.0.resid_post", (0, 0))] == ["blocks.1.resid_pre"]
    # hidden scores are read by nothing, visible ones by their row
    assert readers(trace, "blocks.0.attn.attn_scores", (0, 1, 3)) == []
    assert [r.ranges for r in readers(trace, "blocks.0.attn.attn_scores", (0, 3, 1))] == [((0, 0), (3, 3), (0, 4))]
    assert readers(trace, "blocks.0.attn.qk", (0, 1, 3)) == []
    assert readers(trace, "probs", (0, 0)) == []
    # a row of a table is read where its token stands; scattered places have a box with gaps
    assert readers(trace, "W_E", (2, 4)) == [Reader("embed", ((1, 3), (4, 4)), 2, (1, 4))]
    assert readers(trace, "W_E", (4, 4)) == []
    # distance 0 and all that is ahead share a bucket: the triangle, in a box of all queries and keys
    assert readers(trace, "W_rel", (0, 2)) == [Reader("blocks.0.attn.bias", ((2, 2), (0, 4), (0, 4)), 15, (2, 4, 4))]


@pytest.mark.parametrize(
    ("name", "index"),
    [("nothing", 0), ("blocks.0", (0, 0)), ("embed", (5, 0)), ("embed", 1), ("embed", (0, 1.5)), ("W_E", (7, 0)),
     ("W_E", 1), ("blocks.0.attn.W_Q", (4, 0, 0))],
)  # fmt: skip
def test_a_cell_that_is_none(name: str, index: object) -> None:
    with pytest.raises(model.TraceError, match=name.split(".")[0]):
        readers(causal(), name, index)  # type: ignore[arg-type]


def test_without_the_model(tmp_path: Path) -> None:
    """The rules follow from the configuration, and what they look up is in the trace."""
    for name in ("experts", "positional=learned_unpadded", "encoder-decoder, t5"):
        trace = every_variant.trace(name)
        trace.save(tmp_path / "t.safetensors", everything=True)
        opened = model.Trace.load(tmp_path / "t.safetensors")
        for stage in trace.stages:
            if 0 not in stage.shape:
                index = tuple(n - 1 for n in stage.shape)
                assert readers(opened, stage.name, index) == readers(trace, stage.name, index)
        first = next(n for n in ("W_E", "encoder.W_E") if n in trace.network.weights)  # type: ignore[union-attr]
        assert readers(opened, first, (1, 0)) == readers(trace, first, (1, 0)) != []
        with pytest.raises(model.TraceError, match="nothing"):
            readers(opened, "nothing", 0)


def test_a_file_whose_stages_are_not_its_models(tmp_path: Path) -> None:
    every_variant.trace("positional=rotary").save(tmp_path / "t.safetensors")
    with safe_open(tmp_path / "t.safetensors", framework="pt") as file:
        metadata = file.metadata()
    config = model.TransformerConfig(**every_variant.SMALL | {"n_layers": 1}).to_dict()
    tensors = load_file(tmp_path / "t.safetensors")
    save_file(tensors, tmp_path / "t.safetensors", metadata=metadata | {"config": json.dumps(config)})
    opened = model.Trace.load(tmp_path / "t.safetensors")
    with pytest.raises(model.TraceError, match="another version"):
        readers(opened, "embed", (0, 0))


def test_a_cell_of_a_large_network_is_quick() -> None:
    """SmolLM2's sizes. The time does not hang on the number of cells."""
    config = model.TransformerConfig(
        n_layers=30, n_heads=9, n_kv_heads=3, attention="grouped_query", d_model=24 * 9, d_mlp=300, d_vocab=49152,
        n_ctx=64, positional="rotary", norm="rms", mlp="swiglu", d_head=24,
    )  # fmt: skip
    trace = model.Transformer(config).trace(ids=list(range(32)))
    readers(trace, "embed", (0, 0))  # the list of who reads what is made once
    cells = [(name, tuple(n // 2 for n in trace.stage(name).shape)) for name in trace.names]
    start = time.perf_counter()
    for name, index in cells:
        readers(trace, name, index)
    assert (time.perf_counter() - start) / len(cells) < 0.02
