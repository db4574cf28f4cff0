"""The section Draw your own: formulas, painted and uploaded tables, what is refused, and what stays."""

import html
import io
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from model.positional.alibi import slopes
from pages.shared import networks
from tests.test_story_page import opened as opened_page
from viz import arrays
from viz.positions import drawn
from viz.positions.drawn_upload import MOST_BYTES
from viz.positions.feel import Side


def opened(**query: str) -> AppTest:
    return opened_page(**{"section": "Draw your own"} | query)


def boards(at: AppTest) -> list[tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Header and arrays of every board, in order."""
    found = []
    for element in at.get("bidi_component"):
        if element.proto.component_name == "glassformer.board":
            header, values = arrays.decode(element.proto.bytes)
            found.append((header["board"], {t["name"]: v for t, v in zip(header["tensors"], values, strict=True)}))
    return found


def bias(at: AppTest) -> np.ndarray:
    """[head, query, key] what is drawn as added to the scores."""
    board, values = boards(at)[0]
    return values[board["panels"][0]["values"]]


def bodies(at: AppTest) -> str:
    found = [e.proto.body for e in at.get("html")]
    return html.unescape("\n".join(body for body in found if not body.startswith("<style>")))


def causal(wanted: np.ndarray) -> np.ndarray:
    return np.where(np.tril(np.ones(wanted.shape[-2:], bool)), wanted, np.nan)


Q, K = np.indices((24, 24))


def test_it_opens_with_a_formula_and_its_pictures() -> None:
    at = opened()
    assert at.text_input(key="drawn_formula").value == drawn.EXAMPLES[0].formula
    wanted = causal(-np.abs(Q - K) * np.array(slopes(4))[:, None, None])
    np.testing.assert_allclose(bias(at), wanted, rtol=1e-6)
    assert [p["id"] for p in boards(at)[0][0]["panels"]] == ["bias", "alone", "curve", "cell", "formula"]
    assert "0.0% of the attention has moved" in bodies(at)  # the network had ALiBi
    assert "relative" in bodies(at)


@pytest.mark.parametrize("one", drawn.EXAMPLES, ids=lambda one: one.title)
def test_every_example_can_be_drawn_both_ways(one: drawn.Example) -> None:
    for ahead in ("false", "true"):
        at = opened(drawn_formula=one.formula, ahead=ahead)
        assert "gf-problem" not in bodies(at)
        assert one.why in bodies(at)
        assert np.isfinite(bias(at)).any(axis=(1, 2)).all()


def test_a_bad_formula_is_told_and_the_last_good_picture_stays() -> None:
    at = opened(drawn_formula="-distance / 3")
    before = bias(at)
    np.testing.assert_allclose(before[2], causal(-(Q - K) / 3.0), rtol=1e-6)
    for text, words in (
        ("1 / distance", "infinite at head 0, query 0, key 0"),
        ("exp(1000 * query)", "infinite at head 0, query 1, key 0"),
        ("2 +", "ends too early"),
        ("distanz", "'distanz' at character 1 is unknown"),
        ("<b>1</b>", "out of place"),
        ("", "empty"),
        ("where(distance > 3, -1e9, 0)", "−1e+09 at head 0, query 4, key 0"),
    ):
        at.text_input(key="drawn_formula").set_value(text).run()
        assert not at.exception, text
        assert words in bodies(at), text
        assert "the last that could be made" in bodies(at)
        np.testing.assert_array_equal(bias(at), before)
    at.text_input(key="drawn_formula").set_value("2").run()
    assert "gf-problem" not in bodies(at)
    assert (bias(at)[:, 5, 5] == 2).all()


def test_an_example_fills_the_box_and_the_link_tells_which() -> None:
    at = opened(drawn_formula="where(key == 0, 3, 0)")
    assert at.button_group(key="drawn_example").value == "where(key == 0, 3, 0)"
    wanted = drawn.EXAMPLES[5]
    at.button_group(key="drawn_example").set_value(wanted.formula).run()
    assert not at.exception
    assert at.text_input(key="drawn_formula").value == wanted.formula
    assert wanted.why in bodies(at)
    at.text_input(key="drawn_formula").set_value("1").run()
    assert at.button_group(key="drawn_example").value is None


def test_numbers_in_a_network_are_those_of_the_swap() -> None:
    at = opened(drawn_formula="0")
    side = Side("alibi", "latest")
    found = drawn.swap(side, (("drawn_formula", "0"),), (5, 9, 3, 12, 5, 7, 2, 9))
    assert found.right is not None
    assert f"{found.moved:.1%} of the attention has moved" in bodies(at)
    assert f"{found.right[0]:.1%} with its own encoding, {found.right[1]:.1%} with yours" in bodies(at)
    board, values = boards(at)[1]
    for panel, wanted in zip(board["panels"], (found.before, found.after, found.after - found.before), strict=True):
        np.testing.assert_allclose(values[panel["values"]], wanted, atol=1e-6)
    at.text_input(key="drawn_tokens").set_value("1 x").run()
    assert not at.exception
    assert "'x' is no token" in bodies(at)
    assert len(boards(at)) == 2
    at.selectbox(key="drawn_weights").set_value("random").run()
    assert not at.exception


def net_linked(at: AppTest) -> str:
    """The network of the link into the walkthrough."""
    (link,) = [e.proto for e in at.get("page_link") if "Step through" in e.proto.label]
    return parse_qs(link.query_string)["net"][0]


def test_the_walkthrough_link_builds_the_same_bias() -> None:
    config = networks.config_of(net_linked(opened(drawn_formula="sin(key) % 0.5 - distance / n_ctx")))
    assert config.decoder is not None
    assert config.decoder.positional == "drawn"
    assert config.decoder.option("drawn_formula") == "sin(key) % 0.5 - distance / n_ctx"
    assert config.decoder.n_heads == 4


@pytest.mark.parametrize("text", ["a;b=c", "50%3B", "x % 3; y"])
def test_text_of_a_network_survives_its_link(text: str) -> None:
    chosen = networks.parse("positional=drawn") | {"drawn_formula": text}
    assert networks.parse(networks.write(chosen))["drawn_formula"] == text


def test_a_painting_that_is_not_used_yet_has_no_link() -> None:
    at = opened(way="Paint it")
    assert not at.get("page_link")
    assert "Press “Use it” in the painting" in bodies(at)


def upload(at: AppTest, name: str, data: bytes) -> AppTest:
    at.file_uploader(key="drawn_file").set_value((name, data, "application/octet-stream")).run()
    assert not at.exception
    return at


def npy(array: np.ndarray, **words: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **words)
    return file.getvalue()


def test_an_uploaded_array_is_drawn_and_a_bad_one_leaves_it() -> None:
    at = opened(way="Upload an array")
    assert np.isfinite(bias(at)[0, 3, 0])  # the formula, until something is uploaded
    table = np.linspace(-3, 1, 2 * 24 * 24).reshape(2, 24, 24)
    upload(at, "own.npy", npy(table))
    np.testing.assert_allclose(bias(at), causal(table), rtol=1e-6)
    assert at.query_params["table"]
    stack = networks.config_of(net_linked(at)).decoder
    assert stack is not None
    np.testing.assert_allclose(stack.option("drawn_table"), table, rtol=1e-6)
    assert "A table is too long for a link: this server keeps" in bodies(at)
    assert "two layers and 2 heads" in bodies(at)
    assert "cannot be measured" not in bodies(at)
    assert "<caption>Properties of your own" in bodies(at) or "Properties of your own</caption>" in bodies(at)
    for name, data, words in (
        ("bad.npy", npy(np.array([{"a": 1}], dtype=object), allow_pickle=True), "never opened"),
        ("bad.csv", b"1,2\n3,x\n", "Row 2, column 2 of the .csv is 'x'"),
        ("nan.csv", b"1,nan\n", "no number (nan) at head 0, distance 1"),
        ("bad.safetensors", b"\xff" * 40, "not a readable .safetensors"),
    ):
        upload(at, name, data)
        assert words in bodies(at), name
        np.testing.assert_allclose(bias(at), causal(table), rtol=1e-6)


def test_a_table_of_another_server_is_told() -> None:
    at = opened(way="Upload an array", table="not-here")
    assert "not on this server any more" in bodies(at)
    assert len(boards(at)) == 2


def test_painting_begins_with_what_is_shown() -> None:
    at = opened(way="Paint it")
    (paint,) = [e.proto for e in at.get("bidi_component") if e.proto.component_name == "glassformer.paint"]
    header, (start,) = arrays.decode(paint.bytes)
    assert header["tensors"][0]["axes"] == ["head", "distance"]
    np.testing.assert_allclose(start, -np.arange(24) * np.array(slopes(4))[:, None], rtol=1e-6)
    at.button_group(key="paint_over").set_value("query × key").run()
    assert not at.exception
    (paint,) = [e.proto for e in at.get("bidi_component") if e.proto.component_name == "glassformer.paint"]
    header, (start,) = arrays.decode(paint.bytes)
    assert start.shape == (4, 24, 24)
    np.testing.assert_allclose(causal(start), bias(at), rtol=1e-6)
    at.number_input(key="positions").set_value(128)
    at.number_input(key="heads").set_value(8).run()
    assert not at.exception
    assert "8 × 128 × 128 are 131,072 numbers; at most 65,536" in bodies(at)
    assert len(boards(at)) == 2


def test_files_that_are_too_large_are_not_read() -> None:
    at = opened(way="Upload an array")
    upload(at, "big.csv", b"1," * (MOST_BYTES // 2 + 10))
    assert "at most 2 MB" in bodies(at)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"positions": "100000"}, "positions=100000 in the link is no number from 1 to 128; 24 is shown"),
        ({"heads": "0"}, "heads=0 in the link is no number from 1 to 8"),
        ({"positions": "<b>"}, "positions=<b> in the link is no number"),
        ({"section": "See one", "sinusoid_base": "1e300"}, "sinusoid_base=1e300 in the link is no number from 1 to"),
        ({"section": "See one", "width": "nan"}, "width=nan in the link"),
        ({"section": "Compare", "positions": "0"}, "positions=0 in the link is no number from 1 to 128"),
    ],
)
def test_numbers_of_a_link_that_cannot_be_are_told(query: dict[str, str], words: str) -> None:
    at = opened(**query)
    assert words in bodies(at)
    assert boards(at)
    at.run()
    assert "in the link" not in bodies(at)


@pytest.mark.parametrize(
    "query",
    [{"section": "See one", "width": "15"}, {"section": "See one", "encoding": "Rotary (RoPE)", "width": "7"},
     {"section": "Compare", "width": "15"}, {"drawn_formula": "1 / distance"}],
)  # fmt: skip
def test_a_link_to_what_cannot_be_shows_the_usual_numbers_instead(query: dict[str, str]) -> None:
    at = opened(**query)
    assert "those of its usual numbers" in bodies(at)
    assert boards(at)


def test_other_sections_take_up_what_was_drawn() -> None:
    at = opened(drawn_formula="-distance / 3")
    at.segmented_control(key="section").set_value("one").run()
    at.selectbox(key="encoding").set_value("drawn").run()
    assert not at.exception
    np.testing.assert_allclose(bias(at)[1], causal(-(Q - K) / 3.0), rtol=1e-6)
    at.segmented_control(key="section").set_value("compare").run()
    at.multiselect(key="set").set_value(["alibi", "drawn"]).run()
    assert not at.exception
    _, values = boards(at)[0]
    wanted = causal(-(Q - K) / 3.0)
    shapes = [v for v in values.values() if v.shape[-2:] == (24, 24)]
    assert any(np.allclose(v[1], wanted, rtol=1e-5, equal_nan=True) for v in shapes if v.ndim == 3 and len(v) > 1)
