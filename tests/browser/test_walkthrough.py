"""The walkthrough step by step, in a real browser: by keyboard, by pointer, by itself."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cards import PATTERN, SORT, TRACE, check_card, walk_all
from tests.browser.visits import opened, pinned, press, ready, root, selection, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_the_first_view_teaches_without_a_click(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        assert page.locator("figure.output canvas").first.bounding_box()
        check_card(page, TRACE)
        expect(page.locator(".tokens .chip")).to_have_count(6)
        assert page.locator(".map [aria-current=step]").count() == 1


def test_every_step_by_keyboard(app: str, browser: Browser) -> None:
    trace = SORT.trace("AACCBB")
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.get_by_label("Input: letters").fill("AACCBB")
        expect(page.locator(".tokens .chip")).to_have_text([re.compile(c) for c in "AACCBB"])
        ready(page)
        page.get_by_label("Input: letters").blur()  # arrow keys inside the box move the caret
        walk_all(page, trace)
        # The last two steps look at all positions' predictions, and at the loss.
        for show in ("predict", "loss"):
            page.keyboard.press("ArrowRight")
            page.locator(f'[data-glassformer="walkthrough"][data-show="{show}"][data-ready="true"]').wait_for()
        page.keyboard.press("ArrowRight")
        assert selection(page)["show"] == "loss"
        press(page, "Home", "tokens")
        page.keyboard.press("End")
        ready(page, trace.names[-1])


def test_every_kind_of_place_by_pointer(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.get_by_role("button", name="Next step").click()
        ready(page, TRACE.names[1])
        page.locator(".map").get_by_role("button", name="Block 0").click()
        ready(page, "blocks.0.resid_pre")
        page.locator(".map").get_by_role("button", name=re.compile("Softmax")).first.click()
        ready(page, PATTERN)
        track = page.locator(".rail [role=slider]")
        box = track.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        page.locator('[data-show="loss"][data-ready="true"]').wait_for()
        page.get_by_role("button", name="Previous step").click()
        page.locator('[data-show="predict"][data-ready="true"]').wait_for()


def test_choices_stay_while_stepping(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&head=1&token=4")
        ready(page, PATTERN)
        for key, stage in (
            ("ArrowRight", "blocks.0.attn.z"),
            ("ArrowDown", "blocks.1.attn.z"),
            ("ArrowLeft", "blocks.1.attn.pattern"),
        ):
            press(page, key, stage)
            assert (selection(page)["head"], selection(page)["token"]) == ("1", "4")
        assert selection(page)["layer"] == "1"
        assert pinned(page)[1][:2] == (1, 4)


def test_playing_goes_on_and_stops(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.locator(".rail select").select_option(index=0)
        page.locator(".rail select").blur()
        page.keyboard.press("Space")
        ready(page, TRACE.names[2])
        page.keyboard.press("Space")
        page.wait_for_timeout(300)
        now = selection(page)["stage"]
        page.wait_for_timeout(3000)
        assert selection(page)["stage"] == now


def test_arrows_work_after_choosing_weights(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=embed")
        ready(page, "embed")
        page.get_by_test_id("stButtonGroup").get_by_text("Random").click()
        expect(root(page)).to_have_attribute("data-stage", "embed")
        settled(page)
        press(page, "ArrowRight", "pos_embed")


def test_the_short_tour_is_one_press_away_and_in_the_link(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.get_by_role("button", name="Short tour").click()
        seen = ["tokens"]
        while selection(page)["show"] == "stage":
            before = selection(page)
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "([root, before]) => root.dataset.stage + root.dataset.show !== before",
                arg=[root(page).element_handle(), f"{before['stage']}{before['show']}"],
            )
            seen.append(selection(page)["stage"] or "")
        assert len(seen) < len(TRACE.names) / 3
        assert [n for n in seen if n.startswith("blocks.0.attn.q")] == ["blocks.0.attn.q", "blocks.0.attn.qk"]
        assert [n for n in seen if n.startswith("blocks.1.")] == ["blocks.1.resid_pre"]
        assert not [n for n in seen if n.startswith("blocks.2.")]
        assert {"logits", "probs"} <= set(seen)
        page.reload()
        page.locator('[data-show="predict"][data-ready="true"]').wait_for()
        assert "tour=short" in page.url
        expect(page.get_by_role("button", name="Short tour")).to_have_attribute("aria-pressed", "true")


def test_random_weights_say_so_at_every_step(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?weights=random&stage=embed")
        ready(page, "embed")
        expect(page.locator(".control")).to_contain_text("Random weights")
        press(page, "End", "probs")
        expect(page.locator(".control")).to_be_visible()


def test_picture_controls_and_words_fit_the_window(app: str, browser: Browser) -> None:
    with opened(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        settled(page)
        page.wait_for_timeout(300)
        for part in (".rail", ".panes", "figure.output .plot", ".words"):
            box = page.locator(part).first.bounding_box()
            assert box is not None, part
            assert box["y"] < 800, part
        panes = page.locator(".panes").bounding_box()
        assert panes is not None
        assert panes["y"] + panes["height"] <= 800
