"""The lab of positional encodings: see one, compare many, feel them in a model, and what training showed."""

from __future__ import annotations

import streamlit as st

from pages.lab import compare, draw, evidence, feel, graphs, see, story, train
from pages.lab.links import named, told
from pages.lab.widgets import note

SECTIONS = {
    "story": ("Story", story.main),
    "one": ("See one", see.main),
    "compare": ("Compare", compare.main),
    "model": ("In a model", feel.main),
    "graphs": ("Graphs", graphs.main),
    "trained": ("Trained evidence", evidence.main),
    "train": ("Train now", train.main),
    "draw": ("Draw your own", draw.main),
}


def main() -> None:
    st.title("Positions")
    note(
        "Attention alone is blind to order. A positional encoding tells it where each token is: by a vector added "
        "to the embedding, by turning queries and keys, or by a number added to each score. All pictures show "
        "what the code of this app's models computed just now."
    )
    named("section", {name: title for name, (title, _) in SECTIONS.items()}, SECTIONS["story"][0])
    problems = st.container()
    section = st.segmented_control(
        "Section", list(SECTIONS), format_func=lambda s: SECTIONS[s][0], default="story", required=True, key="section",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    SECTIONS[section or "story"][1]()
    with problems:
        told()


main()
