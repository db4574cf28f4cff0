"""Parts of a transformer in the scene: sums that merge, heads, experts in lanes, an encoder with a decoder."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import transformers
from playwright.sync_api import Browser, Page, expect

import model
from tests.browser.scenes import FRAME, ask, at_rest, close, numbers, point, shown, until, written
from tests.browser.visits import opened, pinned

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GLIDES = "return scene.space.boxes.glides.map(({block, slab, row, merged}) => [block.name, slab, row, merged])"


def go(page: Page, stage: str) -> None:
    page.evaluate("hash => { location.hash = hash }", f"stage={stage}&head=0&view=scene")
    shown(page, stage)


def scrub(page: Page, share: float) -> None:
    ask(page, "scene.computation.scrub(argument)", share)


def pin(page: Page, trace: model.Trace, name: str, index: tuple[int, ...]) -> None:
    """Points at a cell and clicks it: the card has the model's number."""
    ask(page, "scene.go(true)")
    at_rest(page)
    page.mouse.click(*point(page, name, index))
    page.locator(f'[data-pinned="true"][data-name="{name}"]').wait_for()
    found, at, text = pinned(page)
    assert (found, at) == (name, index)
    assert float(text) == close(float(trace.explain(name, at).value))


def test_what_is_added_up_glides_together_and_merges(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.resid_mid")
        shown(page, "blocks.0.resid_mid")
        page.locator(FRAME).scroll_into_view_if_needed()
        assert ask(page, GLIDES) == []
        scrub(page, (2 * 48 + 10) / (6 * 48))
        now = [row for row in ask(page, GLIDES) if row[2] == 2]
        # Ten cells of the third row have merged; what is left of both lies before the sum, and is drawn.
        assert sorted(now) == [["blocks.0.attn_out", 0, 2, 10], ["embed_sum", 0, 2, 10]]
        at_rest(page)
        boxes = "return scene.space.boxes.onWay().map(({rect, col}) => [rect !== null, col])"
        assert [True, 10] in ask(page, boxes)
        scrub(page, 1)
        assert ask(page, GLIDES) == []
        go(page, "blocks.0.attn_out")
        scrub(page, 0.5)
        assert {slab for _, slab, row, _ in ask(page, GLIDES) if row == 3} == {0, 1, 2}
        go(page, "blocks.0.mlp.pre")  # products do not glide
        scrub(page, 0.5)
        assert ask(page, GLIDES) == []


def test_a_sum_plays_its_rows_first(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/scene#stage=blocks.1.resid_post")
        shown(page, "blocks.1.resid_post")
        until(page, "return !scene.computation.playing && !scene.space.camera.flying")
        seen = """
            const early = () => scene.computation.beat.share === 0 && scene.space.boxes.glides.length > 0
            scene.again()
            return new Promise((done) => {
              const look = () => {
                if (early()) done(true)
                else if (scene.computation.playing) requestAnimationFrame(look)
                else done(false)
              }
              requestAnimationFrame(look)
            })
        """
        assert ask(page, seen)
        until(page, "return !scene.computation.playing && scene.space.boxes.glides.length === 0")


def test_a_chosen_head_is_the_one_at_work(app: str, browser: Browser) -> None:
    net = quote("positional=rotary;mlp=swiglu;attention=grouped_query;n_heads=4;n_kv_heads=2")
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?model=scratch&net={net}#stage=blocks.0.attn.qk")
        shown(page, "blocks.0.attn.qk")
        slabs = "return [...scene.space.boxes.marks].flatMap(([n, {slab}]) => (slab === undefined ? [] : [[n, slab]]))"
        seen = "return scene.space.drawnNow.find(({block}) => block.name === argument).slabs"
        # Nothing is before the cell that is worked out, neither at rest nor while it is computed.
        index = pinned(page)[1]
        assert ask(page, seen, "blocks.0.attn.qk") == [index[0], 4]
        scrub(page, 0.5)
        at_rest(page)
        assert ask(page, seen, "blocks.0.attn.qk") == [index[0], 4]
        scrub(page, 1)
        page.get_by_role("toolbar", name="Head").get_by_role("button", name="Head 2").click()
        until(page, "return scene.gaze.head?.place === 2")
        at_rest(page)
        # Nothing of it stands before the chosen one.
        assert ask(page, seen, "blocks.0.attn.qk") == [2, 4]
        assert ask(page, seen, "blocks.0.attn.rot_k") == [1, 2]
        # Two query heads share a key head.
        wanted = {"blocks.0.attn.qk": 2, "blocks.0.attn.rot_q": 2, "blocks.0.attn.rot_k": 1}
        assert wanted.items() <= dict(ask(page, slabs)).items()
        scrub(page, 0.5)
        assert wanted.items() <= dict(ask(page, slabs)).items()


def test_a_softmax_fills_row_by_row(app: str, browser: Browser) -> None:
    trace, name = model.load("sort").trace("CBABBC"), "blocks.0.attn.pattern"
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage={name}")
        shown(page, name)
        head = pinned(page)[1][0]
        scrub(page, 2.5 / 6)
        there = "const {shown, filled} = scene.space.boxes.marks.get(argument); return [shown, filled]"
        assert ask(page, there, name) == pytest.approx([2 * 6, 0.5])
        page.get_by_role("button", name="One row on").click()
        assert ask(page, there, name) == [3 * 6, 1]  # the fourth is full
        page.locator(".scene-canvas").focus()
        page.keyboard.press(",")
        expect(page.locator(".scene-how")).to_have_text("3 of 6 rows")
        # The whole row that it is made of is at work, in every head; the cell that looks at itself is told.
        masked = "blocks.0.attn.attn_scores"
        assert ask(page, "return scene.space.boxes.marks.get(argument)", masked) == {"row": 2}
        peek = page.locator(f'[data-peek][data-name="{name}"]')
        expect(peek).to_have_attribute("data-index", f"{head},2,2")
        expect(peek).not_to_have_attribute("data-value", "…")
        assert float(peek.get_attribute("data-value") or "nan") == close(trace[name][head, 2, 2].item())
        # Numbers of the rows that are there, and of no other.
        at_rest(page)
        assert {cell["index"][1] for _, cell in numbers(page) if cell["name"] == name} <= {0, 1, 2}


def test_numbers_are_written_where_nothing_stands_before_them(app: str, browser: Browser) -> None:
    """Heads stand behind one another: only what the eye sees has its number on it."""
    trace = model.load("sort").trace("CBABBC")
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.qk&head=0")
        shown(page, "blocks.0.attn.qk")
        ask(page, "scene.flyTo('blocks.0.attn.qk'); scene.space.camera.zoom(0.9)")
        until(page, "return [...scene.exact.held.keys()].some((key) => key.startsWith('blocks.0.attn.qk'))")
        at_rest(page)
        found = numbers(page)
        heads = {cell["index"][0] for _, cell in found if cell["name"] == "blocks.0.attn.qk"}
        assert 0 in heads
        assert len(found) >= 36
        for number, cell in found:
            exact = model.load("sort").weights if cell["name"] not in trace else trace
            value = float(exact[cell["name"]][tuple(cell["index"])])
            # Three digits, or two where three are too long for the cell; of long ones a power of ten.
            assert any(number == pytest.approx(float(f"{value:.{digits}g}"), rel=1e-6, abs=1e-9) for digits in (2, 3))


MIXTRAL = {
    "vocab_size": 20, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2,
    "num_key_value_heads": 1, "num_local_experts": 4, "num_experts_per_tok": 2, "max_position_embeddings": 32,
}  # fmt: skip
T5 = {"d_model": 16, "d_kv": 8, "d_ff": 24, "num_layers": 1, "num_heads": 2, "vocab_size": 20}


def folder(made: Any, place: Path) -> str:
    made.save_pretrained(place)
    return quote(str(place), safe="")


def test_experts_stand_in_lanes_that_ways_lead_into_and_out_of(app: str, browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / "mixtral"
    name = folder(transformers.MixtralForCausalLM(transformers.MixtralConfig(**MIXTRAL)), place)
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?model={name}")
        shown(page, "tokens")
        page.locator(FRAME).scroll_into_view_if_needed()
        ids = ask(page, "return scene.manifest.sides[0].ids")
        trace = model.load(str(place)).trace(ids=ids)
        pieces = ask(page, "return scene.space.ribbons.pieces")
        used = [e for e in range(4) if trace[f"blocks.0.moe.experts.{e}.positions"].numel()]
        assert used
        for e in used:
            for step in ("in", "pre", "post", "out"):
                reader = f"blocks.0.moe.experts.{e}.{step}"
                heads = [piece["to"][2] for piece in pieces if piece["into"] == reader and piece["head"]]
                block = ask(page, "return scene.network.block(argument)", reader)
                depth = -(block["corner"][2] + block["size"][2] / 2)
                assert heads
                assert heads == pytest.approx([depth] * len(heads))
            out = f"blocks.0.moe.experts.{e}.out"
            go(page, out)
            pin(page, trace, out, (0, 3))
        into = [piece for piece in pieces if piece["into"] == "blocks.0.mlp_out"]
        assert len({piece["from"][2] for piece in into}) >= len(used)
        go(page, "blocks.0.mlp_out")
        pin(page, trace, "blocks.0.mlp_out", (0, 5))
        for stage in trace.names:
            go(page, stage)


def test_an_encoder_and_a_decoder_stand_side_by_side(app: str, browser: Browser, tmp_path: Path) -> None:
    place = tmp_path / "t5"
    made = transformers.T5ForConditionalGeneration(transformers.T5Config(**T5, decoder_start_token_id=0))
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene?model={folder(made, place)}")
        shown(page, "encoder.tokens")
        page.locator(FRAME).scroll_into_view_if_needed()
        sides = {side["name"]: side["ids"] for side in ask(page, "return scene.manifest.sides")}
        trace = model.load(str(place)).trace(ids=sides["encoder"], target=sides["decoder"])
        titles = ask(page, "return scene.network.floors.map(({title}) => title)")
        assert {"Encoder · Block 0 · MLP", "Decoder · Block 0 · cross-attention", "Output"} <= set(titles)
        cross = "decoder.blocks.0.cross_attn.pattern"
        for name in ("encoder.blocks.0.resid_mid", cross, "decoder.blocks.0.resid_cross", "logits"):
            go(page, name)
            pin(page, trace, name, (0,) * len(trace.stage(name).shape))
        # The pattern reads across: its keys are the encoder's.
        assert trace.stage(cross).shape[2] == len(sides["encoder"])


def test_the_whole_screen_has_a_key(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=embed")
        shown(page, "embed")
        page.locator(".scene-canvas").focus()
        page.keyboard.press("Shift+F")
        page.wait_for_function("document.fullscreenElement !== null")
        page.keyboard.press("Shift+F")
        page.wait_for_function("document.fullscreenElement === null")
        shown(page, "embed")


def test_rows_and_columns_are_called_by_their_tokens(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores&head=0")
        shown(page, "blocks.0.attn.attn_scores")
        at_rest(page)
        names = [text for text, _ in written(page) if text in ("A", "B", "C")]
        assert sorted(names) == sorted("CBABBC" * 2)
        # The strongest colour is told, and is what the face was painted with.
        most = float(page.locator(".scene-scale").get_attribute("data-most") or "nan")
        assert most == ask(page, "return scene.stream.faces.get('blocks.0.attn.attn_scores').most")
        go(page, "ln_final.scale")


def test_a_scene_opens_with_what_follows_and_goes_near_the_input(app: str, browser: Browser) -> None:
    apart = "return scene.cellAt('tokens', [1]).y - scene.cellAt('tokens', [0]).y"
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=tokens")
        shown(page, "tokens")
        at_rest(page)
        afar = ask(page, apart)
        assert ask(page, "return scene.cellAt('blocks.0.ln1.normalized', [0, 0])")  # what follows is in view
        page.get_by_role("button", name="Go to the step").click()
        at_rest(page)
        near = ask(page, apart)
        assert near > 26 > afar > 0  # so large that the numbers themselves are written
        assert {"2", "1", "0"} <= {text for text, _ in written(page)}
        page.keyboard.press("ArrowRight")
        shown(page, "embed")
        page.keyboard.press("ArrowLeft")
        shown(page, "tokens")
        at_rest(page)
        assert ask(page, apart) == pytest.approx(near, rel=1e-3)
