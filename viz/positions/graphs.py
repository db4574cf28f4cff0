"""Places in a graph: its links, its Laplacian, and each node's numbers, from a pass of a network over it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from model.errors import InputError
from model.positional.laplacian import Laplacian
from model.positional.properties import build, words
from model.registry import variants
from viz.positions.setup import Options

MOST_NODES, MOST_EDGES, LONGEST = 24, 200, 2000
EQUAL = 1e-9  # between two eigenvalues that are one
Edges = tuple[tuple[int, int], ...]
_EDGE = re.compile(r"(\d{1,4})\s*(->|>|-)\s*(\d{1,4})")


def both(pairs: Sequence[tuple[int, int]]) -> Edges:
    """Links without a direction: an arrow each way."""
    return tuple(arrow for a, b in pairs for arrow in ((a, b), (b, a)))


def _grid(rows: int, columns: int) -> Edges:
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    right = [(r * columns + c, r * columns + c + 1) for r, c in cells if c + 1 < columns]
    down = [(r * columns + c, (r + 1) * columns + c) for r, c in cells if r + 1 < rows]
    return both(right + down)


def _ring(n: int) -> list[tuple[int, int]]:
    return [(i, (i + 1) % n) for i in range(n)]


def _clique(first: int) -> list[tuple[int, int]]:
    """Four nodes, all linked."""
    return [(first + a, first + b) for a in range(4) for b in range(a + 1, 4)]


PRESETS: dict[str, tuple[int, Edges]] = {
    "Path": (8, both([(i, i + 1) for i in range(7)])),
    "Path, one way": (8, tuple((i, i + 1) for i in range(7))),
    "Cycle": (8, both(_ring(8))),
    "Cycle, one way": (7, tuple(_ring(7))),
    "Star": (7, both([(0, i) for i in range(1, 7)])),
    "Grid": (12, _grid(3, 4)),
    "Tree, one way": (7, tuple(((i - 1) // 2, i) for i in range(1, 7))),
    "Two groups": (8, both([*_clique(0), *_clique(4), (3, 4)])),
}


def names() -> list[str]:
    """Encodings of graphs in the registry."""
    return [n for n, cls in variants("positional").items() if cls.space == "graph"]  # type: ignore[attr-defined]


def parse(text: str) -> tuple[int, Edges]:
    """(nodes, arrows) of "0>1, 1-2": > leads one way, - both. Raises InputError in words."""
    if len(text) > LONGEST:
        raise InputError(f"the list of edges has {len(text):,} characters; at most {LONGEST:,} are read.")
    arrows: list[tuple[int, int]] = []
    for piece in re.split(r"[,;\n]", text):
        if not piece.strip():
            continue
        found = _EDGE.fullmatch(piece.strip())
        if found is None or not piece.isascii():
            raise InputError(f"{piece.strip()[:20]!r} is no edge; write 0>1 for one way or 0-1 for both, with commas.")
        a, b = int(found[1]), int(found[3])
        if max(a, b) >= MOST_NODES:
            raise InputError(f"node {max(a, b)} is too many: nodes are numbered from 0 to {MOST_NODES - 1} here.")
        if a == b:
            raise InputError(f"{piece.strip()!r} leads from node {a} to itself; a Laplacian has no place for that.")
        arrows += [(a, b)] if ">" in found[2] else [(a, b), (b, a)]
    arrows = list(dict.fromkeys(arrows))
    if not arrows:
        raise InputError("there is no edge yet; write 0>1 for one way or 0-1 for both, with commas between.")
    if len(arrows) > MOST_EDGES:
        raise InputError(f"these are {len(arrows)} arrows; at most {MOST_EDGES} are drawn here.")
    return 1 + max(max(arrow) for arrow in arrows), tuple(arrows)


def spelled(edges: Edges) -> str:
    """The arrows as `parse` reads them."""
    there = set(edges)
    return ", ".join(f"{a}-{b}" if (b, a) in there else f"{a}>{b}" for a, b in edges if (b, a) not in there or a < b)


@dataclass(frozen=True)
class Places:
    """What a pass over the graph computed.

    links    [node, node] 1 where an arrow leads from row to column
    matrix   [node, node] the Laplacian, complex
    values   [eigenvector] its eigenvalues in use, ascending
    vectors  [node, eigenvector] complex: each node's place, as it enters the network
    """

    links: np.ndarray
    matrix: np.ndarray
    values: np.ndarray
    vectors: np.ndarray


def places(name: str, options: Options, n: int, edges: Edges) -> Places:
    """Raises ConfigError for options that do not fit, InputError for edges that do not."""
    net = build(name, "encoder", dict(options), n_ctx=max(n, 2), n_layers=1)
    with torch.no_grad():
        trace = net.trace(ids=words(n), edges=[list(e) for e in edges])
    found = net.last.positional
    assert isinstance(found, Laplacian)
    links = trace["links"]
    matrix, values, _ = found.solved(links)
    eigen = trace["pos_eigen"].double().numpy()
    vectors = eigen[:, : found.k].astype(complex)
    if found.columns > found.k:
        vectors += 1j * eigen[:, found.k :]
    return Places(links.numpy(), matrix.numpy(), values.numpy(), vectors[:, : len(values)])


def equal(values: np.ndarray) -> list[list[int]]:
    """Eigenvectors in groups of one eigenvalue, of groups of two and more: any turn within such a group is as good."""
    groups: list[list[int]] = []
    for i, value in enumerate(values):
        if groups and value - values[groups[-1][-1]] < EQUAL:
            groups[-1].append(i)
        else:
            groups.append([i])
    return [g for g in groups if len(g) > 1]


def off(found: Places, factor: complex = 1.0) -> float:
    """How far the vectors, times a number, are from being eigenvectors: the largest entry of L v − λ v."""
    v = found.vectors * factor
    return float(np.abs(found.matrix @ v - v * found.values).max()) if v.size else 0.0


def turned_back(name: str, options: Options, n: int, edges: Edges) -> float:
    """Largest change of any node's numbers when all arrows are turned round."""
    there, back = (places(name, options, n, e).vectors for e in (edges, tuple((b, a) for a, b in edges)))
    return float(np.abs(there - back).max()) if there.size else 0.0


def layout(n: int, edges: Edges, spectral: bool) -> np.ndarray:
    """[node, (x, y)] on a circle, or at the node's numbers in the second and third eigenvector of its Laplacian."""
    if not spectral or n < 3:
        angle = np.pi / 2 - 2 * np.pi * np.arange(n) / n
        return np.stack([np.cos(angle), np.sin(angle)], -1)
    vectors = places("laplacian", (("laplacian_k", 2),), n, edges).vectors.real
    size = np.abs(vectors).max(0)
    return vectors / np.where(size > 0, size, 1)
