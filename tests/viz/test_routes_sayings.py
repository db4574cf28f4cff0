"""The data routes that say something: pages, explanations, readers, predictions."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from starlette.testclient import TestClient

import model
from model import Trace, Transformer, TransformerConfig
from model.readers import readers
from tests.viz.every_variant import trace
from viz import arrays, prose, readout
from viz.store import STORE


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


def test_titles_and_labels_in_the_language_asked_for(client: TestClient, trace_id: str) -> None:
    query = {"stage": "blocks.0.attn.attn_scores", "cell": "0,0,3", "lang": "zh"}
    assert (
        client.get(f"/data/{trace_id}/explain", params=query).json()["terms"][0]["label"] == "掩码：键 3 在查询 0 之后"
    )
    found = client.get(f"/data/{trace_id}/readers", params={"stage": "logits", "cell": "0,0", "lang": "zh"}).json()
    assert [r["title"] for r in found["readers"]] == ["概率"]


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


def test_only_a_first_position_that_is_alone_is_said_to_be() -> None:
    """A decoder beside an encoder reads the source too; who reads both ways is told of what comes."""
    small: dict[str, Any] = {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_vocab": 7, "n_ctx": 6}
    alone = Transformer(TransformerConfig(**small)).trace(ids=[1, 2, 3])
    two = Transformer(TransformerConfig("encoder-decoder", **small)).trace(ids=[1, 2, 3], target=[1, 2])
    both_ways = Transformer(TransformerConfig("encoder", **small)).trace(ids=[1, 2, 3])
    assert [readout.alone(t) for t in (alone, two, both_ways)] == [True, False, False]
    for trace_of, said in ((alone, True), (two, False)):
        found = readout.readout(trace_of, prose.catalogue("en"))
        assert found is not None
        words = "".join(segment["t"] for paragraph in found["words"] for segment in paragraph)
        assert ("own token" in words) == said
