"""The lab of positional encodings in a browser: cursors move pictures without a rerun, and numbers are the model's."""

import csv
import io
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.visits import opened, settled
from viz.arrays import exact
from viz.positions import compare, feel, graphs, one
from viz.positions.setup import Setup

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
READY = '[data-glassformer="board"][data-ready="true"]'
# Pixels of the lower canvas of a panel, added up in a way that order matters to.
PIXELS = """e => {
  const canvas = e.querySelector('canvas')
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  let sum = 0
  for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 1000000007
  return sum
}"""
# Counts what is sent to the server from now on: every rerun of a script is asked for by such a message.
COUNT = """() => {
  const send = WebSocket.prototype.send
  window.sent = 0
  WebSocket.prototype.send = function (...words) { window.sent++; return send.apply(this, words) }
}"""


def visit(page: Page, address: str, panel: str) -> Locator:
    page.goto(address)
    found = page.locator(f"[data-panel={panel}]")
    found.locator("canvas").first.wait_for()
    settled(page)
    return found


def board(page: Page) -> Locator:
    return page.locator(READY).first


def value(panel: Locator) -> str | None:
    return panel.locator("figcaption [data-value]").first.get_attribute("data-value")


def number(x: float) -> str:
    return exact(float(x))


def test_a_key_press_moves_every_picture_without_a_rerun(app: str, browser: Browser) -> None:
    vectors = one.vectors(Setup())
    assert vectors is not None
    with opened(browser) as page:
        page.add_init_script(f"({COUNT})()")
        panel = visit(page, f"{app}/positions?section=See+one", "vectors")
        assert value(panel) == number(vectors[5, 4])
        wave, clocks = page.locator("[data-panel=waves]"), page.locator("[data-panel=clocks]")
        before, turned, sent = wave.evaluate(PIXELS), clocks.evaluate(PIXELS), page.evaluate("sent")
        slider = page.locator("input[data-axis=dim]")
        slider.focus()
        slider.press("ArrowLeft")
        expect(board(page)).to_have_attribute("data-cursors", "at=5&dim=3&pair=0")
        assert value(panel) == number(vectors[5, 3])
        assert wave.evaluate(PIXELS) != before
        panel.locator(".picture").focus()
        page.keyboard.press("ArrowDown")
        expect(board(page)).to_have_attribute("data-cursors", "at=6&dim=3&pair=0")
        assert value(panel) == number(vectors[6, 3])
        chosen = wave.locator("[data-series='dimension 3']")
        expect(chosen).to_have_attribute("data-value", number(vectors[6, 3]))
        assert clocks.evaluate(PIXELS) != turned
        worked = page.locator("[data-panel=worked]")
        expect(worked).to_have_attribute("data-value", number(vectors[6, 3]))
        expect(worked.locator(".katex").first).to_be_visible()
        assert page.url.endswith("#at=6&dim=3")
        page.wait_for_timeout(500)
        assert page.evaluate("sent") == sent
        page.reload()
        expect(board(page)).to_have_attribute("data-cursors", "at=6&dim=3&pair=0")


def test_pointing_at_one_picture_marks_all(app: str, browser: Browser) -> None:
    some = {n: compare.shown(compare.added(Setup(n)))[0] for n in ("sinusoidal", "rotary", "alibi", "t5")}
    with opened(browser) as page:
        visit(page, f"{app}/positions?section=Compare#key=2&at=20&head=0", "added-sinusoidal")
        panels = {name: page.locator(f"[data-panel=added-{name}]") for name in some}
        for name, panel in panels.items():
            assert value(panel) == number(some[name][20, 2])
        panels["alibi"].locator(".picture").hover(position={"x": 120, "y": 200})
        expect(board(page)).not_to_have_attribute("data-cursors", "at=20&key=2&head=0&far=0&distance=18")
        told = dict(pair.split("=") for pair in (board(page).get_attribute("data-cursors") or "").split("&"))
        at, key = int(told["at"]), int(told["key"])
        for name, panel in panels.items():
            assert value(panel) == number(some[name][at, key])
        row = page.locator("[data-panel=cell] tbody tr", has_text="ALiBi").locator("td").first
        assert row.get_attribute("data-value") == number(some["alibi"][at, key])
        page.mouse.move(2, 2)
        expect(board(page)).to_have_attribute("data-cursors", "at=20&key=2&head=0&far=0&distance=18")
        panels["alibi"].locator(".picture").click(position={"x": 120, "y": 200})
        page.mouse.move(2, 2)
        expect(board(page)).to_have_attribute("data-cursors", f"at={at}&key={key}&head=0&far=0&distance={at - key}")
        assert f"at={at}" in page.url


def test_a_picture_can_be_taken_away(app: str, browser: Browser, tmp_path: Path) -> None:
    found = one.biases(Setup("alibi"))
    assert found is not None
    with opened(browser, accept_downloads=True) as page:
        panel = visit(page, f"{app}/positions?section=See+one&encoding=ALiBi#head=2", "bias")
        files = {}
        for kind in ("png", "svg", "csv"):
            with page.expect_download() as waiting:
                panel.locator(f"[data-take={kind}]").click()
            assert waiting.value.suggested_filename == f"positions-alibi-bias-head2.{kind}"
            waiting.value.save_as(tmp_path / kind)
            files[kind] = (tmp_path / kind).read_bytes()
        assert files["png"][:8] == b"\x89PNG\r\n\x1a\n"
        assert len(files["png"]) > 5000
        assert files["svg"].startswith(b"<svg ")
        head, *rows = csv.reader(io.StringIO(files["csv"].decode()))
        assert head == ["head", "query", "key", "value"]
        assert len(rows) == 24 * 25 // 2  # hidden cells are no numbers
        for h, q, k, x in rows:
            assert np.float32(x) == found[int(h), int(q), int(k)]


def test_scrubbing_through_training_needs_no_rerun(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.add_init_script(f"({COUNT})()")
        panel = visit(page, f"{app}/positions?section=Trained+evidence&scrubbed=offset-rotary", "snapshot")
        seen, sent = {panel.evaluate(PIXELS)}, page.evaluate("sent")
        slider = page.locator("input[data-axis=step]")
        assert slider.get_attribute("aria-valuetext") == "600"
        slider.focus()
        for _ in range(4):
            slider.press("ArrowLeft")
            seen.add(panel.evaluate(PIXELS))
        assert slider.get_attribute("aria-valuetext") == "185"
        assert len(seen) == 5
        assert page.evaluate("sent") == sent


def test_the_attention_of_networks_follows_the_keys(app: str, browser: Browser) -> None:
    names = ("sinusoidal", "rotary", "alibi")
    ids = [5, 9, 3, 12, 5, 7, 2, 9]
    link = f"{app}/positions?section=In+a+model&weights_of=untrained,+random"
    found = {name: feel.patterns(feel.network(feel.Side(name)), ids) for name in names}
    with opened(browser) as page:
        visit(page, link, "side-rotary")
        panels = {name: page.locator(f"[data-panel=side-{name}]") for name in names}
        for name, panel in panels.items():
            assert value(panel) == number(found[name][0, 0, 7, 6])
        panels["rotary"].locator(".picture").focus()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
        for name, panel in panels.items():
            expect(panel.locator("figcaption [data-value]").first).to_have_attribute(
                "data-value", number(found[name][0, 0, 6, 5])
            )
        box = page.get_by_role("textbox", name="Tokens, as numbers")
        box.fill("5 9 x")
        expect(page.get_by_text("'x' is no token")).to_be_visible()
        assert value(panels["alibi"]) == number(found["alibi"][0, 0, 6, 5])  # the last good picture stays


def test_the_numbers_of_a_graph_follow_the_keys(app: str, browser: Browser) -> None:
    n, edges = graphs.parse("0>1, 1>2, 2>0, 2-3")
    found = graphs.places("magnetic_laplacian", (), n, edges)
    with opened(browser) as page:
        panel = visit(page, f"{app}/positions?section=Graphs&graph=Type+one", "laplacian")
        imaginary = page.locator("[data-panel=laplacian_imaginary]")
        panel.locator(".picture").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
            page.keyboard.press(key)
        for one_of, matrix in ((panel, found.matrix.real), (imaginary, found.matrix.imag)):
            expect(one_of.locator("figcaption [data-value]").first).to_have_attribute(
                "data-value", number(matrix[2, 1])
            )


def test_pointing_at_a_node_of_the_drawn_graph_marks_it_everywhere(app: str, browser: Browser) -> None:
    n, edges = graphs.parse("0>1, 1>2, 2>0, 2-3")
    found = graphs.places("magnetic_laplacian", (), n, edges)
    with opened(browser) as page:
        panel = visit(page, f"{app}/positions?section=Graphs&graph=Type+one&circle=true", "graph")
        real = panel.locator("[data-series='real part']")
        expect(real).to_have_attribute("data-value", number(found.vectors[0, 0].real))
        x, y = graphs.layout(n, edges, False)[2]
        box = panel.locator(".picture").bounding_box()
        assert box is not None
        half = min(box["width"], 380) / 2
        panel.locator(".picture").hover(position={"x": half * (1 + 0.74 * float(x)), "y": half * (1 - 0.74 * float(y))})
        expect(board(page)).to_have_attribute("data-cursors", re.compile("node=2"))
        expect(real).to_have_attribute("data-value", number(found.vectors[2, 0].real))
        numbers = page.locator("[data-panel=vectors]")
        expect(numbers.locator("figcaption [data-value]").first).to_have_attribute(
            "data-value", number(found.vectors[2, 0].real)
        )
        page.mouse.move(2, 2)
        expect(board(page)).to_have_attribute("data-cursors", re.compile("node=0"))
        panel.locator(".picture").focus()
        page.keyboard.press("ArrowRight")
        expect(real).to_have_attribute("data-value", number(found.vectors[1, 0].real))
        page.locator("input[data-axis=eigenvector]").press("ArrowRight")
        expect(real).to_have_attribute("data-value", number(found.vectors[1, 1].real))


def test_it_works_on_a_phone(app: str, browser: Browser) -> None:
    with opened(browser, viewport={"width": 390, "height": 844}, has_touch=True) as page:
        panel = visit(page, f"{app}/positions?section=See+one", "vectors")
        box = panel.locator(".picture").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        panel.locator(".picture").tap(position={"x": box["width"] / 2, "y": 60})
        expect(board(page)).not_to_have_attribute("data-cursors", "at=5&dim=4&pair=0")
