"""The control "Compare with": what it offers, what the link holds, and what is said when it does not fit."""

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import model
from pages.shared.against import Against, Change, parse, write
from tests.test_pages import bodies, param, sent, walk
from viz.difference import Pair, stage_source
from viz.store import STORE

ZERO = "edit:zero:blocks.1.attn.z:head=2"


def compared(at: AppTest) -> dict[str, Any]:
    return sent(at)[0]["compared"]


def pair(at: AppTest) -> Pair:
    other, this = map(STORE.get, compared(at)["pair"].split("~"))
    assert this is not None
    assert other is not None
    return Pair(this, other)


@pytest.mark.parametrize(
    "text",
    [
        "", ZERO, "weights:random", "input:ABC:=;|~", "model:minilm",
        "edit:mean:blocks.0.mlp_out;scale:blocks.0.attn.z:head=0:by=0.1;patch:embed:position=2|a|b",
    ],
)  # fmt: skip
def test_the_link_says_what_is_compared_with(text: str) -> None:
    assert write(parse(text)) == text


def test_numbers_keep_their_digits() -> None:
    change = Change("add", "embed", (("position", 1),), 0.1 + 0.2)
    assert parse(write(Against("edit", changes=(change,)))).changes == (change,)


@pytest.mark.parametrize(
    "text",
    ["nothing", "weights:", "weights:other", "model:", "edit:", "edit:flip:embed", "edit:zero:embed:head=-1",
     "edit:zero:embed:by=1", "edit:add:embed", "edit:add:embed:by=nan", "edit:add:embed:by=x",
     "edit:" + ";".join(["zero:embed"] * 17)],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(model.GlassformerError):
        parse(text)


def test_an_edit_from_the_link() -> None:
    at = walk(compare=ZERO)
    found, both = compared(at), pair(at)
    assert found["kind"] == "edit"
    assert "head" in found["title"]
    assert found["alike"]
    assert not found["unlike"]
    assert "stages" not in found["manifest"]  # the other has the very same ones
    wanted = model.load("sort").trace("CBABBC", edits=[model.Edit("blocks.1.attn.z", "zero", head=2)])
    np.testing.assert_array_equal(both.other["probs"].numpy(), wanted["probs"].numpy())
    assert not stage_source(both, "blocks.1.attn.pattern").numbers().any()
    assert stage_source(both, "blocks.1.attn.z").numbers()[:, 2].any()


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("edit", "edit:zero:blocks.2.attn.z:head=0"), ("weights", "weights:shuffled"), ("input", "input:")],
)
def test_each_kind_begins_with_something_that_works(kind: str, wanted: str) -> None:
    at = walk()
    assert "compared" not in sent(at)[0]
    at.segmented_control(key="compare_kind").set_value(kind).run()
    assert not at.exception
    assert param(at, "compare").startswith(wanted)
    assert compared(at)["kind"] == kind
    at.segmented_control(key="compare_kind").set_value("").run()
    assert "compare" not in at.query_params
    assert "compared" not in sent(at)[0]


def test_an_edit_is_chosen_in_words() -> None:
    at = walk(compare=ZERO)
    assert at.selectbox(key="compare_part").value == "head"
    assert at.selectbox(key="compare_head").value == 2
    at.selectbox(key="compare_part").select("mlp").run()
    assert param(at, "compare") == "edit:zero:blocks.2.mlp_out"
    at.selectbox(key="compare_name").select("blocks.0.mlp_out").run()
    at.selectbox(key="compare_position").select(3).run()
    at.selectbox(key="compare_op").select("scale").run()
    at.number_input(key="compare_by").set_value(2.0).run()
    assert param(at, "compare") == "edit:scale:blocks.0.mlp_out:position=3:by=2"
    assert not at.exception
    both = pair(at)
    changed = stage_source(both, "blocks.0.mlp_out").numbers()
    np.testing.assert_array_equal(changed[3], both.this["blocks.0.mlp_out"][3].numpy())
    assert not np.delete(changed, 3, 0).any()
    at.button(key="compare_add").click().run()
    assert param(at, "compare").count(";") == 1
    at.button(key="compare_drop_0").click().run()
    assert param(at, "compare") == "edit:zero:blocks.2.attn.z:head=0"


def test_a_mean_and_a_patch() -> None:
    at = walk(compare="edit:mean:blocks.0.attn.z:head=1")
    both = pair(at)
    mine, theirs = both.this["blocks.0.attn.z"], both.other["blocks.0.attn.z"]
    np.testing.assert_allclose(theirs[:, 1].numpy(), mine[:, 1].mean(0, keepdim=True).expand_as(mine[:, 1]).numpy())
    at = walk(compare="edit:patch:blocks.0.resid_mid:position=0|ABCABC")
    both = pair(at)
    wanted = model.load("sort").trace("ABCABC")["blocks.0.resid_mid"]
    np.testing.assert_allclose(both.other["blocks.0.resid_mid"][0].numpy(), wanted[0].numpy(), atol=1e-5)


def test_another_model_of_another_shape() -> None:
    at = walk(compare="model:minilm") if "minilm" in model.available() else None
    if at is None:
        at = walk(model="scratch", compare="model:sort")
    found = compared(at)
    assert not found["alike"]
    assert "embed" in found["unlike"]
    assert found["manifest"]["stages"]


@pytest.mark.parametrize(
    ("against", "says"),
    [
        ("edit:zero:blocks.9.attn.z", "no stage is called"),
        ("edit:zero:blocks.1.attn.z:head=7", "out of range"),
        ("edit:patch:blocks.1.attn.z|ABC", "same length"),
        ("edit:zero:tokens:position=99", "out of range"),
        ("input:ABC", "same length"),
        ("input:XYZ", "knows only"),
        ("model:nothing-like-this", "nothing-like-this"),
        ("everything", "cannot be read"),
        ("edit:mean:blocks.0.attn.attn_scores", "hidden"),
    ],
)
def test_what_does_not_fit_is_said_and_the_pass_stays(against: str, says: str) -> None:
    at = walk(compare=against)
    assert says.lower() in bodies(at).lower()
    assert "compared" not in sent(at)[0]


def test_a_long_other_input_is_kept_on_the_server() -> None:
    at = walk(compare="input:BCABCA")
    at.text_input(key="compare_input").set_value("A" * 3000).run()
    assert "compare" not in at.query_params
    assert param(at, "compare_kept")
    assert "3000 tokens" in bodies(at)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wish_too_long_for_a_link_is_refused_in_words(language: str) -> None:
    def page() -> None:
        import streamlit as st

        from pages.shared.compare import compare, hear_other
        from pages.shared.loading import Asked, run
        from pages.shared.state import read

        st.button("wish", on_click=lambda: hear_other(read(), st.session_state["wish"]))
        compare(read(), run(Asked("sort", "", None, None)))

    at = AppTest.from_function(page, default_timeout=120)
    at.query_params["compare"], at.query_params["lang"] = ZERO, language
    at.session_state["wish"] = "input:" + "é" * 1100  # fewer characters than bytes
    at.run()
    at.button[0].click().run()
    assert not at.exception
    assert param(at, "compare") == ZERO
    assert "2,206" in bodies(at)
    assert "2,048" in bodies(at)
    at.run()
    assert "2,206" not in bodies(at)
    at.session_state["wish"] = "weights:random"
    at.button[0].click().run()
    assert param(at, "compare") == "weights:random"
    assert "2,048" not in bodies(at)
