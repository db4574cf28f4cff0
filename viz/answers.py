"""What two traces predict at every position: the likeliest tokens of both, and how far their chances moved."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from model import Trace
from viz import labels
from viz.difference import Pair
from viz.prose import Catalogue
from viz.readout import scored_from

SHOWN = 5  # likeliest tokens of each


def answers(pair: Pair, said: Catalogue) -> dict[str, Any]:
    """`Answers` of types.ts; without rows where the two do not score the same vocabulary."""
    if "logits" not in pair or pair.this.stage("logits").axes != ("position", "d_vocab"):
        return {"rows": [], "words": []}
    side = "decoder" if "decoder.tokens" in pair.this else ""
    pieces = [labels.tokens_of(trace, side) for trace in (pair.this, pair.other)]
    first = max(scored_from(trace) for trace in (pair.this, pair.other))
    rows = [
        {"position": i, "piece": mine, "other_piece": theirs, "scored": i >= first, **_row(pair, i)}
        for i, (mine, theirs) in enumerate(zip(*pieces, strict=True))
    ]
    scored = [row for row in rows if row["scored"]]
    changed = sum(row["tokens"][0]["id"] != row["likeliest"] for row in scored)
    key = "answers.changed" if changed else "answers.kept"
    words = said.paragraph("facts", key, {"n": changed, "total": len(scored)}, lambda _: None) if scored else []
    return {"rows": rows, "words": [words] if words else []}


def _row(pair: Pair, position: int) -> dict[str, Any]:
    """The likeliest tokens here first, then those that are likely only in the other."""
    before, after = (_chances(trace, position) for trace in (pair.this, pair.other))
    tops = [chances.topk(min(SHOWN, len(chances))).indices.tolist() for chances in (before, after)]
    ids = list(dict.fromkeys([*tops[0], *tops[1]]))
    tokens = [
        {"id": i, "piece": piece, "before": before[i].item(), "after": after[i].item()}
        for i, piece in zip(ids, labels.pieces(pair.this, ids), strict=True)
    ]
    return {"tokens": tokens, "likeliest": tops[1][0]}


def _chances(trace: Trace, position: int) -> Tensor:
    if trace.rounded:  # its probabilities are still those that were computed
        return trace["probs"][position].double()
    return trace["logits"][position].double().softmax(-1)
