"""The card of a cell, held against the trace's own explanation; and the way through all stages."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

import model
from model import Trace
from tests.browser.visits import pinned, ready

SORT = model.load("sort")
TRACE = SORT.trace("CBABBC")
PATTERN = "blocks.0.attn.pattern"


def close(wanted: Any) -> Any:
    """The app computes with two threads, the test with its own number: the last digit may differ."""
    return pytest.approx(wanted, rel=1e-5, abs=1e-6)


def check_card(page: Page, trace: Trace) -> tuple[str, tuple[int, ...]]:
    """The card of the cell that is worked out says what the trace's own explanation says."""
    name, index, value = pinned(page)
    wanted = trace.explain(name, index)
    assert float(value) == close(float(wanted.value))
    shown = [float(t.get_attribute("data-value") or "nan") for t in page.locator("[data-pinned] [data-term]").all()]
    numbers = sorted((float(t.value) for t in wanted.terms), key=abs)
    assert len(shown) == min(len(numbers), 20)
    if wanted.op in ("sum", "dot"):  # the largest come first
        assert sorted(map(abs, shown)) == close([abs(n) for n in numbers[-len(shown) :]] if shown else [])
    if shown:
        recomputed = page.locator("[data-pinned] [data-recomputed]").get_attribute("data-recomputed") or "nan"
        assert float(recomputed) == close(float(wanted.recomputed))
    return name, index


def cell_of(page: Page, name: str, row: float, col: float) -> tuple[float, float]:
    """Middle of a cell of the main picture, in pixels of the page."""
    plot = page.locator(f'figure.output[data-name="{name}"] .plot')
    plot.scroll_into_view_if_needed()
    return plot.evaluate(
        """(plot, [row, col]) => {
          const {x, y} = plot.getBoundingClientRect()
          const at = plot.cellAt(row, col)
          return [x + at[0], y + at[1]]
        }""",
        [row, col],
    )


def every_step(page: Page) -> None:
    """Takes the whole way where a short tour is usual."""
    choice = page.get_by_role("button", name=re.compile(r"^All \d+ steps$"))
    if choice.count():
        choice.click()


def walk_all(page: Page, trace: Trace, every: int = 1) -> None:
    """Right arrow from the first stage to the last; each stage named, every so many cards compared."""
    names = trace.names
    ready(page)
    every_step(page)
    for number, name in enumerate(names):
        ready(page, name)
        if number % every == 0:
            assert check_card(page, trace)[0] == name
        if number + 1 < len(names):
            page.keyboard.press("ArrowRight")
