"""The data routes that give numbers as bytes."""

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.viz.every_variant import trace
from viz import arrays
from viz.store import STORE


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
