"""Two passes compared in the scene, on other models than `sort`: what differs is coloured, what does not is grey."""

from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

import model
from tests.browser.scenes import FACE_CODES, ask, at_rest, close, point, shown, until
from tests.browser.visits import opened, pinned
from viz import pictures
from viz.difference import Pair, stage_source

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TEXT = "The capital of France is"


def compared(page: Page, both: Pair, edited: str, later: str, cells: bool = False) -> None:
    """Blocks are grey before the edited stage and coloured later on; a cell that is clicked tells its difference.

    cells: the network is small enough for every cell to be painted, and each has the colour of its difference.
    """
    names = both.this.names
    grey = "return scene.space.boxes.kinds.get(argument) === 'same'"
    before = next(name for name in reversed(names[: names.index(edited)]) if both.this.stage(name).axes)
    until(page, grey, before)
    assert not ask(page, grey, later)
    until(page, "return scene.stream.faces.has(argument)", later)
    face = ask(page, "const {bins, most} = scene.stream.faces.get(argument); return {bins, most}", later)
    apart = np.asarray(stage_source(both, later).numbers())
    assert (face["bins"] == [1, 1]) == cells
    if cells:
        at_rest(page)
        wanted = 128 + 127 * np.clip(apart / face["most"], -1, 1)
        assert ask(page, FACE_CODES, later) == pytest.approx(wanted.reshape(-1), abs=0.51)
    ask(page, "scene.go(true)")
    at_rest(page)
    row, col = np.unravel_index(np.abs(apart).argmax(), apart.shape)
    # Nothing stands before a cell that is kept.
    ask(page, "scene.keep({name: argument[0], index: argument[1]})", [later, [int(row), int(col)]])
    at_rest(page)
    page.mouse.click(*point(page, later, (int(row), int(col))))
    page.locator(f'[data-pinned="true"][data-name="{later}"]').wait_for()
    name, index, text = pinned(page)
    assert name == later
    assert float(text) == close(float(apart[index]))
    assert abs(float(text)) > 0


def test_a_picture_with_a_head_set_to_0(app: str, browser: Browser) -> None:
    digits = model.load("digits")
    features = pictures.features(digits, 37)
    edited, later = "blocks.1.attn.z", "blocks.2.mlp.pre"
    both = Pair(
        digits.trace(features=features), digits.trace(features=features, edits=[model.Edit(edited, "zero", head=1)])
    )
    with opened(browser, reduced_motion="reduce") as page:
        link = f"model=digits&picture=37&compare=edit:zero:{edited}:head%3D1"
        page.goto(f"{app}/scene?{link}#stage={later}&compare=difference")
        shown(page, later)
        compared(page, both, edited, later, cells=True)


@pytest.mark.slow
def test_a_large_model_with_a_head_set_to_0(app: str, browser: Browser) -> None:
    smol = model.load("smollm2")
    edited, later = "blocks.4.attn.z", "blocks.6.attn_out"
    both = Pair(smol.trace(TEXT), smol.trace(TEXT, edits=[model.Edit(edited, "zero", head=3)]))
    with opened(browser, reduced_motion="reduce") as page:
        link = f"model=smollm2&input={quote(TEXT)}&compare=edit:zero:{edited}:head%3D3"
        page.goto(f"{app}/scene?{link}#stage={later}&compare=difference")
        shown(page, later, timeout=300_000)
        compared(page, both, edited, later)
        # Nothing of what was learned differs.
        until(page, "return scene.space.boxes.kinds.get('blocks.3.mlp.W_gate') === 'same'")


@pytest.mark.slow
def test_a_large_model_beside_its_shuffled_self(app: str, browser: Browser) -> None:
    """Two whole networks of 134 million weights: differences, each side, and both beside one another."""
    smol, later = model.load("smollm2"), "blocks.2.resid_mid"
    both = Pair(smol.trace(TEXT), model.control(smol, "shuffled").trace(TEXT))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(
            f"{app}/scene?model=smollm2&input={quote(TEXT)}&compare=weights:shuffled#stage={later}&compare=difference"
        )
        shown(page, later, timeout=300_000)
        compared(page, both, "embed", later)
