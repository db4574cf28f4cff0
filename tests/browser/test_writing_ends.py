"""An encoder-decoder from a folder writes up to the end of its text, says so, and may take it back."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

import model
from tests.browser.looks import STREAMLITS, fits, serious
from tests.browser.test_writing import button, chips, written
from tests.browser.visits import opened, ready, settled
from tests.model.two_stacks import END, PAD, ending, t5

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SOURCE, TARGET = "the old dog sleeps", "a </s> cat"  # an end in the middle of what is typed ends nothing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its third token ends its text."""
    t5(tmp_path)
    ending(tmp_path, [END, run(tmp_path, stop=[])[2].id])
    return tmp_path


def run(folder: Path, **words: Any) -> list[Any]:
    return list(model.load(folder).generate(SOURCE, target=TARGET, max_new_tokens=5, repetition_penalty=4.0, **words))


@pytest.mark.parametrize("view", ["picture", "scene"])
def test_up_to_the_end_and_back(app: str, browser: Browser, folder: Path, view: str) -> None:
    pieces = [step.text for step in run(folder)]
    assert len(pieces) == 3
    before = ["<pad>", "a", "</s>", "cat"]
    link = f"{app}/walkthrough?model={quote(str(folder), safe='')}&input={quote(SOURCE)}&target={quote(TARGET)}"
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{link}#stage=probs&view={view}&how=repetition_penalty:4")
        page.locator('[data-stage="probs"][data-ready="true"]').wait_for(state="attached")
        assert chips(page) == before
        button(page, "Write on").click()
        written(page, 3)
        assert chips(page) == [*before, *pieces]
        told = page.locator(".writing .told")
        expect(told).to_contain_text("The text ends with")
        expect(told).to_contain_text(pieces[-1])
        for name in ("Next token", "Write on"):
            expect(button(page, name)).to_have_attribute("aria-disabled", "true")
        button(page, "Next token").focus()
        page.keyboard.press("Enter")  # says so and does nothing
        settled(page)
        assert chips(page) == [*before, *pieces]
        fits(page, 390)
        assert not serious(page, STREAMLITS)
        button(page, "Take back").click()
        written(page, 2)
        expect(button(page, "Next token")).to_have_attribute("aria-disabled", "false")
        assert page.locator("[data-ended]").count() == 0
        button(page, "Next token").click()
        written(page, 3)
        page.locator("[data-ended]").wait_for()


def test_from_nothing_but_the_start(app: str, browser: Browser, folder: Path) -> None:
    m = model.load(folder)
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?model={quote(str(folder), safe='')}&input={quote(SOURCE)}&target=")
        ready(page)
        assert chips(page) == ["<pad>"]
        button(page, "Next token").click()
        written(page, 1)
        first = next(m.generate(SOURCE, target=[PAD]))
        assert chips(page) == ["<pad>", first.text]
        assert first.id == next(m.generate(SOURCE)).id
