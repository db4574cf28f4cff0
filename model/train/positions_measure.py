"""What a trained network can do, by length and by position, on rows that training never saw."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from model.train.positions_tasks import IGNORED, TASKS, Batch, Task, distances, unordered
from model.transformer import Transformer

ROWS = 128
AT_ONCE = 8192  # tokens of one pass, to bound memory
TEST_SEED = 20_000_000  # the same rows for all encodings and seeds
CONVERGED = 0.95  # accuracy at the trained size below which a run says nothing about the encoding
FAR = (8, 16, 32, 64, 128, 256)  # of `latest`: largest distance of each class


def measure(network: Transformer, task: Task, rows: int = ROWS) -> dict[str, Any]:
    """Accuracy, loss and perplexity at each tested size, and by position there.

    `by_position` starts at the first position that has answers, `from`; a position without any is None.
    """
    sizes: dict[str, Any] = {}
    for size in task.tested:
        batch = rows_held_out(task, size, rows)
        loss, right = correct(network, *batch)
        counts = batch.answers != IGNORED
        first = int(counts.any(0).nonzero()[0])
        mean = loss[counts].mean().item()
        sizes[str(size)] = {
            "accuracy": round(right[counts].float().mean().item(), 4),
            "rows_right": round((right | ~counts).all(-1).float().mean().item(), 4),
            "loss": round(mean, 4),
            "perplexity": round(math.exp(min(mean, 100.0)), 3),
            "from": first,
            "accuracy_by_position": by_position(right.float(), counts, first),
            "loss_by_position": by_position(loss, counts, first),
        } | (retrieval(batch, right) if task.name == "latest" else {})
    inside = sizes[str(task.trained)]["accuracy"]
    return {"accuracy": inside, "converged": inside >= CONVERGED, "sizes": sizes}


def rows_held_out(task: Task, size: int, rows: int = ROWS) -> Batch:
    """The rows that a size is tested on."""
    number = TEST_SEED + 1000 * sorted(TASKS).index(task.name) + size
    return task.make(rows, size, torch.Generator().manual_seed(number))


@torch.no_grad()
def correct(network: Transformer, tokens: Tensor, answers: Tensor) -> tuple[Tensor, Tensor]:
    """[row, position] loss in nats, and whether the likeliest token is right. Both mean nothing where IGNORED."""
    losses, rights = [], []
    for some, wanted in zip(*(x.split(max(1, AT_ONCE // tokens.shape[-1])) for x in (tokens, answers)), strict=True):
        logits = network(some)
        losses.append(F.cross_entropy(logits.transpose(1, 2), wanted, ignore_index=IGNORED, reduction="none"))
        rights.append(logits.argmax(-1) == wanted)
    return torch.cat(losses), torch.cat(rights)


def by_position(x: Tensor, counts: Tensor, first: int) -> list[float | None]:
    total = torch.where(counts, x, 0).sum(0) / counts.sum(0)
    return [None if math.isnan(v) else round(v, 3) for v in total[first:].tolist()]


def retrieval(batch: Batch, right: Tensor) -> dict[str, Any]:
    """Accuracy by how many tokens back the value stands, beside what order-blind counting would reach."""
    back = distances(batch.tokens)
    classes: dict[str, Any] = {}
    near = 0
    for far in FAR:
        these = (back > near) & (back <= far)
        near = far
        if these.any():
            classes[str(far)] = {"accuracy": round(right[these].float().mean().item(), 4), "answers": int(these.sum())}
    return {"by_distance": classes, "unordered": round(unordered(batch), 4)}
