"""The walkthrough in a real browser: by keyboard, by pointer, by link; every number compared with the model's own."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

import model
from model import Trace
from pages.shared.networks import config_of, example_ids
from tests.browser.visits import opened, pinned, press, ready, root, selection, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SORT = model.load("sort")
TRACE = SORT.trace("CBABBC")
PATTERN = "blocks.0.attn.pattern"
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


def close(wanted: Any) -> Any:
    """The app computes with two threads, the test with its own number: the last digit may differ."""
    return pytest.approx(wanted, rel=1e-5, abs=1e-6)


def check_card(page: Page, trace: Trace) -> tuple[str, tuple[int, ...]]:
    """The card of the cell that is worked out says what the trace's own explanation says."""
    name, index, value = pinned(page)
    wanted = trace.explain(name, index)
    assert float(value) == close(float(wanted.value))
    shown = [float(t.get_attribute("data-value") or "nan") for t in page.locator("[data-pinned] [data-term]").all()]
    numbers = sorted((float(t.value) for t in wanted.terms), key=abs)
    assert len(shown) == min(len(numbers), 20)
    if wanted.op in ("sum", "dot"):  # the largest come first
        assert sorted(map(abs, shown)) == close([abs(n) for n in numbers[-len(shown) :]] if shown else [])
    if shown:
        recomputed = page.locator("[data-pinned] [data-recomputed]").get_attribute("data-recomputed") or "nan"
        assert float(recomputed) == close(float(wanted.recomputed))
    return name, index


def cell_of(page: Page, name: str, row: float, col: float) -> tuple[float, float]:
    """Middle of a cell of the main picture, in pixels of the page."""
    plot = page.locator(f'figure.output[data-name="{name}"] .plot')
    plot.scroll_into_view_if_needed()
    return plot.evaluate(
        """(plot, [row, col]) => {
          const {x, y} = plot.getBoundingClientRect()
          const at = plot.cellAt(row, col)
          return [x + at[0], y + at[1]]
        }""",
        [row, col],
    )


def walk_all(page: Page, trace: Trace, every: int = 1) -> None:
    """Right arrow from the first stage to the last; each stage named, every so many cards compared."""
    names = trace.names
    for number, name in enumerate(names):
        ready(page, name)
        if number % every == 0:
            assert check_card(page, trace)[0] == name
        if number + 1 < len(names):
            page.keyboard.press("ArrowRight")


def test_the_first_view_teaches_without_a_click(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        assert page.locator("figure.output canvas").first.bounding_box()
        check_card(page, TRACE)
        expect(page.locator(".tokens .chip")).to_have_count(6)
        assert page.locator(".map [aria-current=step]").count() == 1


def test_every_step_by_keyboard(app: str, browser: Browser) -> None:
    trace = SORT.trace("AACCBB")
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.get_by_label("Input: letters").fill("AACCBB")
        expect(page.locator(".tokens .chip")).to_have_text([re.compile(c) for c in "AACCBB"])
        ready(page)
        page.get_by_label("Input: letters").blur()  # arrow keys inside the box move the caret
        walk_all(page, trace)
        # The last two steps look at all positions' predictions, and at the loss.
        for show in ("predict", "loss"):
            page.keyboard.press("ArrowRight")
            page.locator(f'[data-glassformer="walkthrough"][data-show="{show}"][data-ready="true"]').wait_for()
        page.keyboard.press("ArrowRight")
        assert selection(page)["show"] == "loss"
        press(page, "Home", "tokens")
        page.keyboard.press("End")
        ready(page, trace.names[-1])


def test_every_kind_of_place_by_pointer(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.get_by_role("button", name="Next step").click()
        ready(page, TRACE.names[1])
        page.locator(".map").get_by_role("button", name="Block 0").click()
        ready(page, "blocks.0.resid_pre")
        page.locator(".map").get_by_role("button", name=re.compile("Softmax")).first.click()
        ready(page, PATTERN)
        track = page.locator(".rail [role=slider]")
        box = track.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        page.locator('[data-show="loss"][data-ready="true"]').wait_for()
        page.get_by_role("button", name="Previous step").click()
        page.locator('[data-show="predict"][data-ready="true"]').wait_for()


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


def test_back_and_forward_restore_each_view_without_python(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&cell=1,4,2")
        ready(page, PATTERN)
        check_card(page, TRACE)
        settled(page)
        sent: list[Any] = []
        page.on("websocket", lambda socket: sent.append(socket))
        press(page, "ArrowRight", "blocks.0.attn.z")
        page.wait_for_timeout(200)
        press(page, "ArrowRight", "blocks.0.attn.result")
        page.go_back()
        ready(page, "blocks.0.attn.z")
        page.go_back()
        ready(page, PATTERN)
        page.locator('[data-pinned="true"][data-index="1,4,2"]').wait_for()
        page.go_forward()
        ready(page, "blocks.0.attn.z")
        assert not sent


def test_a_link_opens_the_same_view(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?input=BBBAAA&stage=blocks.1.attn.attn_scores&cell=0,1,4&head=0&token=1")
        ready(page, "blocks.1.attn.attn_scores")
        assert pinned(page) == ("blocks.1.attn.attn_scores", (0, 1, 4), "-inf")
        expect(page.locator("[data-term]")).to_contain_text("key 4 comes after query 1")
        page.locator('.choosers [role=toolbar][aria-label="Head"] button').nth(3).click()
        page.locator('[data-glassformer="walkthrough"][data-head="2"][data-ready="true"]').wait_for()
        press(page, "ArrowRight", "blocks.1.attn.pattern")
        seen, card, address = selection(page), pinned(page), page.url
        assert (seen["layer"], seen["head"], seen["token"]) == ("1", "2", "1")
    with opened(browser) as page:
        page.goto(address)
        ready(page, "blocks.1.attn.pattern")
        assert (selection(page), pinned(page)) == (seen, card)
        expect(page.get_by_label("Input: letters")).to_have_value("BBBAAA")


def test_choices_stay_while_stepping(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}&head=1&token=4")
        ready(page, PATTERN)
        for key, stage in (
            ("ArrowRight", "blocks.0.attn.z"),
            ("ArrowDown", "blocks.1.attn.z"),
            ("ArrowLeft", "blocks.1.attn.pattern"),
        ):
            press(page, key, stage)
            assert (selection(page)["head"], selection(page)["token"]) == ("1", "4")
        assert selection(page)["layer"] == "1"
        assert pinned(page)[1][:2] == (1, 4)


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


def test_playing_goes_on_and_stops(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough")
        ready(page, "tokens")
        page.locator(".rail select").select_option(index=0)
        page.locator(".rail select").blur()
        page.keyboard.press("Space")
        ready(page, TRACE.names[2])
        page.keyboard.press("Space")
        page.wait_for_timeout(300)
        now = selection(page)["stage"]
        page.wait_for_timeout(3000)
        assert selection(page)["stage"] == now


def test_a_guess_is_asked_and_revealed(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage={PATTERN}")
        ready(page, PATTERN)
        guess = page.locator("[data-guess]")
        guess.locator(".options button").first.click()
        assert selection(page)["stage"] == PATTERN
        expect(guess.locator("[data-reveal]")).to_be_visible()
        guess.get_by_role("button", name="No more questions").click()
        expect(guess).to_have_count(0)
        page.reload()
        ready(page, PATTERN)
        expect(page.locator("[data-guess]")).to_have_count(0)


def test_a_picture_as_a_table(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=logits")
        ready(page, "logits")
        page.locator("figure.output").get_by_role("button", name=re.compile("table: ")).click()
        table = page.locator(".cells-table table")
        expect(table.locator("tbody tr")).to_have_count(6)
        shown = [float(t.replace("−", "-")) for t in table.locator("tbody tr").nth(2).locator("td").all_inner_texts()]
        assert shown == pytest.approx(TRACE["logits"][2].tolist(), rel=1e-3, abs=1e-3)


def test_arrows_work_after_choosing_weights(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?stage=embed")
        ready(page, "embed")
        page.get_by_test_id("stButtonGroup").get_by_text("Random").click()
        expect(root(page)).to_have_attribute("data-stage", "embed")
        settled(page)
        press(page, "ArrowRight", "pos_embed")


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


NETS = [
    "architecture=encoder-decoder",
    "architecture=encoder-decoder;positional=t5;norm=rms;norm_placement=sandwich",
    "architecture=encoder;mask=bidirectional;norm_placement=post",
    "positional=alibi;norm=rms;mlp=geglu;attention=multi_query",
    "positional=rotary;mlp=swiglu;attention=grouped_query;n_heads=4;n_kv_heads=2",
    "positional=sinusoidal;parallel=True;mask=sliding_window",
    "positional=none;norm=none",
]


@pytest.mark.parametrize("net", NETS)
def test_networks_from_scratch(net: str, app: str, browser: Browser) -> None:
    config = config_of(net)
    network = model.Model(model.Transformer(config))
    words: dict[str, Any] = {"target": example_ids(config, True)} if config.architecture == "encoder-decoder" else {}
    trace = network.trace(ids=example_ids(config, False), **words)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model=scratch&net={net.replace(';', '%3B').replace('=', '%3D')}")
        walk_all(page, trace, every=4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minilm", "smollm2"])
def test_real_models(name: str, app: str, browser: Browser) -> None:
    text = "The capital of France is"
    trace = model.load(name).trace(text)
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough?model={name}&input={text.replace(' ', '%20')}")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(timeout=300_000)
        for stage in ("embed", "blocks.0.attn.pattern", "blocks.2.mlp.post", trace.names[-1]):
            page.evaluate("stage => { location.hash = `stage=${stage}` }", stage)
            ready(page, stage)
            assert check_card(page, trace)[0] == stage
        press(page, "Home", trace.names[0])
        for wanted in trace.names[1:20]:
            press(page, "ArrowRight", wanted)
