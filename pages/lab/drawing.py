"""Biases that are painted or uploaded: from the browser to a table, kept on this server under a word of the link."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from model import GlassformerError
from model.positional.drawn import MOST, MOST_CELLS
from pages.lab.links import named
from pages.lab.widgets import note
from pages.shared import networks
from pages.shared.kept import TABLES
from viz import cards, components
from viz.arrays import Block, encode
from viz.positions import compare, drawn_upload
from viz.positions.drawn import ENCODING, by_distance
from viz.positions.drawn_upload import BY_DISTANCE, BY_PLACE, MOST_BYTES, SUFFIXES, Nested
from viz.positions.setup import Options, Setup

GOOD = "positions_drawn"  # the last setup that could be drawn, in the session
LINKED = "table"  # its word in the link


def main(way: str, words: dict[str, Any]) -> Options | None:
    """The options of what was painted or uploaded; None where there is nothing yet, or nothing good."""
    table = _paint(words) if way == "paint" else _upload()
    return None if table is None else (("drawn_table", table),)


def net_of(found: Setup) -> str | None:
    """The network of the walkthrough that has this encoding, as its link says it; None for a table that is not kept."""
    chosen = networks.DEFAULTS | {"positional": ENCODING, "n_heads": found.heads, "d_model": 8 * found.heads}
    if found.ahead:
        chosen |= {"architecture": "encoder", "mask": "bidirectional"}
    own = dict(found.options)
    if "drawn_table" in own:
        word = st.query_params.get(LINKED)
        if word is None or TABLES.get(word) != own["drawn_table"]:
            return None
        own["drawn_table"] = word
    return networks.write(chosen | own)


def keep(table: Nested) -> None:
    """Remembers a table, and makes the link name it."""
    st.query_params[LINKED] = TABLES.keep(table)


def kept() -> Nested | None:
    """The table that the link names."""
    name = st.query_params.get(LINKED)
    if name is None:
        return None
    found = TABLES.get(name)
    if found is None:
        st.html(cards.problem("The table of this link is not on this server any more.", "Paint or upload it again."))
    return found


def _paint(words: dict[str, Any]) -> Nested | None:
    named("paint_over", {way: way for way in (BY_DISTANCE, BY_PLACE)}, BY_DISTANCE)
    rows = str(
        st.segmented_control(
            "Over", [BY_DISTANCE, BY_PLACE], default=BY_DISTANCE, required=True, key="paint_over", bind="query-params",
            help="a curve over distances in each head, or every pair of query and key",
        )
    )  # fmt: skip
    used = kept()
    base = _base(rows, words, used)
    if base.size > MOST_CELLS:
        said = " × ".join(map(str, base.shape))
        st.html(cards.problem(
            f"{said} are {base.size:,} numbers; at most {MOST_CELLS:,} can be painted.",
            "Choose fewer positions or heads, or paint over distances. The pictures below are the last that could be "
            "made.",
        ))  # fmt: skip
        return None
    axes = ("head", "distance") if base.ndim == 2 else ("head", "query", "key")
    name = f"{rows}-{'-'.join(map(str, base.shape))}-{words['ahead']}"
    message = encode(
        [Block("table", "What is painted", axes, "signed", base)],
        paint={"base": name, "ahead": bool(words["ahead"]), "most": MOST},
    )
    given = components.paint(message, key="paint")
    note(
        "Drag to paint. By keyboard: arrows move, space paints, Delete puts 0, Ctrl+Z undoes, + and − set the brush. "
        "It begins with what was shown last. Past the last distance or place the last number goes on."
    )
    if given is not None and given.used is not None:
        try:
            used = _table(given.used)
            keep(used)
        except GlassformerError as error:
            st.html(cards.problem(str(error), "The pictures below are the last that could be made."))
            return None
    return used if used is not None else drawn_upload.nested(base)


def _base(rows: str, words: dict[str, Any], used: Nested | None) -> np.ndarray:
    """What painting begins with: the last good bias, at these sizes. The same as long as the sizes are."""
    key = (rows, *words.values())
    held = st.session_state.get("paint-base")
    if held is not None and held[0] == key:
        return held[1]
    last: Setup | None = st.session_state.get(GOOD)
    options: Options = last.options if used is None and last is not None else ()
    options = (("drawn_table", used),) if used is not None else options
    heads = len(used) if used is not None and len(used) > 1 else words["heads"]
    start = Setup(ENCODING, options, **{**words, "heads": heads})
    try:
        score = compare.added(start).score
        found = by_distance(start)[1] if rows == BY_DISTANCE else score
    except GlassformerError:  # the last formula fits other sizes only
        start = Setup(ENCODING, (), **words)
        found = by_distance(start)[1] if rows == BY_DISTANCE else compare.added(start).score
    found = np.ascontiguousarray(found, np.float32)
    st.session_state["paint-base"] = (key, found)
    return found


def _table(given: Any) -> Nested:
    """What the browser sent. Raises GlassformerError for what no painting can be."""
    try:
        shape = tuple(int(n) for n in given["shape"])
        array = np.array(given["values"], np.float64).reshape(shape)
    except (KeyError, TypeError, ValueError) as error:
        raise GlassformerError("the painting did not arrive whole; press “Use it” again.") from error
    return drawn_upload.nested(drawn_upload.shaped(array))


def _upload() -> Nested | None:
    file = st.file_uploader(
        f"An array of numbers: {', '.join(f'.{s}' for s in SUFFIXES)}, at most {MOST_BYTES >> 20} MB", list(SUFFIXES),
        key="drawn_file", max_upload_size=MOST_BYTES >> 20,
    )  # fmt: skip
    shapes = ["as its shape suggests", BY_DISTANCE, BY_PLACE]
    named("drawn_rows", {shape: shape for shape in shapes}, shapes[0])
    rows = str(
        st.segmented_control(
            "A matrix is", shapes, default=shapes[0],
            required=True, key="drawn_rows", bind="query-params",
        )
    )  # fmt: skip
    note(
        "Shapes: distance; head × distance; query × key; head × query × key. One head serves all heads. A .npy file is "
        "read without pickle, a .csv has one row of numbers a line and no heading, a .safetensors holds one tensor. "
        "Past its last distance or place the last number goes on."
    )
    st.download_button(
        "An example to start from (.csv)", example, "bias.csv", "text/csv", type="tertiary", on_click="ignore",
        icon=":material/download:", key="drawn_example_file",
    )  # fmt: skip
    if file is None:
        return kept()
    try:
        if file.size > MOST_BYTES:
            raise GlassformerError(f"the file has {file.size / 2**20:.1f} MB; at most {MOST_BYTES >> 20} MB are read.")
        found = drawn_upload.read(file.name, file.getvalue(), rows if rows in (BY_DISTANCE, BY_PLACE) else None)
    except GlassformerError as error:
        st.html(cards.problem(str(error), "The pictures below are the last that could be made."))
        return None
    if st.session_state.get("drawn-read") != (file.file_id, rows):
        keep(found)
        st.session_state["drawn-read"] = (file.file_id, rows)
    return found


def example() -> bytes:
    """The default formula over four heads and 24 distances, as numbers."""
    curves = by_distance(Setup(ENCODING))[1]
    return "".join(",".join(f"{x:.6g}" for x in row) + "\n" for row in curves).encode()
