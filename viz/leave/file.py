"""Composes a file of a trace, or of two that are compared: what it holds, what it says of itself, and the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from model import Trace
from model.progress import Progress, reported, reporting
from viz import prose
from viz.difference import Pair
from viz.leave.chunks import Beside, Holding
from viz.leave.document import document, licences
from viz.leave.taking import TAKES, all_terms
from viz.leave.telling import told
from viz.manifest import About
from viz.stage_page import stage_page

PAGES = 0.15  # share of the work that finding the cells to explain is


def whole_is_too_much(trace: Trace, other: Trace | None = None) -> int:
    """Terms beyond which not every cell is explained, where this trace, or both and their difference, have more; 0
    where all fit."""
    most = TAKES["everything"].explained
    if trace.network is None:
        return 0
    return most if all_terms([trace] if other is None else [trace, other, Pair(trace, other)]) > most else 0


def compose(trace: Trace, abouts: Sequence[About], take: str, beside: Beside | None = None) -> bytes:
    """The file. abouts: one for each language, the first of which is shown first; take: a key of TAKES; beside: another
    pass to compare with.

    Says how far it is, see `model.progress`; what is raised there stops it.
    """
    progress, last = reported(), (0.0, "reading the pages")

    def tell(fraction: float, words: str) -> None:
        nonlocal last
        last = (fraction, words)
        progress(*last)

    # Passes that are run in between tell of themselves: that too is a place to stop at, and no more.
    with reporting(lambda *_: progress(*last)):
        return _composed(trace, abouts, take, beside, tell)


def _composed(trace: Trace, abouts: Sequence[About], take: str, beside: Beside | None, tell: Progress) -> bytes:
    first = abouts[0].language
    traces = [trace] if beside is None else [trace, beside.trace]
    pages: list[dict[str, Any]] = [{} for _ in traces]
    names = [(which, name) for which, one in enumerate(traces) for name in one.names]
    for i, (which, name) in enumerate(names):
        tell(PAGES * i / len(names), "reading the pages")
        pages[which][name] = stage_page(traces[which], name, first)
    holding = Holding(trace, abouts, TAKES[take], pages, beside)
    done = 0

    def tick(what: str) -> None:
        nonlocal done
        done += 1
        tell(PAGES + (1 - PAGES) * min(done / holding.steps, 1.0), what)

    said = {one.code: told(holding, i) for i, one in enumerate(holding.said)}
    body = {
        "version": 1,
        "languages": [{"code": one.code, "name": one.name} for one in holding.said],
        "said": said,
        "shapes": [one.other_shapes for one in holding.passes],
        "licences": licences(),
    }
    noscript = holding.said[0].text("leave", "noscript")
    return document(f"Glassformer: {said[first]['title']}", first, noscript, body, holding.chunks(tick))


def languages(first: str) -> list[str]:
    """All there are, the one that is read now first."""
    return [first, *(code for code in prose.languages() if code != first)]
