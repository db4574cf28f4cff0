"""Visits to the app: a page that reports every complaint, and waiting until it is complete."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Locator, Page

PATIENCE = 60_000  # milliseconds; nothing here is about the machine's speed
ROOT = '[data-glassformer="walkthrough"]'

# Answers in the storage's stead rather than writing there: Chromium may lose what a page from the disk has stored when
# a script touches the storage before its document is there (seen at one reload in ten).
ASK_NOTHING = """{
  const stored = Storage.prototype.getItem
  Storage.prototype.getItem = function (key) {
    return stored.call(this, key) ?? (key === 'glassformer.guesses' ? 'off' : null)
  }
}"""


@contextmanager
def opened(browser: Browser, asks: bool = False, **settings: object) -> Iterator[Page]:
    """A page, which asks no questions unless told to.

    At its end: no error in the console, none thrown, none shown, no dialog, nothing fetched elsewhere."""
    settings = {"viewport": {"width": 1280, "height": 900}, **settings}
    page = browser.new_page(**settings)  # type: ignore[arg-type]
    if not asks:
        page.add_init_script(ASK_NOTHING)
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
    try:
        yield page
    except Error as error:
        error.add_note(f"{page.url} shows {_shown(page)}; complaints: {complaints}")
        raise
    shown = page.get_by_test_id("stException").all_inner_texts()
    page.close()
    assert not complaints, complaints
    assert not shown, shown


def _shown(page: Page) -> list[str]:
    """What the components say they show, and every alert."""
    looks = page.locator("[data-glassformer]").evaluate_all("all => all.map(one => JSON.stringify(one.dataset))")
    return looks + page.locator("[role=alert]").all_inner_texts()


def _ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:", "file://"))


def root(page: Page) -> Locator:
    return page.locator(ROOT)


def ready(page: Page, stage: str = "") -> None:
    """Waits until the walkthrough has painted a stage (any, if none is named) of what the link asks for."""
    wanted = f'[data-stage="{stage}"]' if stage else ""
    page.locator(f'{ROOT}[data-ready="true"]:not([data-stands-in]){wanted}').wait_for(state="attached")


def settled(page: Page) -> None:
    """Waits until the page's script has ended."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")


def press(page: Page, key: str, stage: str) -> None:
    """Presses a key and waits for the stage that it leads to."""
    page.keyboard.press(key)
    ready(page, stage)


def selection(page: Page) -> dict[str, str | None]:
    """What the walkthrough says it shows."""
    words = ("stage", "layer", "head", "token", "show")
    return {word: root(page).get_attribute(f"data-{word}") for word in words}


def pinned(page: Page) -> tuple[str, tuple[int, ...], str]:
    """Name, index and value of the cell that is worked out, once its terms are there."""
    card = page.locator("[data-pinned]")
    card.locator("[data-recomputed], [data-no-terms]").wait_for(state="attached")
    index = card.get_attribute("data-index") or ""
    name, value = (card.get_attribute(f"data-{word}") or "" for word in ("name", "value"))
    return name, tuple(map(int, index.split(","))) if index else (), value
