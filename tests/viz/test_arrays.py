"""Bytes and decimals: what is written is what was there."""

import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from viz import arrays

FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)


@given(st.lists(some.arrays(np.float32, some.array_shapes(max_dims=4, max_side=5), elements=FLOATS), max_size=4))
def test_messages_come_back_bit_for_bit(values: list[np.ndarray]) -> None:
    blocks = [arrays.Block(f"t{i}", "T", ("a",) * v.ndim, "signed", v) for i, v in enumerate(values)]
    header, found = arrays.decode(arrays.encode(blocks, tokens=["<b>", "\u202e"], flow=[]))
    assert header["version"] == arrays.VERSION
    assert header["tokens"] == ["<b>", "\u202e"]
    for before, after, tensor in zip(values, found, header["tensors"], strict=True):
        assert after.shape == before.shape
        np.testing.assert_array_equal(after.view(np.int32), before.view(np.int32))
        assert tensor["not_finite"].get("nan", 0) == np.isnan(before).sum()
        assert tensor["not_finite"].get("-inf", 0) == np.isneginf(before).sum()


def test_offsets_are_multiples_of_four_and_the_header_is_strict_json() -> None:
    block = arrays.Block("x", "X", ("a",), "signed", np.array([-np.inf, 1], dtype=np.float32))
    message = arrays.encode([block, block])
    length = int.from_bytes(message[:4], "little")
    header = json.loads(message[4 : 4 + length], parse_constant=lambda c: pytest.fail(c))
    assert [t["offset"] % 4 for t in header["tensors"]] == [0, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool])
def test_any_type_becomes_contiguous_float32(dtype: torch.dtype) -> None:
    found = arrays.to_numpy(torch.ones(3, 4).to(dtype).t())
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    assert found.shape == (4, 3)


@given(FLOATS)
def test_exact_reads_back_as_the_same_float32(value: float) -> None:
    text = arrays.exact(value)
    if math.isnan(value):
        assert text == "nan"
    else:
        assert np.float32(text) == np.float32(value)


def test_spellings() -> None:
    assert arrays.exact(-math.inf) == "-inf"
    assert arrays.exact(3) == "3"
    assert arrays.exact(True) == "1"
    assert arrays.exact(0.1) == "0.1"
    assert arrays.exact(2.0) == "2"
    assert arrays.short(-math.inf) == "−∞"
    assert arrays.short(-0.123456) == "−0.1235"
    assert arrays.short(12345.6) == "12346"
    assert arrays.short(1e-7) == "1.000e−07"
    assert arrays.plain(-math.inf) == "-inf"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_short_is_close(value: float) -> None:
    assert math.isclose(float(arrays.short(value).replace("−", "-")), value, rel_tol=6e-4, abs_tol=1e-300)
