"""Whether a page fits its window, and what axe-core finds hard to read or to reach on it."""

from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "viz" / "web" / "node_modules" / "axe-core" / "axe.min.js"
# The colours of Streamlit's own widgets are not ours to mend.
STREAMLITS = (".stCode", "[data-testid=stButtonGroup]", "[data-testid=stSlider]")
_TOO_WIDE = """() => Math.max(
  ...[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]
    .map(e => e.scrollWidth - e.clientWidth)
)"""
_SERIOUS = """async ([inside, without]) => {
  const within = {include: [[inside]], exclude: without.map(s => [s])}
  const {violations} = await axe.run(within, {resultTypes: ['violations']})
  return violations.filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])
}"""


def too_wide(page: Page) -> int:
    """Pixels that the page, or its main part, is wider than what shows it."""
    return int(page.evaluate(_TOO_WIDE))


def fits(page: Page, width: int, height: int = 844) -> None:
    """Waits until nothing is wider than a window of this size."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function(f"innerWidth === {width} && ({_TOO_WIDE})() <= 0")


def serious(
    page: Page, without: tuple[str, ...] = (), inside: str = "[data-testid=stMain]"
) -> list[tuple[str, list[str]]]:
    """What axe-core finds serious or worse in the main part: rule, and the first elements that break it."""
    page.add_script_tag(content=_AXE.read_text(encoding="utf-8"))
    return page.evaluate(_SERIOUS, [inside, list(without)])
