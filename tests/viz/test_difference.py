"""Two traces beside each other: differences are those of the very numbers, and nothing differs before an edit."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from starlette.testclient import TestClient

import model
from model import Edit, Trace, Transformer, downstream
from model.edits import mean
from tests.viz.every_variant import CONFIGS, NAMES, trace
from viz import arrays, prose
from viz.answers import answers
from viz.changed_cell import ADDITIVE, changed, explanation
from viz.changes import changes
from viz.difference import Pair, minus, stage_source, unlike, weight_source
from viz.routes.space import own
from viz.store import STORE

SAID = prose.catalogue("en")


def edited(this: Trace, *edits: Edit) -> Trace:
    """The same pass of the same network with edits."""
    given_ = this.inputs
    assert this.network is not None
    if given_.features is not None:
        return this.network.trace(features=given_.features, edits=edits)
    return this.network.trace(ids=given_.tokens, target=given_.target, edits=edits)


def middle(this: Trace) -> str:
    """A stage in the middle that holds numbers."""
    found = [s.name for s in this.stages if s.kind == "signed" and s.same_as is None and s.numel()]
    return found[len(found) // 2]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_differs_before_an_edit(name: str) -> None:
    this = trace(name)
    where = middle(this)
    pair = Pair(this, edited(this, Edit(where, "add", 1.5)))
    reached = {where, *downstream(this.stages, where)}
    for stage in this.stages:
        if unlike(pair, stage.name):
            assert "routed" in stage.axes, stage.name  # another token chose this expert
        elif stage.name not in reached:
            assert not stage_source(pair, stage.name).numbers().any(), stage.name
    found = changes(pair)
    assert found["first"] == where
    names = this.names
    assert all(row["most"] == 0 for row in found["stages"] if names.index(row["name"]) < names.index(where))


@settings(max_examples=25, deadline=None)
@given(some.data())
def test_any_edit_leaves_what_came_before(data: some.DataObject) -> None:
    this = trace("mask=causal")
    stage = data.draw(some.sampled_from([s for s in this.stages if s.kind == "signed"]))
    at = {
        axis: data.draw(some.integers(0, n - 1))
        for axis, n in zip(stage.axes, stage.shape, strict=True)
        if data.draw(some.booleans())
    }
    pair = Pair(this, edited(this, Edit(stage.name, "scale", data.draw(some.floats(-3, 3, width=32)), **at)))
    reached = {stage.name, *downstream(this.stages, stage.name)}
    for name in this.names:
        found = stage_source(pair, name).numbers()
        assert name in reached or not found.any(), name
        np.testing.assert_array_equal(found, minus(pair.other[name].numpy(), this[name].numpy()))


@given(some.lists(some.floats(width=32, allow_nan=False), min_size=2, max_size=2))
def test_a_difference_is_that_of_float32(two: list[float]) -> None:
    other, this = (np.array([x], np.float32) for x in two)
    found = minus(other, this)
    assert found.dtype == np.float32
    with np.errstate(invalid="ignore", over="ignore"):
        assert found[0] == (0 if other[0] == this[0] else other[0] - this[0])


def test_hidden_cells_do_not_differ() -> None:
    this = trace("mask=causal")
    pair = Pair(this, edited(this, Edit("blocks.0.attn.q", "zero", head=1)))
    found = stage_source(pair, "blocks.0.attn.attn_scores").numbers()
    assert np.isfinite(found).all()
    assert not found[[0, 2, 3]].any()
    assert found[1].any()


@pytest.mark.parametrize("name", NAMES[::4])
def test_a_cell_says_both_numbers_and_where_the_difference_comes_from(name: str) -> None:
    this = trace(name)
    where = middle(this)
    pair = Pair(this, edited(this, Edit(where, "add", 1.5)))
    for stage in this.stages:
        if unlike(pair, stage.name) or not stage.numel():
            continue
        cell = tuple(n - 1 for n in stage.shape)
        found = explanation(pair, changed(pair, stage.name, cell), 50, SAID)
        mine, theirs = this[stage.name][cell].item(), pair.other[stage.name][cell].item()
        assert float(found["this"]) == pytest.approx(mine)
        assert float(found["other"]) == pytest.approx(theirs)
        assert float(found["value"]) == stage_source(pair, stage.name).numbers()[cell]
        if found["op"] == "sum" and math.isfinite(float(found["value"])):
            assert this.explain(stage.name, cell).op in ADDITIVE
            assert float(found["recomputed"]) == pytest.approx(float(found["value"]), abs=1e-4)
        if stage.name == where:
            assert found["n_terms"] == 0  # an edit made one of them


def test_answers_of_both() -> None:
    this = trace("mask=causal")
    pair = Pair(this, edited(this, Edit("blocks.1.mlp_out", "set", 3.0, position=1)))
    found = answers(pair, SAID)
    for row in found["rows"]:
        before, after = (t["logits"][row["position"]].double().softmax(-1) for t in (this, pair.other))
        for token in row["tokens"]:
            assert token["before"] == pytest.approx(before[token["id"]].item())
            assert token["after"] == pytest.approx(after[token["id"]].item())
            assert (token["before"] == token["after"]) == (row["position"] != 1)
        assert row["tokens"][0]["id"] == int(before.argmax())
        assert row["likeliest"] == int(after.argmax())
        follows = this.inputs.tokens[row["position"] + 1 :].tolist()
        for chances, coming in zip((before, after), row["next"], strict=True):
            if follows:
                assert coming["id"] == follows[0]
                assert coming["loss"] == pytest.approx(-chances[follows[0]].log().item())
            else:
                assert coming is None
    assert answers(Pair(trace("bare"), trace("bare")), SAID)["rows"] == []


def test_answers_where_one_position_counts() -> None:
    """Of six letters only the last position was trained to answer, and nothing follows it."""
    sort = model.load("sort")
    pair = Pair(sort.trace("CBABBC"), sort.trace("CBABBC", edits=[Edit("blocks.0.attn.z", "zero", head=1)]))
    found = answers(pair, SAID)
    assert [row["scored"] for row in found["rows"]] == [False] * 5 + [True]
    assert found["rows"][5]["next"] == [None, None]
    words = ["".join(part["t"] for part in paragraph) for paragraph in found["words"]]
    assert words[0] == "The likeliest token is the same at the only position that counts."
    assert "only from position 5 on" in words[1]


def test_mean_ablation_puts_the_mean_over_positions() -> None:
    this = trace("mask=causal")
    other = edited(this, mean(this, "blocks.0.attn.z", head=1, position=2))
    wanted = this["blocks.0.attn.z"][:, 1].mean(0)
    np.testing.assert_array_equal(other["blocks.0.attn.z"][2, 1].numpy(), wanted.numpy())
    pair = Pair(this, other)
    found = stage_source(pair, "blocks.0.attn.z").numbers()
    assert found[2, 1].any()
    assert not np.delete(found.reshape(4, -1), 2, 0).any()


@pytest.fixture(scope="module")
def ids() -> str:
    this = trace("mask=causal")
    other = edited(this, Edit("blocks.1.attn.z", "zero", head=2))
    return f"{STORE.add(other)}~{STORE.add(this)}"


def pair_of(ids: str) -> Pair:
    other, this = map(STORE.get, ids.split("~"))
    assert this is not None
    assert other is not None
    return Pair(this, other)


def test_cells_travel_exactly(client: TestClient, ids: str) -> None:
    answer = client.get(f"/data/{ids}/cells", params={"stage": "probs", "position": "1:3"})
    header, (values,) = arrays.decode(answer.content)
    both = pair_of(ids)
    np.testing.assert_array_equal(values, both.other["probs"][1:3].numpy() - both.this["probs"][1:3].numpy())
    assert header["tensors"][0]["kind"] == "signed"
    whole = both.other["probs"] - both.this["probs"]
    assert header["tensors"][0]["limits"]["high"] == whole.max().item()
    # This trace has kept its own range.
    alone, _ = arrays.decode(client.get(f"/data/{ids.split('~')[0]}/cells", params={"stage": "probs"}).content)
    assert alone["tensors"][0]["limits"]["high"] == both.other["probs"].max().item()


def test_the_other_routes_of_two(client: TestClient, ids: str) -> None:
    both = pair_of(ids)
    weight, (values,) = arrays.decode(client.get(f"/data/{ids}/weights", params={"name": "W_E"}).content)
    assert not values.any()
    assert weight["tensors"][0]["shape"] == [7, 8]
    found = client.get(f"/data/{ids}/changes").json()
    assert found == changes(both)
    assert found["first"] == "blocks.1.attn.z"
    assert client.get(f"/data/{ids}/answers").json()["rows"]
    asked = {"stage": "blocks.1.attn.z", "cell": "1,2,0"}
    assert client.get(f"/data/{ids}/explain", params=asked).json()["other"] == "0"
    assert client.get(f"/data/{ids}/explain", params={"stage": "W_E", "cell": "1,2"}).json()["value"] == 0
    assert client.get(f"/data/{ids}/page", params={"stage": "embed"}).json()["name"] == "embed"
    # Where nothing differs, the page chooses as ever; elsewhere the cell that differs most.
    alone = client.get(f"/data/{ids.split('~')[1]}/page", params={"stage": "embed"}).json()
    assert client.get(f"/data/{ids}/page", params={"stage": "embed"}).json() == alone
    for name in ("blocks.1.attn.z", "logits", "probs"):
        at = client.get(f"/data/{ids}/page", params={"stage": name}).json()["choice"]
        sizes = (both.other[name] - both.this[name]).abs()
        assert sizes[tuple(at)] == sizes.max() > 0
    faces = client.get(f"/data/{ids}/faces", params={"stages": "embed,probs", "weights": "W_E"})
    assert faces.status_code == 200
    over = client.get(f"/data/{ids}/overview", params={"stage": "probs", "rows": "2", "cols": "2"})
    assert over.status_code == 200
    assert client.get(f"/data/{ids}/scene").json() == client.get(f"/data/{ids.split('~')[1]}/scene").json()
    assert client.get(f"/data/{ids}/scene", params={"layout": "gpt2"}).json()["title"] == "GPT-2 small"


def test_what_an_edit_sets_apart_has_a_block_of_its_own() -> None:
    """The stream before a block is what came out of the one before it, until somebody edits it there."""
    this, name = trace("mask=causal"), "blocks.1.resid_pre"
    other = edited(this, Edit(name, "scale", 0.5))
    home = this.stage(name).same_as
    assert home is not None
    blocks = {key: {b["name"] for b in own(one)["blocks"]} for key, one in
              (("this", this), ("other", other), ("both", Pair(this, other)))}  # fmt: skip
    assert name not in blocks["this"]
    assert blocks["other"] == blocks["both"] == blocks["this"] | {name}
    assert name not in own(Pair(this, other))["same"]
    assert own(this)["same"][name] == own(this)["same"].get(home, home)
    assert stage_source(Pair(this, other), name).numbers().any()


@pytest.mark.parametrize(
    ("ids_", "route", "query", "status", "says"),
    [
        ("gone~{this}", "cells", {"stage": "embed"}, 404, "not kept"),
        ("{this}~gone", "cells", {"stage": "embed"}, 404, "not kept"),
        ("{this}~{this}~{this}", "cells", {"stage": "embed"}, 404, "not kept"),
        ("{this}", "changes", {}, 400, "two traces"),
        ("{bare}~{this}", "cells", {"stage": "logits"}, 400, "no counterpart"),
        ("{bare}~{this}", "weights", {"name": "W_U"}, 400, "no counterpart"),
    ],
)
def test_refusals(client: TestClient, ids_: str, route: str, query: dict[str, str], status: int, says: str) -> None:
    known = {"this": STORE.add(trace("mask=causal")), "bare": STORE.add(trace("bare"))}
    answer = client.get(f"/data/{ids_.format(**known)}/{route}", params=query)
    assert answer.status_code == status
    assert says in answer.json()["error"]


def test_other_shapes_have_no_counterpart() -> None:
    small = Transformer(CONFIGS["mask=causal"]).trace(ids=[1, 2])
    pair = Pair(trace("mask=causal"), small)
    assert "4 position" in unlike(pair, "embed")
    assert "embed" not in pair
    assert not weight_source(pair, "blocks.0.attn.W_Q").numbers().any()  # drawn from the same seed
