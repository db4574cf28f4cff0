"""Visits to the app: a page that reports every complaint, and waiting until it is complete."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLate

PATIENCE = 60_000  # milliseconds; nothing here is about the machine's speed


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


def press(page: Page, key: str, stage: str) -> None:
    """Presses a key until the walkthrough shows a stage: the first press may come before Streamlit listens."""
    marker = page.locator('[data-glassformer="walkthrough"]')
    before = marker.get_attribute("data-stage")
    for _ in range(PATIENCE // 5000):
        if marker.get_attribute("data-stage") == before:
            page.keyboard.press(key)
        try:
            page.locator(f'[data-glassformer][data-stage="{stage}"]').wait_for(state="attached", timeout=5000)
        except TooLate:
            continue
        break
    ready(page, stage)
