"""Eigenvectors of the graph's Laplacian as places of nodes (Dwivedi, Bresson 2021, 2012.09699).

The eigenvectors of the k smallest eigenvalues but the first, which is constant, through a learned matrix, are added to
the embedding. On a path, which a text without `edges` is, they are cosines, half a wave and more. Traps: the sign of an
eigenvector is anybody's choice; here its largest entry is positive (the first of equals), where the paper flips signs
at random in training. Equal eigenvalues leave even more to choice, so nodes that no number can tell apart may get
different places. Every new token changes all places. Arrows count as links both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.positional.base import Positional, Tap
from model.positional.graph import laplacian, links, snapped, spectrum
from model.registry import Option, register
from model.rules import Box, Cells, Index, Input, Rule, SumOfProducts, Term, at, cell, source, stage, unique, weight
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig


@dataclass(frozen=True)
class Eigen(Rule):
    """An entry of an eigenvector v: v_i = sum over j of (L + 1)_ij v_j / (eigenvalue + 1)."""

    links: str
    padding: str | None
    encoding: Laplacian
    op = "sum"

    @property
    def reads(self) -> tuple[str, ...]:  # type: ignore[override]
        return unique(self.links, self.padding)

    def terms(self, index: Index, cells: Cells) -> tuple[Term, ...]:
        position, column = index
        if self.padding is not None and not cell(cells, self.padding, (position,)):
            return (Term("padding is no node", 0.0, (source(cells, self.padding, (position,)),)),)
        arrows = cells(self.links)
        nodes = self.nodes(cells)
        matrix, values, vectors = self.encoding.solved(arrows[nodes][:, nodes])
        which, imaginary = column % self.encoding.k, column >= self.encoding.k
        if which >= len(values):
            return (Term(f"the graph has only {len(values)} of these eigenvectors", 0.0),)
        places, own = nodes.tolist(), nodes.tolist().index(position)
        out = []
        for j, other in enumerate(places):
            part = ((matrix[own, j] + (j == own)) * vectors[j, which] / (values[which] + 1)).to(torch.complex128)
            value = snapped(part.imag if imaginary else part.real).item()
            if j == own:
                out.append(Term(f"own links and 1, × own number, eigenvalue {values[which].item():.6g}", value))
            elif matrix[own, j] != 0:
                pair = tuple(source(cells, self.links, p) for p in ((position, other), (other, position)))
                out.append(Term(f"linked with {other}: {' or '.join(at(*s[:2]) for s in pair)}", value, pair))
        return tuple(out)

    def nodes(self, cells: Cells) -> Tensor:
        """[node] positions that are no padding."""
        if self.padding is None:
            return torch.arange(len(cells(self.links)))
        return cells(self.padding).nonzero()[:, 0]

    def reached(self, name: str, index: Index, shape: tuple[int, ...], cells: Cells) -> Iterator[Box]:
        if name == self.padding:
            if not cell(cells, self.padding, index):
                yield ((index[0],), range(shape[1]))
            return
        a, b = index
        nodes, arrows = self.nodes(cells), cells(self.links)
        if a == b or a not in nodes or b not in nodes or not (arrows[a, b] or arrows[b, a]):
            return
        found = min(len(self.encoding.solved(arrows[nodes][:, nodes])[1]), self.encoding.k)
        columns = tuple(c for c in range(shape[1]) if c % self.encoding.k < found)
        yield (tuple(sorted((a, b))), columns)


@register
class Laplacian(Positional):
    title = "Laplacian eigenvectors"
    embeds = True
    space = "graph"
    q = 0.0
    OPTIONS = {  # noqa: RUF012
        "laplacian_k": Option(10, "eigenvectors, the smoothest first", low=1, high=1024),
        "laplacian_first": Option(False, "keep the very first too", choices=(False, True)),
        "laplacian_normalized": Option(False, "divide by the roots of both nodes' links", choices=(False, True)),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name, config)
        self.k = int(config.option("laplacian_k"))
        self.W_eigen = empty(config.sum_width, self.columns)

    @property
    def columns(self) -> int:
        """Real numbers a node: a complex eigenvector has two."""
        return self.k

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_eigen", ("eigenvector", self.config.sum_axis), self.W_eigen.t()

    def charge(self, arrows: Tensor) -> float:
        """q of these arrows."""
        return self.q

    def solved(self, arrows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(the matrix, the eigenvalues in use, their eigenvectors as columns) of a graph, in double."""
        matrix = laplacian(arrows, self.charge(arrows), bool(self.config.option("laplacian_normalized")))
        values, vectors = spectrum(matrix)
        chosen = slice(0, self.k) if self.config.option("laplacian_first") else slice(1, self.k + 1)
        return matrix, values[chosen], vectors[:, chosen]

    def embed_stages(self, part: Part, sizes: dict[str, int], padding: str | None) -> Iterator[Stage]:
        p = part.prefix
        wide = sizes | {"neighbour": sizes["position"], "eigenvector": self.columns}
        yield part.declare(wide, "links", "position neighbour", Input(), "Arrows of the graph", "A", kind="count")
        yield part.declare(
            wide, "pos_eigen", "position eigenvector", Eigen(f"{p}links", padding, self), f"{self.title} of each node",
            r"L v = \lambda v, \quad L = D - A_s \odot e^{\mathrm{i}\Theta}",
        )  # fmt: skip
        project = SumOfProducts("pd", ((stage(f"{p}pos_eigen", "pc"), weight(f"{self.prefix}W_eigen", "cd")),))
        yield part.declare(
            sizes, "pos_embed", f"position {self.config.sum_axis}", project, "Position encoding",
            r"p_t = v_t W_{eigen}",
        )  # fmt: skip

    def embed(self, where: Where, dtype: torch.dtype, tap: Tap) -> Tensor:
        arrows = tap("links", links(len(where.keys), where.edges)).cpu()
        nodes = torch.arange(len(arrows)) if where.real is None else where.real.cpu().nonzero()[:, 0]
        _, values, vectors = self.solved(arrows[nodes][:, nodes])
        table = torch.zeros(len(arrows), self.columns, dtype=torch.float64)
        table[nodes, : len(values)] = vectors.real
        if self.columns > self.k:
            table[nodes, self.k : self.k + len(values)] = vectors.imag if vectors.is_complex() else 0.0
        eigen = tap("pos_eigen", table.to(device=where.keys.device, dtype=dtype))
        return tap("pos_embed", eigen @ self.W_eigen.t())

    def lasts(self, before: int, after: int) -> bool:
        return before in (0, after)  # the whole graph decides every place
