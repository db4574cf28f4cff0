"""Saved traces: what goes in comes out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import model
from model.model import Model
from tests.model.strategies import case, pairs

CONFIG = model.TransformerConfig(n_layers=2, n_heads=2, d_model=8, d_vocab=7, n_ctx=9, positional="t5")
IDS = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def m() -> Model:
    return Model(model.Transformer(CONFIG))


def same(a: model.Trace, b: model.Trace) -> None:
    assert a.names == b.names
    for name in a.names:
        assert torch.equal(a[name], b[name]), name
        assert a[name].dtype == b[name].dtype, name


@pytest.mark.parametrize("keep_bytes", [0, 1 << 30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_round_trip_with_the_model(tmp_path: Path, keep_bytes: int, dtype: torch.dtype) -> None:
    for config in pairs()[::4]:
        c = case(config, padded=True, dtype=dtype)
        trace = c.trace(keep_bytes=keep_bytes)
        trace.save(tmp_path / "t.safetensors")
        opened = model.Trace.load(tmp_path / "t.safetensors", model=Model(c.network))
        same(trace, opened)
        assert opened.config == trace.config
        assert [s.title for s in opened.stages] == [s.title for s in trace.stages]
        name = opened.names[-1]
        cell = (0,) * len(opened.stage(name).axes)
        assert opened.explain(name, cell).terms == trace.explain(name, cell).terms


def test_round_trip_without_the_model(m: Model, tmp_path: Path) -> None:
    trace = m.trace(ids=IDS)
    trace.save(tmp_path / "t.safetensors")
    opened = model.Trace.load(tmp_path / "t.safetensors")
    same(trace, opened)
    for ours, theirs in zip(trace.stages, opened.stages, strict=True):
        for word in ("name", "axes", "shape", "kind", "title", "formula", "same_as", "reads", "weights"):
            assert getattr(ours, word) == getattr(theirs, word)
    with pytest.raises(model.TraceError, match="model="):
        opened.explain("logits", (0, 0))
    assert opened.explain("tokens", 1).value == 2


def test_derived_tensors_need_the_model(m: Model, tmp_path: Path) -> None:
    m.trace(ids=IDS, keep_bytes=0).save(tmp_path / "t.safetensors")
    opened = model.Trace.load(tmp_path / "t.safetensors")
    with pytest.raises(model.TraceError, match=r"model=m.*everything=True"):
        opened["blocks.0.attn.pattern"]
    with pytest.raises(model.TraceError, match="model"):
        opened.save(tmp_path / "again.safetensors", everything=True)
    opened.save(tmp_path / "again.safetensors")  # what it holds can be saved again, and still fits its model
    same(m.trace(ids=IDS), model.Trace.load(tmp_path / "again.safetensors", model=m))


def test_everything(m: Model, tmp_path: Path) -> None:
    trace = m.trace(ids=IDS, keep_bytes=0)
    size = trace.size(everything=True)
    assert trace.size() < size
    assert size < trace.save(tmp_path / "all.safetensors", everything=True)
    opened = model.Trace.load(tmp_path / "all.safetensors")
    same(trace, opened)
    held = sum(t.nbytes for t in load_file(tmp_path / "all.safetensors").values())
    assert held == size


def test_safetensors_alone_opens_it(m: Model, tmp_path: Path) -> None:
    trace = m.trace(ids=IDS)
    trace.save(tmp_path / "t.safetensors")
    tensors = load_file(tmp_path / "t.safetensors")
    assert set(tensors) == {s.name for s in trace.stages if s.same_as is None}
    for name, tensor in tensors.items():
        assert torch.equal(tensor, trace[name])
    with safe_open(tmp_path / "t.safetensors", framework="pt") as file:
        stages = json.loads(file.metadata()["stages"])
    assert [s["name"] for s in stages] == trace.names
    assert stages[1]["axes"] == ["position", "d_model"]


def test_edits_are_kept(m: Model, tmp_path: Path) -> None:
    array = torch.randn(8, dtype=torch.float64).tolist()
    edits = [
        model.Edit("blocks.0.attn.z", "zero", head=1),
        model.Edit("blocks.1.resid_pre", "add", array, position=[0, 2]),
        model.Edit("blocks.1.attn.attn_scores", "set", float("-inf"), key=slice(0, 1), query=3),
    ]
    trace = m.trace(ids=IDS, edits=edits, keep_bytes=0)
    trace.save(tmp_path / "t.safetensors")
    opened = model.Trace.load(tmp_path / "t.safetensors", model=m)
    assert opened.edits == trace.edits == tuple(edits)
    same(trace, opened)
    assert opened.stage("blocks.1.resid_pre").same_as is None
    assert opened.explain("blocks.0.attn.z", (0, 1, 0)).op == "edit"
    assert model.Trace.load(tmp_path / "t.safetensors").edits == tuple(edits)


def test_another_model_is_refused(m: Model, tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    m.trace(ids=IDS).save(path)
    others: list[Any] = [
        model.Transformer(model.TransformerConfig(n_layers=1)),  # another configuration
        model.Transformer(CONFIG, seed=1),  # other weights
        model.Transformer(CONFIG).double(),  # another type
    ]
    for other in others:
        with pytest.raises(model.TraceError):
            model.Trace.load(path, model=Model(other))


def test_a_place_that_cannot_be_written(m: Model, tmp_path: Path) -> None:
    for place in (tmp_path / "none" / "t.safetensors", tmp_path):
        with pytest.raises(model.TraceError, match="cannot be written"):
            m.trace(ids=IDS).save(place)


def test_narrow(m: Model, tmp_path: Path) -> None:
    """Rounded to 11 binary digits, said so, and never taken for what the model computes."""
    path = tmp_path / "t.safetensors"
    trace = m.trace(ids=IDS, keep_bytes=0)
    whole = trace.save(path, everything=True)
    assert trace.save(path, everything=True, narrow=True) < whole
    held = sum(t.nbytes for t in load_file(path).values())
    assert held == trace.size(everything=True, narrow=True) < trace.size(everything=True)
    opened = model.Trace.load(path)
    assert opened.rounded
    assert not trace.rounded
    for name in trace.names:
        ours, theirs = trace[name], opened[name]
        assert ours.dtype == theirs.dtype
        narrow = trace.stage(name).kind == "signed" and not name.endswith(".mean")
        assert torch.equal(ours.half().float() if narrow else ours, theirs), name
    with pytest.raises(model.TraceError, match="rounded"):
        model.Trace.load(path, model=m)
    opened.save(path)  # as wide as before, but no less rounded
    again = model.Trace.load(path)
    assert again.rounded
    same(opened, again)


def test_narrow_numbers_have_a_limit(m: Model, tmp_path: Path) -> None:
    trace = m.trace(ids=IDS, edits=[model.Edit("embed", "set", 7e4, position=1)])
    with pytest.raises(model.TraceError, match="too large"):
        trace.save(tmp_path / "t.safetensors", narrow=True)
    hidden = m.trace(ids=IDS)
    assert torch.isneginf(hidden["blocks.0.attn.attn_scores"]).any()
    hidden.save(tmp_path / "t.safetensors", narrow=True)
    assert torch.isneginf(model.Trace.load(tmp_path / "t.safetensors")["blocks.0.attn.attn_scores"]).any()


def test_other_types_are_not_narrowed(tmp_path: Path) -> None:
    for dtype in (torch.bfloat16, torch.float64):
        trace = Model(model.Transformer(CONFIG).to(dtype)).trace(ids=IDS)
        trace.save(tmp_path / "t.safetensors", narrow=True)
        opened = model.Trace.load(tmp_path / "t.safetensors")
        same(trace, opened)
        assert not opened.rounded


def test_pieces_go_along(tmp_path: Path) -> None:
    """Tokens can be read without the tokenizer: those of the input and the likeliest ones."""
    sort = model.load("sort")
    trace = sort.trace("CAB")
    trace.save(tmp_path / "t.safetensors")
    opened = model.Trace.load(tmp_path / "t.safetensors")
    ids = list(range(sort.config.last.d_vocab))
    assert [opened.pieces[i] for i in ids] == sort.tokenizer.pieces(ids)
    opened.save(tmp_path / "again.safetensors")
    assert model.Trace.load(tmp_path / "again.safetensors").pieces == opened.pieces
