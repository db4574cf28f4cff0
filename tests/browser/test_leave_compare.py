"""Two passes in one file, saved by the page's button and opened from the disk without a network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.files import alone, download, make
from tests.browser.looks import fits, serious
from tests.browser.scenes import ask, at_rest, shown, until
from tests.browser.test_compare import BAR, BOTH, LINK, MIXED, Z, close, which
from tests.browser.visits import opened, pinned, ready, settled
from viz.difference import stage_source

PRE = "blocks.2.mlp.pre"


@pytest.fixture(scope="module")
def file(app: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head of `sort` set to 0, saved at a cell of the other pass."""
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?{LINK}#stage={Z}&cell={Z}:5,2,6&compare=other")
        which(page, "other")
        settled(page)
        make(page)
        assert "input=" not in page.url  # the link is still the one that was opened
        page.get_by_text("The other one: Weighted values, block 1 of 3, attention head 2: set to 0.").wait_for()
        return download(page, tmp_path_factory.mktemp("both"))


def side(page: Page, word: str) -> None:
    page.locator(f"{BAR} .looks button", has_text=word).click()
    which(page, word.lower())


def three(page: Page, name: str, index: tuple[int, ...]) -> None:
    """The card has the cell of both passes and what it differs by."""
    numbers = page.locator(".three")
    expect(page.locator("[data-pinned]")).to_have_attribute("data-name", name)
    page.locator(".three[data-this][data-other][data-difference]").wait_for()
    found = [float(numbers.get_attribute(f"data-{word}") or "nan") for word in ("this", "other", "difference")]
    mine, theirs = (float(trace[name][index]) for trace in (BOTH.this, BOTH.other))
    assert found == [close(mine), close(theirs), close(theirs - mine)]


def test_both_and_their_difference_are_walked_through(browser: Browser, file: Path) -> None:
    assert file.stat().st_size < 5e6
    with alone(browser, file) as page:
        which(page, "other")
        name, index, value = pinned(page)
        assert (name, index, value) == (Z, (5, 2, 6), "0")
        three(page, Z, index)
        side(page, "Difference")
        assert float(pinned(page)[2]) == close(float(stage_source(BOTH, Z).numbers()[5, 2, 6]))
        side(page, "This")
        assert float(pinned(page)[2]) == close(BOTH.this[Z][5, 2, 6].item())
        page.go_back()
        which(page, "difference")
        # Nobody is there who could run another one.
        assert page.get_by_role("button", name="End the comparison").count() == 0
        assert page.locator(".what-if").count() == 0


def test_a_cell_that_is_not_worked_out_has_its_three_numbers(browser: Browser, file: Path) -> None:
    with opened(browser, offline=True) as page:
        page.goto(f"{file.as_uri()}#stage={PRE}&cell={PRE}:3,101&compare=difference")
        which(page, "difference")
        page.get_by_text(f"this file does not hold how this cell of {PRE} came about").wait_for()
        three(page, PRE, (3, 101))


def test_stages_that_differ_and_the_answers(browser: Browser, file: Path) -> None:
    with alone(browser, file) as page:
        expect(page.locator("[data-first]")).to_have_attribute("data-first", Z)
        page.locator(f"{BAR} .fold").first.click()
        page.locator(f'[data-change="{MIXED}"]').wait_for()
        most = float(page.locator(f'[data-change="{MIXED}"]').get_attribute("data-most") or "nan")
        assert most == close(abs(stage_source(BOTH, MIXED).numbers()).max())
        page.locator("[data-answer]").click()
        moved = page.locator('table.answers tr[data-position="5"] .moved').first
        after = BOTH.other["probs"][5, BOTH.this["probs"][5].argmax()].item()
        assert float(moved.get_attribute("data-after") or "nan") == close(after)
        page.get_by_text("About this file").click()
        page.get_by_text(
            "The pass to compare with (“Weighted values, block 1 of 3, attention head 2: set to 0”)"
        ).wait_for()
        page.get_by_text("Run the app to compare with anything else").wait_for()
        page.locator("header select").first.select_option("zh")
        page.get_by_text("与之对比的计算").wait_for()
        which(page, "other")


def test_the_scene_of_the_difference(browser: Browser, file: Path) -> None:
    with opened(browser, offline=True, reduced_motion="reduce") as page:
        page.goto(f"{file.as_uri()}#stage={MIXED}&compare=difference&view=scene")
        shown(page, MIXED)
        at_rest(page)
        until(page, "return scene.space.boxes.kinds.get('blocks.0.attn.z') === 'same'")
        kinds = ask(page, "return Object.fromEntries(scene.space.boxes.kinds)")
        assert (kinds["blocks.0.attn.z"], kinds["W_E"], kinds[MIXED]) == ("same", "same", "signed")
        page.get_by_role("combobox", name="beside").select_option("other")
        ready_beside = "return scene.space.boxes.kinds.size > argument"
        until(page, ready_beside, len(kinds))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing_serious(browser: Browser, file: Path, scheme: str) -> None:
    with alone(browser, file, color_scheme=scheme, bypass_csp=True) as page:
        ready(page, Z)
        page.locator("[data-answer]").wait_for()
        assert serious(page, inside="body") == []
        fits(page, 390)
