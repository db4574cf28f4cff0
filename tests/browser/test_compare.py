"""Two passes compared in a real browser: a head of `sort` set to 0, seen as this, the other and their difference."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import model
from tests.browser.looks import STREAMLITS, serious
from tests.browser.scenes import ask, at_rest, shown, until
from tests.browser.visits import opened, pinned, ready, settled
from viz.difference import Pair, stage_source

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SORT = model.load("sort")
Z, MIXED = "blocks.1.attn.z", "blocks.1.resid_mid"
BOTH = Pair(SORT.trace("CBABBC"), SORT.trace("CBABBC", edits=[model.Edit(Z, "zero", head=2)]))
LINK = f"compare=edit:zero:{Z}:head%3D2"
BAR = "section.compare"


def close(wanted: float) -> Any:
    return pytest.approx(wanted, rel=1e-5, abs=1e-6)


def which(page: Page, word: str) -> None:
    """Waits until this side is shown."""
    page.locator(f'{BAR}[data-compare="{word}"]').wait_for()
    ready(page)


def test_a_head_set_to_0_by_keyboard(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough#stage={Z}&cell={Z}:5,2,6")
        ready(page, Z)
        settled(page)
        page.locator(".what-if summary").focus()
        page.keyboard.press("Enter")
        page.locator(f'[data-edit="edit:zero:{Z}:head=2"]').focus()
        page.keyboard.press("Enter")
        which(page, "difference")
        expect(page.locator("[data-first]")).to_have_attribute("data-first", Z)
        # In the place of the buttons that write on.
        expect(page.locator(".rests")).to_have_text(re.compile("Nothing is written while two passes are compared"))
        assert page.locator(".writing").count() == 0
        name, index, value = pinned(page)
        assert (name, index) == (Z, (5, 2, 6))
        assert float(value) == close(float(stage_source(BOTH, Z).numbers()[5, 2, 6]))
        three = page.locator(".three")
        expect(three).to_have_attribute("data-other", "0")
        assert float(three.get_attribute("data-this") or "nan") == close(BOTH.this[Z][5, 2, 6].item())
        # Another side, and back and forward again.
        page.locator(f"{BAR} .looks button", has_text="Other").focus()
        page.keyboard.press("Enter")
        which(page, "other")
        assert pinned(page)[2] == "0"
        page.go_back()
        which(page, "difference")
        page.go_forward()
        which(page, "other")
        page.go_back()
        which(page, "difference")
        assert not serious(page, STREAMLITS)


def test_differences_where_they_are_and_nowhere_before(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?{LINK}#stage={MIXED}&cell={MIXED}:5,14&compare=difference")
        which(page, "difference")
        ready(page, MIXED)
        found = pinned(page)
        assert found[:2] == (MIXED, (5, 14))
        assert float(found[2]) == close(float(stage_source(BOTH, MIXED).numbers()[5, 14]))
        page.locator(f"{BAR} .fold").first.click()
        rows = page.locator("[data-change]")
        rows.first.wait_for()
        sizes = {r.get_attribute("data-change"): float(r.get_attribute("data-most") or "nan") for r in rows.all()}
        names = BOTH.this.names
        assert list(sizes.values()) == sorted(sizes.values(), reverse=True)
        assert all(most == 0 for name, most in sizes.items() if names.index(str(name)) < names.index(Z))
        assert sizes[MIXED] == close(abs(stage_source(BOTH, MIXED).numbers()).max())
        page.locator("[data-answer]").click()
        likely = page.locator('table.answers tr[data-position="5"] .moved').first
        after = BOTH.other["probs"][5, BOTH.this["probs"][5].argmax()].item()
        assert float(likely.get_attribute("data-after") or "nan") == close(after)
        assert not serious(page, STREAMLITS)


def test_the_scene_is_grey_where_nothing_differs(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?{LINK}#stage={MIXED}&compare=difference")
        shown(page, MIXED)
        at_rest(page)
        until(page, "return scene.space.boxes.kinds.get('blocks.0.attn.z') === 'same'")
        kinds = ask(page, "return Object.fromEntries(scene.space.boxes.kinds)")
        assert kinds["blocks.0.attn.z"] == "same"
        assert kinds[MIXED] == "signed"
        target = ask(page, "return scene.space.camera.pose.target")
        page.locator(f"{BAR} .looks button", has_text="This").click()
        page.locator(f'{BAR}[data-compare="this"]').wait_for()
        shown(page, MIXED)
        # The canvas has one line more, so the view is framed anew: what is looked at stays.
        assert ask(page, "return scene.space.camera.pose.target") == pytest.approx(target, abs=5)
        page.locator(f"{BAR} button[aria-label='End the comparison']").click()
        page.locator(BAR).wait_for(state="detached")


@pytest.mark.parametrize("look", ["walkthrough", "scene"])
def test_how_surprised_both_are_of_what_comes_next(app: str, browser: Browser, look: str) -> None:
    ids = SORT.tokenizer.encode("CBABBC")
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/{look}?{LINK}#stage=probs&show=predict&compare=difference")
        at_step = f'[data-glassformer="{look}"][data-ready="true"][data-show="{{}}"]'
        page.locator(at_step.format("predict")).wait_for(state="attached")
        expect(page.locator("table.answers").first).to_contain_text("Likeliest here")
        page.keyboard.press("ArrowRight")
        page.locator(at_step.format("loss")).wait_for(state="attached")
        rows = page.locator("table.answers", has_text="More surprised").locator("tbody tr")
        expect(rows).to_have_count(6)
        for at, follows in enumerate(ids[1:]):
            row = rows.nth(at)
            told = row.locator("[data-before]")
            here, there = (-t["logits"][at].double().log_softmax(-1)[follows].item() for t in (BOTH.this, BOTH.other))
            assert float(told.get_attribute("data-before") or "nan") == close(here)
            assert float(told.get_attribute("data-after") or "nan") == close(there)
            gain = row.locator(".moved").inner_text().replace("−", "-")
            assert float(gain) == pytest.approx(there - here, rel=1e-3, abs=1e-6)
        expect(rows.last).to_contain_text("nothing follows")
        expect(page.locator(".compare", has=rows).first).to_contain_text("the only position that counts")
        assert not serious(page, STREAMLITS)


def test_the_other_pass_stands_beside_as_long_as_there_is_one(app: str, browser: Browser) -> None:
    beside = "return [scene.company.blocks.length, scene.company.title, scene.lettering.pass.word]"
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?{LINK}#stage={MIXED}&compare=this")
        shown(page, MIXED)
        until(page, "return scene.stream.faces.size === scene.network.withNumbers.length")
        most = "return Object.fromEntries([...scene.stream.faces].map(([name, {most}]) => [name, most]))"
        mine = ask(page, most)
        looks = page.locator(f"{BAR} .looks button")
        # To and fro, faster than numbers come: what is shown in the end is this pass alone.
        looks.filter(has_text="Difference").click()
        looks.filter(has_text="This").click()
        page.locator(f'{BAR}[data-compare="this"]').wait_for()
        shown(page, MIXED)
        until(page, "return scene.stream.faces.size === scene.network.withNumbers.length")
        at_rest(page)
        assert ask(page, most) == mine
        page.get_by_label("Beside it").select_option("other")
        until(page, "return scene.company.stream?.faces.size === scene.company.blocks.length")
        blocks, title, which_one = ask(page, beside)
        assert blocks == ask(page, "return scene.network.blocks.length")
        assert title.endswith("· Other")
        assert which_one == "This"
        looks.filter(has_text="Other").click()
        page.locator(f'{BAR}[data-compare="other"]').wait_for()
        shown(page, MIXED)
        until(page, "return scene.company.title.endsWith('This') && scene.lettering.pass.told.startsWith('Other: ')")
        until(page, "return scene.company.stream?.faces.size === scene.company.blocks.length")
        # Its numbers are painted, not only known.
        name = "const {name} = scene.company.blocks[0]; "
        assert ask(page, name + "return scene.space.boxes.rects.has(name)")
        page.locator(f"{BAR} button[aria-label='End the comparison']").click()
        page.locator(BAR).wait_for(state="detached")
        until(page, "return scene.company.blocks.length === 0 && scene.lettering.pass.told === ''")
        expect(page.get_by_label("Beside it")).to_have_value("")


def test_a_stream_that_is_edited_is_a_block_of_its_own(app: str, browser: Browser) -> None:
    name = "blocks.1.resid_pre"  # otherwise what came out of the block before
    both = Pair(SORT.trace("CBABBC"), SORT.trace("CBABBC", edits=[model.Edit(name, "scale", 0.5)]))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?compare=edit:scale:{name}:by%3D0.5#stage={name}&compare=difference")
        shown(page, name)
        until(page, "return scene.stream.faces.has(argument)", name)
        assert ask(page, "return scene.space.boxes.kinds.get(argument)", name) == "signed"
        # The block is where its cell is, and the card has the difference.
        assert ask(page, "return scene.network.block(argument).name", name) == name
        found, index, value = pinned(page)
        assert found == name
        assert float(value) == close(float(stage_source(both, name).numbers()[index]))
        assert float(value) != 0


def test_what_stands_beside_stays_in_another_language(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?{LINK}#stage={MIXED}&compare=this")
        shown(page, MIXED)
        page.get_by_label("Beside it").select_option("other")
        until(page, "return scene.company.blocks.length === scene.network.blocks.length")
        page.get_by_text("简体中文", exact=True).click()
        until(page, "return scene.network?.manifest.language === 'zh'")
        shown(page, MIXED)
        until(page, "return scene.company.stream?.faces.size === scene.network.blocks.length")
        expect(page.locator(".scene-bar select").first).to_have_value("other")
        assert ask(page, "return scene.shots.step !== null")  # nobody asked to see both anew
