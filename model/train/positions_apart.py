"""One live run, in a process of its own: `python -m model.train.positions_apart FILE`, started by `positions_live`.

FILE says what to train. What happens is written out, one JSON object a line; what is read is the wish to pause. It
gives way to everything else, has a bound on its memory, and ends when its parent does, because nobody holds the other
end of its input any more.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.errors import GlassformerError
from model.tape import Tape, record
from model.train.positions import WATCHED_SEED, Trial, moments, run
from model.train.positions_state import State
from model.train.positions_table import result
from model.train.positions_tasks import TASKS
from model.train.positions_work import resumed
from model.transformer import Transformer

NICE = 10
MEMORY = 4 << 30  # bytes of data; a run of these sizes takes a twentieth
SAVE_EVERY = 10.0  # seconds; what a process that dies loses at most
TELL_EVERY = 0.25
LOOKS = 20  # at the attention, along a run

Say = Callable[..., None]


class Paused(BaseException):
    """Like Ctrl-C it is no Exception, so that nobody takes it for one."""


def watched(task: str) -> Tensor:
    """[1, position] the tokens whose attention is looked at: the same in every run of a task, half the trained size."""
    t = TASKS[task]
    return t.make(1, t.trained // 2, torch.Generator().manual_seed(WATCHED_SEED)).tokens


@torch.no_grad()
def attention(network: Transformer, tokens: Tensor) -> Tensor:
    """[layer, head, query, key] of one row of tokens."""
    names = [f"blocks.{i}.attn.pattern" for i in range(len(network.last.blocks))]
    with record(Tape(network.plan((tokens.shape[-1],), False).names)) as tape:
        network(tokens)
    return torch.stack([tape.values[name][0] for name in names])


def train(trial: Trial, path: Path, say: Say, paused: threading.Event) -> None:
    """Trains from the state in `path`, where there is one, and says what happens. Raises Paused once it is saved."""
    state = resumed(trial, path)
    tokens, looks = watched(trial.task), moments(trial.steps, LOOKS)
    told = saved = time.monotonic()
    known = len(state.curve)

    def look() -> None:
        found = attention(state.network, tokens).contiguous()
        say(look=state.step, shape=list(found.shape), numbers=b64encode(found.numpy().tobytes()).decode())

    def after(state: State) -> None:
        nonlocal told, saved, known
        for point in state.curve[known:]:
            say(point=point)
        known = len(state.curve)
        if state.step in looks:
            look()
        now = time.monotonic()
        if paused.is_set() or now - saved > SAVE_EVERY:
            state.save(path)
            saved = now
        if now - told > TELL_EVERY:
            say(step=state.step)
            told = now
        if paused.is_set() and state.step < trial.steps:
            raise Paused

    say(began=state.step, parameters=state.network.n_parameters)
    if state.step == 0:
        look()
    run(trial, state, after)
    state.save(path)
    say(step=state.step)
    say(row=result(trial, state))


def main() -> None:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    torch.set_num_threads(1)
    say = _teller()
    given = json.loads(Path(sys.argv[1]).read_text())
    paused = threading.Event()
    threading.Thread(target=_listen, args=(paused,), daemon=True).start()
    try:
        train(Trial(**given["trial"]), Path(given["state"]), say, paused)
    except Paused:
        say(paused=True)
    except GlassformerError as error:
        say(error=str(error))


def _teller() -> Say:
    """Our own way out: whatever else prints, does so among the errors."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def say(**words: Any) -> None:
        out.write(json.dumps(words) + "\n")
        out.flush()

    return say


def _listen(paused: threading.Event) -> None:
    """The parent's wishes. Read without Python's buffer, whose lock a process that ends would wait for."""
    while os.read(0, 64):
        paused.set()
    os._exit(1)


if __name__ == "__main__":
    main()
