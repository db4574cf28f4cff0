"""What a step of the story is made of: controls, pictures, and the numbers that its words quote."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from viz.panels import AnyPanel, Axis
from viz.positions.setup import title

UP = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Slider:
    key: str
    low: int
    high: int
    value: int


@dataclass(frozen=True)
class Choice:
    """options: what the step computes with. Whole numbers, names of encodings or tasks, or words of the prose."""

    key: str
    options: tuple[str | int, ...]
    value: str | int


Control = Slider | Choice


@dataclass(frozen=True)
class Listed:
    """A table. head: words of the prose; rows: what was measured."""

    key: str
    head: tuple[str, ...]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Told:
    """numbers: word of the prose -> what was computed, as it is to be read.

    axes, panels    of a board; the prose gives titles, curves may be named by an encoding
    """

    numbers: Mapping[str, str]
    axes: tuple[Axis, ...] = ()
    panels: tuple[AnyPanel, ...] = ()
    tables: tuple[Listed, ...] = ()


@dataclass(frozen=True)
class Step:
    """key: its name in the link and in the prose. links: (section, encoding or "") to go on with."""

    key: str
    tell: Callable[..., Told]
    controls: tuple[Control, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    formula: str = ""


def short(x: float) -> str:
    """Three digits that count; what is very small or large as a power of ten."""
    if x == 0:
        return "0"
    power = math.floor(math.log10(abs(x)))
    if -4 <= power < 6:
        return f"{x:,.0f}" if power >= 3 else f"{x:.{max(0, 2 - power)}f}"
    return f"{x / 10**power:.1f} · 10{str(power).translate(UP)}"


def percent(x: float) -> str:
    return f"{x:.1%}" if x == 0 or x >= 0.0005 else f"{short(100 * x)}%"


def listed(names: Sequence[str]) -> str:
    """Encodings by title. Semicolons, since a title may hold a comma."""
    return "; ".join(title(n) for n in names)


def top(*some: np.ndarray) -> float:
    """The largest size of any number, for one scale of all."""
    return max((float(np.nanmax(np.abs(z))) for z in some), default=0.0) or 1.0
