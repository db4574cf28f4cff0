"""The walkthrough in Chromium: from a key press to the painted step, first paint, bytes sent, size of the bundle.

Bytes in view are the float32 numbers that the pictures of the steps walked have painted: every cell of a tensor once,
and every pixel of an overview once, however often it is painted. What was fetched ahead and not looked at is not in it;
nor is what came with the page, which was not fetched. Text, headers and explanations are metadata.

First paint is measured against an empty Streamlit page that imports torch, both in this run, taking turns.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
DIST = ROOT / "viz" / "web" / "dist"
EMPTY = "import streamlit as st\nimport torch\n\nst.title(torch.__version__)\n"
SHOWN = '[data-glassformer="walkthrough"][data-ready="true"]:not([data-stands-in])'
# 32 tokens for SmolLM2.
TEXT = (
    "The cat sat on the mat, and the dog lay by the door. When the rain began to fall, "
    "both of them ran into the house to"
)
CASES = {
    "sort": ("/walkthrough", 75, 50),
    "smollm2, 32 tokens": (
        f"/walkthrough?model=smollm2&reading=plain&input={quote(TEXT)}#stage=tokens&tour=all",
        60,
        100,
    ),
}
# Presses a key and waits for the frame after the step is painted: a message between two frames comes after the paint.
PRESS = """async () => {
  const root = [...document.querySelectorAll('*')].flatMap((e) => e.shadowRoot ? [e.shadowRoot] : [])
    .map((r) => r.querySelector('[data-glassformer="walkthrough"]')).find(Boolean)
  const before = root.dataset.stage + root.dataset.show
  const start = performance.now()
  document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', code: 'ArrowRight', bubbles: true,
    cancelable: true, composed: true}))
  const late = start + 20000
  while (root.dataset.stage + root.dataset.show === before || root.dataset.ready !== 'true') {
    if (performance.now() > late) return null
    await new Promise((done) => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0) })
  }
  await new Promise((done) => requestAnimationFrame(() => {
    const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0)
  }))
  return performance.now() - start
}"""
STATS = """() => {
  const root = [...document.querySelectorAll('*')].flatMap((e) => e.shadowRoot ? [e.shadowRoot] : [])
    .map((r) => r.querySelector('[data-glassformer="walkthrough"]')).find(Boolean)
  return root.stats
}"""


@contextmanager
def serving(script: str) -> Iterator[tuple[str, float]]:
    """A Streamlit server of its own: its address, and when it was started."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.fileWatcherType", "none"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            while True:
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()  # noqa: S310
                    break
                except OSError:
                    if process.poll() is not None:
                        raise RuntimeError(f"{script} ended before it answered") from None
                    time.sleep(0.02)
            yield address, start
        finally:
            process.terminate()


def paint(browser: Browser, address: str, wanted: str) -> float:
    """Seconds from asking for a page until what is wanted is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    start = time.perf_counter()
    page.goto(address)
    page.locator(wanted).first.wait_for(timeout=120_000)
    took = time.perf_counter() - start
    page.close()
    return took


def first_paint(browser: Browser) -> dict[str, float]:
    """Seconds from the start of the server (cold) and of a later visit (warm), ours and the empty page's."""
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        pages = {"empty": (str(empty), "/", "h1"), "ours": ("app.py", "/walkthrough", SHOWN)}
        for _ in range(3):
            for who, (script, path, wanted) in pages.items():
                with serving(script) as (address, start):
                    paint(browser, address + path, wanted)
                    times.setdefault(f"{who}, cold", []).append(time.perf_counter() - start)
                    for _ in range(3):
                        times.setdefault(f"{who}, warm", []).append(paint(browser, address + path, wanted))
    return {name: statistics.median(t) for name, t in times.items()}


def stepping(page: Page, steps: int) -> list[float]:
    """Milliseconds from each key press to the painted step."""
    found = []
    for _ in range(steps):
        took = page.evaluate(PRESS)
        if took is None:
            break  # the last step
        found.append(took)
        page.wait_for_timeout(150)  # as fast as a person reads at best; what is ahead may come meanwhile
    return found


def bundle() -> dict[str, int]:
    """Bytes of the browser files of this page, gzipped: what it needs before it can paint."""
    own = [*DIST.glob("walkthrough-*.js"), *DIST.glob("shared/*.js")]
    return {str(p.relative_to(DIST)): len(gzip.compress(p.read_bytes())) for p in own}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        sandbox = os.geteuid() != 0
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), chromium_sandbox=sandbox)
        yield browser
        browser.close()


def main() -> None:
    if shutil.which("chromium") is None:
        print("\nLeft out: the walkthrough in a browser needs Chromium; `make test` installs it.", flush=True)
        return
    with chromium() as browser:
        print("\nWalkthrough, from key press to painted step, 1280 x 800\n")
        print("| model | steps | median ms | slowest tenth | aim | value kB | in view kB | ratio | metadata kB |")
        print("|---|---|---|---|---|---|---|---|---|")
        with serving("app.py") as (address, _):
            for name, (path, steps, aim) in CASES.items():
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                page.goto(address + path)
                page.locator(SHOWN).wait_for(timeout=300_000)
                page.wait_for_timeout(2000)
                took = sorted(stepping(page, steps))
                stats: dict[str, Any] = page.evaluate(STATS)
                page.close()
                slow = took[int(len(took) * 0.9)]
                print(
                    f"| {name} | {len(took)} | {statistics.median(took):.0f} | {slow:.0f} | {aim} | "
                    f"{stats['values'] / 1000:.0f} | {stats['shown'] / 1000:.0f} | "
                    f"{stats['values'] / stats['shown']:.2f} | {stats['metadata'] / 1000:.0f} |",
                    flush=True,
                )
        times = first_paint(browser)
    print("\nFirst useful paint, seconds; aim: at most 1.0 later than the empty page\n")
    print("| | empty page, `import torch` | /walkthrough | later by |\n|---|---|---|---|")
    for when in ("cold", "warm"):
        empty, ours = times[f"empty, {when}"], times[f"ours, {when}"]
        print(f"| {when} | {empty:.2f} | {ours:.2f} | {ours - empty:.2f} |", flush=True)
    sizes = bundle()
    print(f"\nBrowser bundle, gzipped: {sum(sizes.values()) / 1000:.0f} kB (aim: under 400)", flush=True)


if __name__ == "__main__":
    main()
