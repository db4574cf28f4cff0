"""A file opens at where the person stood when they downloaded it, and gives pictures of its scene away."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.files import alone, download, make
from tests.browser.scenes import at_rest, shown
from tests.browser.visits import opened, pinned, press, ready, root, selection, settled

Q, PATTERN = "blocks.1.attn.q", "blocks.1.attn.pattern"


@pytest.fixture(scope="module")
def files(app: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Downloads of one file that was made once: at a pinned cell, then after a step in the scene, then nowhere."""
    found: dict[str, Path] = {}
    said: list[object] = []
    with opened(browser) as page:
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(frame)))
        page.goto(f"{app}/walkthrough#stage={Q}&head=2&token=4&cell={Q}:4,2,7&range=full")
        ready(page, Q)
        settled(page)
        make(page)
        settled(page)
        before = len(said)
        found["pinned"] = download(page, tmp_path_factory.mktemp("pinned"))
        page.keyboard.press("Escape")
        root(page).focus()
        page.keyboard.press("3")
        shown(page, Q)
        page.goto(f"{page.url.partition('#')[0]}#stage={PATTERN}&head=1&view=scene")
        shown(page, PATTERN)
        page.get_by_role("button", name="Save as HTML").click()
        found["scene"] = download(page, tmp_path_factory.mktemp("scene"))
        page.evaluate("location.hash = '</script><script>alert(1)</script>'")
        found["odd"] = download(page, tmp_path_factory.mktemp("odd"))
        assert before > 0
        assert len(said) == before, "the page's script ran again"
    return found


def test_at_the_cell_head_token_and_range(browser: Browser, files: dict[str, Path]) -> None:
    with alone(browser, files["pinned"]) as page:
        ready(page, Q)
        assert selection(page) == {"stage": Q, "layer": "1", "head": "2", "token": "4", "show": "stage"}
        expect(page.locator("[data-pinned]")).to_have_attribute("data-pinned", "true")
        expect(page.locator("[data-pinned]")).to_have_attribute("data-index", "4,2,7")
        assert "range=full" in page.url
        # Stepping, back and forward go on from there.
        press(page, "ArrowRight", stage := _next(page))
        page.go_back()
        ready(page, Q)
        assert selection(page)["head"] == "2"
        page.go_forward()
        ready(page, stage)
        # What the address says wins, also over a place that was downloaded.
        page.goto(f"{files['pinned'].as_uri()}#stage=probs")
        page.reload()
        ready(page, "probs")


def _next(page: Page) -> str:
    page.keyboard.press("ArrowRight")
    page.locator(f'[data-glassformer]:not([data-stage="{Q}"])').wait_for(state="attached")
    stage = selection(page)["stage"] or ""
    page.go_back()
    ready(page, Q)
    return stage


def test_in_the_scene(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, offline=True) as page:
        page.goto(files["scene"].as_uri())
        shown(page, PATTERN)
        expect(page.locator("[data-glassformer]")).to_have_attribute("data-head", "1")


def test_its_address_is_said_to_be_one_on_this_computer(browser: Browser, files: dict[str, Path]) -> None:
    with alone(browser, files["pinned"], permissions=["clipboard-read", "clipboard-write"]) as page:
        ready(page, Q)
        page.get_by_role("button", name="Copy the link to this view").click()
        expect(page.locator(".copy [role=status]")).to_contain_text("where it lies on this computer")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == page.url
        assert copied.startswith(f"{files['pinned'].as_uri()}#stage={Q}")


def test_at_its_beginning_where_the_address_said_nothing(browser: Browser, files: dict[str, Path]) -> None:
    with alone(browser, files["odd"]) as page:
        ready(page, "tokens")
        assert pinned(page)[0] == "tokens"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1920)])
def test_a_picture_of_the_scene(
    browser: Browser, files: dict[str, Path], tmp_path: Path, scheme: str, width: int
) -> None:
    with opened(browser, offline=True, color_scheme=scheme) as page:
        page.add_init_script(
            "window.refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
        )
        page.goto(files["scene"].as_uri())
        shown(page, PATTERN)
        at_rest(page)
        with page.expect_download() as got:
            page.get_by_role("combobox", name="Save as a picture").select_option(str(width))
        assert got.value.suggested_filename == f"{PATTERN}.png"
        path = tmp_path / "scene.png"
        got.value.save_as(path)
        with Image.open(path) as image:
            assert (image.format, image.width) == ("PNG", width)
            seen = image.convert("RGB").quantize(64).convert("RGB").getcolors() or []
        # Ground, blocks and words: many colours, and none of them nearly everything.
        assert len(seen) > 16
        assert max(count for count, _ in seen) < 0.95 * sum(count for count, _ in seen)
        assert page.evaluate("refused") == []
