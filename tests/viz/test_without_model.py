"""A trace without its model has every page, picture and word, and says what it cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from model import Trace, shipped
from tests.viz import every_variant
from viz import labels, manifest
from viz.presets import open_preset
from viz.prose import catalogue
from viz.readout import readout
from viz.routes import ROUTES
from viz.source import lines_of
from viz.stage_page import stage_page
from viz.store import STORE

TRACE = open_preset("smollm2")
ONCE = [n for n in TRACE.names if "blocks." not in n or n.startswith(("blocks.0.", "blocks.1.resid_pre"))]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def address() -> str:
    STORE.put("shipped", TRACE)
    return "/data/shipped"


def test_the_manifest_says_what_is_missing() -> None:
    about = manifest.About("x", "smollm2", card=shipped.card("smollm2"), missing="No weights.")
    whole = manifest.manifest(TRACE, about, manifest.Start())
    assert whole["missing"] == "No weights."
    assert whole["model"]["title"].startswith("SmolLM2")
    assert all(stage["op"] for stage in whole["stages"])
    assert whole["sides"][0]["pieces"] == ["You", "·love", "·me", "·and", "·I", "·love"]
    assert whole["weights"]["W_E"]["shape"] == [49152, 576]
    assert [s["show"] for s in whole["steps"][-2:]] == ["predict", "loss"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_stage_has_its_page(language: str) -> None:
    for name in ONCE:
        page = stage_page(TRACE, name, language)
        assert page["words"], name
        assert page["code"], name
        assert len(page["choice"]) == len(TRACE.stage(name).axes), name


def test_predictions_are_those_that_were_computed() -> None:
    """The logits of the file are rounded, its probabilities are not."""
    found = readout(TRACE, catalogue("en"))
    assert found is not None
    best = found["rows"][-1]["top"][0]
    assert best["piece"] == "·you"
    assert best["prob"] == pytest.approx(TRACE["probs"][-1].max().item(), rel=1e-9)
    assert all(not p["piece"].isdigit() for row in found["rows"] for p in row["top"])


def test_what_is_asked_over_the_routes(client: TestClient, address: str) -> None:
    cells = client.get(f"{address}/cells", params={"stage": "blocks.7.attn.pattern", "head": "2"})
    assert cells.status_code == 200
    read = client.get(f"{address}/readers", params={"stage": "blocks.7.attn.v", "cell": "1,2,3"}).json()["readers"]
    assert [r["name"] for r in read] == ["blocks.7.attn.z"]
    assert read[0]["ranges"] == [[0, 5], [6, 8], [3, 3]]
    assert client.get(f"{address}/pieces", params={"ids": "346,1"}).json() == {"pieces": ["·you", "1"]}
    for path, query in [
        ("weights", {"name": "W_E"}),
        ("overview", {"weight": "W_E", "rows": "4", "cols": "4"}),
        ("explain", {"stage": "embed", "cell": "0,0"}),
    ]:
        refused = client.get(f"{address}/{path}", params=query)
        assert refused.status_code == 400
        assert "model" in refused.json()["error"]


@pytest.mark.parametrize("name", ["experts", "encoder-decoder, t5", "positional=rotary"])
def test_code_of_other_networks_without_their_model(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.safetensors"
    trace = every_variant.trace(name)
    trace.save(path, everything=True)
    opened = Trace.load(path)
    for stage in trace.stages:
        assert lines_of(opened, stage.name) == lines_of(trace, stage.name)
    assert labels.inputs(opened) == labels.inputs(trace)
