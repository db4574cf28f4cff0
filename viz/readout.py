"""What every position predicts, beside the token that really comes next: read off the logits."""

from __future__ import annotations

from typing import Any

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
    following = _following(trace, side)
    rows = [
        {"position": i, "piece": tokens[i], **_row(trace, i, following[i])} for i in range(len(trace["logits"]))
    ]  # fmt: skip
    losses = [float(row["next"]["loss"]) for row in rows if row["next"] is not None]
    mean = plain(sum(losses) / len(losses)) if losses else None
    return {
        "name": name,
        "title": said.title(trace.stage(name)),
        "rows": rows,
        "mean_loss": mean,
        "words": _words(rows, said),
    }


def _words(rows: list[dict[str, Any]], said: Catalogue) -> list[Paragraph]:
    """How often the likeliest token is the one that comes."""
    known = [row["next"]["rank"] for row in rows if row["next"] is not None]
    if not known:
        return []
    values: dict[str, Any] = {"right": known.count(1), "total": len(known)}
    return [said.paragraph("facts", "readout.many" if len(known) > 1 else "readout.one", values, lambda _: None)]


def _following(trace: Trace, side: str) -> list[int | None]:
    """The token after each position: none where the model is not about the next one, and none in padding."""
    ids = trace[f"{side}.tokens" if side else "tokens"].tolist()
    if trace.config["architecture"] == "encoder":
        return [None] * len(ids)
    mask = trace.get(f"{side}.mask" if side else "mask")
    real = [True] * len(ids) if mask is None else [bool(m) for m in mask.tolist()]
    after = [i if seen else None for i, seen in zip(ids, real, strict=True)][1:]
    return [*after, None]


def _row(trace: Trace, position: int, following: int | None) -> dict[str, Any]:
    """The likeliest tokens at a position, and how the one that follows did."""
    logits = trace["logits"][position].double()
    # Of a trace with rounded logits the probabilities are still those that were computed.
    logprobs = trace["probs"][position].double().log() if trace.rounded else logits.log_softmax(-1)
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
