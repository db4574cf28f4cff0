"""Colours. One colour an axis, one a place in the transformer, in every picture, figure and text.

Nothing here asks whether the page is light or dark: Python may not know. Every colour has contrast against both
white and near-black. Blue against orange stays distinct in the common forms of colour blindness.
"""

from __future__ import annotations

NEGATIVE, POSITIVE = "#2f7ec2", "#dd7420"

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
PIN = "#e0218a"


def axis_colour(axis: str) -> str:
    return AXIS_COLOURS.get(axis, GREY)


def css() -> str:
    """The colours as CSS variables, for `st.html` and for browser components."""
    names = {f"axis-{name.replace('_', '-')}": colour for name, colour in AXIS_COLOURS.items()}
    names |= {f"place-{name}": colour for name, colour in PLACE_COLOURS.items()}
    names |= {"negative": NEGATIVE, "positive": POSITIVE, "pin": PIN, "grey": GREY}
    return ":root{" + "".join(f"--gf-{name}:{colour};" for name, colour in names.items()) + "}"
