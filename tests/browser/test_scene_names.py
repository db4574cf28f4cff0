"""What things in the scene are called: sprites of a library, in the page's colours, out of one another's way."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.scenes import FRAME, ask, at_rest, shown
from tests.browser.visits import opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
# Where each stands on the canvas, in CSS pixels.
NAMES = """
return [...scene.space.labels.sprites.values()].filter(({visible}) => visible).map(
  ({text, color, position, scale}) => ({text, color, x: position.x, y: -position.y, width: scale.x, height: scale.y}))
"""


def names(page: Page) -> dict[str, dict[str, Any]]:
    return {name["text"]: name for name in ask(page, NAMES)}


def inked(page: Page, name: dict[str, Any]) -> tuple[float, float]:
    """Pixels where a name stands are mixed of the page and its ink. Gives the most ink, and the worst mix, of 255."""
    box = page.locator(FRAME).bounding_box()
    assert box
    clip = {"x": box["x"] + name["x"], "y": box["y"] + name["y"], "width": name["width"], "height": name["height"]}
    with Image.open(io.BytesIO(page.screenshot(clip=clip))) as image:  # type: ignore[arg-type]
        pixels = np.asarray(image.convert("RGB"), float)[1:-1, 1:-1].reshape(-1, 3)
    paper = pixels[0]
    way = np.array(list(bytes.fromhex(name["color"].removeprefix("#"))), float) - paper
    share = (pixels - paper) @ way / (way @ way)
    return float(share.max()), float(np.abs(pixels - paper - share[:, None] * way).max())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_are_in_the_scene_and_in_the_colours_of_the_page(scheme: str, app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce", color_scheme=scheme) as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores")
        shown(page, "blocks.0.attn.attn_scores")
        page.locator(FRAME).scroll_into_view_if_needed()
        at_rest(page)
        near = names(page)
        axes = ["attention head (3)", "query position (6)", "key position (6)"]
        assert {"Masked scores", *axes} <= set(near)
        assert len({near[axis]["color"] for axis in axes}) == 3
        for text in ("Masked scores", *axes):
            share, wrong = inked(page, near[text])
            assert 0.7 < share < 1.02, (text, share)  # letters are thin
            assert wrong < 4, (text, wrong)  # and nothing else is there
        for one in near.values():
            for other in near.values():
                if one is not other:
                    apart = [
                        one["x"] + one["width"] <= other["x"] + 1,
                        other["x"] + other["width"] <= one["x"] + 1,
                        one["y"] + one["height"] <= other["y"] + 1,
                        other["y"] + other["height"] <= one["y"] + 1,
                    ]
                    assert any(apart), (one, other)
        # From afar rows of the page are named, and axes would cover the block they belong to.
        page.locator(".scene-canvas").focus()
        page.keyboard.press("f")
        at_rest(page)
        afar = names(page)
        assert {"Block 0 · attention", "Block 0 · MLP"} <= set(afar)
        assert not set(axes) & set(afar)
        assert afar["Block 0 · attention"]["color"] == near["Masked scores"]["color"]  # it is in this row
        assert afar["Block 0 · MLP"]["color"] != near["Masked scores"]["color"]


def test_what_the_names_of_axes_say_lies_under_no_cell_of_the_step(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.mlp.pre")
        shown(page, "blocks.0.mlp.pre")
        at_rest(page)
        name = names(page)["hidden unit of the MLP (192)"]
        for column in range(0, 192, 8):
            at = ask(page, "return scene.cellAt('blocks.0.mlp.pre', [5, argument])", column)
            if at and name["x"] <= at["x"] <= name["x"] + name["width"]:
                assert at["y"] < name["y"], (column, at, name)


def test_nothing_of_a_scene_stays_on_the_graphics_card(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores")
        shown(page, "blocks.0.attn.attn_scores")
        at_rest(page)
        held = "(memory) => ({geometries: memory.geometries, textures: memory.textures})"
        there = ask(page, f"window.held = scene.space.renderer.info.memory; return ({held})(window.held)")
        assert there["textures"] > len(names(page)) > 3  # the names', and the cells'
        assert there["geometries"] >= 3
        page.keyboard.press("3")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
        assert page.evaluate(f"() => ({held})(window.held)") == {"geometries": 0, "textures": 0}
