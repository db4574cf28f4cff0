"""The scene in a real browser: cells under the pointer, the walk, the camera, and what happens without WebGL."""

import math

import pytest
from playwright.sync_api import Browser, expect

import model
from tests.browser.scenes import FRAME, ROOT, ask, at_rest, close, point, shown, until
from tests.browser.visits import opened, pinned

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TRACE = model.load("sort").trace("CBABBC")


def test_cells_in_space_tell_the_model_s_numbers(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=blocks.0.attn.q&head=0&view=scene")
        shown(page, "blocks.0.attn.q")
        page.locator(FRAME).scroll_into_view_if_needed()
        at_rest(page)
        for index in ((0, 0, 0), (5, 0, 15), (3, 0, 7)):
            page.mouse.move(*point(page, "blocks.0.attn.q", index))
            peek = page.locator(f'[data-peek][data-index="{",".join(map(str, index))}"]')
            expect(peek).to_have_attribute("data-name", "blocks.0.attn.q")
            expect(peek).not_to_have_attribute("data-value", "…")
            value = float(peek.get_attribute("data-value") or "nan")
            assert value == close(TRACE["blocks.0.attn.q"][index].item())
        page.mouse.click(*point(page, "blocks.0.attn.q", (2, 0, 3)))
        page.locator('[data-pinned="true"]').wait_for()
        name, at, text = pinned(page)
        assert (name, at) == ("blocks.0.attn.q", (2, 0, 3))
        assert float(text) == close(float(TRACE.explain(name, at).value))
        # The cells that it was made of share a row of what it read, and a column of the weight.
        marks = ask(page, "return Object.fromEntries(scene.space.boxes.marks)")
        assert marks["blocks.0.ln1.normalized"]["row"] == 2
        assert marks["blocks.0.attn.W_Q"]["col"] == 3
        assert marks["blocks.0.attn.W_Q"]["slab"] == 0
        # An input, clicked, is looked at; any other block is where the walk goes on.
        page.mouse.click(*point(page, "blocks.0.ln1.normalized", (1, 4)))
        page.locator('[data-pinned="true"][data-name="blocks.0.ln1.normalized"]').wait_for()
        assert pinned(page)[1] == (1, 4)
        page.locator(".scene-canvas").focus()
        page.keyboard.press("f")
        at_rest(page)
        page.mouse.click(*point(page, "blocks.2.mlp.post", (3, 100)))
        shown(page, "blocks.2.mlp.post")
        assert pinned(page)[0] == "blocks.2.mlp.post"


def test_the_walk_goes_through_the_scene_to_its_end(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#view=scene&stage=tokens")
        shown(page, "tokens")
        for name in TRACE.names[1:30]:
            page.keyboard.press("ArrowRight")
            shown(page, name)
        for name in (TRACE.names[40], TRACE.names[60], "logits", "probs"):
            page.evaluate("hash => { location.hash = hash }", f"stage={name}&view=scene")
            shown(page, name)
        assert ask(page, "return scene.space.frames") > 30
        seen = ask(page, "return [...scene.stream.faces.keys()]")
        assert {"blocks.0.attn.W_Q", "probs", "blocks.2.mlp.post"} <= set(seen)


def test_what_is_predicted_stands_under_its_block(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=probs")
        shown(page, "probs")
        for show, column in (("predict", "Likeliest next tokens"), ("loss", "−ln p")):
            page.keyboard.press("ArrowRight")
            page.locator(f'{ROOT}[data-ready="true"][data-show="{show}"]').wait_for(state="attached")
            page.locator(".readout th", has_text=column).wait_for()
            # The scene is the same one, and shows the block that the table is read off.
            assert ask(page, "return scene.progress().all") == 6
            assert ask(page, "return scene.gaze.stage.name") == "probs"
            assert page.locator(FRAME).bounding_box()["height"] >= 200  # type: ignore[index]
        page.get_by_role("button", name="3 B").last.click()
        page.locator(f'{ROOT}[data-token="3"][data-show="loss"]').wait_for(state="attached")
        # The row that was chosen is worked out, and lit in space.
        page.locator('[data-pinned][data-name="probs"][data-index^="3,"]').wait_for()
        assert ask(page, "return scene.gaze.cell.name + scene.gaze.cell.index[0]") == "probs3"
        row = page.locator(".readout tr[aria-current=true] td").last.inner_text()
        assert float(row) == pytest.approx(-math.log(TRACE["probs"][3, 1]), rel=1e-3)  # B follows
        page.keyboard.press("3")  # away from the scene the table is what there is, and is painted anew
        page.locator('[data-glassformer="walkthrough"][data-ready="true"][data-show="loss"]').wait_for()
        page.keyboard.press("3")
        page.locator(f'{ROOT}[data-ready="true"][data-show="loss"]').wait_for(state="attached")
        page.reload()
        page.locator(f'{ROOT}[data-ready="true"][data-show="loss"]').wait_for(state="attached")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        shown(page, "probs")
        page.locator(".readout").wait_for(state="detached")


def test_one_key_leads_to_the_scene_and_back(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough#stage=blocks.1.attn.z")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
        page.keyboard.press("3")
        shown(page, "blocks.1.attn.z")
        assert "view=scene" in page.url
        page.keyboard.press("3")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
        assert "view=scene" not in page.url
        page.go_back()
        shown(page, "blocks.1.attn.z")


def test_the_camera_moves_by_keyboard_and_rests_when_nothing_does(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=blocks.0.mlp.pre&view=scene")
        shown(page)
        canvas = page.locator(".scene-canvas")
        canvas.focus()
        at_rest(page)
        pose = "return scene.space.camera.pose"
        before = ask(page, pose)
        for key in ("Shift+ArrowLeft", "+", "w", "f", "g"):
            page.keyboard.press(key)
            page.wait_for_timeout(100)
            after = ask(page, pose)
            assert after != before, key
            before = after
        at_rest(page)
        frames = ask(page, "return scene.space.frames")
        page.wait_for_timeout(1000)
        assert ask(page, "return scene.space.frames") == frames
        # From the cell that is on the card, whoever chose it.
        _, (row, column), _ = pinned(page)
        page.keyboard.press("Alt+ArrowUp")
        page.locator(f'[data-pinned="true"][data-index="{row - 1},{column}"]').wait_for()
        page.keyboard.press("Alt+ArrowRight")
        page.locator(f'[data-pinned="true"][data-index="{row - 1},{column + 1}"]').wait_for()
        # What is moved to is said.
        text = pinned(page)[2]
        said = f"blocks.0.mlp.pre [{row - 1}, {column + 1}]: {text}"
        expect(page.locator(".scene [role=status]")).to_have_text(said)


def test_the_computation_is_shown_cell_by_cell_and_can_be_scrubbed(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/walkthrough#stage=blocks.0.mlp.pre&view=scene")
        shown(page)
        slider = page.locator(".scene-bar input[type=range]")
        slider.fill("0.5")
        count = 6 * 192
        mark = ask(page, "return scene.space.boxes.marks.get('blocks.0.mlp.pre')")
        assert mark["shown"] == count // 2
        at = count // 2 - 1
        assert ask(page, "return scene.space.boxes.marks.get('blocks.0.ln2.normalized')")["row"] == at // 192
        assert ask(page, "return scene.space.boxes.marks.get('blocks.0.mlp.W_in')")["col"] == at % 192
        page.get_by_role("button", name="Show again").click()
        page.wait_for_function("x => Number(x.value) < 0.5", arg=slider.element_handle())
        page.wait_for_function("x => Number(x.value) === 1", arg=slider.element_handle())


def test_other_networks_stand_beside_it_to_scale(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=embed&view=scene")
        shown(page)
        page.get_by_label("Beside it").select_option("gpt2")
        expect(
            page.get_by_text("GPT-2 small, to scale, without numbers: 124,439,808 parameters, 1,500 times")
        ).to_be_visible()
        # The camera moves first, and then it is drawn.
        until(page, "return scene.space.drawnNow.filter(({block}) => block.name.startsWith('gpt2: ')).length > 20")


def test_the_page_of_the_scene_opens_there_and_keeps_the_picture_in_the_link(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/scene")
        shown(page, "tokens")
        assert "view=" not in page.url
        page.keyboard.press("3")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
        assert "view=picture" in page.url
        page.reload()
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")


def test_words_that_name_a_tensor_light_its_block(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.resid_mid")
        shown(page, "blocks.0.resid_mid")
        state = "return scene.space.boxes.states.get(scene.network.canonical(argument))"
        words = page.locator(".deeper [data-ref]")
        words.first.wait_for()
        named = [word.get_attribute("data-ref") for word in words.all()]
        assert "blocks.0.attn_out" in named
        for number, name in enumerate(named):
            words.nth(number).hover()
            until(page, f"{state} === 4", name)
        page.mouse.move(5, 5)
        until(page, f"{state} !== 4", named[-1])
        words.first.focus()  # the keyboard, too
        until(page, f"{state} === 4", named[0])


def test_the_computation_pauses_steps_by_cells_and_runs_all_at_once(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.attn_scores")
        shown(page)
        mark = "return scene.space.boxes.marks.get('blocks.0.attn.attn_scores')?.shown"
        head = pinned(page)[1][0]  # that of the cell on the card: it is this one that is followed
        page.get_by_role("button", name="Show again").click()
        page.get_by_role("button", name="Pause the computation").click()
        page.locator(".scene-bar input[type=range]").fill("0.5")
        assert ask(page, mark) == 18
        page.get_by_role("button", name="One cell on").click()
        assert ask(page, mark) == 19
        page.locator(".scene-canvas").focus()
        page.keyboard.press(",")
        page.keyboard.press(",")
        assert ask(page, mark) == 17
        expect(page.locator(".scene-how")).to_have_text("17 of 36 cells")
        said = page.locator(".scene [role=status]")
        expect(said).to_have_text(f"17 of 36 cells; blocks.0.attn.attn_scores [{head}, 2, 4]: -inf")
        expect(page.locator(".scene-bar input[type=range]")).to_have_attribute("aria-valuetext", "17 of 36 cells")
        # The cell that was reached is told, as if it were pointed at.
        peek = page.locator('[data-peek][data-name="blocks.0.attn.attn_scores"]')
        expect(peek).to_have_attribute("data-index", f"{head},2,4")
        expect(peek).to_have_attribute("data-value", "-inf")
        # The cell that is computed, and the one that it is made of, in the same place: in every head at once.
        assert ask(page, "return scene.space.boxes.marks.get('blocks.0.attn.qk')") == {"row": 2, "col": 4}
        # Letters do the same from wherever the focus is, but not where they are for somebody else.
        page.get_by_role("button", name="One cell on").focus()
        page.keyboard.press(".")
        expect(page.locator(".scene-how")).to_have_text("18 of 36 cells")
        page.get_by_label("Beside it").focus()
        page.keyboard.press(",")
        expect(page.locator(".scene-how")).to_have_text("18 of 36 cells")
        page.locator(".scene-canvas").focus()
        page.keyboard.press("p")
        expect(page.locator(".scene-how")).to_have_text("all at once")
        expect(page.locator(".scene-how")).to_have_text("36 of 36 cells")
        expect(page.get_by_role("button", name="Play the computation")).to_be_visible()


def test_on_a_phone_everything_is_there_and_two_fingers_zoom(app: str, browser: Browser) -> None:
    size = {"width": 390, "height": 844}
    with opened(browser, reduced_motion="reduce", viewport=size, has_touch=True, is_mobile=True) as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.q")
        shown(page)
        frame = page.locator(FRAME)
        frame.scroll_into_view_if_needed()
        at_rest(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for name in ("Show again", "One cell on", "All of it", "Nearer"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
        far = "const {eye, target} = scene.space.camera.pose; return Math.hypot(...eye.map((x, d) => x - target[d]))"
        before = ask(page, far)
        box = frame.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        fingers = page.context.new_cdp_session(page)

        def touch(kind: str, apart: float | None) -> None:
            points = [] if apart is None else [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 20)
        for apart in (40, 60, 80, 100):
            touch("touchMove", apart)
            page.wait_for_timeout(60)
        touch("touchEnd", None)
        at_rest(page)
        assert ask(page, far) < 0.7 * before
