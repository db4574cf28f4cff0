"""From binary digits to sinusoids: clocks of many speeds, and what the product of two of their vectors knows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from viz.panels import Axis, Clocks, Lines, Matrix, Series
from viz.positions import compare, one
from viz.positions.setup import Setup
from viz.positions.story.base import Told, short, top

PLACES, WIDTH = 32, 16


def sinusoid(base: int, positions: int = PLACES, width: int = WIDTH) -> Setup:
    return Setup("sinusoidal", (("sinusoid_base", float(base)),), positions, width, 1)


def digits(n: int) -> np.ndarray:
    """[position, digit] binary, the fastest digit first."""
    most = max(1, (n - 1).bit_length())
    return (np.arange(n)[:, None] >> np.arange(most) & 1).astype(np.float32)


@lru_cache(maxsize=16)
def clocks(base: int) -> Told:
    """Binary digits of each place beside the sinusoid's vector."""
    setup = sinusoid(base)
    binary, waves = digits(PLACES), one.vectors(setup)
    assert waves is not None
    flips = np.abs(np.diff(binary, axis=0)).sum(1)
    steps = np.linalg.norm(np.diff(waves.astype(np.float64), axis=0), axis=1)
    hands = one.hands(setup)
    assert hands is not None
    widest = int(flips.argmax())
    at = ("position",)
    jumps = [
        Series(name=name, values=x.astype(np.float32), axes=at)
        for name, x in (("binary", np.sqrt(flips)), ("waves", steps))
    ]
    return Told(
        {
            "before": str(widest), "after": str(widest + 1), "flips": str(int(flips[widest])),
            "pairs": str(len(hands.wavelength)),
            "fastest": short(float(hands.wavelength[0])), "slowest": short(float(hands.wavelength[-1])),
            "least": short(float(steps.min())), "most": short(float(steps.max())),
            "spread": short(float(steps.max() - steps.min())),
        },
        (
            Axis("position", PLACES, at=widest, play=True), Axis("digit", binary.shape[1], slider=False),
            Axis("dimension", WIDTH, slider=False), Axis("pair", len(hands.wavelength), slider=False),
        ),
        (
            Matrix(id="binary", values=binary, axes=("position", "digit"), signed=False, limit=1.0),
            Matrix(id="waves", values=waves, axes=("position", "dimension"), limit=1.0),
            Clocks(id="clocks", hands=hands.tip, axes=("position", "pair")),
            Lines(id="jumps", along="position", series=jumps, span=(0.0, 1.1 * float(np.sqrt(flips.max())))),
        ),
    )  # fmt: skip


@lru_cache(maxsize=32)
def products(distance: int) -> Told:
    """Products of any two of the vectors."""
    setup = sinusoid(10000, 48, 32)
    found = compare.added(setup).score[0] * np.float32(setup.width**0.5)  # the products themselves
    ahead, back = np.diag(found, distance), np.diag(found, -distance)
    curve = compare.by_distance(found[None])[0]
    last = setup.positions - 1
    return Told(
        {
            "distance": str(distance), "early": short(float(ahead[0])), "late": short(float(ahead[-1])),
            "early_at": f"0 and {distance}", "late_at": f"{last - distance} and {last}",
            "spread": short(float(np.ptp(ahead))), "same": short(float(found[0, 0])),
            "mirror": short(float(np.abs(ahead - back).max())),
        },
        (
            Axis("position", setup.positions, at=0), Axis("other", setup.positions, at=distance),
            Axis("distance", setup.positions, at=distance, minus=("other", "position")),
        ),
        (
            Matrix(id="products", values=found, axes=("position", "other"), limit=top(found)),
            Lines(
                id="by_distance", along="distance", rules=[(distance, str(distance))],
                series=[Series(name="product", values=curve, axes=("distance",))],
            ),
        ),
    )  # fmt: skip
