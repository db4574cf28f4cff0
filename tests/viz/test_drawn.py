"""Biases of one's own on the page: pictures beside NumPy, swaps beside their networks, files."""

import io
import struct
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array
from safetensors.numpy import save

from model.errors import ConfigError, GlassformerError, InputError
from model.positional.drawn import MOST_CELLS
from model.positional.drawn_language import LONGEST
from viz.arrays import decode
from viz.board import payload
from viz.positions import drawn, drawn_upload, feel
from viz.positions.drawn_upload import BY_DISTANCE, BY_PLACE, MOST_BYTES, read
from viz.positions.feel import Side
from viz.positions.setup import Setup

IDS = (5, 9, 3, 12, 5, 7, 2, 9)


def of(formula: str, **words: Any) -> Setup:
    return Setup("drawn", (("drawn_formula", formula),), **words)


def npy(array: np.ndarray, **words: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **words)
    return file.getvalue()


# ---- pictures -----------------------------------------------------------------------------------------------


def test_attention_of_the_bias_alone_is_its_softmax() -> None:
    for ahead in (False, True):
        setup = of("-distance ^ 2 / 3 + head", positions=7, heads=2, ahead=ahead)
        q, k = np.indices((7, 7))
        score = np.exp(-((q - k) ** 2) / 3.0) * (ahead | (k <= q))
        wanted = np.where(ahead | (k <= q), score / score.sum(-1, keepdims=True), np.nan)
        np.testing.assert_allclose(drawn.alone(setup), np.stack([wanted, wanted]), rtol=1e-5)


def test_a_band_has_a_width_where_more_counts_than_the_distance() -> None:
    low, middle, high = drawn.by_distance(of("key - distance", positions=9, heads=1))
    np.testing.assert_allclose(low[0], -np.arange(9.0))
    np.testing.assert_allclose(high[0], 8 - 2 * np.arange(9.0))
    np.testing.assert_allclose(middle, (low + high) / 2)
    low, _, high = drawn.by_distance(of("-distance", positions=9, heads=1))
    np.testing.assert_array_equal(low, high)


@pytest.mark.parametrize("one", drawn.EXAMPLES, ids=lambda one: one.title)
def test_examples_fit_the_box_and_send_their_numbers(one: drawn.Example) -> None:
    assert len(one.formula) < LONGEST
    header, values = decode(payload(drawn.board(of(one.formula, heads=3, positions=12))))
    panels = {p["id"]: p for p in header["board"]["panels"]}
    names = {t["name"]: v for t, v in zip(header["tensors"], values, strict=True)}
    assert names[panels["bias"]["values"]].shape == (3, 12, 12)
    np.testing.assert_allclose(np.nansum(names[panels["alone"]["values"]], -1), 1, rtol=1e-5)


# ---- in networks --------------------------------------------------------------------------------------------


def test_the_same_bias_moves_nothing_and_another_does() -> None:
    same = drawn.swap(Side("alibi", "latest"), (), IDS)
    assert same.moved < 1e-6
    assert same.right is not None
    assert same.right[0] == same.right[1] > 0.95
    none = drawn.swap(Side("alibi", "latest"), (("drawn_formula", "0"),), IDS)
    assert none.moved > 0.01
    assert none.right is not None
    assert none.right[1] < none.right[0]


def test_after_a_swap_the_weights_are_the_same_and_the_bias_is_mine() -> None:
    net = feel.network(Side("rotary"))
    options = (("drawn_formula", "2 - key"),)
    other = feel.exchanged(net, "drawn", options).double()
    for name, p in other.named_parameters():
        assert torch.equal(p, dict(net.named_parameters())[name])
    found = drawn.swap(Side("rotary"), options, IDS)
    assert found.right is None
    trace = other.trace(ids=list(IDS))
    for layer in range(2):
        np.testing.assert_allclose(np.nan_to_num(found.after[layer]), trace[f"blocks.{layer}.attn.pattern"], atol=1e-6)
    np.testing.assert_allclose(trace["blocks.0.attn.bias"][1, :, 3], -1)


def test_a_table_of_other_heads_is_refused_in_words() -> None:
    with pytest.raises(ConfigError, match="3 heads, the network 4"):
        drawn.swap(Side("alibi", "latest"), (("drawn_table", ((0.0,), (1.0,), (2.0,))),), IDS)


# ---- files --------------------------------------------------------------------------------------------------

NUMBERS = any_array(
    st.sampled_from([np.float64, np.float32, np.int16]), st.tuples(*(st.integers(1, 5) for _ in range(3))),
    elements=st.integers(-100, 100),
)  # fmt: skip


@given(NUMBERS, st.booleans())
def test_arrays_arrive_as_they_are(array: np.ndarray, fortran: bool) -> None:
    wanted = array.astype(float).tolist()
    given_ = np.asfortranarray(array) if fortran else array
    assert np.array(read("x.npy", npy(given_))).tolist() == wanted
    assert np.array(read("X.SAFETENSORS", save({"t": np.ascontiguousarray(array)}))).tolist() == wanted
    text = "\n".join(",".join(map(str, row)) for row in array[0])
    assert np.array(read("x.csv", text.encode(), BY_PLACE)).tolist() == wanted[:1]


def test_what_a_matrix_is() -> None:
    curves = np.arange(8.0).reshape(2, 4)
    assert np.array(read("a.npy", npy(curves))).shape == (2, 4)
    assert np.array(read("a.npy", npy(curves), BY_PLACE)).shape == (1, 2, 4)
    square = np.zeros((6, 6))
    assert np.array(read("a.npy", npy(square))).shape == (1, 6, 6)
    assert np.array(read("a.npy", npy(square), BY_DISTANCE)).shape == (6, 6)
    assert np.array(read("a.npy", npy(np.zeros(5)))).shape == (1, 5)
    assert read("a.csv", "\ufeff1, 2.5e0\r\n\r\n -3,4\r\n".encode(), BY_DISTANCE) == ((1.0, 2.5), (-3.0, 4.0))


def bomb(shape: str, kind: str = "<f8") -> bytes:
    """A .npy whose header promises more than there is."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("x.txt", b"1", "no array that is read here"), ("x", b"", "no array"), ("../x.pkl", b"", "no array"),
     ("x.npy", b"", "not a readable .npy"), ("x.npy", b"\x93NUMPY\x01\x00\xff\xff{", "not a readable .npy"),
     ("x.npy", npy(np.array([{}], object), allow_pickle=True), "never opened"),
     ("x.npy", npy(np.array(["a"])), "not plain numbers"), ("x.npy", npy(np.array([1j])), "not plain numbers"),
     ("x.npy", bomb("(100000, 100000)"), "10,000,000,000 numbers; at most 65,536"),
     ("x.npy", bomb("(4, 4)"), "cut short"), ("x.npy", bomb("(-1, 4)"), "cut short|readable"),
     ("x.npy", bomb("__import__('os')"), "not a readable .npy"),
     ("x.npy", npy(np.zeros((2, 2, 2, 2))), "2 × 2 × 2 × 2"), ("x.npy", npy(np.array(3.0)), "a single number"),
     ("x.npy", npy(np.zeros((0, 4))), "not empty"), ("x.npy", npy(np.full((2, 3), np.inf)), "infinite at head 0"),
     ("x.npy", npy(np.full((2, 3), 1e5)), r"100000 at head 0, distance 0; a bias runs from −10,000"),
     ("x.csv", b"", "empty"), ("x.csv", b"\xff\xfe1", "not text"), ("x.csv", b"1,2\n3\n", "row 2 of the .csv has 1"),
     ("x.csv", b"a,b\n1,2\n", "row 1, column 1 of the .csv is 'a', no number"), ("x.csv", b"1,,2\n", "column 2"),
     ("x.csv", b"1\x00,2", "'1.*x00'|not text"), ("x.safetensors", b"", "not a readable .safetensors"),
     ("x.safetensors", struct.pack("<Q", 1 << 60) + b"{}", "not a readable .safetensors"),
     ("x.safetensors", save({"a": np.zeros(2), "b": np.zeros(2)}), "2 tensors"),
     ("x.safetensors", save({}), "0 tensors"),
     ("x.csv", b"1," * MOST_BYTES, "at most 2 MB"), ("x.csv", b"1," * MOST_CELLS + b"1", "65,537")],
)  # fmt: skip
def test_bad_files_are_refused_in_words(name: str, data: bytes, words: str) -> None:
    with pytest.raises(GlassformerError, match=words) as error:
        read(name, data)
    assert len(str(error.value)) < 300


@given(st.binary(max_size=200), st.sampled_from(drawn_upload.SUFFIXES))
def test_any_bytes_are_an_array_or_refused(data: bytes, suffix: str) -> None:
    try:
        found = np.array(read(f"x.{suffix}", data))
    except GlassformerError:
        return
    assert np.isfinite(found).all()


def test_errors_are_of_the_kind_that_pages_show() -> None:
    with pytest.raises(InputError):
        read("x.npy", b"no")
