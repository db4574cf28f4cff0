"""The scene's canvas in a real browser: saved, lost, given back, taken over by another input, and left behind."""

import pytest
from playwright.sync_api import Browser, expect

import model
from tests.browser.scenes import FRAME, ask, at_rest, close, point, shown, until
from tests.browser.visits import opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_picture_can_be_saved(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=blocks.0.mlp.post&view=scene")
        shown(page)
        with page.expect_download() as download:
            page.get_by_label("Save as a picture").select_option("1280")
        data = download.value.path().read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(data[16:20], "big") == 1280


def test_without_webgl_the_picture_is_offered(app: str, browser: Browser) -> None:
    with opened(browser) as page:
        page.add_init_script(
            "const ask = HTMLCanvasElement.prototype.getContext;"
            "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
            " return kind === 'webgl2' ? null : ask.call(this, kind, ...more) }"
        )
        page.goto(f"{app}/walkthrough#stage=embed&view=scene")
        shown(page, "embed")
        expect(page.get_by_text("This browser cannot draw in space")).to_be_visible()
        page.keyboard.press("ArrowRight")
        shown(page, "pos_embed")
        page.locator(".scene-none button").click()
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")


def test_a_lost_context_comes_back(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=embed&view=scene")
        shown(page, "embed")
        canvas = page.locator(".scene-canvas")
        canvas.evaluate(
            "c => { window.held = c.getContext('webgl2').getExtension('WEBGL_lose_context'); held.loseContext() }"
        )
        expect(page.locator(".scene [role=alert]")).to_contain_text("graphics card")
        expect(page.locator(".scene-over")).to_be_hidden()  # numbers without blocks would float
        page.evaluate("held.restoreContext()")
        expect(page.locator(".scene [role=alert]")).to_have_count(0)
        expect(page.locator(".scene-over")).to_be_visible()
        frames = ask(page, "return scene.space.frames")
        page.keyboard.press("ArrowRight")
        shown(page, "pos_embed")
        assert ask(page, "return scene.space.frames") > frames


# The camera moves once, on a machine that is slow whenever it does; then only what is computed goes on being drawn.
HURRY = """
const {space} = scene
const next = () => new Promise(requestAnimationFrame)
space.pace.tooSlow = (took, moved) => moved
const drawn = setInterval(() => space.request(), 1)
const pixels = () => [space.hurries, space.renderer.getPixelRatio()]
const all = pixels()
space.camera.orbit(0.1, 0)
await next(); await next(); await next()
const fewer = pixels()
for (const start = performance.now(); space.hurries && performance.now() - start < 20000; ) await next()
await next()
clearInterval(drawn)
return [all, fewer, pixels()]
"""


def test_fewer_pixels_are_drawn_only_while_the_camera_moves(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/scene#stage=blocks.0.attn.q")
        shown(page, "blocks.0.attn.q")
        at_rest(page)
        found = ask(page, f"return (async () => {{ {HURRY} }})()")
        assert found == [[False, 1], [True, 0.5], [False, 1]]


def test_another_input_takes_the_scene_over(app: str, browser: Browser) -> None:
    with opened(browser, reduced_motion="reduce") as page:
        page.goto(f"{app}/walkthrough#stage=blocks.0.attn.q&head=0&view=scene")
        shown(page, "blocks.0.attn.q")
        given = page.get_by_label("Input: letters")
        for text in ("AABBCC", "BCABCA"):
            wanted = float(model.load("sort").trace(text)["blocks.0.attn.q"][5, 0, 7])
            given.fill(text)
            given.press("Enter")
            until(page, "return scene.manifest.sides[0].pieces.join('') === argument", text)
            until(page, "return scene.stream.faces.has('blocks.0.attn.q') && scene.space.drawnNow.length > 5")
            page.locator(FRAME).scroll_into_view_if_needed()
            at_rest(page)
            page.mouse.move(*point(page, "blocks.0.attn.q", (5, 0, 7)))
            peek = page.locator('[data-peek][data-index="5,0,7"]')
            peek.wait_for(state="attached")
            expect(peek).not_to_have_attribute("data-value", "…")
            assert float(peek.get_attribute("data-value") or "nan") == close(wanted)
            page.mouse.move(5, 5)


@pytest.mark.slow
def test_fifty_visits_leave_nothing_behind(app: str, browser: Browser) -> None:
    """Contexts, listeners and elements. A browser keeps 16 contexts at most, and says so in the console beyond that."""
    with opened(browser, reduced_motion="reduce") as page:
        warnings: list[str] = []
        page.on("console", lambda m: warnings.append(m.text) if m.type == "warning" else None)
        page.add_init_script(
            "window.lost = 0; window.made = 0;"
            "const ask = HTMLCanvasElement.prototype.getContext;"
            "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
            " const had = this.asked; this.asked = true; const found = ask.call(this, kind, ...more);"
            " if (kind === 'webgl2' && !had) { made++; this.addEventListener('webglcontextlost', () => lost++) }"
            " return found }"
        )
        page.goto(f"{app}/walkthrough#stage=embed")
        page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def visits(count: int) -> dict[str, float]:
            """Listeners and elements that are left behind after so many."""
            for _ in range(count):
                page.keyboard.press("3")
                shown(page, "embed")
                page.keyboard.press("3")
                page.locator('[data-glassformer="walkthrough"][data-ready="true"]').wait_for(state="attached")
            page.wait_for_function("made > 0 && lost === made")
            session.send("HeapProfiler.collectGarbage")
            found = session.send("Performance.getMetrics")["metrics"]
            return {m["name"]: m["value"] for m in found if m["name"] in ("JSEventListeners", "Nodes")}

        before, after = visits(3), visits(50)
        # Not one a visit: what the page itself adds in that time is far below that.
        assert after["JSEventListeners"] < before["JSEventListeners"] + 25, (before, after)
        assert after["Nodes"] < before["Nodes"] + 500, (before, after)
        assert not [w for w in warnings if "context" in w.lower()]
