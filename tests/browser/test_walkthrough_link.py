"""Links to a view of the walkthrough, in a real browser: back, forward, copied, opened elsewhere."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import transformers
from playwright.sync_api import Browser, expect

from tests.browser.cards import PATTERN, TRACE, check_card
from tests.browser.visits import opened, pinned, press, ready, selection, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_back_and_forward_restore_each_view_without_python(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&cell=1,4,2")
        ready(page, PATTERN)
        check_card(page, TRACE)
        settled(page)
        sent: list[Any] = []
        page.on("websocket", lambda socket: sent.append(socket))
        press(page, "ArrowRight", "blocks.0.attn.z")
        page.wait_for_timeout(200)
        press(page, "ArrowRight", "blocks.0.attn.result")
        page.go_back()
        ready(page, "blocks.0.attn.z")
        page.go_back()
        ready(page, PATTERN)
        page.locator('[data-pinned="true"][data-index="1,4,2"]').wait_for()
        page.go_forward()
        ready(page, "blocks.0.attn.z")
        assert not sent


def test_a_link_opens_the_same_view(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?input=BBBAAA&stage=blocks.1.attn.attn_scores&cell=0,1,4&head=0&token=1")
        ready(page, "blocks.1.attn.attn_scores")
        assert pinned(page) == ("blocks.1.attn.attn_scores", (0, 1, 4), "-inf")
        expect(page.locator("[data-term]")).to_contain_text("key 4 comes after query 1")
        page.locator('.choosers [role=toolbar][aria-label="Head"] button').nth(3).click()
        page.locator('[data-glassformer="walkthrough"][data-head="2"][data-ready="true"]').wait_for()
        press(page, "ArrowRight", "blocks.1.attn.pattern")
        seen, card, address = selection(page), pinned(page), page.url
        assert (seen["layer"], seen["head"], seen["token"]) == ("1", "2", "1")
    with opened(browser) as page:
        page.goto(address)
        ready(page, "blocks.1.attn.pattern")
        assert (selection(page), pinned(page)) == (seen, card)
        expect(page.get_by_label("Input: letters")).to_have_value("BBBAAA")


def test_the_link_can_be_copied(app: str, browser: Browser) -> None:
    with opened(browser, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&cell=1,4,2")
        ready(page, PATTERN)
        page.get_by_role("button", name="Copy the link to this view").click()
        expect(page.locator(".copy [role=status]")).to_have_text("Link copied")
        assert page.evaluate("navigator.clipboard.readText()") == page.url
        assert "cell=" in page.url


def test_a_link_that_cannot_be_copied_is_shown(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        page.get_by_role("button", name="Copy the link to this view").click()
        expect(page.get_by_label("Copy this link")).to_have_value(page.url)


def test_a_link_waits_for_its_model(app: str, browser: Browser, tmp_path: Path) -> None:
    """While a folder is opened another model is shown, which has no such stage: the link is not lost to it."""
    config = transformers.GPT2Config(n_layer=10, n_embd=512, n_head=8, vocab_size=500, n_positions=64)
    transformers.GPT2LMHeadModel(config).save_pretrained(tmp_path)
    view = "stage=blocks.9.attn.pattern&head=7&cell=blocks.9.attn.pattern:7,3,1"
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model={quote(str(tmp_path), safe='')}#{view}")
        ready(page, "blocks.9.attn.pattern")
        assert pinned(page)[:2] == ("blocks.9.attn.pattern", (7, 3, 1))
        assert selection(page)["head"] == "7"
        expect(page).to_have_url(re.compile(f"#{view}$"))


def test_a_text_that_cannot_be_read_keeps_the_view(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        press(page, "ArrowRight", "blocks.0.attn.z")
        field = page.get_by_label("Input: letters")
        field.fill("CBAQQQ")
        field.press("Enter")
        page.get_by_role("alert").filter(has_text="Q").first.wait_for()
        settled(page)
        ready(page, "blocks.0.attn.z")
        expect(page).to_have_url(re.compile("input=CBAQQQ.*#stage=blocks.0.attn.z"))
