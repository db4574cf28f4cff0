"""The story on its page: every step opens from a link, steps forward and back, and asks what it says it asks."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from viz.positions.story import STEPS
from viz.positions.story.base import Slider, Step
from viz.positions.story.prose import languages, words

MAIN = Path(__file__).parents[1] / "pages" / "main.py"


def opened(**query: Any) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=180)
    at.switch_page("positions.py")
    for name, value in {"section": "Story", **query}.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception, at.exception
    return at


def said(at: AppTest) -> str:
    bodies = " ".join(e.proto.body for e in at.get("html"))
    return html.unescape(re.sub(r"<[^>]+>", "", bodies))


def boards(at: AppTest) -> int:
    return len([e for e in at.get("bidi_component") if "board" in e.proto.component_name])


@pytest.mark.parametrize("step", STEPS, ids=[s.key for s in STEPS])
def test_every_step_opens_from_a_link(step: Step) -> None:
    at = opened(story=step.key)
    own = words("en", step)
    assert at.subheader[0].value == own.title
    assert at.selectbox(key="story").value == step.key
    told = step.tell(**{c.key: c.value for c in step.controls})
    for part in ("text", "found", "try", "limit"):
        for paragraph in own.paragraphs(part, told):
            assert paragraph in said(at), part
    assert boards(at) == 1
    assert len(at.latex) == bool(step.formula)
    for paper in own.own["papers"]:
        assert paper in said(at)


def test_forward_and_back() -> None:
    at = opened()
    assert at.subheader[0].value == words("en", STEPS[0]).title
    assert at.button(key="story-previous").disabled
    at.button(key="story-next").click().run()
    assert at.subheader[0].value == words("en", STEPS[1]).title
    assert at.query_params["story"] == "counting"
    at.button(key="story-previous").click().run()
    assert at.subheader[0].value == words("en", STEPS[0]).title
    assert "story" not in at.query_params
    last = opened(story=STEPS[-1].key)
    assert last.button(key="story-next").disabled


def test_a_control_changes_the_words_and_the_link() -> None:
    at = opened(story="bag")
    assert "the man bit the dog" in said(at)
    at.segmented_control(key="bag_order").set_value("backwards").run()
    assert "man the bit dog the" in said(at)
    assert at.query_params["bag_order"] == "backwards"
    again = opened(story="bag", bag_order="backwards", bag_positional="alibi")
    assert again.segmented_control(key="bag_positional").value == "alibi"
    assert "man the bit dog the" in said(again)


def test_what_a_link_cannot_mean_is_left_out() -> None:
    at = opened(story="<b>", bag_order="no such order", lang="../en")
    assert at.subheader[0].value == words("en", STEPS[0]).title
    assert at.segmented_control(key="bag_order").value == "swapped"


def test_every_control_of_a_step_is_drawn() -> None:
    for step in STEPS:
        at = opened(story=step.key)
        drawn = {w.key for kind in ("slider", "segmented_control", "selectbox") for w in at.get(kind)}
        assert {f"{step.key}_{c.key}" for c in step.controls} <= drawn
        for control in step.controls:
            if isinstance(control, Slider):
                assert at.slider(key=f"{step.key}_{control.key}").value == control.value


@pytest.mark.parametrize("code", languages())
def test_the_language_is_in_the_link(code: str) -> None:
    at = opened(story="rotate", lang=code)
    assert at.subheader[0].value == words(code, next(s for s in STEPS if s.key == "rotate")).title
