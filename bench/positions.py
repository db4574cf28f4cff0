"""The lab of positions in Chromium: from a cursor's move to the painted pictures, and from one encoding to another."""

from __future__ import annotations

import shutil
import statistics

from playwright.sync_api import Page

from bench.walkthrough import chromium, serving

READY = '[data-glassformer="board"][data-ready="true"]'
MOVES = 40
CASES = {
    "see one, sinusoidal": ("/positions?section=See+one", "at"),
    "see one, 128 x 128": ("/positions?section=See+one&positions=128&width=128", "at"),
    "compare four": ("/positions?section=Compare", "at"),
    "through training": ("/positions?section=Trained+evidence", "step"),
}
SWAPS = ["ALiBi", "Rotary (RoPE)", "T5 relative bias"]
# Moves a slider and waits for the frame after the paint: a message between two frames comes after the paint.
MOVE = """([axis, to]) => new Promise((done) => {
  const root = [...document.querySelectorAll('*')].flatMap((e) => e.shadowRoot ? [e.shadowRoot] : [])
    .map((r) => r.querySelector(`input[data-axis="${axis}"]`)).find(Boolean)
  const start = performance.now()
  root.value = to % (Number(root.max) + 1)
  root.dispatchEvent(new Event('input', {bubbles: true}))
  requestAnimationFrame(() => {
    const c = new MessageChannel()
    c.port1.onmessage = () => done(performance.now() - start)
    c.port2.postMessage(0)
  })
})"""
# From the choice until the board says that it shows the encoding and has painted it.
SWAP = """async (name) => {
  const start = performance.now()
  const shown = () => [...document.querySelectorAll('*')].flatMap((e) => e.shadowRoot ? [e.shadowRoot] : [])
    .map((r) => r.querySelector('[data-glassformer="board"][data-ready="true"]')).find(Boolean)
  while (shown()?.getAttribute('aria-label') !== name) {
    if (performance.now() - start > 60000) throw new Error(`${name} is not shown`)
    await new Promise((done) => requestAnimationFrame(done))
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  return performance.now() - window.chosen
}"""


def moving(page: Page, axis: str) -> list[float]:
    """Milliseconds from each move of a cursor to the painted pictures."""
    found = []
    for to in range(1, MOVES + 1):
        found.append(page.evaluate(MOVE, [axis, to]))
        page.wait_for_timeout(30)
    return sorted(found)


def swapping(page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from choosing each encoding to its painted pictures: (the first time in the process, again)."""
    found: tuple[list[float], list[float]] = ([], [])
    box = page.get_by_role("combobox", name="Encoding")
    for again in range(2):
        for name in SWAPS:
            box.click()
            page.evaluate("addEventListener('pointerdown', () => { window.chosen = performance.now() }, true)")
            page.get_by_role("option", name=name, exact=True).click()
            took = page.evaluate(SWAP, name)
            page.wait_for_timeout(1500)
            found[again].append(took)
    return sorted(found[0]), sorted(found[1])


def main() -> None:
    if shutil.which("chromium") is None:
        print("\nLeft out: the lab of positions in a browser needs Chromium; `make test` installs it.", flush=True)
        return
    print("\nLab of positions, 1280 x 800\n\n| | times | median ms | slowest | aim |\n|---|---|---|---|---|")
    with chromium() as browser, serving("app.py") as (address, _):
        for name, (path, axis) in CASES.items():
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(address + path)
            page.locator(READY).locator(f'input[data-axis="{axis}"]').first.wait_for(timeout=120_000)
            page.wait_for_timeout(2000)
            took = moving(page, axis)
            print(f"| {name} | {len(took)} | {statistics.median(took):.0f} | {took[-1]:.0f} | 100 |", flush=True)
            if name == "see one, sinusoidal":
                for when, took in zip(("for the first time", "seen before"), swapping(page), strict=True):
                    middle, most = statistics.median(took), took[-1]
                    print(f"| another encoding, {when} | {len(took)} | {middle:.0f} | {most:.0f} | 500 |", flush=True)
            page.close()


if __name__ == "__main__":
    main()
