"""The scene in Chromium: frames a second while the camera moves, time to the first frame, bytes, memory.

Without a graphics card, WebGL runs in software: these are the slowest numbers that anybody sees.
"""

from __future__ import annotations

import shutil
from typing import Any

from playwright.sync_api import Page

from bench.loading import at_hand
from bench.walkthrough import chromium, paint, serving

SHOWN = '[data-glassformer="scene"][data-ready="true"]'
WALK = '[data-glassformer="walkthrough"][data-ready="true"]'
# what: (address, a layout beside it, frames a second to aim at)
CASES: dict[str, tuple[str, str, int]] = {
    "sort": ("/scene#stage=blocks.0.attn.q", "", 30),
    "SmolLM2, 5 tokens": ("/scene?model=smollm2&input=The%20capital%20of%20France%20is#stage=blocks.3.attn.v", "", 20),
    "GPT-2 small beside sort": ("/scene#stage=blocks.0.attn.q", "gpt2", 20),
    "GPT-3 beside sort": ("/scene#stage=blocks.0.attn.q", "gpt3", 10),
}
# Turns the camera for so many milliseconds and counts what is drawn; then counts what is drawn at rest.
MOVE = """async (frame, milliseconds) => {
  const {scene} = frame
  const {space} = scene
  scene.finish()
  const start = performance.now()
  const before = space.frames
  for (let n = 0; performance.now() - start < milliseconds; n++) {
    space.camera.orbit(0.02 * Math.sin(n / 10), 0.002 * Math.cos(n / 10))
    await new Promise(requestAnimationFrame)
  }
  const perSecond = (space.frames - before) / (performance.now() - start) * 1000
  await new Promise((done) => setTimeout(done, 500))
  const resting = space.frames
  await new Promise((done) => setTimeout(done, 1000))
  return [perSecond, space.frames - resting, space.drawnNow.length]
}"""

ALL_THERE = """async ({scene}) => {
  while (scene.stream.faces.size < scene.network.withNumbers.length) await new Promise((done) => setTimeout(done, 100))
}"""


def moving(page: Page) -> list[float]:
    return page.locator("[data-scene]").evaluate(MOVE, 4000)


def memory(page: Page) -> float:
    """MB of the page's own objects."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    usage: dict[str, Any] = session.send("Runtime.getHeapUsage")
    return usage["usedSize"] / 1e6


def main() -> None:
    if shutil.which("chromium") is None:
        print("\nLeft out: the scene in a browser needs Chromium; `make test` installs it.", flush=True)
        return
    print("\nThe scene, software WebGL, 1280 x 800\n")
    if not at_hand("smollm2"):
        print("Of SmolLM2 the trace that came with the app is measured, whose weights are only frames.\n")
    print("Near a step: while numbers of other blocks still come, on the same cores, and when all are there.\n")
    print("| what | frames/s, coming | near | all of it | aim | blocks in view | drawn at rest | MB sent | heap MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    with chromium() as browser, serving("app.py") as (address, _):
        for name, (path, layout, aim) in CASES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            sent = [0.0]
            session = page.context.new_cdp_session(page)
            session.send("Network.enable")
            session.on("Network.loadingFinished", lambda e, sent=sent: sent.append(e["encodedDataLength"]))
            page.goto(address + path)
            page.locator(SHOWN).wait_for(timeout=300_000)
            page.wait_for_timeout(1000)  # the flight to the step
            coming, _, _ = moving(page)
            page.locator("[data-scene]").evaluate(ALL_THERE)
            near, _, _ = moving(page)
            if layout:
                page.get_by_label("Beside it").select_option(layout)
                page.wait_for_timeout(3000)
            page.locator("[data-scene]").evaluate("frame => frame.scene.fit()")
            page.wait_for_timeout(2500)
            far, resting, blocks = moving(page)
            print(
                f"| {name} | {coming:.0f} | {near:.0f} | {far:.0f} | {aim} | {blocks:.0f} | {resting:.0f} | "
                f"{sum(sent) / 1e6:.1f} | {memory(page):.0f} |",
                flush=True,
            )
            page.close()
        scene, walk = (min(paint(browser, address + path, wanted) for _ in range(3)) for path, wanted in
                       (("/scene", SHOWN), ("/walkthrough", WALK)))  # fmt: skip
        print(f"\nFirst frame of /scene {scene:.2f} s, first paint of /walkthrough {walk:.2f} s (aim: within 1.5 s)")


if __name__ == "__main__":
    main()
