"""How little of the first screen is controls: on a laptop, on a phone upright and on its side, on a large screen."""

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from tests.browser.looks import STREAMLITS, serious, too_wide
from tests.browser.scenes import FRAME, ask, at_rest, shown
from tests.browser.visits import opened, ready, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LAPTOP, PHONE, ASIDE, LARGE = (
    {"width": w, "height": h} for w, h in ((1280, 800), (390, 844), (844, 390), (1920, 1080))
)
PATTERN = "blocks.0.attn.pattern"
QUERIES = ["", "?model=digits", "?lang=zh", "?model=digits&lang=zh"]
CONTROLS = {
    "a model": ".st-key-model input",
    "weights": ".st-key-weights button",
    "languages": ".st-key-language button",
    "comparing": ".st-key-compare button",
    "saving": ".st-key-leave button",
    "what to start from": ".gf-start summary",
}


def box(found: Locator) -> FloatRect:
    rect = found.first.bounding_box()
    assert rect is not None
    return rect


def reach(page: Page, target: Locator) -> None:
    """Tab until it has the focus."""
    for _ in range(60):
        if target.evaluate("e => e.getRootNode().activeElement === e"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not reached by Tab")


@pytest.mark.parametrize("query", QUERIES)
def test_on_a_laptop_the_panes_begin_high_and_every_control_is_there(query: str, app: str, browser: Browser) -> None:
    with opened(browser, viewport=LAPTOP) as page:
        page.goto(f"{app}/walkthrough{query}")
        ready(page)
        settled(page)
        page.wait_for_function("innerWidth === 1280")
        assert box(page.locator(".panes"))["y"] <= 230
        for what, selector in CONTROLS.items():
            rect = box(page.locator(selector))
            assert rect["x"] >= 0, what
            assert rect["x"] + rect["width"] <= 1280, what
        expect(page.locator(".gf-fold summary")).to_be_hidden()
        assert too_wide(page) <= 0


@pytest.mark.parametrize("query", QUERIES)
def test_on_a_phone_numbers_are_on_the_first_screen(query: str, app: str, browser: Browser) -> None:
    with opened(browser, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        page.goto(f"{app}/walkthrough{query}")
        ready(page)
        settled(page)
        expect(page.locator(".gf-folded")).to_contain_text("digits · " if "digits" in query else "sort · “")
        for button in page.locator(".rail .controls .tool").all():
            expect(button).to_be_in_viewport(ratio=1)
        plot = box(page.locator("figure.output .plot"))
        # Its first row of cells, in a window that the browser's own bars have made smaller, too.
        assert plot["y"] + min(plot["height"], 60) < 664
        assert too_wide(page) <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_unfolds_its_controls_by_keyboard(scheme: str, app: str, browser: Browser) -> None:
    with opened(browser, viewport=PHONE, color_scheme=scheme, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough")
        ready(page)
        settled(page)
        given = page.get_by_label("Input: letters")
        expect(given).to_be_hidden()
        reach(page, page.locator(".gf-fold summary"))
        page.keyboard.press("Enter")
        expect(given).to_be_visible()
        for selector in CONTROLS.values():
            expect(page.locator(selector).first).to_be_visible()
        reach(page, given)
        page.keyboard.press("End")
        page.keyboard.type("AA")  # it stays open while somebody types, and says what is typed
        expect(page.locator(".gf-folded")).to_contain_text("CBABBCAA")
        expect(given).to_be_focused()
        expect(page.locator(".chip")).to_have_count(8)
        assert too_wide(page) <= 0
        assert serious(page, STREAMLITS) == []
        page.locator(".gf-fold summary").focus()
        page.keyboard.press("Enter")
        expect(given).to_be_hidden()
        assert serious(page, STREAMLITS) == []


def test_what_steps_stays_within_reach_on_a_phone(app: str, browser: Browser) -> None:
    with opened(browser, viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        settled(page)
        page.locator("[data-pinned]").scroll_into_view_if_needed()
        following = page.locator(".rail .tool.main")
        expect(following).to_be_in_viewport(ratio=1)
        following.tap()
        ready(page, "blocks.0.attn.z")
        unfold = page.locator(".tool.unfold")
        for part in (".tours", ".copy"):
            expect(page.locator(part)).to_be_hidden()
        unfold.tap()
        expect(unfold).to_have_attribute("aria-expanded", "true")
        page.get_by_role("button", name="Keys (?)").tap()
        expect(page.get_by_role("dialog")).to_be_visible()


def test_what_one_can_start_from_comes_out_and_goes_away(app: str, browser: Browser) -> None:
    with opened(browser, viewport=LAPTOP) as page:
        page.goto(f"{app}/walkthrough")
        ready(page)
        settled(page)
        digit = page.locator(".st-key-preset button", has_text="A picture: read a digit")
        expect(digit).to_be_hidden()
        reach(page, page.locator(".gf-start summary"))
        page.keyboard.press("Enter")
        expect(digit).to_be_visible()
        for one in page.locator(".st-key-preset button").all():  # all of it, cut nowhere
            assert box(one)["x"] + box(one)["width"] <= 1280
        reach(page, page.locator(".st-key-preset button").first)
        for _ in range(3):  # one stop for Tab; inside it, arrows
            page.keyboard.press("ArrowRight")
        expect(digit).to_be_focused()
        page.keyboard.press("Enter")
        ready(page, "features")
        expect(digit).to_be_hidden()


def test_on_a_phone_the_scene_is_on_the_first_screen_and_one_finger_turns_it(app: str, browser: Browser) -> None:
    with opened(browser, viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene")
        shown(page)
        settled(page)
        at_rest(page)
        frame = box(page.locator(FRAME))
        assert frame["y"] + frame["height"] <= 844
        assert frame["y"] < 400
        assert too_wide(page) <= 0
        where = "const {eye, target} = scene.space.camera.pose; return eye.map((x, d) => x - target[d])"
        before = ask(page, where)
        x, y = frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2
        drag(page, (x, y), (x + 90, y + 30))
        at_rest(page)
        after = ask(page, where)
        far = [sum(a * a for a in eye) ** 0.5 for eye in (before, after)]
        assert far[1] == pytest.approx(far[0], rel=0.02)  # turned, and no nearer
        assert max(abs(a - b) for a, b in zip(before, after, strict=True)) > 0.05 * far[0]
        assert scrolled(page) == 0
        drag(page, (200, 220), (200, 80))  # beside it the page scrolls
        page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 20")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger, put down, moved and lifted."""
    finger = page.context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": start[0], "y": start[1]}]})
    for part in (0.25, 0.5, 0.75, 1.0):
        at = {axis: a + part * (b - a) for axis, a, b in zip("xy", start, end, strict=True)}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        page.wait_for_timeout(60)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def scrolled(page: Page) -> float:
    return float(page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop"))


def test_on_its_side_a_phone_shows_numbers_at_once(app: str, browser: Browser) -> None:
    with opened(browser, viewport=ASIDE, has_touch=True, is_mobile=True) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        settled(page)
        assert box(page.locator("figure.output .plot"))["y"] < 360
        assert too_wide(page) <= 0
        page.locator("[data-pinned]").scroll_into_view_if_needed()
        expect(page.locator(".rail .tool.main")).to_be_in_viewport(ratio=1)
        page.goto(f"{app}/scene")
        shown(page)
        assert box(page.locator(FRAME))["y"] < 250


def test_a_large_screen_is_used_to_its_edges(app: str, browser: Browser) -> None:
    with opened(browser, viewport=LARGE) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        settled(page)
        panes = box(page.locator(".panes"))
        assert panes["y"] <= 230
        assert panes["width"] > 1800
        assert 1050 < panes["y"] + panes["height"] <= 1080
        # Words and the worked cell stand side by side, and nothing in the cell is cut.
        assert box(page.locator("[data-pinned]"))["x"] > box(page.locator(".words"))["x"] + 250
        terms = page.locator("[data-pinned] .terms")
        assert terms.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
