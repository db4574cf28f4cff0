"""Colour ranges and overviews: no extreme is lost, and what is hidden stays apart from what is small."""

import gc

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from viz.windows import Remembered, limits, overview

NUMBERS = st.floats(-1e6, 1e6, width=32) | st.just(-np.inf)
TENSORS = arrays(np.float32, array_shapes(min_dims=1, max_dims=2, min_side=1, max_side=40), elements=NUMBERS)


@given(TENSORS, st.integers(1, 12), st.integers(1, 12))
def test_an_overview_keeps_the_strongest_cell_of_each_bin(values: np.ndarray, rows: int, cols: int) -> None:
    most = (rows, cols)[-values.ndim :]
    small, bins = overview(values, most)
    assert all(n <= limit for n, limit in zip(small.shape, most, strict=True))
    assert small.dtype == np.float32
    for place in np.ndindex(small.shape):
        box = values[tuple(slice(i * b, (i + 1) * b) for i, b in zip(place, bins, strict=True))]
        seen = box[np.isfinite(box)]
        if not seen.size:
            assert small[place] == -np.inf
        else:
            assert abs(small[place]) == np.abs(seen).max()
            assert small[place] in seen


def test_a_small_tensor_is_its_own_overview() -> None:
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    small, bins = overview(values, (2, 3))
    np.testing.assert_array_equal(small, values)
    assert bins == [1, 1]


def test_what_is_not_a_number_is_not_lost() -> None:
    values = np.array([1.0, np.nan, 2.0, np.inf, 3.0, -9.0], dtype=np.float32)
    small, _ = overview(values, (3,))
    assert np.isnan(small[0])
    assert small[1] == np.inf
    assert small[2] == -9


def test_an_overview_of_nothing() -> None:
    small, bins = overview(np.zeros((0, 4), dtype=np.float32), (8, 2))
    assert small.shape == (0, 2)
    assert bins == [1, 2]


@given(TENSORS)
def test_limits(values: np.ndarray) -> None:
    found = limits(values)
    finite = values[np.isfinite(values)]
    assert found.robust > 0
    assert found.clipped == int((np.abs(finite) > found.robust).sum())
    assert found.clipped <= 0.005 * finite.size
    if finite.size:
        assert (found.low, found.high) == (finite.min(), finite.max())
        assert found.robust == 1 or found.robust in np.abs(finite)


def test_a_few_huge_cells_do_not_set_the_range() -> None:
    values = np.linspace(-1, 1, 10_000, dtype=np.float32)
    values[:3] = 5000
    found = limits(values)
    assert found.robust <= 1
    assert found.high == 5000
    assert found.clipped >= 3


def test_ranges_of_tensors_without_finite_numbers() -> None:
    for values in (np.zeros(0), np.full(4, -np.inf), np.full(4, np.nan)):
        assert limits(values.astype(np.float32)).header() == {"low": 0, "high": 0, "robust": 1, "clipped": 0}


class Owner:
    pass


def test_ranges_are_remembered_as_long_as_their_owner_lives() -> None:
    known = Remembered(most=2)
    asked = []

    def values() -> np.ndarray:
        asked.append(1)
        return np.ones(3, dtype=np.float32)

    owner = Owner()
    for name in ("a", "a", "b", "c", "a"):  # the third pushes the first out
        known.get(owner, name, values)
    assert len(asked) == 4
    del owner
    gc.collect()
    assert not known._of
