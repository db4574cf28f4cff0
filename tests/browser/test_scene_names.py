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


# Of the step's front, the cells that lie under names; of what is written on the canvas, what meets a name.
UNDER_NAMES = f"""
const names = (() => {{ {NAMES} }})()
const written = []
const {{context}} = scene.lettering
const write = context.fillText
context.fillText = function (text, x, y) {{
  const {{width}} = this.measureText(text)
  written.push({{text, left: this.textAlign === 'center' ? x - width / 2 : x, y, width}})
  return write.call(this, text, x, y)
}}
scene.painted()
context.fillText = write
const cells = []
for (const {{text, x, y, width, height}} of names)
  for (let right = 2; right < width; right += 6)
    for (let down = 2; down < height; down += 7) {{
      const cell = scene.under(x + right, y + down)?.cell
      if (cell?.name === argument && (cell.index.length < 3 || cell.index.includes(0))) cells.push([text, cell.index])
    }}
const meet = written.filter(one => names.some(({{x, y, width, height}}) =>
  one.left < x + width - 1 && x + 1 < one.left + one.width && one.y - 4 < y + height && y < one.y + 4))
return {{cells, written: written.length, meet}}
"""
STAGES = {
    "embed": "Token embedding",
    "blocks.0.resid_pre": "Residual stream into the block",
    "blocks.0.ln1.normalized": "Normalized",
    "blocks.0.attn.q": "Queries",
    "blocks.0.attn.attn_scores": "Masked scores",
    "blocks.0.attn.result": "What each head writes",
    "blocks.0.resid_mid": "Stream after attention",
    "blocks.0.mlp.pre": "Hidden units before the activation",
    "logits": "Logits",
}


@pytest.mark.parametrize("width", [1280, 390])
def test_names_hide_no_cell_of_the_step_and_no_half_of_a_number(width: int, app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce", viewport={"width": width, "height": 844}) as page:
        wrote = 0
        for stage, title in STAGES.items():
            page.goto(f"{app}/scene#stage={stage}")
            page.evaluate("hash => { location.hash = hash }", f"stage={stage}&view=scene")
            shown(page, stage)
            at_rest(page)
            assert title in names(page), (stage, sorted(names(page)))
            found = ask(page, UNDER_NAMES, stage)
            # Its own name is over its upper edge, behind which its other heads stand.
            assert not [cell for cell in found["cells"] if cell[0] != title], (stage, found["cells"])
            assert not found["meet"], (stage, found["meet"])
            wrote += found["written"]
        assert wrote > (60 if width > 1000 else 6)  # there was something to be met


def test_what_lies_out_of_view_is_named_at_the_edge(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores&head=2")
        shown(page, "blocks.0.attn.attn_scores")
        page.locator(".scene-canvas").focus()
        for _ in range(4):
            page.keyboard.press("+")
        at_rest(page)
        # It is in view, so no head points to it, and it is called so but once.
        texts = [name["text"] for name in ask(page, NAMES)]
        assert texts.count("Scaled dot products") <= 1
        assert ask(page, "return scene.space.drawnOf(scene.network.block('blocks.0.attn.qk')) !== undefined")
        page.keyboard.press("g")
        for _ in range(14):
            page.keyboard.press("a")
        at_rest(page)
        there = names(page)
        width = ask(page, "return scene.space.camera.size.width")
        for title in ("Masked scores", "Scaled dot products"):
            assert width - 30 < there[title]["x"] + there[title]["width"] < width, there[title]
        assert not [text for text in there if text.endswith("position (6)")]  # axes of what is not there


def test_two_networks_are_told_apart_on_a_phone(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce", viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores")
        shown(page, "blocks.0.attn.attn_scores")
        page.get_by_role("combobox", name="Beside it").select_option("gpt2")
        page.get_by_text("GPT-2 small, to scale").wait_for()
        at_rest(page)
        one, other = names(page)["Sorts six letters"], names(page)["GPT-2 small"]
        assert one["x"] + one["width"] <= other["x"] + 1 or one["y"] + one["height"] <= other["y"] + 1


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
