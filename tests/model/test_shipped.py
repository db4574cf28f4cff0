"""The traces that come with the app open without weights, show everything, and are what the model computes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

import model
from model import shipped
from model.readers import readers

NAMES = shipped.names()
LARGEST = 9_000_000  # bytes in the repository


def test_all_are_there() -> None:
    assert set(shipped.TEXTS) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_everything_is_readable_without_the_model(name: str) -> None:
    trace, card = shipped.open_shipped(name), shipped.card(name)
    assert trace.network is None
    assert trace.rounded
    assert "float16" in card["rounded"]
    assert card["bytes"] == (shipped.TRACES / f"{name}.safetensors").stat().st_size < LARGEST
    for stage in trace.stages:
        assert tuple(trace[stage.name].shape) == stage.shape
        assert not trace[stage.name].isnan().any()
        assert stage.rule.op
    pieces = [trace.pieces[i] for i in trace["tokens"].tolist()]
    assert "".join(pieces) == card["text"]
    assert shipped.open_shipped(name) is trace  # read once


@pytest.mark.parametrize("name", NAMES)
def test_it_predicts_what_its_card_says(name: str) -> None:
    trace, card = shipped.open_shipped(name), shipped.card(name)
    top = trace["probs"][-1].topk(3)
    found = [[trace.pieces[i], p] for p, i in zip(top.values.tolist(), top.indices.tolist(), strict=True)]
    assert found == [[piece, pytest.approx(p, abs=1e-4)] for piece, p in card["next"]]
    assert card["next"][0][0] != card["next_swapped"][0][0]  # the order of the words decides
    assert sorted(card["text"].lower().split()) == sorted(card["swapped"].lower().split())


def test_cells_have_readers_but_need_the_model_to_be_explained() -> None:
    trace = shipped.open_shipped("smollm2")
    assert [r.name for r in readers(trace, "blocks.3.attn.k", (2, 1, 5))] == ["blocks.3.attn.rot_k"]
    (rotated,) = readers(trace, "blocks.3.attn.rot_k", (2, 1, 5))
    assert (rotated.ranges, rotated.count) == (((3, 5), (0, 5), (2, 2)), 18)  # one key/value head serves three
    assert trace.explain("tokens", 2).op == "input"
    with pytest.raises(model.TraceError, match="needs the model"):
        trace.explain("embed", (0, 0))


def test_a_trace_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped, "TRACES", tmp_path)
    with pytest.raises(model.CheckpointError, match=r"python -m model\.shipped"):
        shipped.card("smollm2")
    (tmp_path / "smollm2.json").write_text("{")
    with pytest.raises(model.CheckpointError, match=r"python -m model\.shipped"):
        shipped.card("smollm2")


@pytest.mark.slow
@pytest.mark.xdist_group("real_models")
@pytest.mark.parametrize("name", NAMES)
def test_the_model_computes_these_numbers(name: str, tmp_path: Path) -> None:
    """Each within the rounding of the file, and what another machine's order of adding up may change."""
    trace, card = shipped.open_shipped(name), shipped.card(name)
    m = model.load(name, device="cpu")
    again = m.trace(card["text"])
    assert again.names == trace.names
    for stage in again.stages:
        exact, stored = again[stage.name].double(), trace[stage.name].double()
        seen = exact.isfinite()
        assert torch.equal(exact[~seen], stored[~seen]), stage.name
        size = float(exact[seen].abs().max()) if seen.any() else 0.0
        allowed = 2**-11 * exact[seen].abs() + 2**-24 + 2e-5 * size
        assert bool(((exact[seen] - stored[seen]).abs() <= allowed).all()), stage.name
    shipped.make(name, tmp_path)
    made = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    made["bytes"] = card["bytes"]  # titles of stages are in the file, and their words may change
    for key in ("next", "next_swapped"):
        assert [piece for piece, _ in made.pop(key)] == [piece for piece, _ in card[key]]
    assert made | {"next": card["next"], "next_swapped": card["next_swapped"]} == card
