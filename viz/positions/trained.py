"""What training showed, from the shipped table alone: nothing here is typed in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.registry import variants
from model.train import positions_table
from model.train.positions_measure import CONVERGED
from model.train.positions_tasks import TASKS
from viz import theme
from viz.positions.figures import base
from viz.positions.setup import title

if TYPE_CHECKING:
    import plotly.graph_objects as go

Rows = Mapping[str, Mapping[str, Any]]
MEASURES = {"accuracy": "Accuracy", "rows_right": "Whole rows right", "loss": "Loss (nats)", "perplexity": "Perplexity"}
SHARES = ("accuracy", "rows_right")
NOT_CONVERGED = "not converged"


@dataclass(frozen=True)
class Summary:
    """An encoding on a task.

    accuracy   [seed] at the trained size
    by_size    size -> [seed] of the measure asked for
    converged  [seed] whether it reached CONVERGED at the trained size
    steps      [seed] the first look along training at or above CONVERGED; None where there was none
    """

    positional: str
    accuracy: tuple[float, ...]
    by_size: Mapping[str, tuple[float, ...]]
    converged: tuple[bool, ...]
    steps: tuple[int | None, ...]

    @property
    def verdict(self) -> str:
        n, of = sum(self.converged), len(self.converged)
        return "converged" if n == of else f"{NOT_CONVERGED} ({of - n} of {of} seeds)"


def rows(folder: Path = positions_table.FOLDER) -> Rows:
    """Trials of the usual length by key; none where nothing has been trained. Raises CheckpointError."""
    return {k: r for k, r in positions_table.read(folder).items() if r["recipe"]["times"] == 1}


def tasks(found: Rows) -> list[str]:
    """In the order of the recipe."""
    there = {r["task"] for r in found.values()}
    return [name for name in TASKS if name in there]


def encodings(found: Rows, task: str) -> list[str]:
    return sorted({r["positional"] for r in found.values() if r["task"] == task})


def summaries(found: Rows, task: str, measure: str = "accuracy") -> list[Summary]:
    """One for each encoding, those that reach furthest first."""
    out = []
    for name in encodings(found, task):
        mine = seeds(found, task, name)
        sizes = {size: tuple(r["sizes"][size][measure] for r in mine) for size in mine[0]["sizes"]}
        accuracy, converged = tuple(r["accuracy"] for r in mine), tuple(r["converged"] for r in mine)
        steps = tuple(next((step for step, _, a in r["curve"] if a >= CONVERGED), None) for r in mine)
        out.append(Summary(name, accuracy, sizes, converged, steps))
    sign = 1 if measure in SHARES else -1
    return sorted(out, key=lambda s: (not all(s.converged), -sign * float(np.mean([*s.by_size.values()]))))


def apart(some: Sequence[Summary]) -> list[str]:
    """Three to begin with: of those that converged, the one that reaches furthest, a middle one and the last."""
    done = [s.positional for s in some if all(s.converged)] or [s.positional for s in some]
    return list(dict.fromkeys((done[0], done[len(done) // 2], done[-1])))


def seeds(found: Rows, task: str, positional: str) -> list[Mapping[str, Any]]:
    mine = [r for r in found.values() if r["task"] == task and r["positional"] == positional]
    return sorted(mine, key=lambda r: r["seed"])


def by_length(some: Sequence[Summary], task: str, measure: str = "accuracy") -> go.Figure:
    """A line for every seed, none averaged away; runs that did not converge are faint and dotted."""
    import plotly.graph_objects as go

    t = TASKS[task]
    figure = base(380 + 16 * len(some), f"size of the input ({t.unit})", MEASURES[measure])
    figure.update_layout(legend={"yref": "container", "y": 0, "yanchor": "bottom"})  # long ones take rows of their own
    for s in some:
        look, called = _look(s.positional), title(s.positional)
        for seed, ended in enumerate(s.converged):
            figure.add_trace(
                go.Scatter(
                    x=[int(size) for size in s.by_size], y=[v[seed] for v in s.by_size.values()],
                    legendgroup=s.positional, showlegend=seed == 0, marker={"size": 5}, mode="lines+markers",
                    name=called + ("" if all(s.converged) else f", {NOT_CONVERGED}"), opacity=0.9 if ended else 0.4,
                    line={"color": look["color"], "width": 1.5, "dash": look["dash"] if ended else "dot"},
                    hovertemplate=f"{called}, seed {seed}, size %{{x}}: %{{y:.4g}}<extra></extra>",
                )
            )  # fmt: skip
    blind(figure, task, measure)
    figure.add_vline(x=t.trained, line={"color": theme.GREY, "dash": "dash"})
    low, high = (math.log10(n) for n in (t.tested[0], t.tested[-1]))
    figure.add_annotation(  # on such an axis a note stands at the logarithm of its place
        x=math.log10(t.trained), y=1, yref="paper", yanchor="bottom", text="trained up to here", showarrow=False,
        xanchor="left",
    )  # fmt: skip
    ticks = {"tickvals": list(t.tested), "ticktext": [str(n) for n in t.tested]}
    figure.update_xaxes(type="log", range=[low - 0.03, high + 0.03], **ticks)
    figure.update_yaxes(range=[-0.02, 1.05] if measure in SHARES else None, type="linear")
    return figure


def blind(figure: go.Figure, task: str, measure: str) -> None:
    """Marks what blind guesses among the answers that occur would reach. Whole rows they never get right."""
    chance = TASKS[task].chance
    level = {"accuracy": chance, "loss": -math.log(chance), "perplexity": 1 / chance}.get(measure)
    if level is not None:
        line(figure, level, f"{'chance' if measure == 'accuracy' else 'blind guessing'}, {level:.3g}")


def line(figure: go.Figure, y: float, words: str) -> None:
    figure.add_hline(
        y=y, line={"color": theme.GREY, "dash": "dot"}, annotation_text=words, annotation_position="bottom right"
    )


def by_position(found: Rows, task: str, names: Sequence[str], size: str, measure: str = "accuracy") -> go.Figure:
    """Accuracy or loss at each place of an input of one size: every seed."""
    import plotly.graph_objects as go

    figure = base(380, "position", MEASURES[measure])
    for name in names:
        for r, look in _drawn(found, task, name):
            at = r["sizes"][size]
            values = at[f"{measure}_by_position"]
            called = f"{title(name)}, seed {r['seed']}"
            figure.add_trace(
                go.Scatter(
                    x=list(range(at["from"], at["from"] + len(values))), y=values, mode="lines", connectgaps=True,
                    **look, hovertemplate=f"{called}, position %{{x}}: %{{y:.3g}}<extra></extra>",
                )
            )  # fmt: skip
    blind(figure, task, measure)
    if measure == "accuracy":
        figure.update_yaxes(range=[-0.02, 1.05])
    return figure


def _look(name: str) -> dict[str, str]:
    """One colour for an encoding, in whatever company."""
    return theme.line(list(variants("positional")).index(name))


def _drawn(found: Rows, task: str, name: str) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Each seed's row and how its line looks: faint and dotted where it did not converge."""
    mine, look = seeds(found, task, name), _look(name)
    called = title(name) + ("" if all(r["converged"] for r in mine) else f", {NOT_CONVERGED}")
    return [
        (
            r,
            {
                "name": called, "legendgroup": name, "showlegend": r is mine[0],
                "opacity": 0.9 if r["converged"] else 0.4,
                "line": {"color": look["color"], "width": 1.5, "dash": look["dash"] if r["converged"] else "dot"},
            },
        )
        for r in mine
    ]  # fmt: skip


def retrieval(found: Rows, task: str, names: Sequence[str], size: str) -> go.Figure | None:
    """Accuracy by how far back the answer stands, every seed; None for a task that has no such measure."""
    import plotly.graph_objects as go

    if not all("by_distance" in r["sizes"][size] for r in seeds(found, task, names[0])):
        return None
    figure, unordered = base(380, "tokens back, at most", "Accuracy"), 0.0
    for name in names:
        for r, look in _drawn(found, task, name):
            classes, unordered = r["sizes"][size]["by_distance"], r["sizes"][size]["unordered"]
            figure.add_trace(
                go.Scatter(
                    x=list(classes), y=[c["accuracy"] for c in classes.values()], mode="lines+markers", **look,
                    hovertemplate=f"{title(name)}, seed {r['seed']}, up to %{{x}} back: %{{y:.3g}}<extra></extra>",
                )
            )  # fmt: skip
    blind(figure, task, "accuracy")
    line(figure, unordered, "without minding the order")
    figure.update_xaxes(type="category")
    figure.update_yaxes(range=[-0.02, 1.05])
    return figure


def scrubbed(folder: Path = positions_table.FOLDER) -> dict[str, list[int]]:
    """Shipped models with weights from along training -> the steps. Raises CheckpointError for a damaged card."""
    found = {name: positions_table.card(name, folder)["snapshots"] for name in positions_table.names(folder)}
    return {name: steps for name, steps in found.items() if len(steps) > 1}


CAVEATS = f"""
- A run that did not reach {CONVERGED} inside the trained length is printed as not converged. It says nothing about
  the encoding, only that it had too few steps here.
- All runs have the same number of steps, not the same time. Some encodings are learned much more slowly than others:
  the table has the step at which each seed passed the mark.
- A flat perplexity over length may only mean that a model looks at a short window, as is known of ALiBi. That is why
  retrieval stands beside it.
- That networks without positions reach longer inputs was reported at 107 million parameters. These have less than a
  thousandth of that, and can neither confirm nor refute it.
- Addition is left out on purpose: there the format of the numbers and the seed decide more than the encoding.
- Two layers, 64 dimensions and rows of at most 32 tokens separate encodings on these tasks. They do not rank them for
  language.
"""
