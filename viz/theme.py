"""Colours. One colour an axis, one scale a kind, in every picture, figure and text.

Nothing here asks whether the page is light or dark: Python may not know. Backgrounds are transparent, zero is
transparent too, and every colour has contrast against both white and near-black.
Blue against orange stays distinct in the common forms of colour blindness, and so does viridis.
"""

from __future__ import annotations

import json
from pathlib import Path

import altair as alt
import plotly.graph_objects as go

# The browser components read the same file.
ANCHORS = json.loads((Path(__file__).parent / "web" / "src" / "colours.json").read_text(encoding="utf-8"))

NEGATIVE, POSITIVE = "#2f7ec2", "#dd7420"
# Fades to nothing at zero, so that zero melts into a page of any colour. Never quite opaque: text in the page's
# own colour stays readable on the strongest cells, in light and in dark.
DIVERGING = [
    [0.0, "rgba(38, 116, 190, 0.82)"],
    [0.25, "rgba(62, 138, 204, 0.55)"],
    [0.5, "rgba(128, 132, 142, 0.06)"],
    [0.75, "rgba(232, 136, 52, 0.58)"],
    [1.0, "rgba(222, 112, 24, 0.86)"],
]
SEQUENTIAL = [[i / (len(ANCHORS["sequential"]) - 1), c] for i, c in enumerate(ANCHORS["sequential"])]
# An id is a name and no quantity: one calm ramp that promises no order of worth.
INDEX = [[0.0, "rgba(120, 126, 140, 0.18)"], [1.0, "rgba(120, 126, 140, 0.75)"]]

SCALES = {"signed": DIVERGING, "probability": SEQUENTIAL, "scale": SEQUENTIAL, "index": INDEX, "count": INDEX}

# Okabe and Ito's palette, darkened where needed to be read as text on white and on near-black.
AXIS_COLOURS = {
    "position": "#0f8a6d",
    "query": "#0f8a6d",
    "key": "#2f7ec2",
    "head": "#b5651d",
    "kv_head": "#b5651d",
    "d_model": "#b0558f",
    "d_head": "#8a63c9",
    "d_mlp": "#a8740a",
    "d_vocab": "#c0504d",
}
# Where in the transformer a stage is.
PLACE_COLOURS = {
    "embedding": "#0f8a6d",
    "norm": "#8a8f98",
    "attention": "#2f7ec2",
    "cross-attention": "#8a63c9",
    "mlp": "#dd7420",
    "stream": "#b0558f",
    "output": "#c0504d",
}
GREY = "#8a8f98"
MASKED_FILL = "rgba(128, 132, 142, 0.16)"
MASKED_LINE = "rgba(128, 132, 142, 0.65)"
PIN = "#e0218a"
SANS = '"Source Sans", "Source Sans 3", system-ui, sans-serif'


def axis_colour(axis: str) -> str:
    return AXIS_COLOURS.get(axis, GREY)


def template() -> go.layout.Template:
    """Plotly's look: no frame, no grid, transparent."""
    clear = "rgba(0, 0, 0, 0)"
    axis = {"showgrid": False, "zeroline": False, "ticks": "", "showline": False, "automargin": True}
    return go.layout.Template(
        layout={
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "font": {"family": SANS, "size": 12},
            "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {"font": {"family": SANS, "size": 13}},
        }
    )


def altair_theme() -> alt.theme.ThemeConfig:
    """Altair's look, for bars and lines: the same colours and no frame."""
    return {
        "config": {
            "background": "transparent",
            "view": {"stroke": "transparent"},
            "axis": {"grid": False, "domain": False},
            "range": {"category": list(PLACE_COLOURS.values()), "diverging": [NEGATIVE, "#808080", POSITIVE]},
        }
    }


alt.theme.register("glassformer", enable=False)(altair_theme)


def css() -> str:
    """The colours as CSS variables, for `st.html` and for browser components."""
    names = {f"axis-{name.replace('_', '-')}": colour for name, colour in AXIS_COLOURS.items()}
    names |= {f"place-{name}": colour for name, colour in PLACE_COLOURS.items()}
    names |= {"negative": NEGATIVE, "positive": POSITIVE, "pin": PIN, "grey": GREY}
    return ":root{" + "".join(f"--gf-{name}:{colour};" for name, colour in names.items()) + "}"
