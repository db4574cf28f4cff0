"""One trial of the comparison of encodings: a task, an encoding, a seed; so many steps, never so many seconds.

Sizes, rates and every batch are the same for all encodings of a task and seed. A trial is a pure function of `Trial`:
one thread, generators of its own, and a state that can be saved after any step, so that a run that was killed ends
with the weights it would have had (same machine, same torch; another processor may add up in another order).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

import torch
import torch.nn.functional as F
from torch import Tensor

from model.config import TransformerConfig
from model.config_checks import frozen
from model.train.positions_measure import correct
from model.train.positions_state import State
from model.train.positions_tasks import IGNORED, TASKS, VOCABULARY, Task
from model.transformer import Transformer

SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 64, "d_mlp": 64, "d_vocab": VOCABULARY, "n_ctx": 256}
ROWS = 64
RATE = 2e-3
BETAS = (0.9, 0.95)
DECAY = 0.01
WARM_UP = 50  # steps
LAST_RATE = 0.05  # share of RATE that is left at the end
CLIP = 1.0
POINTS = 40  # of a curve
SNAPSHOTS = 10  # along a run, the untrained network and the last one among them
WATCHED_SEED = 10_000_000  # of the rows that the curve is measured on; no training seed comes near


@dataclass(frozen=True)
class Trial:
    """What a run is determined by. `times` multiplies the task's steps; `options` are the encoding's own."""

    task: str
    positional: str
    seed: int
    times: float = 1.0
    options: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", frozen(self.options))

    @property
    def key(self) -> str:
        """Name of its files and rows. A longer run is another trial."""
        longer = "" if self.times == 1 else f"-x{self.times:g}"
        own = f"-{crc32(json.dumps(self.options).encode()):08x}" if self.options else ""
        return f"{self.task}-{self.positional}-{self.seed}{longer}{own}"

    @property
    def steps(self) -> int:
        return max(1, round(TASKS[self.task].steps * self.times))

    @property
    def config(self) -> TransformerConfig:
        return TransformerConfig(positional=self.positional, options=self.options, **SIZES)

    def recipe(self) -> dict[str, Any]:
        """All that it comes from, as JSON has it: a result made by other numbers is another result."""
        own = {"options": json.loads(json.dumps(self.options))} if self.options else {}
        given = {name: value for name, value in asdict(self).items() if name != "options"} | own
        return given | SIZES | {
            "trained": TASKS[self.task].trained, "steps": self.steps, "rows": ROWS, "rate": RATE,
            "betas": list(BETAS), "decay": DECAY, "warm_up": WARM_UP, "last_rate": LAST_RATE, "clip": CLIP,
        }  # fmt: skip


def begin(trial: Trial) -> State:
    """Before the first step."""
    network = Transformer(trial.config, seed=trial.seed).train()
    start(network)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, betas=BETAS, weight_decay=DECAY)
    # Seeds apart from those of the weights; the encoding does not enter, so all see the same batches.
    numbers = torch.Generator().manual_seed(1000 * (trial.seed + 1) + sorted(TASKS).index(trial.task))
    return State(trial.recipe(), network, optimizer, numbers)


@torch.no_grad()
def start(network: Transformer) -> None:
    """Gains 1 and biases 0; the encoding's own numbers, the stack's and the layers', stay as it draws them."""
    for name, p in network.named_parameters():
        if p.dim() == 1 and not {"positional", "position"} & set(name.split(".")):
            p.fill_(1.0 if name.endswith(".w") else 0.0)


def run(trial: Trial, state: State, after: Callable[[State], None] = lambda _: None) -> State:
    """Trains on from `state` to the last step. `after` is called after each step; what it raises ends the run."""
    task = TASKS[trial.task]
    watched = task.make(ROWS, task.trained, torch.Generator().manual_seed(WATCHED_SEED + trial.seed))
    points, snapshots = moments(trial.steps, POINTS), moments(trial.steps, SNAPSHOTS)
    before, began = state.seconds, time.process_time()
    if state.step == 0:
        look(state, watched, points, snapshots)
    while state.step < trial.steps:
        step(task, trial.steps, state)
        look(state, watched, points, snapshots)
        state.seconds = before + time.process_time() - began
        after(state)
    return state


def step(task: Task, steps: int, state: State) -> None:
    for group in state.optimizer.param_groups:
        group["lr"] = rate(state.step, steps)
    tokens, answers = task.batch(ROWS, state.numbers)
    loss = F.cross_entropy(state.network(tokens).flatten(0, 1), answers.flatten(), ignore_index=IGNORED)
    state.optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), CLIP)
    state.optimizer.step()
    state.step += 1


def rate(done: int, steps: int) -> float:
    """A straight rise, then a cosine down to LAST_RATE."""
    fall = LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done / steps))
    return RATE * fall * min(1.0, (done + 1) / WARM_UP)


def moments(steps: int, n: int) -> tuple[int, ...]:
    """Up to n steps from 0 to the last, denser at the start, where most happens."""
    return tuple(sorted({round(steps * (i / (n - 1)) ** 2) for i in range(n)}))


def look(state: State, watched: tuple[Tensor, Tensor], points: tuple[int, ...], snapshots: tuple[int, ...]) -> None:
    """Puts down loss and accuracy on rows that training never sees, and the weights, where their time has come."""
    if state.step in points:
        loss, right = correct(state.network, *watched)
        counts = watched[1] != IGNORED
        state.curve.append((state.step, loss[counts].mean().item(), right[counts].float().mean().item()))
    if state.step in snapshots:
        state.snapshots[state.step] = {name: p.detach().half() for name, p in state.network.named_parameters()}
