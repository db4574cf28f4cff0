"""One encoding as a board: what it adds, its waves, its clocks, the formula with the numbers of the cursors."""

from __future__ import annotations

import numpy as np

from viz.panels import AnyPanel, Axis, Board, Clocks, Formula, Lines, Matrix, Row, Series, Table
from viz.positions import held, one
from viz.positions.setup import Setup

CLOCKS = (
    "Each pair of dimensions is a clock. Its hand stands at (cosine, sine) of position × frequency: the first clocks "
    "run fast and tell neighbours apart, the last run slowly and tell far from near."
)


def board(found: Setup) -> Board:
    panels: list[AnyPanel] = [*_picture(found), *_formula(found), _facts(found), *_waves(found), *_clocks(found)]
    used = {axis for panel in panels for axis in _axes(panel)}
    return Board([a for a in _all_axes(found) if a.name in used], panels, f"positions-{found.positional}", found.title)


def _all_axes(found: Setup) -> list[Axis]:
    biased = one.biases(found) is not None
    hands = one.hands(found)
    axes = [Axis("at", found.positions, "query" if biased else "position", 5, play=True)]
    if biased:
        axes += [Axis("key", found.positions, "key", 2), Axis("head", found.heads, "head")]
    else:
        axes.append(Axis("dim", found.width, "dimension", 4))
    if hands is not None:
        axes.append(Axis("pair", len(hands.wavelength), "pair", slider=False))
    return axes


def _axes(panel: AnyPanel) -> tuple[str, ...]:
    if isinstance(panel, Lines):
        return (panel.along, *(axis for s in panel.series for axis in s.axes))
    if isinstance(panel, Clocks):
        return (*panel.axes, panel.pair)
    return panel.axes if isinstance(panel, (Matrix, Formula)) else ()


def _picture(found: Setup) -> list[Matrix]:
    vectors, biases, angles = one.vectors(found), one.biases(found), one.angles(found)
    size = f"{found.positions} positions"
    if vectors is not None:
        return [
            Matrix(
                id="vectors", title="What is added to each embedding", values=vectors, axes=("at", "dim"),
                alt=f"{found.title}: the vectors of {size} in {found.width} dimensions",
            )
        ]  # fmt: skip
    if biases is not None:
        return [
            Matrix(
                id="bias", title="What is added to each score, per head", axes=("head", "at", "key"),
                values=np.where(one.hidden(found), np.float32(np.nan), biases),
                alt=f"{found.title}: the bias of one head for each query and key of {size}",
                note="All heads share this scale. Striped: hidden by the mask.",
            )
        ]  # fmt: skip
    if angles is not None:
        return [
            Matrix(
                id="angles", title="Sine of the angle that each pair turns by", axes=("at", "pair"), limit=1.0,
                values=np.sin(angles).astype(np.float32), alt=f"{found.title}: the sine of each pair's angle at {size}",
            )
        ]  # fmt: skip
    return []


def _formula(found: Setup) -> list[Formula]:
    if found.positional == "none":
        return []
    axes = ("at", "key", "head") if one.biases(found) is not None else ("at", "dim")
    return [Formula(id="worked", title="Worked formula", source=f"data/lab/{held.hold(found)}/worked", axes=axes)]


def _facts(found: Setup) -> Table:
    parameters, flops = one.price(found)
    rank, norms = one.rank(found), one.norms(found)
    rows = [
        ("Trained numbers", f"{parameters:,}"),
        (f"Work for {found.positions} tokens", f"{flops:,} additions and multiplications"),
    ]
    if rank is not None:
        rows.append(("Independent rows of the matrix (rank)", f"{rank[0]} of at most {rank[1]}"))
    if norms is not None:
        rows.append(("Length of its vectors", f"{norms[0].min():.3g} to {norms[0].max():.3g}"))
        rows.append(("Length of an untrained token embedding", f"{norms[1].mean():.3g} on average"))
    return Table(
        id="facts", title="What it costs and how large it is", head=("Measured", "Value"), under=True,
        rows=[Row(label=label, more=(value,)) for label, value in rows],
    )  # fmt: skip


def _waves(found: Setup) -> list[Lines]:
    vectors, norms = one.vectors(found), one.norms(found)
    if vectors is None or norms is None:
        return []
    dims = sorted({d for d in (0, 1, found.width // 2, found.width - 1) if d < found.width})
    fixed = [
        Series(name=f"always dimension {d}", values=vectors[:, d], axes=("at",), faint=True, look=1 + i)
        for i, d in enumerate(dims)
    ]
    chosen = Series(name="dimension {dim}", values=vectors, axes=("at", "dim"), look=0)
    lengths = {"its vector": norms[0], "token embedding, untrained": norms[1]}
    longest = 1.05 * float(max(norms[0].max(), norms[1].max()))
    return [
        Lines(
            id="waves", title="The wave of the chosen dimension", heading="One wave a dimension", along="at", y="value",
            series=[*fixed, chosen], alt=f"{found.title}: the chosen dimension over position",
        ),
        Lines(
            id="norms", title="Length of the vector at each position", along="at", y="length", span=(0, longest),
            series=[Series(name=name, values=values, axes=("at",)) for name, values in lengths.items()],
            alt=f"{found.title}: length of the vector at each position beside that of the token embedding",
        ),
    ]  # fmt: skip


def _clocks(found: Setup) -> list[Clocks]:
    hands = one.hands(found)
    if hands is None:
        return []
    said = [("angle", hands.angle, ("at", "pair")), ("positions a turn", hands.wavelength, ("pair",))]
    return [
        Clocks(
            id="clocks", title="A clock for every pair", heading="Clock hands", wide=True, hands=hands.tip,
            axes=("at", "pair"), said=said, note=CLOCKS, alt=f"Clock hands of {len(hands.wavelength)} pairs",
        )
    ]  # fmt: skip
