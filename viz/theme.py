"""Colours. One colour an axis, one a place in the transformer, in every picture, figure and text.

Nothing here asks whether the page is light or dark: Python may not know. Every colour has contrast against both
white and near-black. Blue against orange stays distinct in the common forms of colour blindness.
"""

from __future__ import annotations

import json
from pathlib import Path

# The browser components read the same file.
ANCHORS = json.loads((Path(__file__).parent / "web" / "src" / "colours.json").read_text(encoding="utf-8"))

NEGATIVE, POSITIVE = "#2f7ec2", "#dd7420"

# Okabe and Ito's palette, darkened where needed to be read as text on white and on near-black.
AXIS_COLOURS = {
    "position": "#0f8a6d",
    "patch": "#0f8a6d",
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
# Plotly's scales. Fades to nothing at zero, so that zero melts into a page of any colour.
DIVERGING = [
    [0.0, "rgba(38, 116, 190, 0.95)"],
    [0.25, "rgba(62, 138, 204, 0.6)"],
    [0.5, "rgba(128, 132, 142, 0.04)"],
    [0.75, "rgba(232, 136, 52, 0.62)"],
    [1.0, "rgba(222, 112, 24, 0.97)"],
]
SEQUENTIAL = [[i / (len(ANCHORS["sequential"]) - 1), c] for i, c in enumerate(ANCHORS["sequential"])]
MASKED = "rgba(128, 132, 142, 0.32)"
# Lines of a chart, after Okabe and Ito; told apart by dashes too.
LINES = ["#2f7ec2", "#dd7420", "#0f8a6d", "#b0558f", "#8a63c9", "#a8740a", "#c0504d", "#6b7280"]
DASHES = ["solid", "dash", "dot", "dashdot"]
PIN = "#e0218a"
CACHED = "#0b84a5"  # what was computed before and is used again


def axis_colour(axis: str) -> str:
    return AXIS_COLOURS.get(axis, GREY)


def line(place: int) -> dict[str, str]:
    """Colour and dash of the line at a place in a chart."""
    return {"color": LINES[place % len(LINES)], "dash": DASHES[(place + place // len(LINES)) % len(DASHES)]}


def css() -> str:
    """The colours as CSS variables, for `st.html` and for browser components."""
    names = {f"axis-{name.replace('_', '-')}": colour for name, colour in AXIS_COLOURS.items()}
    names |= {f"place-{name}": colour for name, colour in PLACE_COLOURS.items()}
    names |= {"negative": NEGATIVE, "positive": POSITIVE, "pin": PIN, "cached": CACHED, "grey": GREY}
    return ":root{" + "".join(f"--gf-{name}:{colour};" for name, colour in names.items()) + "}"
