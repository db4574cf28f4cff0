"""What the data routes refuse, and how they say so; the store behind them."""

import pytest
from starlette.testclient import TestClient

from tests.viz.every_variant import trace
from viz.routes import numbers
from viz.store import FILES, TraceStore


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


def test_refusals_in_the_language_asked_for(client: TestClient, trace_id: str) -> None:
    for path, query, words in (
        ("cells", {"stage": "logits", "position": "99"}, "position='99' 必须是从 0 到 3 的整数。"),
        ("explain", {"stage": "logits", "cell": "1,999"}, "logits：d_vocab=999 超出范围；应从 0 到 6。"),
        ("readers", {"stage": "nobody", "cell": "0"}, "这份记录中没有阶段 'nobody'。"),
    ):
        said = client.get(f"/data/{trace_id}/{path}", params={**query, "lang": "zh"}).json()["error"]
        assert said == words
    assert client.get("/data/nobody/cells", params={"lang": "zh"}).json()["error"].startswith("这份记录已不再保留")


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("cells", {"stage": "logits"}),
        ("weights", {"name": "W_E"}),
        ("overview", {"stage": "embed"}),
        ("page", {"stage": "embed"}),
        ("explain", {"stage": "logits", "cell": "1,1"}),
        ("readers", {"stage": "embed", "cell": "0,0"}),
        ("readout", {}),
        ("pieces", {"ids": "1"}),
        ("scene", {}),
        ("faces", {"stages": "embed"}),
    ],
)
def test_every_route_takes_a_language(client: TestClient, trace_id: str, path: str, query: dict) -> None:
    assert client.get(f"/data/{trace_id}/{path}", params={**query, "lang": "zh"}).status_code == 200


def test_an_unknown_trace_and_another_method(client: TestClient, trace_id: str) -> None:
    assert client.get("/data/nobody/cells", params={"stage": "logits"}).status_code == 404
    assert client.post(f"/data/{trace_id}/cells").status_code == 405


def test_a_made_file_is_for_the_disk(client: TestClient) -> None:
    known = FILES.add(b"<!doctype html>")
    try:
        answer = client.get(f"/data/leave/{known}", params={"lang": "zh"})
        assert answer.content == b"<!doctype html>"
        assert answer.headers["content-disposition"] == "attachment"
        assert client.get(f"/data/leave/{known}", params={"place": "x"}).status_code == 400
    finally:
        FILES.remove(known)
    gone = client.get(f"/data/leave/{known}", params={"lang": "zh"})
    assert gone.status_code == 404
    assert gone.json()["error"] == "这个文件已不再保留；请重新生成。"


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
