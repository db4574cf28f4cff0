"""The real app on a free port, and a browser that reports every complaint of a page."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000  # milliseconds; nothing here is about the machine's speed


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running app."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    command += ["--server.port", str(port), "--server.fileWatcherType", "none"]
    address = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out) as process:
        try:
            _wait(f"{address}/_stcore/health", process, log)
            yield address
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(PATIENCE // 100):
        if process.poll() is not None:
            raise RuntimeError(f"the app ended:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"no answer from {url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        # As root, which is usual in a container, Chromium has no sandbox.
        sandbox = os.geteuid() != 0
        browser = playwright.chromium.launch(executable_path=path, chromium_sandbox=sandbox)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, **settings: object) -> Iterator[Page]:
    """A page. At its end: no error in the console, none thrown, none shown, no dialog, nothing fetched elsewhere."""
    settings = {"viewport": {"width": 1280, "height": 900}, **settings}
    page = browser.new_page(**settings)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    page.set_default_navigation_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("request", lambda r: None if _ours(r.url) else complaints.append(f"fetched {r.url}"))

    def refuse(dialog: object) -> None:
        complaints.append("a dialog opened")
        dialog.dismiss()  # type: ignore[attr-defined]

    page.on("dialog", refuse)
    yield page
    shown = page.get_by_test_id("stException").all_inner_texts()
    page.close()
    assert not complaints
    assert not shown


def _ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def ready(page: Page, stage: str = "") -> None:
    """Waits until the walkthrough shows a stage (any, if none is named) and the script has ended."""
    wanted = f'[data-stage="{stage}"]' if stage else ""
    page.locator(f'[data-glassformer="walkthrough"][data-ready="true"]{wanted}').wait_for(state="attached")
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")
