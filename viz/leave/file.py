"""Composes a file of a trace: what it holds, what it says of itself, and the bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from model import Trace
from model.progress import Progress, reported, reporting
from viz import prose
from viz.leave.chunks import Holding
from viz.leave.document import document, licences
from viz.leave.taking import TAKES, every_cell
from viz.manifest import About
from viz.prose import Catalogue
from viz.stage_page import stage_page

PAGES = 0.15  # share of the work that finding the cells to explain is
WORDS = (
    "about", "holds", "lacks", "licences", "language", "look", "look_system", "look_light", "look_dark", "damaged",
)  # fmt: skip
NAMED = 3  # of the stages that are left out


def whole_is_too_much(trace: Trace) -> int:
    """Terms beyond which not every cell is explained, where this trace has more; 0 where all fit."""
    most = TAKES["everything"].explained
    if trace.network is None or sum(every_cell(trace).values()) <= most:
        return 0
    return most


def compose(trace: Trace, abouts: Sequence[About], take: str) -> bytes:
    """The file. abouts: one for each language, the first of which is shown first; take: a key of TAKES.

    Says how far it is, see `model.progress`; what is raised there stops it.
    """
    progress, last = reported(), (0.0, "reading the pages")

    def tell(fraction: float, words: str) -> None:
        nonlocal last
        last = (fraction, words)
        progress(*last)

    # Passes that are run in between tell of themselves: that too is a place to stop at, and no more.
    with reporting(lambda *_: progress(*last)):
        return _composed(trace, abouts, take, tell)


def _composed(trace: Trace, abouts: Sequence[About], take: str, tell: Progress) -> bytes:
    first, pages = abouts[0].language, {}
    for i, name in enumerate(trace.names):
        tell(PAGES * i / len(trace.names), "reading the pages")
        pages[name] = stage_page(trace, name, first)
    holding = Holding(trace, abouts, TAKES[take], pages)
    done = 0

    def tick(what: str) -> None:
        nonlocal done
        done += 1
        tell(PAGES + (1 - PAGES) * min(done / holding.steps, 1.0), what)

    said = {one.code: _said(holding, one, about) for one, about in zip(holding.said, abouts, strict=True)}
    body = {
        "version": 1,
        "languages": [{"code": one.code, "name": one.name} for one in holding.said],
        "said": said,
        "shapes": holding.other_shapes,
        "licences": licences(),
    }
    noscript = holding.said[0].text("leave", "noscript")
    return document(f"Glassformer: {said[first]['title']}", first, noscript, body, holding.chunks(tick))


def _said(holding: Holding, said: Catalogue, about: About) -> dict[str, Any]:
    """`Said` of web/src/leave/types.ts."""

    texts = said.tables["leave"]
    return {
        "title": holding.title(about, said),
        "words": {key: texts[key] for key in WORDS},
        "holds": _holds(holding, said),
        "lacks": _lacks(holding, said, about),
        "lacking": {key: texts[f"lacking_{key}"] for key in ("cells", "explanation", "terms", "other")},
    }


def _holds(holding: Holding, said: Catalogue) -> list[str]:
    found = [said.text("leave", "has_stages", n=_many(len(holding.stages)))]
    if holding.weights:
        found.append(said.text("leave", "has_weights", n=_many(len(holding.weights))))
    if holding.every:
        found.append(said.text("leave", "has_every", n=_many(holding.count)))
    elif holding.count:
        found.append(said.text("leave", "has_some", n=_many(holding.count), total=_many(_cells(holding.trace))))
    return found


def _lacks(holding: Holding, said: Catalogue, about: About) -> list[str]:
    found = []
    for key, left, most in (
        ("no_stages", holding.left_stages, holding.take.stages),
        ("no_weights", holding.left_weights, holding.take.weights),
    ):
        if left:
            names = said.text("words", "comma").join(list(left)[:NAMED])
            found.append(
                said.text("leave", key, n=_many(len(left)), names=names, size=_mb(sum(left.values())), most=_mb(most))
            )
    if holding.trace.network is None:
        found.append(about.missing or said.text("leave", "no_model"))
    elif not holding.every:
        found.append(said.text("leave", "no_others"))
    found.append(said.text("leave", "no_app"))
    return found


def _cells(trace: Trace) -> int:
    return sum(math.prod(s.shape) for s in trace.stages)


def _many(count: int) -> str:
    return f"{count:,}"


def _mb(count: int) -> str:
    return f"{count / (1 << 20):,.1f}"


def languages(first: str) -> list[str]:
    """All there are, the one that is read now first."""
    return [first, *(code for code in prose.languages() if code != first)]
