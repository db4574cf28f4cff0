"""Laplacians: spectra worked out by hand, arrows as a trace takes them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import model
from model.positional.graph import laplacian, links, relative, spectrum
from tests.model.positional.build import ids, network

TREE = [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5)]
DEPTH = torch.tensor([0, 1, 1, 2, 2, 2], dtype=torch.float64)
CYCLE = [(i, (i + 1) % 7) for i in range(7)]


def arrows(n: int, edges: list[tuple[int, int]] | None) -> torch.Tensor:
    return links(n, None if edges is None else torch.tensor(edges, dtype=torch.int64).view(-1, 2))


def values(n: int, edges: list[tuple[int, int]] | None, q: float, normalized: bool = False) -> torch.Tensor:
    return spectrum(laplacian(arrows(n, edges), q, normalized))[0]


@pytest.mark.parametrize("q", [0.0, 0.1, 0.25, 0.4])
def test_a_path_has_one_spectrum_and_its_phase_is_the_depth(q: float) -> None:
    found, vectors = spectrum(laplacian(arrows(6, None), q, False))
    assert found.tolist() == pytest.approx([0, 0.26795, 1, 2, 3, 3.73205], abs=5e-6)
    null = torch.polar(torch.full((6,), 6**-0.5, dtype=torch.float64), -2 * math.pi * q * torch.arange(6.0).double())
    torch.testing.assert_close(vectors[:, 0].to(torch.complex128), null)


@given(q=st.floats(0, 0.5))
def test_a_tree_has_one_spectrum_too(q: float) -> None:
    found, vectors = spectrum(laplacian(arrows(6, TREE), q, False))
    torch.testing.assert_close(found, values(6, TREE, 0.0))
    turned = vectors[:, 0] * 6**0.5
    torch.testing.assert_close(
        turned.to(torch.complex128), torch.polar(torch.ones(6).double(), -2 * math.pi * q * DEPTH)
    )


@given(q=st.floats(0, 1))
def test_a_cycle_does_not(q: float) -> None:
    k = torch.arange(7, dtype=torch.float64)
    expected = (2 - 2 * torch.cos(2 * math.pi * (k / 7 + q))).sort().values
    torch.testing.assert_close(values(7, CYCLE, q), expected)


@given(data=st.data(), q=st.floats(0, 0.5), normalized=st.booleans())
def test_any_graph(data: st.DataObject, q: float, normalized: bool) -> None:
    n = data.draw(st.integers(1, 8))
    pair = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda p: p[0] != p[1])
    edges = data.draw(st.lists(pair, max_size=12)) if n > 1 else []
    matrix = laplacian(arrows(n, edges), q, normalized)
    torch.testing.assert_close(matrix, matrix.conj().T)
    found, vectors = spectrum(matrix)
    assert found.min() > -1e-9
    torch.testing.assert_close(matrix @ vectors.to(matrix.dtype), vectors.to(matrix.dtype) * found, rtol=0, atol=1e-9)
    back = laplacian(arrows(n, [(b, a) for a, b in edges]), q, normalized)
    torch.testing.assert_close(back, matrix.conj())  # reversed arrows: conjugated, the same spectrum
    torch.testing.assert_close(spectrum(back)[0], found)
    first = (vectors.abs() > vectors.abs().amax(0) * (1 - 1e-6)).long().argmax(0)
    entry = vectors[first, torch.arange(n)]
    torch.testing.assert_close(entry, entry.abs().to(entry.dtype))  # real and positive


def test_a_text_is_a_path_and_its_eigenvectors_are_cosines() -> None:
    trace = network("laplacian", laplacian_k=3).trace(ids=ids(8))
    assert torch.equal(trace["links"], torch.ones(7, dtype=torch.int64).diag(1))
    for k in (1, 2, 3):
        wave = torch.cos(math.pi * k * (torch.arange(8).double() + 0.5) / 8)
        first = (wave.abs() > wave.abs().max() * (1 - 1e-6)).long().argmax()
        wave = wave * wave[first].sign() / wave.norm()  # the first of the largest entries is positive
        torch.testing.assert_close(trace["pos_eigen"][:, k - 1], wave)
    w = trace.network.weights["W_eigen"]  # type: ignore[union-attr]
    torch.testing.assert_close(trace["pos_embed"], trace["pos_eigen"] @ w)


def test_arrows_matter_to_the_magnetic_one_only() -> None:
    back = [(b, a) for a, b in TREE]
    for name, same in (("laplacian", True), ("magnetic_laplacian", False)):
        net = network(name, "encoder", laplacian_k=2)
        there, reverse = (net.trace(ids=ids(6), edges=e)["logits"] for e in (TREE, back))
        assert torch.allclose(there, reverse, atol=1e-9) == same


@given(order=st.permutations(range(6)))
def test_renamed_nodes_take_their_places_along(order: list[int]) -> None:
    """Where all eigenvalues differ, all that is left to choose is a phase, and sizes do not depend on that."""
    edges = [*TREE, (3, 4)]
    net = network("magnetic_laplacian", "encoder", laplacian_k=3, magnetic_q=0.13)
    where = {old: new for new, old in enumerate(order)}
    there = net.trace(ids=ids(6), edges=edges)
    back = net.trace(ids=[ids(6)[i] for i in order], edges=[(where[a], where[b]) for a, b in edges])
    a, b = there["pos_eigen"][order], back["pos_eigen"]
    torch.testing.assert_close(a[:, :3] ** 2 + a[:, 3:] ** 2, b[:, :3] ** 2 + b[:, 3:] ** 2)


def test_padding_is_no_node() -> None:
    net = network("magnetic_laplacian", "encoder")
    short, long = net.trace(ids=ids(5)), net.trace(ids=[*ids(5), 0, 1], mask=[1] * 5 + [0] * 2)
    torch.testing.assert_close(long["pos_eigen"][:5], short["pos_eigen"])
    assert not long["pos_eigen"][5:].any()
    assert long.explain("pos_eigen", (6, 0)).terms[0].sources == (("mask", (6,), 0),)


def test_a_relative_charge() -> None:
    assert relative(arrows(6, TREE), 0.25) == 0.25 / 5
    assert relative(arrows(2, [(0, 1), (1, 0)]), 0.25) == 0.25
    assert relative(arrows(3, [(0, 1), (1, 2), (2, 0)]), 0.3) == pytest.approx(0.1)


def test_a_graph_is_saved_with_its_trace(tmp_path: Path) -> None:
    m = model.Model(network("laplacian"))
    trace = m.trace(ids=ids(6), edges=TREE)
    trace.save(tmp_path / "t.safetensors")
    for opened in (model.Trace.load(tmp_path / "t.safetensors"), model.Trace.load(tmp_path / "t.safetensors", model=m)):
        assert torch.equal(opened["links"], trace["links"])
        assert torch.equal(opened["logits"], trace["logits"])
    changed = m.trace(ids=ids(6), edges=TREE, edits=[model.Edit("links", "set", 1, position=5, neighbour=0)])
    assert changed["links"].sum() == 6
    assert changed.explain("links", (5, 0)).value == 1
    assert not torch.equal(changed["logits"], trace["logits"])


def test_an_encoders_graph() -> None:
    config = model.TransformerConfig(
        "encoder-decoder", n_layers=1, d_model=8, n_heads=2, d_vocab=9, positional="laplacian"
    )
    trace = model.Transformer(config).trace(ids=ids(6), target=[1, 2, 3], edges=TREE)
    assert trace["encoder.links"].sum() == 5
    assert torch.equal(trace["decoder.links"], torch.ones(2, dtype=torch.int64).diag(1))


@pytest.mark.parametrize(
    "edges", ["ab", 3, [(0,)], [(0, 1, 2)], [(0, 9)], [(-1, 0)], [(2, 2)], [(0.5, 1)], [("a", 0)], {"a": 1}, [True]]
)
def test_edges_that_are_none(edges: Any) -> None:
    with pytest.raises(model.InputError, match="edges"):
        network("laplacian").trace(ids=ids(4), edges=edges)


def test_edges_are_for_graphs() -> None:
    with pytest.raises(model.InputError, match="graphs"):
        network("rotary").trace(ids=ids(4), edges=[(0, 1)])
