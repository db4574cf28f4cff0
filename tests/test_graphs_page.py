"""The section for graphs: presets, typed edges, what is refused, and the last good picture."""

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from viz.arrays import decode
from viz.positions import graphs
from viz.positions.graphs import PRESETS

PAGE = Path(__file__).parents[1] / "pages" / "positions.py"


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in {"section": "Graphs", **query}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def shown(at: AppTest) -> dict[str, np.ndarray]:
    """Panel -> its numbers."""
    (element,) = at.get("bidi_component")
    header, arrays = decode(element.proto.bytes)
    held = {t["name"]: a for t, a in zip(header["tensors"], arrays, strict=True)}
    return {p["id"]: held[p["values"]] for p in header["board"]["panels"] if p["kind"] == "matrix"}


def bodies(at: AppTest) -> str:
    return "\n".join(e.proto.body for e in at.get("html"))


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_shows_what_the_model_computed(preset: str) -> None:
    at = opened(graph=preset)
    assert at.selectbox(key="graph").value == preset
    n, edges = graphs.parse(graphs.spelled(PRESETS[preset][1]))
    found, panels = graphs.places("magnetic_laplacian", (), n, edges), shown(at)
    np.testing.assert_allclose(panels["laplacian"], found.matrix.real, atol=1e-6)
    np.testing.assert_allclose(panels["vectors"], found.vectors.real, atol=1e-6)
    assert ("laplacian_imaginary" in panels) == any((b, a) not in edges for a, b in edges)
    assert not at.get("plotly_chart")
    assert "gf-problem" not in bodies(at)


def test_bad_edges_are_said_in_words_and_the_last_picture_stays() -> None:
    at = opened(graph="Type one")
    before = shown(at)
    at.text_input(key="edges").set_value("0>1, <b>").run()
    assert not at.exception
    assert "is no edge" in bodies(at)
    assert "&lt;b&gt;" in bodies(at)
    after = shown(at)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    at.text_input(key="edges").set_value("0-1, 1-2").run()
    assert "gf-problem" not in bodies(at)
    assert shown(at)["links"].shape == (3, 3)


def test_options_of_the_encoding_are_controls() -> None:
    at = opened(graph="Cycle, one way")
    at.number_input(key="magnetic_q").set_value(0.0).run()
    assert not at.exception
    assert "laplacian_imaginary" not in shown(at)
    at.number_input(key="laplacian_k").set_value(2).run()
    assert shown(at)["vectors"].shape == (7, 2)
