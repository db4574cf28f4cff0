"""Files that hold a walk: made by the page, downloaded, opened from the disk without a network."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from model import Trace
from tests.browser.visits import PATIENCE, opened, ready
from viz.leave.file import compose, languages
from viz.manifest import About

LONG = 6 * PATIENCE  # hundreds of cells are explained, on a machine that does other things too


@contextmanager
def alone(browser: Browser, file: Path, **settings: object) -> Iterator[Page]:
    """The file, opened from the disk where there is no network."""
    with opened(browser, False, offline=True, **settings) as page:
        page.goto(file.as_uri())
        ready(page)
        yield page


def saved(trace: Trace, path: Path, take: str = "walk", **about: object) -> Path:
    abouts = [About("secret", "model", language=code, **about) for code in languages("en")]  # type: ignore[arg-type]
    path.write_bytes(compose(trace, abouts, take))
    return path


def make(page: Page) -> None:
    """Opens the popover and lets it make the file."""
    page.get_by_role("button", name="Save as HTML").click()
    page.get_by_role("button", name="Make the file").click()
    page.get_by_role("button", name="Download").wait_for(timeout=LONG)


def download(page: Page, folder: Path) -> Path:
    """The file, as it is given out now."""
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    path = folder / got.value.suggested_filename
    got.value.save_as(path)
    return path
