"""What the next token is chosen from: the likeliest, with their probabilities after each filter, and the one drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from model import Trace
from model.generate import Sampling, choose, draws_after, stop_ids
from viz import labels
from viz.chapters import config_of, predicting

SHOWN = 8  # candidates: so many before the filters, and after them


@dataclass(frozen=True)
class How:
    """How a token is chosen.

    seed   of the draws of a run
    draws  how many tokens of that run were drawn before
    """

    sampling: Sampling
    seed: int = 0
    draws: int = 0


def writes(trace: Trace) -> bool:
    """Whether the model scores every token of a vocabulary as the next one."""
    return predicting(trace) is not None


def written_side(trace: Trace) -> str:
    """The stack whose input grows: "" where there is one stack, else "decoder"."""
    return "decoder" if "decoder.tokens" in trace else ""


def read_by(trace: Trace) -> list[int]:
    """The ids that the next token comes after."""
    side = written_side(trace)
    return trace[f"{side}.tokens" if side else "tokens"].tolist()


def ended(trace: Trace, written: tuple[int, ...]) -> int | None:
    """The end token behind which the model writes nothing more; None where it may go on.

    Only one that the model wrote ends its text: what a person typed may have some anywhere, and some decoders even
    start with one.
    """
    stops = stop_ids(trace.model) if written and trace.model is not None else set()
    return written[-1] if written and written[-1] in stops else None


def longest(trace: Trace) -> int:
    """How many tokens the growing input may have."""
    return config_of(trace).last.n_ctx


def choice(trace: Trace, how: How) -> dict[str, Any] | None:
    """`Choice` of types.ts; None where the model scores no vocabulary. The same numbers as those of `m.generate`."""
    stage = predicting(trace)
    if stage is None:
        return None
    last = len(trace["logits"]) - 1
    scores = trace["logits"][last]
    generator = draws_after(how.seed, how.draws if how.sampling.temperature else 0, len(scores))
    before = trace[f"{written_side(trace)}.tokens".lstrip(".")]
    drawn, stages = choose(scores, before, how.sampling, generator)
    offered = _offered(stages["model"], stages[next(reversed(stages))], drawn)
    pieces = labels.pieces(trace, offered)
    return {
        "stage": stage, "position": last, "drawn": drawn, "piece": pieces[offered.index(drawn)],
        "stop": trace.model is not None and drawn in stop_ids(trace.model),
        "greedy": how.sampling.temperature == 0,
        "filters": [{"name": name, "kept": int((probs > 0).sum())} for name, probs in stages.items()],
        "rows": [
            {"id": i, "piece": piece, "probs": [probs[i].item() for probs in stages.values()]}
            for i, piece in zip(offered, pieces, strict=True)
        ],
    }  # fmt: skip


def _offered(before: Tensor, after: Tensor, drawn: int) -> list[int]:
    """Ids of the likeliest before and after the filters and of the one that is drawn, by what the model thinks of them.

    Both: a repetition penalty may leave none of the likeliest where they were.
    """
    most = min(SHOWN, len(before))
    found = {*before.topk(most).indices.tolist(), drawn}
    found |= {i for i in after.topk(most).indices.tolist() if after[i] > 0}
    return sorted(found, key=lambda i: (-before[i].item(), i))
