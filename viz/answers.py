"""What two traces predict at every position: the likeliest tokens of both, how far chances and losses moved."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from model import Trace
from viz import labels
from viz.arrays import plain
from viz.difference import Pair
from viz.prose import Catalogue
from viz.readout import following, logprobs_of, scored_from

SHOWN = 5  # likeliest tokens of each


def answers(pair: Pair, said: Catalogue) -> dict[str, Any]:
    """`Answers` of types.ts; without rows where the two do not score the same vocabulary."""
    if "logits" not in pair or pair.this.stage("logits").axes != ("position", "d_vocab"):
        return {"rows": [], "words": []}
    side = "decoder" if "decoder.tokens" in pair.this else ""
    both = (pair.this, pair.other)
    pieces = [labels.tokens_of(trace, side) for trace in both]
    after = [following(trace, side) for trace in both]
    first = max(scored_from(trace) for trace in both)
    rows = [
        {
            "position": i,
            "piece": mine,
            "other_piece": theirs,
            "scored": i >= first,
            **_row(pair, i, [ids[i] for ids in after]),
        }
        for i, (mine, theirs) in enumerate(zip(*pieces, strict=True))
    ]
    scored = [row for row in rows if row["scored"]]
    changed = sum(row["tokens"][0]["id"] != row["likeliest"] for row in scored)
    found: list[tuple[str, dict[str, Any]]] = []
    if scored:
        key = "answers.changed" if changed else "answers.kept"
        found.append((key if len(scored) > 1 else f"{key}_one", {"n": changed, "total": len(scored)}))
    if first:
        found.append(("readout.untrained", {"first": first}))
    return {"rows": rows, "words": [said.paragraph("facts", key, values, lambda _: None) for key, values in found]}


def _row(pair: Pair, position: int, following: list[int | None]) -> dict[str, Any]:
    """The likeliest tokens here first, then those that are likely only in the other; and the token after each."""
    both = (pair.this, pair.other)
    logprobs = [logprobs_of(trace, position) for trace in both]
    tops = [one.topk(min(SHOWN, len(one))).indices.tolist() for one in logprobs]
    ids = list(dict.fromkeys([*tops[0], *tops[1]]))
    before, after = (one[ids].exp().tolist() for one in logprobs)
    tokens = [
        {"id": i, "piece": piece, "before": mine, "after": theirs}
        for i, piece, mine, theirs in zip(ids, labels.pieces(pair.this, ids), before, after, strict=True)
    ]
    coming = [_coming(*each) for each in zip(both, logprobs, following, strict=True)]
    return {"tokens": tokens, "likeliest": tops[1][0], "next": coming}


def _coming(trace: Trace, logprobs: Tensor, following: int | None) -> dict[str, Any] | None:
    """The token that really comes next, and how surprised the model is of it, in nats."""
    if following is None:
        return None
    return {"id": following, "piece": labels.pieces(trace, [following])[0], "loss": plain(-logprobs[following].item())}
