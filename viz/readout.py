"""What every position predicts, beside the token that really comes next: read off the logits."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from model import Trace
from viz import labels
from viz.arrays import plain
from viz.markup import Paragraph
from viz.prose import Catalogue

SHOWN = 5  # tokens a position
_AT_ONCE = 1 << 22  # logits turned into probabilities at a time


def readout(trace: Trace, said: Catalogue) -> dict[str, Any] | None:
    """`Readout` of types.ts; None where nothing scores a vocabulary. Losses are in nats."""
    if "logits" not in trace or trace.stage("logits").axes != ("position", "d_vocab"):
        return None
    name = "probs" if "probs" in trace else "logits"
    side = "decoder" if "decoder.tokens" in trace else ""
    tokens = labels.tokens_of(trace, side)
    after = following(trace, side)
    first = scored_from(trace)
    rows = [
        {"position": i, "piece": tokens[i], "scored": i >= first, **_row(trace, i, after[i])}
        for i in range(len(trace["logits"]))
    ]
    losses = [float(row["next"]["loss"]) for row in _checked(rows)]
    mean = plain(sum(losses) / len(losses)) if losses else None
    return {
        "name": name,
        "title": said.title(trace.stage(name)),
        "rows": rows,
        "mean_loss": mean,
        "words": _words(rows, first, alone(trace), said),
    }


def scored_from(trace: Trace) -> int:
    """The first position whose answers the model was trained to give, by its card; 0 where it says nothing."""
    return 0 if trace.model is None else int(trace.model.card.get("scored_from", 0))


def alone(trace: Trace) -> bool:
    """Whether the first position is told of nothing but its own token: no later one, and no source text."""
    if trace.config["architecture"] != "decoder":
        return False
    return not trace["blocks.0.attn.pattern"][:, 0, 1:].any()


def _checked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows that the model was trained for and whose next token is there."""
    return [row for row in rows if row["scored"] and row["next"] is not None]


def _words(rows: list[dict[str, Any]], first: int, alone: bool, said: Catalogue) -> list[Paragraph]:
    """How often the likeliest token is the one that comes, and which rows not to ask much of."""
    known = [row["next"]["rank"] for row in _checked(rows)]
    found: list[tuple[str, dict[str, Any]]] = []
    if known:
        values = {"right": known.count(1), "total": len(known)}
        found.append(("readout.many" if len(known) > 1 else "readout.one", values))
    if first:
        found.append(("readout.untrained", {"first": first}))
        if not known:
            found.append(("readout.uncounted", {}))
    elif alone and rows and rows[0]["next"] is not None:
        found.append(("readout.first", {}))
    return [said.paragraph("facts", key, values, lambda _: None) for key, values in found]


def following(trace: Trace, side: str) -> list[int | None]:
    """The token after each position: none where the model is not about the next one, and none in padding."""
    ids = trace[f"{side}.tokens" if side else "tokens"].tolist()
    if trace.config["architecture"] == "encoder":
        return [None] * len(ids)
    mask = trace.get(f"{side}.mask" if side else "mask")
    real = [True] * len(ids) if mask is None else [bool(m) for m in mask.tolist()]
    after = [i if seen else None for i, seen in zip(ids, real, strict=True)][1:]
    return [*after, None]


def logprobs_of(trace: Trace, position: int) -> Tensor:
    """[d_vocab], natural logarithms."""
    # Of a trace with rounded logits the probabilities are still those that were computed.
    if trace.rounded:
        return trace["probs"][position].double().log()
    return trace["logits"][position].double().log_softmax(-1)


def _row(trace: Trace, position: int, following: int | None) -> dict[str, Any]:
    """The likeliest tokens at a position, and how the one that follows did."""
    logits, logprobs = trace["logits"][position].double(), logprobs_of(trace, position)
    top = logits.topk(min(SHOWN, len(logits))).indices.tolist()
    wanted = top if following is None else [*top, following]
    pieces = labels.pieces(trace, wanted)
    shown = [
        {"id": i, "piece": piece, "logit": plain(logits[i].item()), "prob": logprobs[i].exp().item()}
        for i, piece in zip(top, pieces, strict=False)
    ]
    if following is None:
        return {"top": shown, "next": None}
    chance = logprobs[following].item()
    return {
        "top": shown,
        "next": {
            "id": following, "piece": pieces[-1], "prob": logprobs[following].exp().item(),
            "rank": 1 + int((logits > logits[following]).sum()), "loss": plain(-chance),
        },
    }  # fmt: skip
