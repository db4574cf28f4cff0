"""Every page runs: each file of `pages/` by itself, and what the link and the controls make of the walkthrough."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import model
from model import Trace
from pages.shared import networks, waiting
from pages.shared.examples import examples
from viz import prose
from viz.arrays import decode
from viz.store import STORE

ROOT = Path(__file__).parents[1]
PAGES = sorted(p.name for p in (ROOT / "pages").glob("*.py") if p.name != "__init__.py")
TIMEOUT = 120


def opened(page: str, soon: float = TIMEOUT, **query: str) -> AppTest:
    """A page. soon: seconds it waits without a word; by default as long as it takes."""
    waiting.SOON = soon
    at = AppTest.from_file(str(ROOT / "pages" / "main.py"), default_timeout=TIMEOUT)
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    if page != "main.py":
        at.switch_page(page).run()
    for name, value in query.items():  # a change of page drops what the page before did not know
        at.query_params[name] = value
    return at.run() if query else at


def walk(soon: float = TIMEOUT, **query: str) -> AppTest:
    at = opened("walkthrough.py", soon, **query)
    assert not at.exception, at.exception
    return at


def bodies(at: AppTest) -> str:
    found = [e.proto.body for e in at.get("html")]
    return "\n".join(body for body in found if not body.startswith("<style>"))


def param(at: AppTest, name: str) -> str:
    """A query parameter: AppTest gives one value bare after a run and in a list before."""
    found = at.query_params[name]
    return found if isinstance(found, str) else found[0]


def sent(at: AppTest) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The message that the browser component was given."""
    (component,) = at.get("bidi_component")
    assert component.proto.component_name == "glassformer.walkthrough"
    return decode(component.proto.bytes)


def manifest(at: AppTest) -> dict[str, Any]:
    return sent(at)[0]["manifest"]


def traced(at: AppTest) -> Trace:
    """The trace that the browser may ask about."""
    found = STORE.get(manifest(at)["trace"])
    assert found is not None
    return found


def ids(at: AppTest) -> list[list[int]]:
    return [side["ids"] for side in manifest(at)["sides"]]


@pytest.mark.parametrize("page", PAGES)
def test_page_runs(page: str) -> None:
    at = opened(page)
    assert not at.exception
    assert at.get("html")


def test_the_message_fits_the_trace() -> None:
    at = walk(input="AAABBB")
    header, values = sent(at)
    tr = traced(at)
    assert ids(at) == [[0, 0, 0, 1, 1, 1]]
    assert [s["name"] for s in header["manifest"]["stages"]] == tr.names
    assert list(header["pages"]) == ["tokens"]
    np.testing.assert_array_equal(values[0], tr["tokens"].numpy())


def test_a_link_says_what_to_show_first_and_is_not_written_again() -> None:
    at = walk(stage="blocks.1.attn.qk", cell="2,5,1", head="2", token="5")
    assert manifest(at)["start"] == {"stage": "blocks.1.attn.qk", "cell": [2, 5, 1], "head": 2, "token": 5}
    assert "blocks.1.attn.qk" in sent(at)[0]["pages"]
    at.text_input(key="input_text").set_value("AAABBB").run()
    assert param(at, "input") == "AAABBB"
    assert not {"stage", "cell", "head", "token"} & set(at.query_params)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("CBX", "X"),
        ("ABCABCABCABC", "11"),
        ("A😀", "😀"),
        ("A\u05d0\u05d1", "\u05d0"),
        ("A\u200bB", "U+200B"),
        ("A" * 100_000, "100000"),
        ("<img src=x onerror=alert(1)>", "&lt;"),
    ],
)
def test_a_bad_input_is_refused_in_words_and_the_last_good_picture_stays(text: str, says: str) -> None:
    at = walk(input="BBBBCC")
    at.text_input(key="input_text").set_value(text).run()
    assert not at.exception
    (card,) = [e.proto.body for e in at.get("html") if 'class="gf-problem"' in e.proto.body]
    assert says in card.replace(",", "")
    assert "<img" not in bodies(at)
    assert ids(at) == [[1, 1, 1, 1, 2, 2]]
    at.text_input(key="input_text").set_value("AAAAAA").run()
    assert "gf-problem" not in bodies(at)
    assert ids(at) == [[0] * 6]


@pytest.mark.parametrize(
    "query", [{"stage": "nobody"}, {"cell": "9,9,9"}, {"cell": "x"}, {"head": "77"}, {"token": "-1"}, {"lang": "<b>"}]
)
def test_a_strange_link_shows_something_sensible(query: dict[str, Any]) -> None:
    at = walk(**{"stage": "blocks.0.attn.z", **query})
    assert manifest(at)["start"] == ({} if "stage" in query else {"stage": "blocks.0.attn.z"})
    assert manifest(at)["language"] == prose.DEFAULT


@pytest.mark.parametrize("language", prose.languages())
def test_the_language_is_in_the_link(language: str) -> None:
    at = walk()
    at.segmented_control(key="language").set_value(language).run()
    assert not at.exception
    assert manifest(at)["language"] == language
    assert manifest(at)["ui"] == prose.catalogue(language).ui
    assert ("lang" in at.query_params) == (language != prose.DEFAULT)
    again = walk(lang=language)
    assert manifest(again)["language"] == language
    assert again.segmented_control(key="language").value == language


def example_chips(at: AppTest) -> Any:
    (chips,) = [b for b in at.get("button_group") if getattr(b, "label", "") == "Examples"]
    return chips


def test_examples_fill_the_box() -> None:
    at = walk()
    chips = example_chips(at)
    wanted = "CBABBCABBBC"
    chips.set_value([wanted]).run()
    assert not at.exception
    assert param(at, "input") == wanted
    assert at.text_input(key="input_text").value == wanted
    assert len(ids(at)[0]) == 11
    at.text_input(key="input_text").set_value("ABCABC").run()
    assert not example_chips(at).value


@pytest.mark.parametrize("language", prose.languages())
@pytest.mark.parametrize("net", ["", "architecture=encoder;n_ctx=2", "n_ctx=3;d_vocab=2"])
def test_examples_of_a_model_without_a_tokenizer_can_be_traced(net: str, language: str) -> None:
    found = model.Model(model.Transformer(networks.config_of(net)))
    for one in examples(found, language):
        assert one.why
        found.trace(ids=[int(i) for i in one.text.split()])


def test_examples_on_the_cards_can_be_traced() -> None:
    found = model.load("sort")
    for language in prose.languages():
        for one in examples(found, language):
            assert one.why
            found.trace(one.text)


def test_examples_of_a_model_that_somebody_brought_fit_it() -> None:
    class Words(model.tokenizers.letters.LetterTokenizer):
        """A letter tokenizer that reads any small letter."""

    letters = Words("abcdefghijklmnopqrstuvwxyz ")
    found = model.Model(
        model.Transformer(model.TransformerConfig(n_layers=1, n_heads=1, d_model=4, d_vocab=27, n_ctx=40)), letters
    )
    assert [one.text for one in examples(found, "en")] == ["one two three one two three one two"]


def test_capitals_are_offered_where_a_model_reads_only_these() -> None:
    at = walk(input="BBBBCC")
    at.text_input(key="input_text").set_value("cbabbc").run()
    assert "knows only A, B, C" in bodies(at)
    at.button(key="use").click().run()
    assert not at.exception
    assert param(at, "input") == "CBABBC"
    assert ids(at) == [[2, 1, 0, 1, 1, 2]]
    at.text_input(key="input_text").set_value("cbx").run()
    assert "use" not in [b.key for b in at.button]


@pytest.mark.parametrize("name", ["/nowhere", "<b>x</b>", "x" * 5000, "\x00"])
def test_a_model_that_is_not_there(name: str) -> None:
    at = opened("walkthrough.py", model=name)
    assert not at.exception
    assert "gf-problem" in bodies(at)
    assert "<b>x" not in bodies(at)


def test_a_long_input_is_kept_on_the_server() -> None:
    long = " ".join(["1"] * 3000)
    at = walk(model="scratch", net="n_ctx=16", input="1 2 3")
    at.text_input(key="input_text").set_value(long).run()
    assert not at.exception
    assert "input" not in at.query_params
    assert "input_kept" in at.query_params


def test_a_control_is_one_click_away() -> None:
    at = walk()
    trained = traced(at)["probs"]
    at.segmented_control(key="weights").set_value("shuffled").run()
    assert not at.exception
    assert param(at, "weights") == "shuffled"
    assert manifest(at)["model"]["weights"] == "shuffled"
    assert not traced(at)["probs"].equal(trained)
    restored = walk(weights="shuffled")
    assert restored.segmented_control(key="weights").value == "shuffled"


def test_the_models_page_counts_and_shows_the_parts() -> None:
    at = opened("models.py")
    assert not at.exception
    shown = bodies(at)
    assert "85,584" in shown
    for part in ("attention", "MLP", "norm before attention"):
        assert part in shown
    at.query_params["model"] = "/no/such/folder"
    at.run()
    assert not at.exception
    assert "/no/such/folder" in bodies(at)


@pytest.mark.slow
@pytest.mark.xdist_group("real_models")
def test_special_tokens_can_be_left_out() -> None:
    model.load("minilm")
    at = walk(model="minilm", input="hello")
    assert manifest(at)["sides"][0]["pieces"] == ["[CLS]", "hello", "[SEP]"]
    at.segmented_control(key="reading").set_value("plain").run()
    assert not at.exception
    assert manifest(at)["sides"][0]["pieces"] == ["hello"]
    assert param(at, "reading") == "plain"
