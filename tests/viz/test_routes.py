"""The data routes: what they give, what they refuse, and how they say so."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

import model
from model import Trace
from model.readers import readers
from tests.viz.every_variant import trace
from viz import arrays, prose, routes
from viz.routes import numbers
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


def test_cells_come_with_the_range_of_the_whole(client: TestClient, trace_id: str) -> None:
    query = {"stage": "blocks.0.attn.z", "head": "2", "position": "1:3"}
    header, _ = arrays.decode(client.get(f"/data/{trace_id}/cells", params=query).content)
    whole = trace("mask=causal")["blocks.0.attn.z"]
    found = header["tensors"][0]["limits"]
    assert (found["low"], found["high"]) == (whole.min().item(), whole.max().item())


def test_weights(client: TestClient, trace_id: str) -> None:
    query = {"name": "blocks.0.attn.W_Q", "head": "1", "d_model": "2:5"}
    header, (values,) = arrays.decode(client.get(f"/data/{trace_id}/weights", params=query).content)
    network = trace("mask=causal").network
    assert network is not None
    np.testing.assert_array_equal(values, network.weights["blocks.0.attn.W_Q"][1, 2:5].numpy())
    assert header["tensors"][0]["axes"] == ["d_model", "d_head"]
    assert header["tensors"][0]["origin"] == {"head": 1, "d_model": 2, "d_head": 0}


def test_a_square_weight_has_two_axes(client: TestClient) -> None:
    i = STORE.add(trace("head=masked_word"))
    query = {"name": "head.W", "d_model": "1", "d_model_out": "2:4"}
    _, (values,) = arrays.decode(client.get(f"/data/{i}/weights", params=query).content)
    network = trace("head=masked_word").network
    assert network is not None
    np.testing.assert_array_equal(values, network.weights["head.W"][1, 2:4].numpy())


def test_a_constant_is_one_number(client: TestClient, trace_id: str) -> None:
    header, (value,) = arrays.decode(
        client.get(f"/data/{trace_id}/weights", params={"name": "blocks.0.attn.scale"}).content
    )
    assert header["tensors"][0]["axes"] == []
    assert value == pytest.approx(2**-0.5)


@pytest.mark.parametrize(
    ("query", "shape", "bins"),
    [
        ({"stage": "blocks.0.mlp.pre", "rows": "2", "cols": "4"}, [2, 3], [2, 2]),
        ({"stage": "blocks.0.attn.pattern", "head": "1", "rows": "3", "cols": "3"}, [2, 2], [2, 2]),
        ({"stage": "blocks.0.attn.pattern", "head": "1", "query": "3", "cols": "2"}, [2], [2]),
        ({"weight": "W_E", "rows": "64", "cols": "3", "d_model": "1:8"}, [7, 3], [1, 3]),
    ],
)
def test_overviews(client: TestClient, trace_id: str, query: dict, shape: list[int], bins: list[int]) -> None:
    header, (values,) = arrays.decode(client.get(f"/data/{trace_id}/overview", params=query).content)
    assert header["tensors"][0]["bin"] == bins
    assert list(values.shape) == shape
    name = query.get("stage") or query["weight"]
    network = trace("mask=causal").network
    assert network is not None
    whole = trace("mask=causal")[name] if "stage" in query else network.weights.raw(name)
    assert np.isin(values, whole.numpy()).all()


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


def test_an_explanation_has_its_words_and_places(client: TestClient, trace_id: str) -> None:
    query = {"stage": "blocks.0.attn.pattern", "cell": "1,3,2", "lang": "en"}
    body = client.get(f"/data/{trace_id}/explain", params=query).json()
    assert body["worked"].count("{") == body["worked"].count("}") > 0
    assert body["words"].endswith(".")
    assert [axis for axis, _ in body["places"]] == ["head", "query", "key"]
    assert [words.split(" ")[0] for _, words in body["places"]] == ["1", "3", "2"]


def test_a_cell_of_a_weight_was_learned(client: TestClient, trace_id: str) -> None:
    body = client.get(f"/data/{trace_id}/explain", params={"stage": "W_E", "cell": "6,1"}).json()
    network = trace("mask=causal").network
    assert network is not None
    assert body["text"] == arrays.exact(network.weights["W_E"][6, 1].item())
    assert body["terms"] == []


@pytest.mark.parametrize(("name", "cell"), [("blocks.0.attn.k", (1, 2, 0)), ("W_E", (2, 3)), ("probs", (0, 0))])
def test_readers(client: TestClient, trace_id: str, name: str, cell: tuple[int, ...]) -> None:
    query = {"stage": name, "cell": ",".join(map(str, cell))}
    body = client.get(f"/data/{trace_id}/readers", params=query).json()
    wanted = readers(trace("mask=causal"), name, cell)
    assert [r["name"] for r in body["readers"]] == [r.name for r in wanted]
    assert [r["count"] for r in body["readers"]] == [r.count for r in wanted]
    assert all(len(r["axes"]) == len(r["ranges"]) == len(r["example"]) for r in body["readers"])


@pytest.mark.parametrize("language", prose.languages())
def test_pages(client: TestClient, trace_id: str, language: str) -> None:
    query = {"stage": "blocks.1.mlp.post", "lang": language}
    answer = client.get(f"/data/{trace_id}/page", params=query)
    assert "immutable" in answer.headers["cache-control"]
    body = answer.json()
    assert body["name"] == "blocks.1.mlp.post"
    assert body["words"]
    assert body["code"][0]["lines"]


@pytest.mark.parametrize("name", ["mask=causal", "encoder-decoder, t5", "a mask a layer"])
def test_the_readout_is_what_the_probabilities_say(client: TestClient, name: str) -> None:
    tr = trace(name)
    i = STORE.add(tr)
    body = client.get(f"/data/{i}/readout").json()
    probs = tr["probs"].double()
    ids = tr["decoder.tokens" if "decoder.tokens" in tr else "tokens"].tolist()
    losses = []
    for row, following in zip(body["rows"], [*ids[1:], None], strict=True):
        p = probs[row["position"]]
        assert [t["id"] for t in row["top"]] == p.argsort(descending=True)[: len(row["top"])].tolist()
        assert [t["prob"] for t in row["top"]] == pytest.approx([p[t["id"]].item() for t in row["top"]], rel=1e-4)
        if following is None:
            assert row["next"] is None
            continue
        assert row["next"]["id"] == following
        assert row["next"]["prob"] == pytest.approx(p[following].item(), rel=1e-4)
        assert row["next"]["rank"] == 1 + int((p > p[following]).sum())
        losses.append(-math.log(p[following].item()))
        assert row["next"]["loss"] == pytest.approx(losses[-1], rel=1e-4)
    assert body["mean_loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_rows_that_a_model_was_never_trained_for_are_not_counted(client: TestClient) -> None:
    m = model.load("sort")
    body = client.get(f"/data/{STORE.add(m.trace('CBABBCABBBC'))}/readout").json()
    assert [row["scored"] for row in body["rows"]] == [i >= 5 for i in range(11)]
    losses = [row["next"]["loss"] for row in body["rows"][5:-1]]
    assert body["mean_loss"] == pytest.approx(sum(losses) / len(losses))
    assert "At 5 of 5" in body["words"][0][0]["t"] + "".join(s["t"] for s in body["words"][0][1:])
    assert "position 5" in "".join(s["t"] for s in body["words"][1])
    short = client.get(f"/data/{STORE.add(m.trace('CBABBC'))}/readout").json()
    assert short["mean_loss"] is None


def test_an_encoder_predicts_words_but_not_the_next(client: TestClient) -> None:
    body = client.get(f"/data/{STORE.add(trace('head=masked_word'))}/readout").json()
    assert all(row["next"] is None for row in body["rows"])
    assert body["mean_loss"] is None


def test_no_readout_without_a_vocabulary(client: TestClient) -> None:
    for name in ("bare", "head=pooler"):
        assert client.get(f"/data/{STORE.add(trace(name))}/readout").status_code == 404


def test_pieces(client: TestClient) -> None:
    i = STORE.add(model.load("sort").trace("CBA"))
    assert client.get(f"/data/{i}/pieces", params={"ids": "2,0"}).json() == {"pieces": ["C", "A"]}


def test_a_trace_without_its_weights(client: TestClient, tmp_path: Path) -> None:
    tr = trace("mask=causal")
    tr.save(tmp_path / "t.safetensors", everything=True)
    i = STORE.add(Trace.load(tmp_path / "t.safetensors"))

    def ask(path: str, **query: str) -> int:
        answer = client.get(f"/data/{i}/{path}", params=query)
        if answer.status_code != 200:
            assert "model" in answer.json()["error"]
        return answer.status_code

    assert ask("cells", stage="blocks.0.attn.pattern") == 200
    assert ask("overview", stage="blocks.0.attn.pattern", head="0", rows="2", cols="2") == 200
    assert ask("page", stage="blocks.0.attn.pattern") == 200
    assert ask("readout") == 200
    assert ask("explain", stage="tokens", cell="0") == 200
    assert ask("explain", stage="blocks.0.attn.pattern", cell="0,0,0") == 400
    assert ask("weights", name="W_E") == 400
    with torch.no_grad():
        assert ask("readers", stage="blocks.0.attn.pattern", cell="0,0,0") == 200


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
        ("explain", {"stage": "logits", "cell": "1,1", "lang": "tlh"}, 400, "lang"),
        ("explain", {"stage": "W_E", "cell": "9,0"}, 400, "out of range"),
        ("weights", {}, 400, "name is missing"),
        ("weights", {"name": "blocks.9.attn.W_Q"}, 404, "no weight"),
        ("weights", {"name": "W_E", "d_model": "9"}, 400, "0 to 7"),
        ("weights", {"name": "W_E", "stage": "embed"}, 400, "unknown parameter"),
        ("overview", {"rows": "4"}, 400, "stage is missing"),
        ("overview", {"stage": "embed", "rows": "0"}, 400, "rows"),
        ("overview", {"stage": "embed", "cols": "99999"}, 400, "cols"),
        ("overview", {"stage": "blocks.0.attn.pattern"}, 400, "one place along"),
        ("overview", {"stage": "embed", "position": "1", "d_model": "1"}, 400, "one place along"),
        ("page", {"stage": "nobody"}, 404, "no stage"),
        ("page", {"stage": "embed", "lang": "../zh"}, 400, "lang"),
        ("readers", {"stage": "embed"}, 400, "whole numbers"),
        ("readers", {"stage": "embed", "cell": "0,99"}, 400, "out of range"),
        ("readout", {"lang": "x"}, 400, "lang"),
        ("pieces", {"ids": "1,,2"}, 400, "whole numbers"),
        ("pieces", {"ids": "7"}, 400, "0 to 6"),
        ("pieces", {"ids": ",".join(["1"] * 5000)}, 400, "one answer holds"),
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
    monkeypatch.setattr(numbers, "MOST_NUMBERS", 10)
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
