"""What a board can show: axes with a cursor each, and panels of numbers over these axes. See `viz.board`.

An array names its axes. Those that a panel draws (rows and columns, or along a curve) are seen whole; of the others
the panel shows the place where their cursor stands. NaN is hidden. An array may be shorter than the board's axis:
past its end the panel has nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Names = tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """One cursor. On a page, axes of one name move together, and `#name=place` in the link holds the place.

    name    in the link and in arrays; title: what a person reads
    at      where the cursor starts
    marks   what places are called; numbers also say where they lie along a curve (training steps)
    play    a button that moves the cursor to the end
    slider  a slider for it; off where clicking is enough
    follow  a cursor at the last place stays at the last when there are more
    minus   (a, b): the cursor is where a stands less where b does; moving it moves b
    """

    name: str
    size: int
    title: str = ""
    at: int = 0
    marks: Sequence[str | float] | None = None
    play: bool = False
    slider: bool = True
    follow: bool = False
    minus: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """id: in names of files and tests; alt: for who cannot see it; heading: starts a section of the board;
    under: below the panel before, in its place.
    """

    id: str
    title: str = ""
    alt: str = ""
    note: str = ""
    heading: str = ""
    wide: bool = False
    under: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Matrix(Panel):
    """The two axes of `drawn` (the last two, if not said) as rows and columns, in colours.

    Limits are those of all slices, and of all panels of the same `scale`; `limit` says them instead. `signed`
    colours run from -limit to limit, others from 0. `hidden`: what NaN means here.
    """

    values: np.ndarray
    axes: Names
    drawn: tuple[str, str] | None = None
    signed: bool = True
    scale: str = ""
    limit: float | None = None
    hidden: str = "hidden by the mask"


@dataclass(frozen=True, kw_only=True, eq=False)
class Series:
    """A curve. `{axis}` in its name becomes the place of that cursor. low, high: a band of the same axes.

    x   where its points lie, if not at the places of the axis; then its last axis is its own
    """

    name: str
    values: np.ndarray
    axes: Names
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    x: np.ndarray | None = None
    faint: bool = False
    look: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines(Panel):
    """Curves along one axis, marked where its cursor stands. The y range is that of all slices, or `span`.

    rules, levels: (place, words) of vertical and of horizontal lines
    """

    along: str
    series: Sequence[Series]
    x: str = ""
    y: str = ""
    span: tuple[float, float] | None = None
    scale: str = ""
    rules: Sequence[tuple[float, str]] = ()
    levels: Sequence[tuple[float, str]] = ()
    bars: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Clocks(Panel):
    """A clock for each place on `pair`, its hand at hands[..., pair, (x, y)]; the circle has radius 1.

    said: name -> an array over some of the axes, told of the clock that is pointed at
    """

    hands: np.ndarray
    axes: Names
    pair: str = "pair"
    said: Sequence[tuple[str, np.ndarray, Names]] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrow:
    """From the origin to values[..., (x, y)]; axes are those before the last."""

    name: str
    values: np.ndarray
    axes: Names
    look: int = 0
    faint: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrows(Panel):
    """Vectors in a plane. `product`: which two arrows are multiplied, and that is told."""

    arrows: Sequence[Arrow]
    x: str = ""
    y: str = ""
    product: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Graph(Panel):
    """Nodes at where[node, (x, y)], from -1 to 1, in the colours of their numbers. Edges are (from, to); one that leads
    both ways is there twice.

    imaginary  of the same axes: a line from each node points along its complex number
    scale      as of a matrix
    """

    where: np.ndarray
    edges: Sequence[tuple[int, int]]
    values: np.ndarray
    axes: Names
    imaginary: np.ndarray | None = None
    node: str = "node"
    scale: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """A row of a table: the value at the cursors, or its product with `times`, summed over the last axis of both.

    words   over one axis, instead of numbers: (axis, words)
    more    cells that do not change
    """

    label: str
    values: np.ndarray | None = None
    axes: Names = ()
    times: np.ndarray | None = None
    times_axes: Names = ()
    words: tuple[str, Sequence[str]] | None = None
    more: Names = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Table(Panel):
    """Numbers and words that follow the cursors. `{axis}` in head or label becomes the place of that cursor."""

    rows: Sequence[Row]
    head: Names = ()
    hidden: str = "hidden by the mask"


@dataclass(frozen=True, kw_only=True, eq=False)
class Formula(Panel):
    """LaTeX. With `source`, a data route, what GET source?axis=place&... answers, as {general, latex, value}."""

    latex: str = ""
    source: str = ""
    axes: Names = ()


AnyPanel = Matrix | Lines | Clocks | Arrows | Graph | Table | Formula


@dataclass(frozen=True, eq=False)
class Board:
    """file: begins the names of saved files."""

    axes: Sequence[Axis]
    panels: Sequence[AnyPanel]
    file: str = "board"
    label: str = "Linked pictures"
