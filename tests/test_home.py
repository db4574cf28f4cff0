"""The home page, without a browser: what it shows is what the model computed, trained or not."""

from __future__ import annotations

import re

import pytest

import model
from tests.test_pages import bodies, opened


def written(control: str) -> str:
    """What the model, or its control, writes after the page's own row."""
    m = model.load("sort")
    m = model.control(m, control) if control else m
    return "".join(step.text for step in m.generate("CBABBC", max_new_tokens=6, stop=[]))


@pytest.mark.parametrize("control", ["shuffled", "random"])
def test_a_control_is_one_click_away(control: str) -> None:
    at = opened("home.py")
    assert f"is sorted by the model, one letter at a time, into</span> <kbd>{written('')}</kbd>" in bodies(at)
    at.segmented_control(key="control").set_value(control).run()
    assert not at.exception
    assert written(control) != written("")
    assert f"is continued with {control} weights, one letter at a time" in bodies(at)
    assert f"<kbd>{written(control)}</kbd>" in bodies(at)


def test_small_letters_are_refused_and_their_capitals_offered() -> None:
    at = opened("home.py")
    at.text_input(key="letters").set_value("cabbac").run()
    assert not at.exception
    assert "knows only A, B, C" in bodies(at)
    at.button(key="use").click().run()
    assert not at.exception
    assert at.text_input(key="letters").value == "CABBAC"
    assert "<kbd>AABBCC</kbd>" in bodies(at)


def test_home_in_chinese_says_nothing_in_english() -> None:
    at = opened("home.py", lang="zh")
    assert not at.exception
    at.text_input(key="letters").set_value("abc").run()
    text = re.sub(r"<[^>]*>", " ", bodies(at))
    assert not re.findall(r"[A-Za-z]*[a-z]{3,}", text.replace("Transformer", "").replace("RMSNorm", "")), text
    links = [one.proto.label for one in at.get("page_link")]
    assert links == ["从第一步开始", "拆开一个概率", "打开一个注意力分布", "搭建一个 Transformer"]


def test_the_language_is_carried_from_page_to_page_but_a_step_back_rules() -> None:
    at = opened("walkthrough.py", lang="zh")
    at.switch_page("home.py")
    if "lang" in at.query_params:
        del at.query_params["lang"]  # as the navigation's links have none
    at.run()
    assert not at.exception
    assert "怎样思考" in bodies(at)
    del at.query_params["lang"]  # back to a view of this page in English
    at.run()
    assert not at.exception
    assert "Watch a real transformer think" in bodies(at)
