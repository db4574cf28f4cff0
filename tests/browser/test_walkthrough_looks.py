"""The walkthrough in other words, colours and hands: Chinese, forced colours, hostile input."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cards import PATTERN, TRACE, check_card
from tests.browser.visits import opened, ready, selection

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
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


def test_in_chinese(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?lang=zh&stage={PATTERN}")
        ready(page, PATTERN)
        text = page.locator(".deeper").inner_text()
        assert len(re.findall(r"[\u4e00-\u9fff]", text)) > 100
        check_card(page, TRACE)


@pytest.mark.parametrize("text", HOSTILE, ids=[str(i) for i in range(len(HOSTILE))])
def test_hostile_input_is_refused_in_words(text: str, app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=embed")
        ready(page, "embed")
        page.get_by_label("Input: letters").fill(text)
        expect(page.locator(".gf-problem")).to_be_visible()
        assert page.locator(".gf-problem img, .gf-problem script, .gf-problem a").count() == 0
        assert selection(page)["stage"] == "embed"
        page.get_by_label("Input: letters").fill("ABCABC")
        expect(page.locator(".gf-problem")).to_have_count(0)
        ready(page, "embed")


def test_forced_colours_show_tables_and_what_is_chosen(app: str, browser: Browser) -> None:
    """Where the system takes all colours away, every matrix is a table, and what is pressed differs from the rest."""
    with opened(browser, forced_colors="active", contrast="more", reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&head=1")
        ready(page, PATTERN)
        shown = page.locator("figure.output .cells-table tbody tr").nth(5).locator("td").all_inner_texts()
        assert [float(t) for t in shown] == pytest.approx(TRACE[PATTERN][1, 5].tolist(), rel=1e-3, abs=1e-6)
        colours = {
            pressed: page.locator(f'.chooser button[aria-pressed="{pressed}"]').first.evaluate(
                "e => getComputedStyle(e).backgroundColor"
            )
            for pressed in ("true", "false")
        }
        assert colours["true"] != colours["false"]
