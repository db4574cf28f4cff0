"""A graph as a board: drawn with its nodes' numbers, its eigenvalues, hands and matrices, under the same cursors."""

from __future__ import annotations

import numpy as np

from viz.panels import AnyPanel, Axis, Board, Clocks, Graph, Lines, Matrix, Series
from viz.positions.graphs import Edges, Places
from viz.positions.setup import title

PART = ("node", "neighbour")


def board(name: str, found: Places, edges: Edges, where: np.ndarray) -> Board:
    """where: [node, (x, y)]."""
    n, k = found.vectors.shape
    axes = [Axis("node", n, "node"), Axis("neighbour", n, "neighbour", slider=False)]
    panels: list[AnyPanel] = []
    if k:
        axes.append(Axis("eigenvector", k, "eigenvector", play=True))
        panels += _vectors(name, found, edges, where)
    return Board(axes, [*panels, *_matrices(found)], file=f"graph-{name}", label=f"{title(name)} of the graph")


def _vectors(name: str, found: Places, edges: Edges, where: np.ndarray) -> list[AnyPanel]:
    real, imaginary = (part.astype(np.float32) for part in (found.vectors.real, found.vectors.imag))
    whole, axes = bool(imaginary.any()), ("node", "eigenvector")
    phases = " The line at each node points along its complex number: its phase." if whole else ""
    values = Series(name="eigenvalue", values=found.values.astype(np.float32), axes=("eigenvector",))
    panels: list[AnyPanel] = [
        Graph(id="graph", title="The graph, in the numbers of eigenvector {eigenvector}", where=where, edges=edges,
              values=real, imaginary=imaginary if whole else None, axes=axes, scale="vectors",
              alt=f"The graph with {len(where)} nodes, coloured by one eigenvector of {title(name)}",
              note=f"Colours are the real parts of the nodes' numbers, on one scale for all.{phases}"),
        Lines(id="eigenvalues", title="Eigenvalues in use", alt="Eigenvalues in use, ascending", along="eigenvector",
              x="eigenvector", bars=True, series=[values]),
        Matrix(id="vectors", title="Each node's numbers, real parts", alt="Real parts of each node's numbers",
               values=real, axes=axes, scale="vectors"),
    ]  # fmt: skip
    if whole:
        tips = np.stack([real.T, imaginary.T], -1) * np.float32(np.sqrt(len(where)))
        panels += [
            Matrix(id="vectors_imaginary", title="Imaginary parts", alt="Imaginary parts of each node's numbers",
                   values=imaginary, axes=axes, scale="vectors"),
            Clocks(id="phases", title="As hands, one for each node, times √n", pair="node", hands=tips, wide=True,
                   axes=("eigenvector", "node"), alt="One hand for each node along its complex number"),
        ]  # fmt: skip
    return panels


def _matrices(found: Places) -> list[AnyPanel]:
    parts = [("laplacian", "real", found.matrix.real)]
    if found.matrix.imag.any():
        parts.append(("laplacian_imaginary", "imaginary", found.matrix.imag))
    return [
        Matrix(id="links", title="Arrows of the graph", alt="A one where an arrow leads from row to column",
               values=found.links.astype(np.float32), axes=PART, signed=False, limit=1.0,
               heading="Where it comes from"),
        *(
            Matrix(id=name, title=f"Laplacian, {part} part", alt=f"The {part} part of the Laplacian of the graph",
                   values=values.astype(np.float32), axes=PART, scale="laplacian")
            for name, part, values in parts
        ),
    ]  # fmt: skip
