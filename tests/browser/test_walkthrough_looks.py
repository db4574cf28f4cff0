"""The walkthrough in other words, colours and hands: Chinese, forced colours, hostile input."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.cards import PATTERN, TRACE, check_card
from tests.browser.looks import STREAMLITS, serious
from tests.browser.visits import opened, pinned, press, ready, root, selection, settled

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


@pytest.mark.parametrize("stage", ["tokens", PATTERN, "probs"])
def test_nothing_serious_while_a_question_waits(stage: str, app: str, browser: Browser) -> None:
    with opened(browser, asks=True, contrast="more", reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?stage={stage}")
        ready(page, stage)
        if stage != "tokens":
            page.locator("[data-guess]").wait_for()
        assert page.evaluate("matchMedia('(prefers-contrast: more)').matches")
        assert not serious(page, STREAMLITS)


# From frame to frame while keys are pressed: what is animated, and how far the page is scrolled.
WATCH = """root => {
  const scrolls = (at) => /auto|scroll/.test(getComputedStyle(at).overflowY) && at.scrollHeight > at.clientHeight
  const scroller = (at) => at && (scrolls(at) ? at : scroller(at.parentElement ?? at.getRootNode().host))
  const seen = { animated: [], places: [], asked: [] }
  const bring = Element.prototype.scrollIntoView
  Element.prototype.scrollIntoView = function (how) {
    seen.asked.push(how.behavior)
    bring.call(this, how)
  }
  const look = () => {
    for (const tree of [document, root.getRootNode()]) {
      for (const one of tree.getAnimations()) {
        const { effect, playState } = one
        const { duration } = effect.getComputedTiming()
        if (playState === "running" && root.contains(effect.target) && duration > 1) seen.animated.push(duration)
      }
    }
    const place = scroller(root.parentElement ?? root.getRootNode().host)?.scrollTop
    if (place !== undefined && place !== seen.places.at(-1)) seen.places.push(place)
    requestAnimationFrame(look)
  }
  look()
  root.seen = seen
}"""


def walked(page: Page, app: str) -> Any:
    """What moves in the first steps, and while help is opened and closed."""
    page.goto(f"{app}/walkthrough?stage=tokens")
    ready(page, "tokens")
    settled(page)
    root(page).evaluate(WATCH)
    for stage in TRACE.names[1:4]:
        press(page, "ArrowRight", stage)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_timeout(1000)
    seen = root(page).evaluate("root => root.seen")
    assert seen["places"][-1] > seen["places"][0]
    return seen


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_who_wants_no_motion(motion: str, app: str, browser: Browser) -> None:
    """The first step brings the panes into view: in one jump, or, as the proof that the test sees it, smoothly."""
    with opened(browser, reduced_motion=motion, viewport={"width": 1280, "height": 520}) as page:
        seen = walked(page, app)
        if motion == "reduce":
            assert not seen["animated"]
            assert len(seen["places"]) == 2, seen
            assert set(seen["asked"]) == {"instant"}, seen
            return
        for _ in range(4):  # a busy machine may paint the end of a smooth way alone
            if len(seen["places"]) > 2:
                break
            page.goto("about:blank")
            seen = walked(page, app)
        assert len(seen["places"]) > 2, seen
        assert set(seen["asked"]) == {"smooth"}, seen


def test_off_the_short_tour_it_is_said(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough#stage=blocks.2.attn.qk&tour=short")
        ready(page, "blocks.2.attn.qk")
        expect(page.locator(".words")).to_contain_text("not on the short tour")
        expect(page.locator("output.count")).to_have_text(re.compile("^after"))
        page.get_by_role("button", name="On with the short tour").click()
        ready(page)
        expect(page.locator(".words")).not_to_contain_text("not on the short tour")
        page.go_back()
        ready(page, "blocks.2.attn.qk")
        page.locator(".words").get_by_role("button", name="All 81 steps").click()
        expect(page.locator("output.count")).to_have_text(re.compile(r"^\d+ of 81$"))
        press(page, "ArrowRight", "blocks.2.attn.attn_scores")


def test_a_step_into_a_term_shows_the_head_of_the_card(app: str, browser: Browser) -> None:
    with opened(browser, viewport={"width": 1280, "height": 700}) as page:
        page.goto(f"{app}/walkthrough?stage=blocks.0.attn_out")
        ready(page, "blocks.0.attn_out")
        pinned(page)
        source = page.locator("[data-pinned] [data-term] .source").last
        source.scroll_into_view_if_needed()
        expect(page.locator("[data-pinned] > header")).not_to_be_in_viewport()
        source.click()
        ready(page)
        expect(page.locator("[data-pinned] > header")).to_be_in_viewport()


def test_a_walk_by_keyboard_alone(app: str, browser: Browser) -> None:
    """Every step of the short tour; each is said aloud."""
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=tokens")
        ready(page, "tokens")
        _reach(page, page.get_by_role("button", name=re.compile("^Short tour")))
        page.keyboard.press("Enter")
        page.keyboard.press("Home")
        total = int((page.locator("output.count").inner_text()).split()[-1])
        titles = set()
        for step in range(1, total + 1):
            expect(page.locator("output.count")).to_have_text(f"{step} of {total}")
            ready(page)
            title = page.locator(".stage .title h2").inner_text()
            stage = selection(page)["stage"]
            if selection(page)["show"] == "stage":
                expect(page.locator('p.unseen[role="status"]')).to_contain_text(title)
            titles.add(stage)
            page.keyboard.press("ArrowRight")
        assert len(titles) > 10


def test_a_cell_is_kept_and_entered_by_keyboard_alone(app: str, browser: Browser) -> None:
    """A cell kept, one step into a term and back."""
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&head=1")
        ready(page, PATTERN)
        _reach(page, page.locator("figure.output .plot").first)
        for key in ("ArrowDown", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("[data-pinned]")).to_have_attribute("data-pinned", "true")
        kept = pinned(page)
        assert kept[0] == PATTERN
        _reach(page, page.locator("[data-pinned] [data-term] button").first)
        page.keyboard.press("Enter")
        expect(page.locator(".trail button").first).to_be_visible()
        assert pinned(page)[0] != PATTERN
        _reach(page, page.locator(".trail button").first)
        press(page, "Enter", PATTERN)
        assert pinned(page) == kept


def _reach(page: Page, target: Locator) -> None:
    """Tab until it has the focus."""
    for _ in range(200):
        if target.evaluate("e => e.getRootNode().activeElement === e"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not reached by Tab")


@pytest.mark.parametrize("width", [320, 390, 760, 2560])
def test_buttons_of_the_rail_do_not_overlap(width: int, app: str, browser: Browser) -> None:
    with opened(browser, viewport={"width": width, "height": 800}) as page:
        page.goto(f"{app}/walkthrough?stage=embed")
        ready(page, "embed")
        unfold = page.locator(".tool.unfold")  # where there is little room
        if unfold.is_visible():
            unfold.click()
        boxes = []
        for part in (".rail .count", ".rail .track", ".tool.unfold", ".rail .tours", ".copy"):
            box = page.locator(part).first.bounding_box()
            if part == ".tool.unfold" and not unfold.is_visible():
                continue
            assert box
            boxes.append((box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]))
        for i, one in enumerate(boxes):
            assert one[0] >= 0
            assert one[2] <= width
            for other in boxes[:i]:
                assert any(min(one[at + 2], other[at + 2]) - max(one[at], other[at]) <= 1 for at in (0, 1))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("positional", ["t5", "transformer_xl", "shaw", "alibi"])
def test_the_picture_of_a_bias_has_its_whole_title(positional: str, language: str, app: str, browser: Browser) -> None:
    where = "blocks.0.attn.bias"
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net=positional%3D{positional}&lang={language}#stage={where}")
        ready(page, where)
        title = page.locator(".matrix.output .title")
        whole = "e => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"
        assert title.evaluate(whole), title.inner_text()
        assert title.inner_text() == page.locator(".head h2").inner_text()
        # It lies on nothing, and what stands level with the picture still does.
        box, above = title.bounding_box(), page.locator(".head").bounding_box()
        assert box is not None
        assert above is not None
        assert box["y"] >= above["y"] + above["height"]
        tops = page.locator(".flow.across > * .plot").evaluate_all("all => all.map((e) => e.offsetTop)")
        assert len(set(tops)) <= 1
        expect(page.locator(".picture .scale").filter(has_text="−").first).to_be_attached()
        legends = " ".join(page.locator(".picture .scale").all_inner_texts())
        assert "-" not in legends
