"""All that is said about one stage: `StagePage` of types.ts."""

from __future__ import annotations

from typing import Any

from model import Trace
from viz import prose, source
from viz.changes import most_changed
from viz.chapters import config_of
from viz.difference import Pair, unlike
from viz.facts import facts
from viz.guesses import guess
from viz.pinned import worth_pinning
from viz.pseudocode import pseudocode
from viz.sentences import sentences
from viz.words import layers, place


def stage_page(trace: Trace, name: str, language: str = prose.DEFAULT) -> dict[str, Any]:
    """Words, facts, formula, code, pseudocode and a question. Raises TraceError for a name the trace does not have."""
    stage, config, said = trace.stage(name), config_of(trace), prose.catalogue(language)
    return {
        "name": name,
        "place": place(stage, config).words(layers(stage, config), language),
        "words": sentences(trace, stage, config, said),
        "facts": facts(trace, stage, said),
        "formula": said.formula(stage.formula),
        "code": [
            {"path": s.path, "function": s.function, "lines": [list(line) for line in s.lines]}
            for s in source.lines_of(trace, name)
        ],
        "pseudo": pseudocode(stage, config, said),
        "guess": guess(trace, stage, said),
        "choice": list(worth_pinning(trace, stage)),
    }


def page_of_both(pair: Pair, name: str, language: str = prose.DEFAULT) -> dict[str, Any]:
    """The page of this pass; what is shown first is the cell in which the two differ most."""
    page = stage_page(pair.this, name, language)
    at = None if unlike(pair, name) else most_changed(pair, name)["at"]
    return page if at is None else {**page, "choice": at}
