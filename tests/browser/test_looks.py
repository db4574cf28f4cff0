"""Every page, light and dark, wide and narrow: it fits, it can be read, and nothing complains."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import STREAMLITS, fits, serious
from tests.browser.visits import opened, ready, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
VIEWS = {
    "home": "/",
    "walkthrough": "/walkthrough?stage=blocks.0.attn.pattern",
    "loss": "/walkthrough#stage=probs&show=loss",
    "Chinese": "/walkthrough?lang=zh&stage=blocks.0.attn.q",
    "two stacks": "/walkthrough?model=scratch&net=architecture%3Dencoder-decoder&stage=decoder.blocks.0.cross_attn.z",
    "scratch": "/walkthrough?model=scratch&stage=embed",
    "problem": "/walkthrough?input=nonsense",
    "scene": "/scene#stage=blocks.0.mlp.pre",
    "story": "/positions",
    "see one": "/positions?section=See+one",
    "comparison": "/positions?section=Compare",
    "in a model": "/positions?section=In+a+model",
    "graphs": "/positions?section=Graphs",
    "trained": "/positions?section=Trained+evidence",
    "train now": "/positions?section=Train+now",
    "draw": "/positions?section=Draw+your+own",
}


def visit(page: Page, address: str) -> None:
    page.goto(address)
    if "walkthrough" in address:
        ready(page)
    elif "scene" in address:
        page.locator('[data-glassformer="scene"][data-ready="true"]').wait_for(state="attached")
    elif "positions" in address:
        page.locator('.js-plotly-plot, [data-glassformer="board"][data-ready="true"]').first.wait_for()
        settled(page)
    else:
        page.locator('[data-glassformer="glance"][data-ready="true"]').wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", list(VIEWS))
def test_it_fits_and_can_be_read(view: str, scheme: str, app: str, browser: Browser) -> None:
    """Nothing is wider than the screen, and axe-core finds nothing serious."""
    # What is still fading in has no contrast yet.
    narrow = {"width": 390, "height": 844}
    with opened(browser, viewport=narrow, color_scheme=scheme, reduced_motion="reduce") as page:
        visit(page, app + VIEWS[view])
        for width in (390, 2560, 1280):
            fits(page, width)
        background = page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
        light = sum(int(c) for c in background[4:-1].split(",")[:3]) > 384
        assert light == (scheme == "light")
        assert serious(page, without=STREAMLITS) == []


@pytest.mark.parametrize("view", ["comparison", "trained"])
def test_tables_are_as_wide_as_the_page(view: str, app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + VIEWS[view])
        for box in page.locator(".gf-wide:not(details:not([open]) *)").all():
            found = box.bounding_box()
            assert found is not None
            assert found["width"] > 600


def test_home_sorts_what_is_typed(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app)
        box = page.get_by_label("Six letters")
        box.fill("CCCAAB")
        expect(page.locator(".gf-answer kbd").last).to_have_text("AABCCC")
        expect(page.locator("[data-glassformer=glance] .tokens li").first).to_have_text("C")
        box.fill("<img src=x onerror=alert(1)>")
        expect(page.locator(".gf-problem")).to_contain_text("knows only A, B, C")
        expect(page.locator(".gf-answer kbd").last).to_have_text("AABCCC")


def test_home_leads_to_the_walkthrough(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app)
        page.get_by_role("link", name="Open an attention pattern").click()
        ready(page, "blocks.0.attn.pattern")
