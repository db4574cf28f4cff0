"""A vision transformer in a real browser: its picture, its patches as tokens, where it looks, a file of one's own."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

import model
from model import Trace
from tests.browser.cards import check_card, close, walk_all
from tests.browser.looks import STREAMLITS, fits, serious
from tests.browser.visits import opened, ready, root, settled
from viz import pictures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
DIGITS = model.load("digits")
PATTERN = "blocks.2.attn.pattern"


def traced(number: int) -> Trace:
    return DIGITS.trace(features=pictures.features(DIGITS, number))


def test_every_step_of_a_picture(app: str, browser: Browser) -> None:
    """The whole way by keyboard, and cards all along it held against the trace's own explanations."""
    trace = traced(37)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=digits&picture=37")
        ready(page, "features")
        expect(page.locator(".tokens .chip")).to_have_count(17)
        expect(page.locator(".tokens .chip .patch")).to_have_count(16)
        page.locator(".map").get_by_role("button", name="Patches become vectors").focus()
        walk_all(page, trace, every=3)
        label = int(pictures.shipped("digits")[1][37])
        expect(page.get_by_text(f"a person meant “{label}”")).to_be_visible()


def test_where_a_head_looks_is_laid_over_the_picture(app: str, browser: Browser) -> None:
    trace = traced(3)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=digits&picture=3&stage={PATTERN}&head=2&token=0")
        ready(page, PATTERN)
        page.locator(".strip").scroll_into_view_if_needed()
        patches = page.locator(".heat button")
        expect(patches).to_have_count(16)
        shown = [float(one.get_attribute("data-value") or "nan") for one in patches.all()]
        assert shown == close(trace[PATTERN][2, 0, 1:].tolist())
        patches.nth(6).click()
        root(page).locator(f'[data-pinned][data-name="{PATTERN}"][data-index="2,0,7"]').wait_for()
        check_card(page, trace)
        page.get_by_role("button", name="Token 6: row 1, column 1").click()
        expect(patches.first).to_have_attribute("title", re.compile(r"^row 0, column 0: "))
        wanted = trace[PATTERN][2, 6, 1:].tolist()
        expect(page.locator(".strip h3")).to_contain_text("r1 c1")
        expect(patches.nth(6)).to_have_attribute("data-value", re.compile(re.escape(f"{wanted[6]:.3f}"[:4])))
        shown = [float(one.get_attribute("data-value") or "nan") for one in patches.all()]
        assert shown == close(wanted)
        fits(page, 390)
        assert not serious(page, STREAMLITS)


def upload(page: Page, data: bytes, name: str) -> None:
    page.get_by_role("button", name="Your own picture").click()
    page.locator('input[type="file"]').set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    settled(page)


def test_a_file_of_ones_own_and_a_bad_one(app: str, browser: Browser) -> None:
    pixels = np.zeros((40, 40), dtype=np.uint8)
    pixels[5:35, 17:23] = 255
    held = io.BytesIO()
    Image.fromarray(pixels).save(held, "PNG")
    assert DIGITS.processor is not None
    trace = DIGITS.trace(features=DIGITS.processor(held.getvalue()))
    label = DIGITS.card["labels"][int(trace["probs"].argmax())]
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=digits&stage=probs")
        ready(page, "probs")
        upload(page, held.getvalue(), "one.png")
        expect(page.get_by_text("not in the link")).to_be_visible()
        expect(page.get_by_text(f"The model says “{label}”")).to_be_visible()
        page.keyboard.press("Escape")
        upload(page, b"no picture", "two.png")
        expect(page.get_by_text("cannot be read as a picture")).to_be_visible()
        expect(page.get_by_text("not in the link")).to_be_visible()
