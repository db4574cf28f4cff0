"""The model writes: in the scene and in the picture, by keyboard, back again, and up to the last place there is."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import model
from model.generate import Step
from tests.browser.looks import STREAMLITS, fits, serious
from tests.browser.scenes import ask, at_rest, shown
from tests.browser.visits import opened, ready, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SORT = model.load("sort")
TEXT = "BCABCA"  # no example, whose note would leave and make the canvas higher


def chips(page: Page) -> list[str]:
    return page.locator(".token-row").last.locator(".chip bdi").all_inner_texts()


def button(page: Page, name: str) -> Any:
    return page.get_by_role("group", name="Let the model write").get_by_role("button", name=name, exact=True)


def written(page: Page, count: int) -> None:
    """Waits until so many tokens are written and the next may be."""
    page.locator(f'.writing[data-written="{count}"][data-waiting="false"]').wait_for()


def check_candidates(page: Page, step: Step) -> None:
    """What the page says of the choice is what `m.generate` chose from."""
    panel = page.locator(".writing .panel")
    names = list(step.stages)
    panel.locator(f'tr[data-drawn="true"][data-id="{step.id}"]').wait_for()
    rows = panel.locator("tbody tr")
    assert panel.locator("thead th").count() == 1 + len(names)
    for i in range(rows.count()):
        row = rows.nth(i)
        token = int(row.get_attribute("data-id") or "-1")
        probs = [float(td.get_attribute("data-prob") or "nan") for td in row.locator("td").all()]
        assert probs == pytest.approx([step.stages[n][token].item() for n in names], rel=1e-3, abs=1e-6)


def frame_of(page: Page, name: str) -> dict[str, Any]:
    """Where the eye is as seen from a block, and where the block's first cell is on the canvas."""
    return ask(
        page,
        """const {eye, target} = scene.space.camera.pose
        const {corner: [x, y, z]} = scene.network.block(argument)
        const from = (p) => [p[0] - x, p[1] - y, p[2] + z]
        return {eye: from(eye), target: from(target), at: scene.cellAt(argument, [0, 0, 0])}""",
        name,
    )


def test_three_tokens_in_the_scene_and_the_camera_stays(app: str, browser: Browser) -> None:
    steps = list(SORT.generate(TEXT, max_new_tokens=4))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?input={TEXT}#stage=blocks.1.attn.k&view=scene")
        shown(page, "blocks.1.attn.k")
        at_rest(page)
        page.locator(".writing summary").click()
        before = frame_of(page, "blocks.1.attn.k")
        for count in range(3):
            check_candidates(page, steps[count])
            button(page, "Next token").click()
            written(page, count + 1)
            shown(page, "blocks.1.attn.k")
            assert chips(page) == [*TEXT, *(s.text for s in steps[: count + 1])]
            page.locator('[data-kept="6"][data-changed="0"]').wait_for()
            # The blocks have grown, and the eye is where it was.
            page.wait_for_function(
                """rows => [...document.querySelectorAll('*')].flatMap((e) => e.shadowRoot ? [e.shadowRoot] : [])
                  .map((r) => r.querySelector('[data-scene]')).find(Boolean)
                  ?.scene.network.block('blocks.1.attn.k').shape[0] === rows""",
                arg=len(TEXT) + count + 1,
            )
            at_rest(page)
            now = frame_of(page, "blocks.1.attn.k")
            for part in ("eye", "target"):
                assert now[part] == pytest.approx(before[part], abs=1e-4)
            assert ask(page, "return scene.network.block('probs').shape") == [len(TEXT) + count + 1, 3]
        # For a moment every new row is lit; afterwards what stayed the same is framed, but for what is looked at.
        while ask(page, "return scene.herald.speaks"):
            page.wait_for_timeout(100)
        states = ask(page, "return [...scene.space.boxes.states]")
        cached = {f"blocks.{i}.attn.{n}" for i in range(3) for n in "kv"}
        assert {name for name, state in states if state == 5} == cached - {"blocks.1.attn.k"}
        assert ask(page, "return scene.space.boxes.marks.get('blocks.0.attn.v').row") == len(TEXT) + 2
        check_candidates(page, steps[3])
        settled(page)
        assert page.get_by_role("textbox", name="Input").input_value() == TEXT + "".join(s.text for s in steps[:3])
        link = page.url
    with opened(browser) as page:
        page.goto(link)
        shown(page, "blocks.1.attn.k")
        assert chips(page) == [*TEXT, *(s.text for s in steps[:3])]
        written(page, 3)


def test_drawn_by_lot_as_generate_draws(app: str, browser: Browser) -> None:
    words: dict[str, Any] = {"temperature": 6.0, "top_k": 2, "min_p": 0.05, "repetition_penalty": 1.5, "seed": 5}
    steps = list(SORT.generate(TEXT, max_new_tokens=3, **words))
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?input={TEXT}")
        ready(page)
        page.locator(".writing summary").click()
        fields = {"Repetition penalty": "1.5", "Temperature": "6", "Top-k": "2", "Min-p": "0.05", "Seed": "5"}
        for label, text in fields.items():
            page.get_by_role("spinbutton", name=label).fill(text)
        for count, step in enumerate(steps):
            check_candidates(page, step)
            button(page, "Next token").click()
            written(page, count + 1)
            assert chips(page)[-1] == step.text
        page.get_by_role("spinbutton", name="Top-p").fill("7")
        expect(page.locator(".writing .told")).to_contain_text("Top-p must be a number from 0.001 to 1.")
        expect(button(page, "Next token")).to_have_attribute("aria-disabled", "true")
        page.get_by_role("spinbutton", name="Top-p").fill("0.5")
        page.locator('.writing .panel tr[data-drawn="true"]').wait_for()
        assert not serious(page, STREAMLITS)
        page.get_by_role("spinbutton", name="Top-p").fill("")
        settled(page)
        link = page.url
    assert link.endswith("&how=repetition_penalty:1.5,temperature:6,top_k:2,min_p:0.05,seed:5")
    with opened(browser) as page:
        page.goto(link)
        written(page, 3)
        page.locator(".writing summary").click()
        for label, text in fields.items():
            assert page.get_by_role("spinbutton", name=label).input_value() == text
        check_candidates(page, list(SORT.generate(TEXT, max_new_tokens=4, **words))[3])
        page.get_by_role("spinbutton", name="Seed").focus()
        page.keyboard.press("Escape")
        expect(page.locator(".writing .panel")).to_have_count(0)
        expect(page.locator(".writing summary")).to_be_focused()


def test_by_keyboard_to_the_last_place_and_back(app: str, browser: Browser) -> None:
    run = list(SORT.generate(TEXT, max_new_tokens=5))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?input={TEXT}#stage=probs")
        ready(page, "probs")
        button(page, "Next token").focus()
        for count in range(5):
            page.keyboard.press("Enter")
            written(page, count + 1)
            assert page.evaluate("document.activeElement.shadowRoot.activeElement.textContent") == "Next token"
        assert chips(page) == [*TEXT, *(s.text for s in run)]
        expect(page.locator(".writing .told")).to_contain_text("at most 11 tokens")
        page.keyboard.press("Enter")  # says so and does nothing
        assert button(page, "Next token").get_attribute("aria-disabled") == "true"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        written(page, 4)
        assert chips(page) == [*TEXT, *(s.text for s in run[:4])]
        settled(page)
        page.go_back()
        written(page, 5)
        page.go_back()
        written(page, 4)
        ready(page, "probs")


def test_it_writes_on_until_somebody_stops_it(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?input=ABC")
        ready(page)
        button(page, "Write on").click()
        written(page, 2)
        button(page, "Stop").click()
        settled(page)
        count = int(page.locator(".writing").get_attribute("data-written") or "0")
        page.wait_for_timeout(3500)
        assert int(page.locator(".writing").get_attribute("data-written") or "0") <= count + 1
        expect(button(page, "Write on")).to_be_visible()


def test_an_encoder_has_no_next_token_and_a_narrow_page_has_room(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net=architecture%3Dencoder")
        ready(page)
        assert page.locator(".writing").count() == 0
        page.goto(f"{app}/walkthrough?model=scratch&net=architecture%3Dencoder-decoder&target=1+2")
        ready(page)
        button(page, "Next token").click()
        written(page, 1)
        assert len(chips(page)) == 3
        assert page.locator("[data-kept]").get_attribute("data-kept") == "8"
        page.locator(".writing summary").click()
        page.locator('.writing .panel tr[data-drawn="true"]').wait_for()
        fits(page, 390)
        assert not serious(page, STREAMLITS)


@pytest.mark.slow
def test_smollm2_writes_what_generate_writes(app: str, browser: Browser) -> None:
    text = "The capital of France is"
    run = list(model.load("smollm2").generate(text, max_new_tokens=3))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough?model=smollm2&input={text.replace(' ', '%20')}#stage=blocks.0.attn.k&view=scene")
        page.locator('[data-glassformer="scene"][data-ready="true"]').wait_for(timeout=300_000)
        page.locator(".writing summary").click()
        for count, step in enumerate(run):
            check_candidates(page, step)
            button(page, "Next token").click()
            written(page, count + 1)
            # Keys, keys turned by position, and values of thirty blocks.
            page.locator('[data-kept="90"][data-changed="0"]').wait_for()
        settled(page)
        # Its third token ends the line, which a box of one line cannot show.
        assert run[2].text == "\n"
        assert page.get_by_role("textbox", name="Input").input_value() == text
        expect(page.get_by_text("the model has written 3 tokens")).to_be_visible()
        button(page, "Take back").click()
        written(page, 2)
        settled(page)
        expect(page.get_by_role("textbox", name="Input")).to_have_value(f"{text} Paris.")
