"""A walk in one file: saved by the page's button, opened from the disk without a network, walked to its end."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from model import Trace
from tests.browser.cards import TRACE, check_card, close, walk_all
from tests.browser.files import alone, download, make, saved
from tests.browser.looks import fits, serious
from tests.browser.scenes import shown
from tests.browser.visits import opened, ready, root
from tests.viz.test_leave import HOSTILE
from tests.viz.test_leave_read import traced

SMOLLM2 = Path(__file__).parents[2] / "assets" / "traces" / "smollm2.safetensors"


@pytest.fixture(scope="module")
def sort(app: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's button makes of the built-in model's walk."""
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page)
        make(page)
        return download(page, tmp_path_factory.mktemp("file"))


def test_all_of_sort_is_walked_by_keyboard(browser: Browser, sort: Path) -> None:
    assert sort.stat().st_size < 4e6
    with alone(browser, sort) as page:
        walk_all(page, TRACE)


def test_a_cell_that_the_walk_does_not_show(browser: Browser, sort: Path, tmp_path: Path) -> None:
    trace = traced()
    whole = saved(trace, tmp_path / "whole.html", "everything")
    with opened(browser, offline=True) as page:
        page.goto(f"{whole.as_uri()}#stage=blocks.0.mlp.pre&cell=blocks.0.mlp.pre:1,2")
        ready(page, "blocks.0.mlp.pre")
        assert check_card(page, trace) == ("blocks.0.mlp.pre", (1, 2))
        page.get_by_role("button", name="What reads this cell").click()
        page.get_by_role("button", name="blocks.0.mlp.post[1, 2]").click()
        ready(page, "blocks.0.mlp.post")
        assert check_card(page, trace) == ("blocks.0.mlp.post", (1, 2))
    with opened(browser, offline=True) as page:
        page.goto(f"{sort.as_uri()}#stage=blocks.1.mlp.pre&cell=blocks.1.mlp.pre:3,100")
        page.get_by_text("this file does not hold how this cell of blocks.1.mlp.pre came about").wait_for()
        value = page.locator("[data-pinned]").get_attribute("data-value") or "nan"
        assert float(value) == close(float(TRACE["blocks.1.mlp.pre"][3, 100]))


def test_the_scene_the_languages_and_the_looks(browser: Browser, sort: Path) -> None:
    with alone(browser, sort) as page:
        page.keyboard.press("3")
        shown(page)
        page.keyboard.press("3")
        ready(page)
        page.locator("header select").first.select_option("zh")
        page.get_by_text("关于此文件").wait_for()
        page.locator('[data-glassformer][lang="zh"]').wait_for()
        ready(page)
        check_card(page, TRACE)
        page.locator("header select").nth(1).select_option("dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 23)"
        page.reload()
        ready(page)
        assert page.evaluate("document.documentElement.lang + document.documentElement.dataset.look") == "zhdark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(browser: Browser, sort: Path, scheme: str) -> None:
    with alone(browser, sort, color_scheme=scheme) as page:
        page.get_by_text("About this file").click()
        page.get_by_text("of 23,274 cells worked out: those that the walk shows.").wait_for()
        page.get_by_text("Licences of the software in this file").click()
        page.get_by_text("preact 10.").wait_for()
        fits(page, 390)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, sort: Path, scheme: str) -> None:
    with alone(browser, sort, color_scheme=scheme, bypass_csp=True) as page:  # axe is a script from outside
        page.get_by_text("About this file").click()
        assert serious(page, inside="body") == []


def test_nothing_can_be_fetched(browser: Browser, sort: Path, app: str) -> None:
    page = browser.new_page()
    page.goto(sort.as_uri())
    ready(page)
    ask = "address => fetch(address).then(() => 'answered', () => 'refused')"
    assert page.evaluate(ask, f"{app}/_stcore/health") == "refused"
    picture = """address => new Promise(done => {
      const image = new Image()
      image.onload = () => done('shown')
      image.onerror = () => done('refused')
      image.src = address
    })"""
    assert page.evaluate(picture, f"{app}/favicon.png") == "refused"
    page.close()


def test_what_was_typed_stays_text(browser: Browser, tmp_path: Path) -> None:
    trace = traced()
    told = Trace(trace.plan, {n: trace[n] for n in trace.names}, None, trace.inputs, config=trace.config)
    told.pieces = {3: HOSTILE, 1: "<img src=x onerror=alert(1)>", 4: "\"'"}
    with alone(browser, saved(told, tmp_path / "hostile.html", card={"title": HOSTILE})) as page:
        assert "</script><script>alert(1)" in page.locator("h1").inner_text()
        assert "<img·src=x" in root(page).locator(".tokens").inner_text()
        assert page.locator("h1 script, img").count() == 0


def test_the_shipped_trace_opens_without_weights(browser: Browser, tmp_path: Path) -> None:
    trace = Trace.load(SMOLLM2)
    with alone(browser, saved(trace, tmp_path / "smollm2.html", missing="No weights here.")) as page:
        for name in ("blocks.0.attn.pattern", "blocks.3.mlp.post"):
            page.goto(f"{page.url.partition('#')[0]}#stage={name}")
            ready(page, name)
            card = page.locator("[data-pinned]")
            card.get_by_text("No weights here.").wait_for()
            expect(card).to_have_attribute("data-value", re.compile(r"\d"))
            index = tuple(int(i) for i in (card.get_attribute("data-index") or "").split(","))
            assert float(card.get_attribute("data-value") or "nan") == close(float(trace[name][index]))
        page.keyboard.press("3")
        shown(page)
