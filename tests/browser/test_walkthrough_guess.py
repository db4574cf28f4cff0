"""Questions of the walkthrough, in a real browser: asked before the answer is in sight, and revealed."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.cards import PATTERN
from tests.browser.visits import opened, press, ready, selection

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_guess_is_asked_and_revealed(app: str, browser: Browser) -> None:
    with opened(browser, asks=True) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        guess = page.locator("[data-guess]")
        guess.locator(".options button").first.click()
        assert selection(page)["stage"] == PATTERN
        expect(guess.locator("[data-reveal]")).to_be_visible()
        guess.get_by_role("button", name="No more questions").click()
        expect(guess).to_have_count(0)
        page.reload()
        ready(page, PATTERN)
        expect(page.locator("[data-guess]")).to_have_count(0)


HIDDEN = ("figure.output .plot", "figure.operand .plot", ".facts", '.cell[data-pinned="soft"]')


def hides_the_answer(page: Page) -> None:
    """Neither to be seen, nor reached by keyboard, nor read aloud: what is not visible is none of these."""
    for part in HIDDEN:
        for found in page.locator(part).all():
            expect(found).to_be_hidden()
    expect(page.locator(".cover")).to_be_visible()


@pytest.mark.parametrize("stage", [PATTERN, "logits", "probs"])
def test_the_answer_is_covered_while_it_is_asked_for(stage: str, app: str, browser: Browser) -> None:
    with opened(browser, asks=True) as page:
        page.goto(f"{app}/walkthrough?stage={stage}")
        ready(page, stage)
        page.locator("[data-guess]").wait_for()
        hides_the_answer(page)
        page.get_by_role("button", name="Show the answer").click()
        expect(page.locator("figure.output .plot").first).to_be_visible()
        expect(page.locator(".cover")).to_have_count(0)


def test_what_comes_next_is_asked_once(app: str, browser: Browser) -> None:
    with opened(browser, asks=True) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        page.locator("[data-guess] .options button").first.click()
        press(page, "ArrowRight", "probs")
        expect(page.locator("[data-reveal]")).to_be_visible()
        expect(page.locator("figure.output .plot").first).to_be_visible()


def test_a_second_question_of_a_kind_is_asked_on_request(app: str, browser: Browser) -> None:
    with opened(browser, asks=True) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        page.get_by_role("button", name="Show the answer").click()
        press(page, "ArrowDown", "blocks.1.attn.pattern")
        expect(page.locator("figure.output .plot").first).to_be_visible()
        page.get_by_role("button", name="Guess first").click()
        hides_the_answer(page)
