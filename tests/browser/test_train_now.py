"""Training in the browser: a run to its end, one that is stopped, and pages left and found again."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, expect

from model.train.positions import begin, run
from model.train.positions_seen import trial_of
from model.train.positions_table import result
from tests.browser.visits import PATIENCE, opened, settled

pytestmark = [pytest.mark.browser, pytest.mark.slow]
STEPS = 40
LONG = 240_000  # milliseconds: other work may leave little of the machine
expect.set_options(timeout=PATIENCE)


def board(page: Page) -> Locator:
    return page.locator('[data-glassformer="board"][data-ready="true"]').first


def visit(page: Page, app: str) -> None:
    page.goto(f"{app}/positions?section=Train+now")
    expect(board(page)).to_be_visible()
    settled(page)


def choose(page: Page, steps: int) -> None:
    """ALiBi alone, so many steps."""
    page.get_by_role("button", name=re.compile("^Remove Rotary|Rotary.*Remove|Clear value Rotary", re.I)).first.click()
    field = page.get_by_role("spinbutton", name="Steps")
    field.fill(str(steps))
    field.press("Enter")
    settled(page)
    page.get_by_role("button", name="Start").click()


def test_one_live_training_to_its_end(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app)
        expect(page.get_by_text("a run of the shipped comparison")).to_be_visible()
        choose(page, STEPS)
        line = page.locator("[data-run]")
        expect(line).to_have_attribute("data-run", "running")
        expect(line).to_contain_text(re.compile(rf"step \d+ of {STEPS}"), timeout=LONG)
        expect(page.locator('[data-panel="attention-0"]')).to_contain_text("ALiBi")
        page.get_by_role("link", name="Models").click()  # leaving changes nothing
        expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
        page.get_by_role("link", name="Positions").click()
        page.get_by_text("Train now", exact=True).click()
        expect(line).to_contain_text("ALiBi")
        expect(line).to_have_attribute("data-run", "finished", timeout=LONG)
        torch.set_num_threads(1)  # as the process has it: two add up in another order
        trial = trial_of("offset", "alibi", 0, STEPS)
        state = run(trial, begin(trial))
        row = result(trial, state)
        expect(line).to_contain_text(f"accuracy {row['accuracy']:.4f} at the trained size, not converged")
        value = page.locator('[data-panel="accuracy"] [data-value]').first
        expect(value).to_have_attribute("data-value", re.compile(r"^0\.\d+"))
        assert float(value.get_attribute("data-value") or "") == pytest.approx(state.curve[-1][2], abs=1e-7)
        cells = page.get_by_role("table", name="Accuracy of each run").get_by_role("row").last.get_by_role("cell")
        sizes = [f"{m['accuracy']:.4f}" for m in row["sizes"].values()]
        assert cells.all_inner_texts()[-len(sizes) :] == sizes
        page.reload()
        expect(line).to_have_attribute("data-run", "finished")
        expect(line).to_contain_text(f"{row['accuracy']:.4f}")


def test_a_run_is_paused_resumed_and_stopped(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        visit(page, app)
        choose(page, 5000)
        line = page.locator("[data-run]")
        expect(line).to_contain_text("step", timeout=LONG)
        page.get_by_role("button", name="Pause").click()
        expect(line).to_have_attribute("data-run", "paused", timeout=LONG)
        settled(page)
        before = line.inner_text()
        page.wait_for_timeout(2500)
        assert line.inner_text() == before
        page.get_by_role("button", name="Resume").click()
        expect(line).to_contain_text("left", timeout=LONG)
        page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
        expect(line).to_have_attribute("data-run", "stopped")
        before = line.inner_text()
        page.wait_for_timeout(2500)
        assert line.inner_text() == before
        page.get_by_role("button", name="Remove", exact=True).click()
        expect(line).to_have_count(0)
        expect(page.get_by_text("a run of the shipped comparison")).to_be_visible()
