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
from viz.arrays import decode
from viz.positions import feel, setup

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


Board = tuple[dict[str, Any], dict[str, np.ndarray]]


def boards(at: AppTest) -> list[Board]:
    """Every board of the page: what its header says, and its arrays by name."""
    out = []
    for element in at.get("bidi_component"):
        header, arrays = decode(element.proto.bytes)
        out.append((header["board"], {t["name"]: a for t, a in zip(header["tensors"], arrays, strict=True)}))
    return out


def panel(at: AppTest, name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    (found,) = [(p, arrays) for board, arrays in boards(at) for p in board["panels"] if p["id"] == name]
    return found


def matrix(at: AppTest, name: str = "vectors") -> np.ndarray:
    found, arrays = panel(at, name)
    return arrays[found["values"]]


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
    assert figures(at) or boards(at) or not positions_table.read()
    for element in at.get("plotly_chart"):
        assert element.proto.alt
    for board, _ in boards(at):
        assert all(p["alt"] for p in board["panels"] if p["kind"] in ("matrix", "lines", "clocks", "arrows", "graph"))
    assert "gf-problem" not in bodies(at) or section == "Trained evidence"


@pytest.mark.parametrize("section", [*SECTIONS, "Graphs"])
def test_the_format_of_pictures_is_asked_only_where_it_counts(section: str) -> None:
    at = opened(section=section)
    assert any(c.key == "as" for c in at.segmented_control) == bool(figures(at))


def test_the_mismatch_experiment_has_its_controls() -> None:
    at = opened(section="In a model")
    head, own, other = table(at, "Under other positions")
    assert head[1:] == [f"Letters right, {w}" for w in ("trained", "random weights", "shuffled weights")]
    for row, name in ((own, "learned"), (other, at.selectbox(key="swap").value)):
        assert row[1:] == [f"{feel.mismatch(name, control):.1%}" for control in (None, "random", "shuffled")]


def test_the_preset_is_the_sinusoid_of_the_paper() -> None:
    at = opened(section="See one")
    found = matrix(at)
    assert panel(at, "vectors")[0]["limit"] == 1.0
    wanted = np.sin(np.arange(24)[:, None] / 10000 ** (np.arange(8) / 8))
    np.testing.assert_allclose(found[:, 0::2], wanted, atol=1e-6)
    axes = boards(at)[0][0]["axes"]
    assert (axes["at"]["at"], axes["dim"]["at"]) == (5, 4)


@pytest.mark.parametrize("name", setup.names())
def test_every_encoding_can_be_seen(name: str) -> None:
    at = opened(section="See one", encoding=setup.title(name))
    assert at.selectbox(key="encoding").value == name
    assert "gf-problem" not in bodies(at)
    kinds = {p["kind"] for board, _ in boards(at) for p in board["panels"]}
    assert ("formula" in kinds) == ("matrix" in kinds) == (name != "none")


def test_the_convention_is_a_switch() -> None:
    at = opened(section="See one")
    at.segmented_control(key="sinusoid_layout").set_value("concatenated").run()
    assert not at.exception
    found = matrix(at)
    np.testing.assert_allclose(found[:, 0], np.sin(np.arange(24)), atol=1e-6)
    np.testing.assert_allclose(found[:, 8], np.cos(np.arange(24)), atol=1e-6)


def test_a_bad_size_is_said_in_words_and_the_last_picture_stays() -> None:
    at = opened(section="See one")
    before = matrix(at)
    at.number_input(key="width").set_value(15).run()
    assert not at.exception
    assert "odd" in bodies(at)
    np.testing.assert_array_equal(matrix(at), before)
    at.number_input(key="width").set_value(8).run()
    assert "gf-problem" not in bodies(at)
    assert matrix(at).shape == (24, 8)


def test_numbers_that_overflow_are_said_in_words() -> None:
    at = opened(section="See one", encoding=setup.title("xpos"))
    before = matrix(at, "angles")
    at.number_input(key="xpos_scale_base").set_value(1.0)
    at.number_input(key="positions").set_value(128)
    at.toggle(key="ahead").set_value(True).run()  # keys ahead grow without bound
    assert not at.exception
    assert "overflows" in bodies(at)
    np.testing.assert_array_equal(matrix(at, "angles"), before)


@pytest.mark.parametrize("name", ["sinusoidal", "rotary", "alibi", "none"])
def test_one_position_is_enough(name: str) -> None:
    at = opened(section="See one", encoding=setup.title(name), positions="1")
    assert boards(at)[0][0]["axes"].get("at", {"size": 1})["size"] == 1
    at = opened(section="Compare", positions="1")
    assert boards(at)


def test_context_extension_turns_slower() -> None:
    at = opened(section="See one", encoding="Rotary (RoPE)")
    plain = matrix(at, "angles")
    at.selectbox(key="scaling").set_value("linear").run()
    assert not at.exception
    np.testing.assert_allclose(matrix(at, "angles")[4], plain[1], atol=1e-6)  # a quarter of the speed


def test_comparison_has_one_scale_and_measures_the_properties() -> None:
    at = opened(section="Compare")
    ((board, arrays),) = boards(at)
    some = [p for p in board["panels"] if p["kind"] == "matrix"]
    assert len(some) == 4
    (limit,) = {p["limit"] for p in some}
    assert limit == pytest.approx(max(float(np.nanmax(np.abs(arrays[p["values"]]))) for p in some))
    assert table(at, "Properties of the encodings")[0] == [
        "Property",
        *(setup.title(n) for n in ("sinusoidal", "rotary", "alibi", "t5")),
    ]
    at.multiselect(key="set").set_value([]).run()
    assert not at.exception
    at.multiselect(key="set").set_value(["learned", "cope", "fire", "none"]).run()
    assert not at.exception
    assert "no vector past position 23" in panel(at, "past")[0]["note"]


def test_bad_tokens_are_said_in_words() -> None:
    at = opened(section="In a model")
    before = boards(at)[0]
    at.text_input(key="tokens").set_value("<img src=x> 2").run()
    assert not at.exception
    assert "&lt;img" in bodies(at)
    assert "<img" not in bodies(at)
    assert boards(at)[0][0]["panels"] == before[0]["panels"]  # the last good picture stays
    at.multiselect(key="beside").set_value(["rotary"]).run()
    assert not at.exception
    assert boards(at)[0][0]["panels"] == before[0]["panels"]  # also under another choice
    for name, values in before[1].items():
        np.testing.assert_array_equal(boards(at)[0][1][name], values)
    at.text_input(key="tokens").set_value("2 3").run()
    assert "gf-problem" not in bodies(at)
    assert [p["id"] for p in boards(at)[0][0]["panels"] if p["kind"] == "matrix"] == ["side-rotary"]


def test_bad_tokens_of_a_link_leave_the_usual_ones() -> None:
    at = opened(section="In a model", tokens="1 x")
    assert "'x' is no token" in html.unescape(bodies(at))
    assert "5 9 3 12 5 7 2 9" in bodies(at)
    assert boards(at)[0][0]["axes"]["query"]["size"] == 8


def test_networks_side_by_side_show_their_own_attention() -> None:
    """Every layer and head of each, and each less the first, from the networks themselves."""
    at = opened(section="In a model")
    header, arrays = boards(at)[0]
    ids = [int(t) for t in (at.text_input(key="tokens").value or "").split()]
    by_id = {p["id"]: arrays[p["values"]] for p in header["panels"]}
    names = at.multiselect(key="beside").value
    assert len(names) >= 3
    shown = {}
    for name in names:
        trace = positions_table.load(f"{at.selectbox(key='weights_of').value}-{name}").trace(ids=ids)
        shown[name] = np.stack([trace[f"blocks.{i}.attn.pattern"] for i in range(2)])
        np.testing.assert_allclose(np.nan_to_num(by_id[f"side-{name}"]), shown[name], atol=1e-6)
    for name in names[1:]:
        change = shown[name] - shown[names[0]]
        np.testing.assert_allclose(np.nan_to_num(by_id[f"change-{name}"]), change, atol=2e-6)
    assert "not converged" in bodies(at)  # ALiBi on this task, as its card says


def test_the_tables_of_a_model_hold_what_was_measured() -> None:
    at = opened(section="In a model")
    _, none, *others = table(at, "Words shuffled and repeated")
    assert none[0] == setup.title("none")
    assert float(none[1].replace("−", "-")) < 1e-6
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
    names = at.selectbox(key="scrubbed").options
    sizes = []
    for name in names[:2]:
        at.selectbox(key="scrubbed").set_value(name).run()
        assert not at.exception
        assert matrix(at, "snapshot").shape[:3] == (10, 2, 4)
        sizes.append(len(at.get("bidi_component")[-1].proto.bytes))
    assert max(sizes) < 200_000  # all steps, layers and heads at once
