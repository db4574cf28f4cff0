"""What a file says of itself: what it holds and what it does not."""

from __future__ import annotations

import math
from typing import Any

from model import Trace
from viz.leave.chunks import Holding
from viz.prose import Catalogue

WORDS = (
    "about", "holds", "lacks", "licences", "language", "look", "look_system", "look_light", "look_dark", "damaged",
)  # fmt: skip
NAMED = 3  # of the stages that are left out


def told(holding: Holding, language: int) -> dict[str, Any]:
    """`Said` of web/src/leave/types.ts."""
    said, about = holding.said[language], holding.this.abouts[language]
    texts = said.tables["leave"]
    return {
        "title": holding.title(about, said),
        "words": {key: texts[key] for key in WORDS},
        "holds": _holds(holding, said, language),
        "lacks": _lacks(holding, said, about.missing),
        "lacking": {key: texts[f"lacking_{key}"] for key in ("cells", "explanation", "terms", "other")},
    }


def _holds(holding: Holding, said: Catalogue, language: int) -> list[str]:
    found = [said.text("leave", "has_stages", n=_many(len(holding.this.stages)))]
    if holding.this.weights:
        found.append(said.text("leave", "has_weights", n=_many(len(holding.this.weights))))
    if holding.every:
        found.append(said.text("leave", "has_every", n=_many(holding.count)))
    elif holding.count:
        found.append(said.text("leave", "has_some", n=_many(holding.count), total=_many(_cells(holding.trace))))
    if holding.beside is not None:
        found.append(said.text("leave", "has_other", what=holding.beside.titles[language]))
    return found


def _lacks(holding: Holding, said: Catalogue, missing: str) -> list[str]:
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
        found.append(missing or said.text("leave", "no_model"))
    elif not holding.every:
        found.append(said.text("leave", "no_others"))
    found.append(said.text("leave", "no_app" if holding.beside is None else "no_app_of_two"))
    return found


def _cells(trace: Trace) -> int:
    return sum(math.prod(s.shape) for s in trace.stages)


def _many(count: int) -> str:
    return f"{count:,}"


def _mb(count: int) -> str:
    return f"{count / (1 << 20):,.1f}"
