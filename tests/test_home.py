"""The home page, without a browser: what it shows is what the model computed, trained or not."""

from __future__ import annotations

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
