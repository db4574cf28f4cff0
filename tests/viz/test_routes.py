"""The data routes: what they give, what they refuse, and how they say so."""

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.viz.every_variant import trace
from viz import arrays, routes
from viz.store import STORE, TraceStore


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes.ROUTES))


@pytest.fixture(scope="module")
def trace_id() -> str:
    return STORE.add(trace("mask=causal"))


def test_cells_of_a_whole_stage(client: TestClient, trace_id: str) -> None:
    answer = client.get(f"/data/{trace_id}/cells", params={"stage": "blocks.1.attn.attn_scores"})
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    header, (values,) = arrays.decode(answer.content)
    wanted = trace("mask=causal")["blocks.1.attn.attn_scores"]
    np.testing.assert_array_equal(values, wanted.numpy())
    assert header["tensors"][0]["not_finite"] == {"-inf": int(wanted.isneginf().sum())}


def test_cells_of_a_range(client: TestClient, trace_id: str) -> None:
    query = {"stage": "blocks.0.attn.z", "head": "2", "position": "1:3"}
    header, (values,) = arrays.decode(client.get(f"/data/{trace_id}/cells", params=query).content)
    np.testing.assert_array_equal(values, trace("mask=causal")["blocks.0.attn.z"][1:3, 2].numpy())
    assert header["tensors"][0]["axes"] == ["position", "d_head"]
    assert header["tensors"][0]["origin"] == {"position": 1, "head": 2, "d_head": 0}


def test_explanation(client: TestClient, trace_id: str) -> None:
    query = {"stage": "logits", "cell": "3,2", "terms": "4"}
    body = client.get(f"/data/{trace_id}/explain", params=query).json()
    ex = trace("mask=causal").explain("logits", (3, 2))
    assert body["value"] == ex.value
    assert body["text"] == arrays.exact(ex.value)
    assert body["n_terms"] == len(ex.terms)
    assert len(body["terms"]) == 4
    sizes = [abs(t["value"]) for t in body["terms"]]
    assert sizes == sorted(sizes, reverse=True)
    assert body["terms"][0]["sources"][0]["index"]


def test_a_masked_cell_is_spelt_not_printed(client: TestClient, trace_id: str) -> None:
    query = {"stage": "blocks.0.attn.attn_scores", "cell": "0,0,3"}
    body = client.get(f"/data/{trace_id}/explain", params=query).json()
    assert body["value"] == "-inf"
    assert body["terms"][0]["value"] == "-inf"
    assert body["op"] == "mask"


@pytest.mark.parametrize(
    ("path", "query", "status", "word"),
    [
        ("cells", {}, 400, "stage is missing"),
        ("cells", {"stage": "<script>"}, 404, "no stage"),
        ("cells", {"stage": "logits", "position": "99"}, 400, "0 to 3"),
        ("cells", {"stage": "logits", "position": "3:1"}, 400, "position"),
        ("cells", {"stage": "logits", "position": "-1"}, 400, "position"),
        ("cells", {"stage": "logits", "head": "0"}, 400, "unknown parameter"),
        ("explain", {"stage": "logits", "cell": "a,b"}, 400, "whole numbers"),
        ("explain", {"stage": "logits", "cell": "1"}, 400, "axes"),
        ("explain", {"stage": "logits", "cell": "1,999"}, 400, "out of range"),
        ("explain", {"stage": "logits", "cell": "1,1", "terms": "x"}, 400, "terms"),
        ("explain", {"stage": "logits", "cell": "1,1", "more": "x"}, 400, "unknown parameter"),
    ],
)
def test_refusals(client: TestClient, trace_id: str, path: str, query: dict, status: int, word: str) -> None:
    answer = client.get(f"/data/{trace_id}/{path}", params=query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert word in answer.json()["error"]


def test_an_unknown_trace_and_another_method(client: TestClient, trace_id: str) -> None:
    assert client.get("/data/nobody/cells", params={"stage": "logits"}).status_code == 404
    assert client.post(f"/data/{trace_id}/cells").status_code == 405


def test_too_many_numbers_are_refused(client: TestClient, trace_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_NUMBERS", 10)
    answer = client.get(f"/data/{trace_id}/cells", params={"stage": "logits"})
    assert answer.status_code == 400
    assert "Give ranges" in answer.json()["error"]


def test_the_store_is_bounded_and_drops_the_oldest() -> None:
    store = TraceStore(most=2)
    tr = trace("mask=causal")
    first, second = store.add(tr), store.add(tr)
    assert store.get(first) is tr  # read again, so now the younger one
    third = store.add(tr)
    assert store.get(second) is None
    assert store.get(first) is tr
    assert store.get(third) is tr
    assert len({first, second, third}) == 3
    assert TraceStore(most_bytes=1).add(tr)  # one alone may be larger
