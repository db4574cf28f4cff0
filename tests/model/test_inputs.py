"""What a person may give a model, and how everything else is refused: value, limit, remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.model import Model

SIZES: dict[str, Any] = {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_vocab": 9, "n_ctx": 6}
PLAIN = model.Transformer(model.TransformerConfig(**SIZES))
SEGMENTS = model.Transformer(model.TransformerConfig("encoder", **SIZES, n_segments=2))
TWO = model.Transformer(model.TransformerConfig("encoder-decoder", **SIZES))


@pytest.mark.parametrize(
    "ids", [[1, 2], (1, 2), range(1, 3), torch.tensor([1, 2]), np.array([1, 2]), [np.int64(1), torch.tensor(2)]]
)
def test_ids_in_any_form(ids: Any) -> None:
    trace = PLAIN.trace(ids=ids)
    assert trace["tokens"].tolist() == [1, 2]
    assert trace["tokens"].dtype == torch.int64
    assert torch.equal(trace["logits"], PLAIN.trace(ids=[1, 2])["logits"])


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([], "empty"),
        ([9], r"ids\[0\]=9.*0 to 8"),
        ([1, -1], r"ids\[1\]=-1.*0 to 8"),
        ([10**30], "vocabulary"),
        ([1] * 7, r"7 tokens.*6 .*Shorten it by 1"),
        ([1.0], r"ids\[0\]=1\.0"),
        ([True], r"ids\[0\]=True"),
        ([None], r"ids\[0\]=None"),
        (["1"], r"ids\[0\]='1'"),
        ([[1]], r"ids\[0\]=\[1\]"),
        ([torch.tensor(1.5)], r"ids\[0\]="),
        ([torch.tensor([1, 2])], r"ids\[0\]="),
        (torch.tensor([[1]]), r"shape \(1, 1\)"),
        (torch.tensor([1.0]), "float32"),
        (torch.tensor(1), "shape"),
        (np.array([1.5]), r"ids\[0\]=1\.5"),
        (5, "list of whole numbers"),
        ("12", "list of whole numbers"),
        (b"12", "list of whole numbers"),
        ({1: 2}, "list of whole numbers"),
        ({1, 2}, "list of whole numbers"),
        pytest.param(iter([1]), "list of whole numbers", id="an iterator"),
    ],
    ids=str,
)
def test_ids_refused(ids: Any, message: str) -> None:
    with pytest.raises(model.InputError, match=message):
        PLAIN.trace(ids=ids)
    if isinstance(ids, str):
        return  # as a target that is text
    with pytest.raises(model.InputError, match=message.replace("ids", "target")):
        TWO.trace(ids=[1], target=ids)


def test_what_goes_with_which_model() -> None:
    cases: list[tuple[model.Transformer, dict[str, Any], str]] = [
        (PLAIN, {}, "either text or ids="),
        (PLAIN, {"ids": [1], "target": [1]}, "encoder-decoders"),
        (PLAIN, {"ids": [1], "segments": [0]}, "no segment embedding"),
        (PLAIN, {"ids": [1], "features": [[0.0]]}, "reads tokens"),
        (PLAIN, {"text": "a"}, "no tokenizer.*ids="),
        (TWO, {"ids": [1]}, "target="),
        (TWO, {"ids": [1], "target": "b"}, "no tokenizer"),
        (SEGMENTS, {"ids": [1, 2], "segments": [0]}, "1 numbers for 2 tokens"),
        (SEGMENTS, {"ids": [1, 2], "segments": [0, 2]}, r"segments\[1\]=2.*0 to 1"),
        (SEGMENTS, {"ids": [1, 2], "segments": [0, True]}, r"segments\[1\]=True"),
    ]
    for network, words, message in cases:
        with pytest.raises(model.InputError, match=message):
            network.trace(**words)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([1], "1 numbers for 3 tokens"),
        ([0, 0, 0], "at least one 1"),
        ([1, 1, 2], r"mask\[2\]=2"),
        ([1, 0.5, 1], r"mask\[1\]=0\.5"),
        ("111", "list of whole numbers"),
        (1, "list of whole numbers"),
    ],
)
def test_masks_refused(mask: Any, message: str) -> None:
    with pytest.raises(model.InputError, match=message):
        PLAIN.trace(ids=[1, 2, 3], mask=mask)


def test_masks() -> None:
    for mask in ([1, 1, 0], [True, True, False], torch.tensor([1, 1, 0]), torch.tensor([True, True, False])):
        assert PLAIN.trace(ids=[1, 2, 3], mask=mask)["mask"].tolist() == [1, 1, 0]
    everything = PLAIN.trace(ids=[1, 2, 3], mask=[1, 1, 1])  # hides nothing, so it is as if it were not there
    assert torch.equal(everything["logits"], PLAIN.trace(ids=[1, 2, 3])["logits"])


def test_segments_default_to_the_first() -> None:
    assert SEGMENTS.trace(ids=[1, 2])["segments"].tolist() == [0, 0]
    other = SEGMENTS.trace(ids=[1, 2], segments=[0, 1])
    assert torch.equal(other["segment_embed"], SEGMENTS.weights["W_seg"][[0, 1]])


def test_target_ids_are_the_decoders_inputs() -> None:
    trace = TWO.trace(ids=[3, 1], target=[0, 7])
    assert trace["encoder.tokens"].tolist() == [3, 1]
    assert trace["decoder.tokens"].tolist() == [0, 7]
    assert torch.equal(trace["logits"], Model(TWO).logits([3, 1], [0, 7]))


def test_what_was_given_is_not_shared() -> None:
    ids = torch.tensor([1, 2])
    trace = PLAIN.trace(ids=ids)
    ids.zero_()
    assert trace["tokens"].tolist() == [1, 2]


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=2), x, max_size=2),
    max_leaves=6,
)


@given(ids=json_like, mask=json_like, segments=json_like)
def test_anything_else_is_refused_as_an_input(ids: Any, mask: Any, segments: Any) -> None:
    try:
        trace = SEGMENTS.trace(ids=ids, mask=mask, segments=segments)
    except model.InputError:
        return
    assert trace["tokens"].tolist() == ids
