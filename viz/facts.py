"""Sentences with numbers, each read from the trace at hand."""

from __future__ import annotations

import math

import torch

from model import Stage, Trace
from viz import labels
from viz.arrays import short
from viz.words import key


def fact(trace: Trace, stage: Stage) -> str:
    """One observation about these very numbers; "" where there is none worth making."""
    made = FACTS.get(key(stage))
    return made(trace, stage) if made is not None else ""


def _name(trace: Trace, stage: Stage, axis: str, i: int) -> str:
    return labels.place(trace, stage, axis, i)


def _tokens(trace: Trace, stage: Stage) -> str:
    n = len(trace[stage.name])
    return f"This input has {n} token{'s' if n != 1 else ''}."


def _pattern(trace: Trace, stage: Stage) -> str:
    pattern = trace[stage.name]
    last = pattern.shape[1] - 1
    row = pattern[:, last]
    head = int(row.max(dim=-1).values.argmax())
    k = int(row[head].argmax())
    return (
        f"The last row, {_name(trace, stage, 'query', last)}, looks hardest in head {head}: "
        f"{row[head, k].item():.0%} of it goes to {_name(trace, stage, 'key', k)}."
    )


def _masked(trace: Trace, stage: Stage) -> str:
    hidden = int(torch.isneginf(trace[stage.name]).sum())
    return f"Hidden here: {hidden} of {stage.numel()} scores." if hidden else ""


def _scale(trace: Trace, stage: Stage) -> str:
    x = trace[stage.name]

    def at(i: int) -> str:
        cell = [int(j) for j in torch.unravel_index(torch.tensor(i), x.shape)]
        places = (_name(trace, stage, a, j) for a, j in zip(stage.axes, cell, strict=True))
        return f"{', '.join(places)} ({short(x[tuple(cell)].item(), 3)})"

    return f"It is smallest at {at(int(x.argmin()))} and largest at {at(int(x.argmax()))}."


def _branch(trace: Trace, stage: Stage) -> str:
    out = trace[stage.name].float()
    prefix = stage.name.rpartition(".")[0]
    stream = trace[f"{prefix}.resid_pre"].float()
    share = (out.norm(dim=-1) / stream.norm(dim=-1)).median().item()
    if not math.isfinite(share):
        return ""
    return f"Its vectors are {short(share, 2)} times as long as those that entered the block (median over tokens)."


def _hidden(trace: Trace, stage: Stage) -> str:
    active = int((trace[stage.name] > 0).sum())
    return f"Above 0 are {active} of {stage.numel()} hidden units, all tokens together."


def _leading(trace: Trace, stage: Stage) -> str:
    values = trace[stage.name].float()
    row = values[-1] if values.dim() > 1 else values
    best = int(row.argmax())
    what = "probability" if stage.local == "probs" else "score"
    return (
        f"In the last row the highest {what} is {short(row[best].item(), 4)}, "
        f"for {_name(trace, stage, stage.axes[-1], best)}."
    )


FACTS = {
    "tokens": _tokens,
    "ln.scale": _scale,
    "attn_scores": _masked,
    "pattern": _pattern,
    "attn_out": _branch,
    "cross_attn_out": _branch,
    "mlp_out": _branch,
    "post": _hidden,
    "logits": _leading,
    "probs": _leading,
}
