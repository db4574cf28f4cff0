"""Any cell of the walkthrough, in a real browser: pinned, explained, gone into, read as a table."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.cards import PATTERN, TRACE, cell_of, check_card, close
from tests.browser.visits import opened, press, ready, selection

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_click_pins_the_cell_under_the_pointer(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        page.mouse.move(*cell_of(page, "logits", 3, 2))
        page.locator('[data-peek][data-index="3,2"]').wait_for()
        page.mouse.click(*cell_of(page, "logits", 2, 1))
        page.locator('[data-pinned="true"][data-index="2,1"]').wait_for()
        assert check_card(page, TRACE) == ("logits", (2, 1))
        assert "cell=logits:2,1" in page.url.replace("%2C", ",").replace("%3A", ":")
        page.keyboard.press("Escape")
        page.locator('[data-pinned="soft"]').wait_for()
        press(page, "ArrowRight", "probs")  # a click leaves the arrow keys to the walk


def test_cells_by_keyboard(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        page.locator('figure.output[data-name="logits"] .plot').focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
        assert selection(page)["stage"] == "logits"  # arrows move the cell and not the step
        page.keyboard.press("Enter")
        page.locator('[data-pinned="true"]').wait_for()
        assert check_card(page, TRACE)[0] == "logits"


def test_from_a_probability_back_to_the_tokens(app: str, browser: Browser) -> None:
    """Provenance: the first source of each card, again and again, ends at the input."""
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=probs&cell=5,0")
        ready(page, "probs")
        stages = ["probs"]
        for _ in range(60):
            name, _ = check_card(page, TRACE)
            if name == "tokens":
                break
            sources = page.locator("[data-pinned] [data-term] .source")
            titles = [t for t in sources.evaluate_all("all => all.map(e => e.title)") if t.split("[")[0] in TRACE]
            titles.sort(key=lambda t: t.startswith("pos_embed"))  # which ends at its table, not at a token
            here = page.locator("[data-pinned]").get_attribute("data-name")
            page.locator(f'[data-pinned] [data-term] .source[title="{titles[0]}"]').first.click()
            page.locator(f'[data-pinned]:not([data-name="{here}"])').wait_for()
            stages.append(titles[0])
        assert page.locator("[data-pinned]").get_attribute("data-name") == "tokens"
        crumbs = page.locator(".trail button")
        assert crumbs.count() == min(len(stages) - 1, 12)
        crumbs.last.click()
        page.locator('[data-pinned]:not([data-name="tokens"])').wait_for()


def test_what_reads_a_cell(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=blocks.0.attn.k&cell=2,1,5")
        ready(page, "blocks.0.attn.k")
        page.locator(".readers .fold").click()
        page.locator(".readers .source").first.click()
        page.locator('[data-pinned][data-name="blocks.0.attn.qk"]').wait_for()
        name, index = check_card(page, TRACE)
        sources = [s[:2] for t in TRACE.explain(name, index).terms for s in t.sources]
        assert ("blocks.0.attn.k", (2, 1, 5)) in sources


def test_the_strip_shows_one_row_of_attention(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&head=2&token=5")
        ready(page, PATTERN)
        strip = page.locator(".strip")
        expect(strip).to_be_visible()
        shown = strip.locator('[data-name="blocks.0.attn.pattern"] [data-value]')
        shown.first.wait_for()
        values = [float(v) for v in shown.evaluate_all("all => all.map(e => e.dataset.value)")]
        assert values == close(TRACE[PATTERN][2, 5].tolist())


def test_a_picture_as_a_table(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        page.locator("figure.output").get_by_role("button", name=re.compile("table: ")).click()
        table = page.locator(".cells-table table")
        expect(table.locator("tbody tr")).to_have_count(6)
        shown = [float(t.replace("−", "-")) for t in table.locator("tbody tr").nth(2).locator("td").all_inner_texts()]
        assert shown == pytest.approx(TRACE["logits"][2].tolist(), rel=1e-3, abs=1e-3)


def test_a_softmax_is_written_term_by_term(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&cell=1,5,2")
        ready(page, PATTERN)
        check_card(page, TRACE)
        rows = page.locator("[data-pinned] [data-term]")
        row = TRACE[PATTERN][1, 5].tolist()
        shown = [float(r.locator("td").last.inner_text()) for r in rows.all()]
        assert sorted(shown) == pytest.approx(sorted(row), rel=1e-3, abs=1e-6)
        powers = [float(r.locator("td").nth(1).inner_text()) for r in rows.all()]
        assert max(powers) == 1
        assert [p / sum(powers) for p in powers] == pytest.approx(shown, rel=1e-2, abs=1e-6)
