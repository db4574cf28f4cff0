"""The scene as tests see it: what draws it can be asked, and waited for."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.visits import PATIENCE

ROOT = '[data-glassformer="scene"]'
# Its element holds what draws the scene. Asked of a locator, which looks into shadow roots.
FRAME = "[data-scene]"


def shown(page: Page, stage: str = "", timeout: float = PATIENCE) -> None:
    wanted = f'[data-stage="{stage}"]' if stage else ""
    page.locator(f'{ROOT}[data-ready="true"]{wanted}').wait_for(state="attached", timeout=timeout)


def ask(page: Page, code: str, argument: Any = None) -> Any:
    """`code` is the body of a function of (scene, argument)."""
    return page.locator(FRAME).evaluate(f"(frame, argument) => ((scene) => {{ {code} }})(frame.scene)", argument)


def until(page: Page, code: str, argument: Any = None) -> None:
    """Waits until what `ask` answers is true. What a large network has comes in its turn, which may take minutes."""
    for _ in range(5 * PATIENCE // 200):
        if ask(page, code, argument):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never true: {code}")


def at_rest(page: Page) -> None:
    """Waits until nothing is drawn any more: neither flight nor computation goes on."""
    before = -1
    for _ in range(PATIENCE // 700):
        frames = ask(page, "return scene.space.frames")
        if frames == before:
            return
        before = frames
        page.wait_for_timeout(700)
    raise AssertionError("the scene is still being drawn")


def point(page: Page, name: str, index: tuple[int, ...]) -> tuple[float, float]:
    """Middle of a cell, in pixels of the page."""
    at = ask(page, "return scene.cellAt(argument[0], argument[1])", [name, list(index)])
    box = page.locator(FRAME).bounding_box()
    assert at
    assert box
    return box["x"] + at["x"], box["y"] + at["y"]


def close(wanted: float) -> Any:
    """What a page that writes a number with seven digits may say of it."""
    return pytest.approx(wanted, rel=1e-5, abs=1e-6)


# What is written over the blocks, each with the cell that the eye sees there.
WRITTEN = """
    const found = []
    const {context} = scene.lettering
    const write = context.fillText
    context.fillText = function (text, x, y) {
      found.push([text.replace(/[\u2068\u2069]/g, '').replaceAll('−', '-'), scene.under(x, y)?.cell])
      return write.call(this, text, x, y)
    }
    scene.painted()
    context.fillText = write
    return found
"""

# What the patches of a block show, as codes of the palette: 128 is no difference.
FACE_CODES = """
const {rects, atlas} = scene.space.boxes
const codes = []
for (const rect of rects.get(argument))
  for (let row = rect.y; row < rect.y + rect.height; row++)
    codes.push(...atlas.texels.slice(row * atlas.size + rect.x, row * atlas.size + rect.x + rect.width))
return codes
"""


def written(page: Page) -> list[tuple[str, dict[str, Any] | None]]:
    return [(text, cell) for text, cell in ask(page, WRITTEN)]


def numbers(page: Page) -> list[tuple[float, dict[str, Any]]]:
    """Those of what is written that are numbers, each with the cell that it stands on."""
    found = [(text.replace("∞", "inf"), cell) for text, cell in written(page) if cell]
    return [(float(text), cell) for text, cell in found if re.fullmatch(r"-?inf|[-+0-9.e]+", text)]
