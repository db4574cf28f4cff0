"""The walkthrough in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import model
from tests.browser.visits import opened, press, ready

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SORT = model.load("sort")
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</p><script>alert(1)</script>",
    "[x](javascript:alert(1)) **A** $x$ :red[A]",
    "\u202eABC\u202c",
    "A\u200bB\u200d",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "שלום عربي",
    "A" * 100_000,
]


def close(wanted: Any) -> Any:
    """The app computes with two threads, the test with its own number: the last digit may differ."""
    return pytest.approx(wanted, rel=1e-5, abs=1e-6)


def stage(page: Page) -> str:
    return page.locator('[data-glassformer="walkthrough"]').get_attribute("data-stage") or ""


def pinned(page: Page) -> tuple[str, tuple[int, ...], str]:
    card = page.locator("[data-pinned]")
    index = card.get_attribute("data-index") or ""
    name, value = (card.get_attribute(f"data-{word}") or "" for word in ("name", "value"))
    return name, tuple(map(int, index.split(","))), value


def test_type_step_to_the_end_and_inspect(app: str, browser: Browser) -> None:
    names = SORT.trace("AACCBB").names
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, names[0])
        page.get_by_label("Input: letters").fill("AACCBB")
        expect(page.locator(".gf-tokens li")).to_have_text(["0A", "1A", "2C", "3C", "4B", "5B"])
        ready(page)
        page.get_by_label("Input: letters").blur()  # arrow keys inside the box move the caret
        for name in names[1:]:
            press(page, "ArrowRight", name)
        expect(page.get_by_role("button", name="Next")).to_be_disabled()
        name, index, value = pinned(page)
        explanation = SORT.trace("AACCBB").explain(name, index)
        assert float(value) == close(explanation.value)
        shown = [float(t.get_attribute("data-value") or "nan") for t in page.locator("[data-term]").all()]
        assert sorted(shown) == close(sorted(float(t.value) for t in explanation.terms))
        press(page, "Home", names[0])
        press(page, "End", names[-1])
        press(page, "ArrowLeft", names[-2])


def test_a_click_pins_the_cell_under_the_pointer(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        plot = page.get_by_test_id("stPlotlyChart").first.locator(".nsewdrag").first
        wanted = page.locator('[data-pinned][data-index="2,1"]')
        for _ in range(10):  # the page may still be moving, or the chart not listening yet: measure and click again
            plot.scroll_into_view_if_needed()
            box = plot.bounding_box()
            assert box is not None
            # Row 2 of 6, column 1 of 3.
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 2.5 / 6
            page.mouse.move(x, y)
            page.wait_for_timeout(1000)
            page.mouse.click(x, y)
            page.wait_for_timeout(3000)
            if wanted.count():
                break
        wanted.wait_for(state="attached")
        assert float(pinned(page)[2]) == close(SORT.trace("CBABBC")["logits"][2, 1].item())
        assert "cell=2%2C1" in page.url or "cell=2,1" in page.url


def test_stepping_into_a_term_and_back_by_the_browser(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=blocks.0.attn.pattern&cell=1,4,2")
        ready(page, "blocks.0.attn.pattern")
        page.locator(".st-key-door-0 button").click()
        ready(page, "blocks.0.attn.attn_scores")
        name, index, value = pinned(page)
        assert float(value) == close(SORT.trace("CBABBC").explain(name, index).value)
        page.locator(".st-key-door-0 button").click()
        ready(page, "blocks.0.attn.qk")
        page.go_back()
        ready(page, "blocks.0.attn.attn_scores")
        page.go_back()
        ready(page, "blocks.0.attn.pattern")
        page.locator('[data-pinned][data-index="1,4,2"]').wait_for(state="attached")
        page.go_forward()
        ready(page, "blocks.0.attn.attn_scores")


def test_a_link_opens_the_same_view(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?input=BBBAAA&stage=blocks.1.attn.attn_scores&cell=0,1,4")
        ready(page, "blocks.1.attn.attn_scores")
        assert pinned(page) == ("blocks.1.attn.attn_scores", (0, 1, 4), "-inf")
        expect(page.locator("[data-term] td").first).to_contain_text("mask: key 4 comes after query 1")
        page.reload()
        ready(page, "blocks.1.attn.attn_scores")
        expect(page.get_by_label("Input: letters")).to_have_value("BBBAAA")


@pytest.mark.parametrize("text", HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
def test_hostile_input_is_refused_in_words(text: str, app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=embed")
        ready(page, "embed")
        page.get_by_label("Input: letters").fill(text)
        expect(page.locator(".gf-problem")).to_be_visible()
        assert page.locator(".gf-problem img, .gf-problem script, .gf-problem a").count() == 0
        assert stage(page) == "embed"
        page.get_by_label("Input: letters").fill("ABCABC")
        expect(page.locator(".gf-problem")).to_have_count(0)
        ready(page, "embed")


NETS = ["architecture=encoder-decoder", "positional=alibi;norm=rms;mlp=geglu;attention=multi_query"]


@pytest.mark.parametrize("net", NETS)
def test_networks_from_scratch(net: str, app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net={net.replace(';', '%3B').replace('=', '%3D')}")
        ready(page)
        press(page, "End", "probs")
