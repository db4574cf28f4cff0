"""Graphs: what is typed, what is refused, and numbers that are the eigenvectors they say they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.errors import InputError
from viz.arrays import decode
from viz.board import payload
from viz.positions import board_graph, graphs
from viz.positions.graphs import PRESETS


def laplacian(n: int, edges: graphs.Edges, q: float) -> np.ndarray:
    """D − A_s exp(iΘ), entry by entry."""
    out = np.zeros((n, n), complex)
    there = set(edges)
    for a in range(n):
        for b in range(n):
            if a != b and ((a, b) in there or (b, a) in there):
                turn = ((a, b) in there) - ((b, a) in there)
                out[a, b] = -np.exp(2j * np.pi * q * turn)
                out[a, a] += 1
    return out


@pytest.mark.parametrize("preset", list(PRESETS))
@pytest.mark.parametrize(("name", "q"), [("laplacian", 0.0), ("magnetic_laplacian", 0.25)])
def test_the_places_of_every_preset(name: str, q: float, preset: str) -> None:
    n, edges = PRESETS[preset]
    found, wanted = graphs.places(name, (), n, edges), laplacian(n, edges, q)
    np.testing.assert_allclose(found.matrix, wanted, atol=1e-12)
    every = np.linalg.eigvalsh(wanted)
    np.testing.assert_allclose(found.values, every[1 : 1 + len(found.values)], atol=1e-9)
    np.testing.assert_allclose(wanted @ found.vectors, found.vectors * found.values, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=0), 1, atol=1e-9)
    assert graphs.off(found) < 1e-9
    assert graphs.off(found, -1) < 1e-9  # the sign is a choice
    assert [(a, b) for a in range(n) for b in range(n) if found.links[a, b]] == sorted(edges)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_only_the_magnetic_one_sees_direction(preset: str) -> None:
    n, edges = PRESETS[preset]
    one_way = any((b, a) not in edges for a, b in edges)
    assert graphs.turned_back("laplacian", (), n, edges) < 1e-9
    assert (graphs.turned_back("magnetic_laplacian", (), n, edges) > 1e-3) == one_way


def test_presets_are_the_graphs_they_say() -> None:
    assert len(PRESETS["Grid"][1]) == 2 * (3 * 3 + 2 * 4)
    n, cycle = PRESETS["Cycle, one way"]
    assert sorted(a for a, _ in cycle) == sorted(b for _, b in cycle) == list(range(n))
    assert {b for a, b in PRESETS["Star"][1] if a == 0} == set(range(1, 7))
    for n, edges in PRESETS.values():
        assert graphs.parse(graphs.spelled(edges)) == (n, edges) or set(graphs.parse(graphs.spelled(edges))[1]) == set(
            edges
        )


def test_equal_eigenvalues_are_grouped() -> None:
    n, star = PRESETS["Star"]
    assert graphs.equal(graphs.places("laplacian", (), n, star).values) == [[0, 1, 2, 3, 4]]
    assert graphs.equal(np.array([0.0, 1.0, 1.0 + 1e-12, 3.0])) == [[1, 2]]
    assert graphs.equal(np.array([])) == []


def test_edges_are_read() -> None:
    assert graphs.parse("0>1, 1-2;2->0\n 1>2") == (3, ((0, 1), (1, 2), (2, 1), (2, 0)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no edge yet"), (" , ;", "no edge yet"), ("a", "is no edge"), ("0>", "is no edge"), ("0=1", "is no edge"),
        ("<img src=x>", "is no edge"), ("٠>١", "is no edge"), ("99999>1", "is no edge"),
        ("0>24", "numbered from 0 to 23"),
        ("3>3", "to itself"), ("-1>2", "is no edge"), ("0>1," * 600, "characters"),
        (",".join(f"{a}-{b}" for a in range(16) for b in range(a)), "arrows; at most 200"),
    ],
)  # fmt: skip
def test_bad_edges_are_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        graphs.parse(text)


@given(text=st.text(max_size=60))
def test_anything_typed_is_a_graph_or_is_refused(text: str) -> None:
    try:
        n, edges = graphs.parse(text)
    except InputError:
        return
    assert edges
    assert all(0 <= a < n <= graphs.MOST_NODES and 0 <= b < n and a != b for a, b in edges)


@given(
    pairs=st.sets(
        st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1]), min_size=1, max_size=20
    )
)
def test_what_is_spelled_is_read_again(pairs: set[tuple[int, int]]) -> None:
    assert set(graphs.parse(graphs.spelled(tuple(sorted(pairs))))[1]) == pairs


def test_a_node_by_itself_and_a_graph_in_two_parts() -> None:
    """Nodes that are left out between others are nodes without links."""
    n, edges = graphs.parse("0-1, 3-4")
    assert n == 5
    found = graphs.places("laplacian", (), n, edges)
    np.testing.assert_allclose(found.values, [0, 0, 2, 2], atol=1e-9)
    assert graphs.layout(n, edges, True).shape == (5, 2)
    two = graphs.parse("0>1")
    assert len(graphs.places("magnetic_laplacian", (), *two).values) == 1
    assert np.isfinite(graphs.layout(*two, True)).all()


@pytest.mark.parametrize("preset", list(PRESETS))
def test_the_drawn_graph_has_every_arrow_and_the_numbers_of_its_nodes(preset: str) -> None:
    n, edges = PRESETS[preset]
    found, where = graphs.places("magnetic_laplacian", (), n, edges), graphs.layout(n, edges, False)
    header, arrays = decode(payload(board_graph.board("magnetic_laplacian", found, edges, where)))
    held = {t["name"]: a for t, a in zip(header["tensors"], arrays, strict=True)}
    panels = {p["id"]: p for p in header["board"]["panels"]}
    drawn = panels["graph"]
    assert sorted(map(tuple, drawn["edges"])) == sorted(edges)
    np.testing.assert_allclose(held[drawn["where"]], where, atol=1e-6)
    np.testing.assert_allclose(held[drawn["values"]], found.vectors.real, atol=1e-6)
    assert (drawn["imaginary"] is None) == (not found.vectors.imag.any())
    if drawn["imaginary"]:
        np.testing.assert_allclose(held[drawn["imaginary"]], found.vectors.imag, atol=1e-6)
    assert drawn["limit"] == panels["vectors"]["limit"] >= np.abs(held[drawn["values"]]).max()


def test_what_is_shown_is_what_enters_the_network() -> None:
    """The embedding that is added is the node's numbers times the trained matrix."""
    from model.positional.properties import build, words

    n, edges = PRESETS["Tree, one way"]
    net = build("magnetic_laplacian", "encoder", n_ctx=n, n_layers=1)
    trace = net.trace(ids=words(n), edges=[list(e) for e in edges])
    found = graphs.places("magnetic_laplacian", (), n, edges).vectors
    parts = np.zeros((n, 20))
    parts[:, : found.shape[1]], parts[:, 10 : 10 + found.shape[1]] = found.real, found.imag
    torch.testing.assert_close(torch.from_numpy(parts) @ net.weights["W_eigen"], trace["pos_embed"], rtol=0, atol=1e-9)
