"""Eigenvectors of a graph's Laplacian, and of its magnetic one, which knows which way arrows point.

L = D - A_s * exp(i Theta), with A_s the links either way, D their number at each node and Theta = 2 pi q (A - A^T): an
arrow turns the phase by 2 pi q, and q = 0 is the ordinary Laplacian (2302.00049).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

NOTHING = 1e-12  # of numbers that are 1 at most, in double precision


def links(n: int, edges: Tensor | None) -> Tensor:
    """[position, neighbour] 1 where an arrow leads from one to the other; by default each token leads to the next."""
    if edges is None:
        return torch.ones(max(n - 1, 0), dtype=torch.int64).diag(1) if n > 1 else torch.zeros(n, n, dtype=torch.int64)
    found = torch.zeros(n, n, dtype=torch.int64)
    found[edges[:, 0].cpu(), edges[:, 1].cpu()] = 1
    return found


def laplacian(arrows: Tensor, q: float, normalized: bool) -> Tensor:
    """[node, node] Hermitian, complex128. arrows: [node, node] of 0 and 1; what leads to itself is left out."""
    a = arrows.double()
    a = a - a.diag().diag()
    either, way = torch.maximum(a, a.t()), a - a.t()
    degrees = either.sum(-1)
    turned = torch.polar(either, 2 * math.pi * q * way)
    if not normalized:
        return degrees.diag() - turned
    root = degrees.clamp(min=1).rsqrt()  # a node by itself has nothing to divide
    return (degrees > 0).double().diag() - root[:, None] * turned * root[None, :]


def relative(arrows: Tensor, q: float) -> float:
    """q divided by the number of one-way arrows, at least 1 and at most the number of nodes."""
    one_way = int(((arrows == 1) & (arrows.t() == 0)).sum())
    return q / max(1, min(one_way, len(arrows)))


def spectrum(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """(eigenvalues ascending, eigenvectors as columns), each with a phase of its own choosing settled.

    The first of its largest entries becomes real and positive. Real matrices have real eigenvectors.
    """
    real = not bool(matrix.imag.any())
    values, vectors = torch.linalg.eigh(matrix.real if real else matrix)
    size = vectors.abs()
    first = (size > size.amax(0) * (1 - 1e-6)).long().argmax(0)
    entry = vectors.gather(0, first[None])
    vectors = vectors * (entry.conj() / entry.abs())
    return values, snapped(vectors) if real else torch.complex(snapped(vectors.real), snapped(vectors.imag))


def snapped(x: Tensor) -> Tensor:
    """What is 0 but for rounding, as 0."""
    return x.masked_fill(x.abs() < NOTHING, 0.0)
