"""What blocks of the scene show from afar, against the cells themselves; and the layouts of known networks."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

import model
from viz import faces
from viz.arrays import to_numpy
from viz.layouts import LAYOUTS, layout, parameters
from viz.routes import ROUTES
from viz.scene import scene
from viz.store import STORE
from viz.tensors import Source, of_stage, of_weight


class Owner:
    """Ranges of colours are remembered as long as it lives."""


def source(values: torch.Tensor, *axes: str, kind: str = "signed") -> Source:
    return Source("x", "x", axes, kind, values, Owner())


def shown(face: faces.Face, kind: str = "signed") -> np.ndarray:
    """Numbers that the bytes stand for."""
    codes = face.patches.astype(np.float64)
    share = (codes - 128) / 127 if kind == "signed" else (codes - 1) / 254
    return np.where(face.patches == faces.HIDDEN, -np.inf, share * face.most)


def test_small_tensors_are_shown_cell_by_cell() -> None:
    trace = model.load("sort").trace("CBABBC")
    for name in ("blocks.0.attn.q", "blocks.1.attn.pattern", "blocks.2.attn.attn_scores", "logits", "ln_final.scale"):
        s = of_stage(trace, name)
        found = faces.face(s, 64)
        assert found.bins == (1, 1)
        cells = to_numpy(trace[name])
        if s.axes == ("position", "head", "d_head"):
            cells = cells.transpose(1, 0, 2)
        elif len(s.axes) == 1:
            cells = cells[None, :, None]
        cells = cells.reshape(found.patches.shape)
        steps = 127 if s.kind == "signed" else 254
        low = -found.most if s.kind == "signed" else 0
        np.testing.assert_allclose(
            shown(found, s.kind),
            np.where(np.isfinite(cells), np.clip(cells, low, found.most), -np.inf),
            atol=0.51 * found.most / steps,
        )


@given(st.integers(1, 90), st.integers(1, 90), st.integers(2, 20), st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_patches_are_root_mean_squares_with_the_sign_of_the_strongest(
    rows: int, cols: int, most: int, seed: int
) -> None:
    values = torch.randn(rows, cols, generator=torch.Generator().manual_seed(seed))
    found = faces.face(source(values, "d_model", "d_mlp"), most)
    _, height, width = found.patches.shape
    assert height <= most
    assert width <= most
    high, wide = found.bins
    assert (math.ceil(rows / high), math.ceil(cols / wide)) == (height, width)
    for i in range(height):
        for j in range(width):
            patch = values[i * high : (i + 1) * high, j * wide : (j + 1) * wide].double()
            strongest = patch.flatten()[patch.abs().argmax()].item()
            want = math.copysign(patch.square().mean().sqrt().item(), strongest)
            if abs(strongest) > faces.EXTREME * found.most:
                want = strongest
            want = min(max(want, -found.most), found.most)
            assert shown(found)[0, i, j] == pytest.approx(want, abs=0.51 * found.most / 127)


def test_an_extreme_is_kept_and_what_is_hidden_does_not_count() -> None:
    values = torch.full((64, 64), 0.1)
    values[5, 7] = -50.0
    values[8:16] = -torch.inf
    values[16, :] = -torch.inf
    found = faces.face(source(values, "query", "key"), 8)
    numbers = shown(found)[0]
    assert numbers[0, 0] == pytest.approx(-found.most, abs=1e-6)
    assert (found.patches[0, 1] == faces.HIDDEN).all()
    np.testing.assert_allclose(numbers[2], 0.1, atol=found.most / 127)


def test_routes_give_what_the_layout_and_the_faces_say() -> None:
    m = model.load("sort")
    trace = m.trace("CBABBC")
    client = TestClient(Starlette(routes=ROUTES))
    key = STORE.add(trace)
    found = client.get(f"/data/{key}/scene").json()
    expected = scene(m.network, m.network.plan((6,), False))
    assert [b["name"] for b in found["blocks"]] == list(expected.blocks)
    assert found["blocks"][3]["corner"] == list(expected.blocks[found["blocks"][3]["name"]].corner)
    body = client.get(f"/data/{key}/faces?stages=embed,blocks.0.attn.q&weights=W_E&most=64").content
    size = int.from_bytes(body[:4], "little")
    heads = json.loads(body[4 : 4 + size])["faces"]
    assert [h["name"] for h in heads] == ["embed", "blocks.0.attn.q", "W_E"]
    q = heads[1]
    start = 4 + size + q["offset"]
    got = np.frombuffer(body[start : start + q["slabs"] * q["rows"] * q["cols"]], np.uint8)
    np.testing.assert_array_equal(got, faces.face(of_stage(trace, "blocks.0.attn.q"), 64).patches.ravel())
    assert heads[2]["most"] == of_weight(trace, "W_E").limits.robust
    for query, status in (
        ("stages=nothing", 404),
        ("weights=nothing", 404),
        ("", 400),
        ("stages=" + "embed," * 65, 400),
        ("stages=embed&most=0", 400),
        ("stages=embed&other=1", 400),
    ):
        answer = client.get(f"/data/{key}/faces?{query}")
        assert answer.status_code == status
        assert answer.json()["error"]
    assert client.get(f"/data/{key}/scene?layout=gpt9").status_code == 404
    assert found["layouts"] == {name: known.title for name, known in LAYOUTS.items()}
    shell = client.get(f"/data/{key}/scene?layout=gpt2").json()
    assert shell["title"] == "GPT-2 small"
    STORE.remove(key)


# Counted by hand from the papers' sizes: embeddings, 12 d^2 + 13 d a block, the last norm.
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_have_the_parameters_of_the_networks(name: str) -> None:
    words = LAYOUTS[name].words
    d = words["d_model"]
    want = (50257 + words["n_ctx"]) * d + words["n_layers"] * (12 * d * d + 13 * d) + 2 * d
    found = layout(name, 32)
    assert sum(parameters(found).values()) == want
    assert {b.shape[0] for b in found.blocks.values() if b.name.endswith("resid_post")} == {32}


def test_gpt3_has_175_billion() -> None:
    assert round(sum(parameters(layout("gpt3", 8)).values()) / 1e9) == 175
