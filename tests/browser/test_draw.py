"""Draw your own in a browser: formulas and their errors, painting by pointer and keyboard, uploads; numbers checked."""

import io

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as TooLate

from model.positional.alibi import slopes
from tests.browser.looks import STREAMLITS, fits, serious
from tests.browser.visits import PATIENCE, opened, pinned, ready, settled
from viz.arrays import exact
from viz.positions.setup import BIAS, Setup, passed

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
expect.set_options(timeout=PATIENCE)
SECTION = "/positions?section=Draw+your+own"
CURSORS = "#head=1&at=9&key=4"


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.locator('[data-glassformer="board"][data-ready="true"]').first.wait_for()
    settled(page)


def drawn(page: Page) -> Locator:
    """What the first board says of the bias at its cursors."""
    return page.locator('[data-panel="bias"] [data-value]').first


def value(setup: Setup, head: int = 1, query: int = 9, key: int = 4) -> str:
    """The same cell of a network's pass, as the page writes numbers."""
    return exact(passed(setup)[BIAS][head, query, key].item())


def formula(text: str) -> Setup:
    return Setup("drawn", (("drawn_formula", text),))


def painting(page: Page) -> Locator:
    return page.locator('[data-glassformer="paint"][data-ready="true"]')


def test_a_formula_its_error_and_the_last_good_picture(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + SECTION + CURSORS)
        expect(drawn(page)).to_have_attribute("data-value", value(Setup("drawn")))
        box = page.get_by_label("Formula: what is added to the score")
        box.fill("sin(distance) * (head + 1) - key / 7")
        worked = page.locator('[data-panel="formula"]')
        expect(worked.locator(".katex").first).to_be_visible()
        good = value(formula("sin(distance) * (head + 1) - key / 7"))
        expect(drawn(page)).to_have_attribute("data-value", good)
        for text, words in (
            ("sin(distance) * (", "ends too early"),
            ("1 / distance", "infinite at head 0, query 0, key 0"),
            ("<img src=x onerror=alert(1)>", "'<' at character 1 is out of place"),
        ):
            box.fill(text)
            expect(page.locator(".gf-problem").first).to_contain_text(words)
            expect(drawn(page)).to_have_attribute("data-value", good)
        page.get_by_text("First token", exact=True).click()
        expect(page.locator(".gf-problem")).to_have_count(0)
        expect(drawn(page)).to_have_attribute("data-value", value(formula("where(key == 0, 3, 0)")))
        expect(box).to_have_value("where(key == 0, 3, 0)")
        page.wait_for_url("**drawn_formula=where**")
        visit(page, page.url)  # the link alone brings it back
        expect(drawn(page)).to_have_attribute("data-value", "0")


def test_sizes_past_the_limit_are_told_and_the_picture_stays(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + SECTION + CURSORS)
        before = value(Setup("drawn"))
        for label, given, words in (
            ("Positions", "100000", "less than or equal to 128"),
            ("Positions", "0", "greater than or equal to 1"),
            ("Heads", "9", "less than or equal to 8"),
        ):
            box = page.locator(f'input[aria-label="{label}"]')
            box.fill(given)
            box.press("Enter")
            assert words in box.evaluate("e => e.validationMessage")
            settled(page)
            expect(drawn(page)).to_have_attribute("data-value", before)
            box.fill({"Positions": "24", "Heads": "4"}[label])
            box.press("Enter")
        visit(page, app + SECTION + "&positions=100000")
        expect(page.locator(".gf-problem")).to_contain_text("positions=100000 in the link is no number from 1 to 128")


def test_painting_by_keyboard(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + SECTION + "&way=Paint+it" + CURSORS)
        own = painting(page)
        own.locator("fieldset button", has_text="1").click()
        canvas = own.locator("canvas")
        canvas.focus()
        for key in ("Home", *["ArrowRight"] * 5, " "):
            page.keyboard.press(key)
        expect(own.locator(".readout")).to_contain_text("head 1, distance 5: 2")
        expect(own).to_have_attribute("data-changed", "true")
        expect(drawn(page)).to_have_attribute("data-value", exact(-5 * slopes(4)[1]))  # not before it is used
        page.keyboard.press("Delete")
        expect(own.locator(".readout")).to_contain_text("distance 5: 0")
        page.keyboard.press("Control+z")
        expect(own.locator(".readout")).to_contain_text("distance 5: 2")
        own.get_by_role("button", name="Use it").click()
        expect(drawn(page)).to_have_attribute("data-value", "2")
        expect(own).to_have_attribute("data-changed", "false")
        expect(own.locator(".readout")).to_contain_text("distance 5: 2")  # the painting stays


def test_painting_by_pointer(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + SECTION + "&way=Paint+it&paint_over=query+%C3%97+key&positions=12" + CURSORS)
        own = painting(page)
        canvas = own.locator("canvas")
        canvas.scroll_into_view_if_needed()
        brush = own.get_by_label("Brush value", exact=True)
        brush.fill("-3.5")
        frame = canvas.bounding_box()
        assert frame is not None
        left, top, cell = frame["x"] + 34, frame["y"] + 22, 20

        def over(query: int, key: int) -> tuple[float, float]:
            return left + (key + 0.5) * cell, top + (query + 0.5) * cell

        own.get_by_text("paint all heads").click()
        page.mouse.move(*over(9, 1))
        page.mouse.down()
        page.mouse.move(*over(9, 7))  # one fast move leaves no gap
        page.mouse.up()
        own.get_by_role("button", name="Use it").click()
        expect(drawn(page)).to_have_attribute("data-value", "-3.5")
        expect(page.get_by_text("of the attention has moved")).to_be_visible()
        own.get_by_role("button", name="Undo").click()
        own.get_by_role("button", name="Use it").click()
        expect(drawn(page)).to_have_attribute("data-value", value(Setup("drawn", positions=12)))
        page.wait_for_url("**table=**")
        linked = page.url
        visit(page, linked)  # this server remembers the table
        expect(drawn(page)).to_have_attribute("data-value", value(Setup("drawn", positions=12)))


def test_an_array_is_uploaded(app: str, browser: Browser) -> None:
    table = np.linspace(-4, 2, 4 * 24 * 24).reshape(4, 24, 24).astype(np.float32)
    file = io.BytesIO()
    np.save(file, table)
    with opened(browser) as page:
        visit(page, app + SECTION + "&way=Upload+an+array" + CURSORS)
        give(
            page,
            "own.npy",
            file.getvalue(),
            drawn(page).and_(page.locator(f'[data-value="{exact(float(table[1, 9, 4]))}"]')),
        )
        give(page, "bad.csv", b"1,2\n3\n", page.locator(".gf-problem", has_text="row 2 of the .csv has 1 numbers"))
        expect(drawn(page)).to_have_attribute("data-value", exact(float(table[1, 9, 4])))


def give(page: Page, name: str, data: bytes, seen: Locator) -> None:
    """Uploads until it is seen: what is given while the page is being drawn may be lost."""
    for _ in range(5):
        settled(page)
        page.locator('input[type="file"]').set_input_files(
            {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        )
        try:
            seen.first.wait_for(timeout=15_000)
            return
        except TooLate:
            continue
    raise AssertionError(f"{name} was not seen")


def test_the_walkthrough_steps_through_the_same_bias(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app + SECTION + "&drawn_formula=sin%28key%29")
        page.get_by_role("link", name="Step through a network with it").click()
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for()
        settled(page)
        page.goto(page.url.partition("#")[0] + "&stage=blocks.0.attn.bias")
        ready(page, "blocks.0.attn.bias")
        name, (_, _, key), said = pinned(page)
        assert name == "blocks.0.attn.bias"
        assert said == exact(float(np.float32(np.sin(key))))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("way", ["Type+a+formula", "Paint+it", "Upload+an+array"])
def test_it_fits_and_can_be_read(way: str, scheme: str, app: str, browser: Browser) -> None:
    narrow = {"width": 390, "height": 844}
    with opened(browser, viewport=narrow, color_scheme=scheme, reduced_motion="reduce") as page:
        visit(page, f"{app}{SECTION}&way={way}")
        for width in (390, 2560, 1280):
            fits(page, width)
        assert serious(page, without=STREAMLITS) == []
