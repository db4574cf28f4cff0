"""Questions to guess at before looking, each answered by the numbers of this very trace.

What comes next? Which token does this head look at hardest? What survives when the tokens are shuffled?
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from model import Stage, Trace
from viz import labels, shuffling
from viz.arrays import short
from viz.chapters import predicting
from viz.facts import at, cell, share
from viz.markup import Paragraph, Value
from viz.naming import resolver
from viz.pinned import hardest, last_real
from viz.prose import Catalogue
from viz.words import key

MOST_OPTIONS = 5
_NEXT_OPTIONS = 4
_SCORES = ("logits_uncapped", "logits", "probs")  # each of them shows what comes next
_PIECES_SHOWN = 12  # of the shuffled order


def guess(trace: Trace, stage: Stage, said: Catalogue) -> dict[str, Any] | None:
    """`Guess` of types.ts for a stage; None where there is nothing good to ask."""
    if predicting(trace) is not None and stage.local in _SCORES and stage.axes == ("position", "d_vocab"):
        return _next(trace, stage, said)
    if key(stage) == "pattern":
        return _look(trace, stage, said)
    if key(stage) == "embed_sum":
        return _shuffle(trace, stage, said)
    return None


def _guess(
    kind: str, trace: Trace, stage: Stage, said: Catalogue, asked: Mapping[str, Value], options: list[str], answer: int,
    reveal: list[tuple[str, Mapping[str, Value]]],
) -> dict[str, Any]:  # fmt: skip
    resolve = resolver(trace, stage)
    shown: list[Paragraph] = [said.paragraph("guesses", f"{kind}.{k}", values, resolve) for k, values in reveal]
    question = said.paragraph("guesses", f"{kind}.question", asked, resolve)
    # What comes next is one question, asked where the answer is first seen: answered there, it is answered.
    name = kind if kind == "next" else f"{kind}:{stage.name}"
    return {
        "key": name, "question": question, "options": options, "answer": answer, "reveal": shown,
    }  # fmt: skip


# ---- what comes next? ----------------------------------------------------------------------------------------


def _next(trace: Trace, stage: Stage, said: Catalogue) -> dict[str, Any] | None:
    """At the last real position: the model's own likeliest tokens, in the order of the vocabulary."""
    last = last_real(trace, stage)
    top = trace[stage.name][last].topk(min(_NEXT_OPTIONS, stage.shape[1])).indices.tolist()
    pieces = dict(zip(top, labels.pieces(trace, top), strict=True))
    if len(set(pieces.values())) < 2 or last < 0:
        return None
    # Two ids that look alike could not be told apart: the likelier one stands for both.
    offered = sorted({p: i for i, p in reversed(pieces.items())}.values())
    second = next(i for i in top[1:] if i in offered)
    quoted = [said.text("words", "token", piece=labels.isolate(labels.cut(pieces[i]))) for i in offered]
    values: dict[str, Value] = {
        "token": at(trace, stage, "d_vocab", top[0], said),
        "second": at(trace, stage, "d_vocab", second, said),
        "what": said.text("guesses", "next.prob" if stage.local == "probs" else "next.score"),
        "value": cell(trace, stage, (last, top[0]), 4),
        "second_value": cell(trace, stage, (last, second), 4),
    }
    asked = {"last": at(trace, stage, "position", last, said)}
    return _guess("next", trace, stage, said, asked, quoted, offered.index(top[0]), [("right", values)])


# ---- which token does this head look at hardest? -------------------------------------------------------------


def _look(trace: Trace, stage: Stage, said: Catalogue) -> dict[str, Any] | None:
    found = hardest(trace, stage)
    if found is None:
        return None
    head, query, k = found
    row = trace[stage.name][head, query]
    across = ".cross_attn." in stage.name
    # The winner, what one would think of first, and then the strongest others.
    tempting = [k, 0] if across else [k, 0, query]
    order = dict.fromkeys([*tempting, *row.argsort(descending=True).tolist()])
    offered = sorted([i for i in order if row[i] > 0][:MOST_OPTIONS])
    if len(offered) < 3:
        return None
    asked = {"head": at(trace, stage, "head", head, said), "query": at(trace, stage, "query", query, said)}
    where = at(trace, stage, "key", k, said)
    reveal: list[tuple[str, Mapping[str, Value]]] = [
        ("right", {"key": where, "share": share(trace, stage, (head, query, k))})
    ]
    if not across and k != query:
        reveal.append(("own", {"share": share(trace, stage, (head, query, query))}))
    if k != 0 and (across or query != 0):
        reveal.append(("first", {"share": share(trace, stage, (head, query, 0))}))
    options = [at(trace, stage, "key", i, said) for i in offered]
    return _guess("look", trace, stage, said, asked, options, offered.index(k), reveal)


# ---- what survives a shuffle? --------------------------------------------------------------------------------


def _shuffle(trace: Trace, stage: Stage, said: Catalogue) -> dict[str, Any] | None:
    side = stage.name.rpartition(".")[0]
    if side == "decoder":
        return None  # asked of the source
    measured = shuffling.measure(trace)
    if measured is None:
        return None
    pieces = [labels.cut(p) for p in labels.tokens_of(trace, side)]
    order = [labels.isolate(pieces[i]) for i in measured.order[:_PIECES_SHOWN]]
    order += ["…"] if len(measured.order) > _PIECES_SHOWN else []
    here, later = measured.here, measured.later
    n = len(measured.order)
    outcomes = ["moved", "some", "none"]
    outcome = "moved" if here.kept == n else "some" if here.kept else "none"
    reveal: list[tuple[str, Mapping[str, Value]]] = [
        ("measured", {"difference": short(here.difference, 3), "kept": here.kept, "n": n}),
        (f"why_{outcome}", {}),
        ("later", {"difference": short(later.difference, 3), "kept": later.kept, "n": n}),
    ]
    options = [said.text("guesses", f"shuffle.{o}") for o in outcomes]
    return _guess(
        "shuffle", trace, stage, said, {"order": " ".join(order)}, options, outcomes.index(outcome), reveal
    )  # fmt: skip
