"""The guided story in a real browser, from its first step to its last by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import too_wide
from tests.browser.visits import opened, settled
from viz.positions.story import STEPS
from viz.positions.story.prose import words

BOARD = '[data-glassformer="board"][data-ready="true"]'
PAINTED = """panel => {
  const canvas = panel.querySelector('canvas');
  if (!canvas) return panel.querySelectorAll('svg path, svg line, svg circle, svg rect').length > 3;
  const cells = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < cells.length; i += 4) if (cells[i + 3]) seen.add(`${cells[i]},${cells[i + 1]},${cells[i + 2]}`);
  return seen.size > 2;
}"""

pytestmark = pytest.mark.browser


def shown(page: Page, key: str) -> None:
    """Waits for a step: its title, and its pictures painted."""
    step = next(s for s in STEPS if s.key == key)
    page.get_by_role("heading", name=words("en", step).title, exact=True).wait_for()
    settled(page)
    page.locator(BOARD).wait_for(state="attached")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_whole_story_by_keyboard(app: str, browser: Browser, width: int) -> None:
    """Every step is reached with N, has pictures that are not empty, and fits the width; P leads back."""
    with opened(browser, viewport={"width": width, "height": 900}) as page:
        page.goto(f"{app}/positions")
        for step in STEPS:
            shown(page, step.key)
            panels = page.locator(f"{BOARD} [data-panel]")
            found = step.tell(**{c.key: c.value for c in step.controls})
            assert [panels.nth(i).get_attribute("data-panel") for i in range(panels.count())] == [
                p.id for p in found.panels
            ]
            for i in range(panels.count()):
                panels.nth(i).scroll_into_view_if_needed()
                page.wait_for_function(f"panel => ({PAINTED})(panel)", arg=panels.nth(i).element_handle())
            assert too_wide(page) <= 0, step.key
            if step is not STEPS[-1]:
                page.keyboard.press("n")
        page.keyboard.press("p")
        shown(page, STEPS[-2].key)
        assert f"story={STEPS[-2].key}" in page.url


def test_a_control_by_keyboard_changes_words_and_pictures(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/positions?story=products")
        shown(page, "products")
        page.locator(".st-key-products_distance input[type=range]").focus()
        page.keyboard.press("ArrowRight")
        wanted = next(s for s in STEPS if s.key == "products").tell(distance=8).numbers
        page.get_by_text(f"At distance 8, the product is {wanted['early']}").wait_for()
        settled(page)


def test_a_link_of_a_step_opens_the_encoding_it_names(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/positions?story=buckets")
        shown(page, "buckets")
        page.get_by_role("link", name="See one: ALiBi").click()
        page.get_by_role("heading", name="What is added to each score, per head").wait_for()
        settled(page)
        chosen = page.locator(".st-key-encoding")
        assert "ALiBi" in chosen.inner_text() or chosen.locator("input").input_value() == "ALiBi"
