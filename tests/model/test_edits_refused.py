"""Edits that name nothing or do not fit are refused before anything is computed, in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.model import Model
from tests.model.strategies import case

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 12}
IDS = [1, 2, 3, 4, 5]
Z = "blocks.0.attn.z"


@pytest.fixture(scope="module")
def network() -> model.Transformer:
    return model.Transformer(model.TransformerConfig(**SIZES, n_segments=2))


@pytest.mark.parametrize(
    ("arguments", "words", "message"),
    [
        ((5, "zero"), {}, "name"),
        ((Z, "double"), {}, "zero, scale, set, add, replace"),
        ((Z, None), {}, "zero, scale, set, add, replace"),
        ((Z, "zero", 1), {}, "'zero' takes no value"),
        ((Z, "scale"), {}, "needs a value"),
        ((Z, "replace"), {}, "like="),
        ((Z, "replace", 1.0), {}, "'set' for one number"),
        ((Z, "scale", math.nan), {}, "finite"),
        ((Z, "scale", math.inf), {}, "finite"),
        ((Z, "add", [1.0, math.inf]), {}, "finite"),
        ((Z, "set", math.nan), {}, "finite"),
        ((Z, "set", [1.0, math.nan]), {}, "NaN"),
        ((Z, "set", True), {}, "True"),
        ((Z, "set", [True, False]), {}, "real numbers"),
        ((Z, "set", 1j), {}, "real numbers"),
        ((Z, "set", 10**400), {}, "64 bits"),
        ((Z, "set", "1"), {}, "'1'"),
        ((Z, "set", [[1.0], [1.0, 2.0]]), {}, "array"),
        ((Z, "set", object()), {}, "number"),
        ((Z, "zero"), {"like": {}}, "like="),
        ((Z, "replace"), {"like": {}}, "holds no tensor"),
        ((Z, "replace"), {"like": 5}, "takes a trace"),
        ((Z, "replace"), {"like": {Z: "x"}}, "no tensor"),
        ((Z, "zero"), {"head": 1.5}, "head=1.5"),
        ((Z, "zero"), {"head": True}, "head=True"),
        ((Z, "zero"), {"head": "1"}, "head='1'"),
        ((Z, "zero"), {"head": [0, None]}, "head=None"),
        ((Z, "zero"), {"head": torch.tensor(0.5)}, "head=0.5"),
        ((Z, "zero"), {"head": slice(0, 1.5)}, "slice"),
        ((Z, "zero"), {"head": slice(None, None, 0)}, "step 0"),
    ],
)
def test_refused_when_written(arguments: tuple, words: dict[str, Any], message: str) -> None:
    with pytest.raises(model.EditError, match=message):
        model.Edit(*arguments, **words)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (model.Edit("blocks.0.attn.zz", "zero"), r"close to it: .*blocks\.0\.attn\.z"),
        (model.Edit("blocks.2.attn.z", "zero"), "no stage"),
        (model.Edit(Z, "zero", query=0), "its axes are position, head, d_head"),
        (model.Edit(Z, "zero", head=2), "runs from 0 to 1"),
        (model.Edit(Z, "zero", head=-3), "runs from 0 to 1"),
        (model.Edit(Z, "zero", head=10**30), "runs from 0 to 1"),
        (model.Edit(Z, "zero", position=[0, 5]), "runs from 0 to 4"),
        (model.Edit(Z, "zero", position=[]), "selects nothing"),
        (model.Edit(Z, "zero", position=slice(5, None)), "selects nothing"),
        (model.Edit(Z, "set", [1.0, 2.0, 3.0]), r"shape \(3,\).*\(5, 2, 4\)"),
        (model.Edit(Z, "replace", torch.zeros(5, 2, 4), head=0), r"\(5, 4\)"),
        (model.Edit(Z, "replace", torch.zeros(1)), r"\(5, 2, 4\)"),
        (model.Edit(Z, "set", 1e39), "too large"),
        (model.Edit(Z, "add", [0.0, 1e300, 0.0, 0.0]), "too large"),
        (model.Edit("tokens", "set", 9), "from 0 to 8"),
        (model.Edit("tokens", "set", -1), "from 0 to 8"),
        (model.Edit("tokens", "set", 1.5), "from 0 to 8"),
        (model.Edit("tokens", "set", math.inf), "from 0 to 8"),
        (model.Edit("tokens", "scale", 2), "'set' or 'replace'"),
        (model.Edit("tokens", "add", 1), "'set' or 'replace'"),
        (model.Edit("segments", "set", 2), "from 0 to 1"),
        (model.Edit("mask", "set", 0), "no stage"),
    ],
)
def test_refused_before_anything_is_computed(
    network: model.Transformer, edit: model.Edit, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computing(*_: Any) -> None:
        raise AssertionError("it was computed")

    monkeypatch.setattr(network, "forward", computing)
    with pytest.raises(model.EditError, match=message):
        network.trace(ids=IDS, edits=[model.Edit("embed", "scale", 1.0), edit])


def test_check_without_an_input(network: model.Transformer) -> None:
    m = Model(network)
    m.check([model.Edit(Z, "zero", head=1, position=11)])  # as long as the model can read
    with pytest.raises(model.EditError, match="0 to 11"):
        m.check([model.Edit(Z, "zero", position=12)])
    with pytest.raises(model.EditError, match="0 to 4"):
        m.check([model.Edit(Z, "zero", position=11)], m.inputs(ids=IDS))
    with pytest.raises(model.EditError, match="no stage"):
        m.check([model.Edit("nothing", "zero")])


@pytest.mark.parametrize("edits", [model.Edit(Z, "zero"), 5, "zero", [5], ["zero"], [{"name": Z, "op": "zero"}]])
def test_what_is_no_edit(network: model.Transformer, edits: Any) -> None:
    with pytest.raises(model.EditError, match="edits="):
        network.trace(ids=IDS, edits=edits)


def test_like_another_trace(network: model.Transformer) -> None:
    other, before = network.trace(ids=[5, 6, 7, 8, 0]), network.trace(ids=IDS)
    trace = network.trace(ids=IDS, edits=[model.Edit(Z, "replace", like=other, head=1, position=[0, 2])])
    assert torch.equal(trace[Z][[0, 2], 1], other[Z][[0, 2], 1])
    assert torch.equal(trace[Z][:, 0], before[Z][:, 0])
    longer = network.trace(ids=[5, 6, 7, 8, 0, 1])
    model.Edit(Z, "replace", like=longer, position=5)  # there; whether it fits is seen when tracing
    with pytest.raises(model.EditError, match=r"\(6, 2, 4\)"):
        network.trace(ids=IDS, edits=[model.Edit(Z, "replace", like=longer)])
    with pytest.raises(model.EditError, match="0 to 5"):
        model.Edit(Z, "replace", like=longer, position=6)
    stranger = case(model.TransformerConfig("encoder-decoder", **SIZES)).trace()
    with pytest.raises(model.EditError, match="holds no tensor"):
        model.Edit(Z, "replace", like=stranger)


def test_a_number_of_a_half_type() -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES)).half()
    with pytest.raises(model.EditError, match="65504"):
        network.trace(ids=IDS, edits=[model.Edit(Z, "set", 1e5)])
    assert network.trace(ids=IDS, edits=[model.Edit(Z, "set", 6e4)])[Z].max() == 6e4


def test_arrays_choose_cells_too(network: model.Transformer) -> None:
    for chosen in (np.array([0, 2]), torch.tensor([0, 2]), (0, 2), range(0, 3, 2), slice(0, 3, 2), [0, 2, 0]):
        trace = network.trace(ids=IDS, edits=[model.Edit(Z, "zero", position=chosen)])
        assert [bool(row.any()) for row in trace[Z]] == [False, True, False, True, True]


def test_a_row_with_nothing_to_see_becomes_zero(network: model.Transformer) -> None:
    """However it comes about, no NaN comes of it."""
    for name in ("qk", "attn_scores"):
        trace = network.trace(ids=IDS, edits=[model.Edit(f"blocks.0.attn.{name}", "set", -math.inf, query=3)])
        assert not trace["blocks.0.attn.pattern"][:, 3].any()
        assert not trace["logits"].isnan().any()
        assert trace.explain("blocks.0.attn.pattern", (0, 3, 1)).recomputed == 0


def test_edited_padding_reaches_the_decoder() -> None:
    network = model.Transformer(model.TransformerConfig("encoder-decoder", **SIZES))
    edit = model.Edit("encoder.mask", "set", 0, position=1)
    edited = network.trace(ids=IDS, target=[1, 2], mask=[1, 1, 1, 1, 0], edits=[edit])
    given = network.trace(ids=IDS, target=[1, 2], mask=[1, 0, 1, 1, 0])
    assert all(torch.equal(edited[name], given[name]) for name in given.names)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), st.lists, max_leaves=5
)


@given(
    op=json_like | st.sampled_from(["set", "add", "scale", "replace", "zero"]),
    value=json_like,
    head=json_like,
)
def test_anything_else_is_refused_as_an_edit(op: Any, value: Any, head: Any) -> None:
    network = model.Transformer(model.TransformerConfig(**SIZES))
    try:
        trace = network.trace(ids=IDS, edits=[model.Edit(Z, op, value, head=head)])
    except model.EditError:
        return
    assert trace.changed <= {Z}
