"""The page of positional encodings, section by section: what the link, the controls and bad input make of it."""

import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model.train import positions_table
from viz.positions import setup

PAGE = Path(__file__).parents[1] / "pages" / "positions.py"
SECTIONS = ["See one", "Compare", "In a model", "Trained evidence"]


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def figures(at: AppTest) -> list[dict[str, Any]]:
    return [json.loads(e.proto.spec) for e in at.get("plotly_chart")]


def numbers(coded: Any) -> np.ndarray:
    """An array as Plotly sends it."""
    import base64

    if not isinstance(coded, dict):
        return np.array(coded)
    found = np.frombuffer(base64.b64decode(coded["bdata"]), coded["dtype"])
    return found.reshape([int(n) for n in str(coded["shape"]).split(",")]) if "shape" in coded else found


def table(at: AppTest, caption: str) -> list[list[str]]:
    """Cells of the table with that caption, its head first."""
    (body,) = [e.proto.body for e in at.get("html") if f"{caption}</caption>" in e.proto.body]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", body)]
    return [[html.unescape(cell) for cell in row] for row in rows]


def bodies(at: AppTest) -> str:
    return "\n".join(e.proto.body for e in at.get("html"))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_shows_something_at_once(section: str) -> None:
    at = opened(section=section)
    assert at.segmented_control(key="section").value == {
        "See one": "one", "Compare": "compare", "In a model": "model", "Trained evidence": "trained",
    }[section]  # fmt: skip
    assert figures(at) or not positions_table.read()
    for element in at.get("plotly_chart"):
        assert element.proto.alt
    assert "gf-problem" not in bodies(at) or section == "Trained evidence"


def test_the_preset_is_the_sinusoid_of_the_paper() -> None:
    at = opened()
    heat = figures(at)[0]["data"][0]
    assert (heat["zmin"], heat["zmax"]) == (-1.0, 1.0)
    found = numbers(heat["z"])
    assert found.dtype == np.float32
    wanted = np.sin(np.arange(24)[:, None] / 10000 ** (np.arange(8) / 8))
    np.testing.assert_allclose(found[:, 0::2], wanted, atol=1e-6)
    assert any(r"\sin(0.5)" in e.value for e in at.latex)


@pytest.mark.parametrize("name", setup.names())
def test_every_encoding_can_be_seen(name: str) -> None:
    at = opened(encoding=setup.title(name))
    assert at.selectbox(key="encoding").value == name
    assert "gf-problem" not in bodies(at)
    assert bool(at.latex) == (name != "none")
    assert bool(figures(at)) == (name != "none")


def test_the_convention_is_a_switch() -> None:
    at = opened()
    at.segmented_control(key="sinusoid_layout").set_value("concatenated").run()
    assert not at.exception
    found = numbers(figures(at)[0]["data"][0]["z"])
    np.testing.assert_allclose(found[:, 0], np.sin(np.arange(24)), atol=1e-6)
    np.testing.assert_allclose(found[:, 8], np.cos(np.arange(24)), atol=1e-6)


def test_a_bad_size_is_said_in_words_and_the_last_picture_stays() -> None:
    at = opened()
    before = figures(at)[0]["data"][0]["z"]
    at.number_input(key="width").set_value(15).run()
    assert not at.exception
    assert "odd" in bodies(at)
    assert figures(at)[0]["data"][0]["z"] == before
    at.number_input(key="width").set_value(8).run()
    assert "gf-problem" not in bodies(at)
    assert numbers(figures(at)[0]["data"][0]["z"]).shape == (24, 8)


def test_numbers_that_overflow_are_said_in_words() -> None:
    at = opened(encoding=setup.title("xpos"))
    before = figures(at)[0]["data"][0]["z"]
    at.number_input(key="xpos_scale_base").set_value(1.0)
    at.number_input(key="positions").set_value(128)
    at.toggle(key="ahead").set_value(True).run()  # keys ahead grow without bound
    assert not at.exception
    assert "overflows" in bodies(at)
    assert figures(at)[0]["data"][0]["z"] == before


def test_a_position_past_a_shorter_input_comes_with_it() -> None:
    at = opened(at="20")
    assert at.slider(key="at").value == 20
    at.number_input(key="positions").set_value(6).run()
    assert not at.exception
    assert at.slider(key="at").value == 5
    at.number_input(key="positions").set_value(1).run()
    assert not at.exception


def test_context_extension_turns_slower() -> None:
    at = opened(encoding="Rotary (RoPE)")
    plain = numbers(figures(at)[0]["data"][0]["z"])
    at.selectbox(key="scaling").set_value("linear").run()
    assert not at.exception
    slow = numbers(figures(at)[0]["data"][0]["z"])
    np.testing.assert_allclose(slow[4], plain[1], atol=1e-6)  # a quarter of the speed


def test_comparison_has_one_scale_and_measures_the_properties() -> None:
    at = opened(section="Compare")
    panels = figures(at)[0]
    heat = [t for t in panels["data"] if t.get("coloraxis")]
    assert len(heat) == 4
    scale = panels["layout"]["coloraxis"]
    assert scale["cmin"] == -scale["cmax"]
    worst = max(float(np.nanmax(np.abs(numbers(t["z"])))) for t in heat)
    assert scale["cmax"] >= worst
    assert table(at, "Properties of the encodings")[0] == [
        "Property",
        *(setup.title(n) for n in ("sinusoidal", "rotary", "alibi", "t5")),
    ]
    at.multiselect(key="set").set_value([]).run()
    assert not at.exception
    at.multiselect(key="set").set_value(["learned", "cope", "fire", "none"]).run()
    assert not at.exception
    assert "no vector past position 23" in bodies(at)


def test_bad_tokens_are_said_in_words() -> None:
    at = opened(section="In a model")
    assert len(figures(at)) >= 5
    at.text_input(key="tokens").set_value("<img src=x> 2").run()
    assert not at.exception
    assert "&lt;img" in bodies(at)
    assert "<img" not in bodies(at)


def test_the_tables_of_a_model_hold_what_was_measured() -> None:
    at = opened(section="In a model")
    _, none, *others = table(at, "Words shuffled and repeated")
    assert none[0] == setup.title("none")
    assert float(none[1]) < 1e-6
    assert all(float(row[1]) > 1e-3 for row in others)


def test_without_trained_runs_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.positions.trained.rows", dict)
    at = opened(section="Trained evidence")
    assert "make train-positions" in bodies(at)
    assert not figures(at)
    assert any("converged" in m.value for m in at.markdown)  # what it could tell is said all the same


@pytest.mark.skipif(not positions_table.read(), reason="nothing has been trained")
def test_trained_runs_are_drawn_with_every_seed() -> None:
    at = opened(section="Trained evidence")
    rows = [r for r in positions_table.read().values() if r["task"] == "offset" and r["recipe"]["times"] == 1]
    assert len(figures(at)[0]["data"]) == len(rows)
    at.select_slider(key="step_offset-alibi").set_value(0).run()
    assert not at.exception
