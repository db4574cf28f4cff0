"""What the comparison leaves behind in assets/positions: a table of all trials, and weights of some with their cards.

Numbers are those of the weights rounded to 16 bits, as they are shipped, so that anybody can measure them again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.checkpoints.assemble import assemble, without_storage
from model.config import TransformerConfig
from model.errors import CheckpointError
from model.model import Model
from model.registry import find
from model.train.positions import Trial
from model.train.positions_measure import CONVERGED, ROWS, measure
from model.train.positions_state import State
from model.train.positions_tasks import TASKS

FOLDER = Path(__file__).parents[2] / "assets" / "positions"
TABLE = "table.json"
REMEDY = "`make train-positions` makes it anew."
SHIPPED_SEED = 0  # weights of one seed; the table has all
SCRUBBED_TASK = "offset"  # snapshots along training are shipped for these, the last weights for all
SCRUBBED = ("alibi", "learned", "none", "rotary", "sinusoidal", "t5")


def result(trial: Trial, state: State) -> dict[str, Any]:
    """The table's row of a finished run."""
    network = network_of(trial.config, state.snapshots[trial.steps])
    return {
        "key": trial.key,
        "task": trial.task,
        "positional": trial.positional,
        "seed": trial.seed,
        "recipe": trial.recipe(),
        "parameters": network.n_parameters,
        "seconds": round(state.seconds, 1),
        "machine": f"one thread of {os.cpu_count()} CPU cores, torch {torch.__version__}",
        **measure(network, TASKS[trial.task]),
        "curve": [[step, round(loss, 4), round(accuracy, 4)] for step, loss, accuracy in state.curve],
    }


def network_of(config: TransformerConfig, weights: dict[str, Tensor]) -> Any:
    network = without_storage(config)
    assemble(network, weights, torch.device("cpu"), torch.float32)
    return network


def read(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Rows by key. Raises CheckpointError when the table is damaged; none when there is no table yet."""
    path = folder / TABLE
    if not path.exists():
        return {}
    try:
        return {row["key"]: row for row in json.loads(path.read_text())["trials"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}. {REMEDY}") from error


def add(folder: Path, trial: Trial, row: dict[str, Any], state: State) -> None:
    """Puts a finished trial into the table and, where it is one to be shipped, its weights beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    if trial.seed == SHIPPED_SEED and trial.times == 1:
        ship(folder, trial, row, state)
    rows = read(folder) | {trial.key: row}
    about = {
        "what": "Encodings of position on small tasks; `python -m model.train.positions_sweep` makes it.",
        "tasks": {
            name: {
                "title": t.title, "what": t.what, "unit": t.unit, "trained": t.trained, "tested": list(t.tested),
                "steps": t.steps, "chance": t.chance, "tested_rows": ROWS,
            }
            for name, t in TASKS.items()
        },
        "converged_from": CONVERGED,
    }  # fmt: skip
    lines = ",\n".join(json.dumps(rows[key], separators=(",", ":")) for key in sorted(rows))
    text = f'{{"about": {json.dumps(about, indent=1)},\n"trials": [\n{lines}\n]}}\n'
    beside = folder / f"{TABLE}.part"
    beside.write_text(text)
    beside.replace(folder / TABLE)


def ship(folder: Path, trial: Trial, row: dict[str, Any], state: State) -> None:
    scrubbed = trial.task == SCRUBBED_TASK and trial.positional in SCRUBBED
    steps = sorted(state.snapshots) if scrubbed else [trial.steps]
    name = f"{trial.task}-{trial.positional}"
    tensors = {f"{s}/{path}": x.contiguous() for s in steps for path, x in state.snapshots[s].items()}
    save_file(tensors, folder / f"{name}.safetensors")
    task = TASKS[trial.task]
    card = {
        "name": name,
        "title": f"{task.title}: {find('positional', trial.positional).title}",
        "family": "two-layer decoder",
        "what": task.what,
        "data": f"made by the recipe as it trains; sizes up to {task.trained} {task.unit}; tested on other rows",
        "recipe": f"python -m model.train.positions_sweep --tasks {trial.task} --encodings {trial.positional}",
        "settings": row["recipe"],
        "seed": trial.seed,
        "steps": trial.steps,
        "snapshots": steps,
        "stored": "16 bits a number",
        "accuracy": row["accuracy"],
        "accuracy_by_size": {size: measured["accuracy"] for size, measured in row["sizes"].items()},
        "chance": task.chance,
        "converged": row["converged"],
        "parameters": row["parameters"],
        "seconds": row["seconds"],
        "machine": row["machine"],
        "licence": "MIT",
        "config": trial.config.to_dict(),
    }
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n")


def names(folder: Path = FOLDER) -> list[str]:
    """Shipped models, as TASK-ENCODING."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def card(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """What is written beside the weights of a shipped model. Raises CheckpointError."""
    try:
        return json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"the card of {name} cannot be read: {error}. {REMEDY}") from error


def load(name: str, step: int | None = None, folder: Path = FOLDER) -> Model:
    """A shipped model, at the end of training or at one of its card's `snapshots`. Raises CheckpointError."""
    about = card(name, folder)
    try:
        step = about["steps"] if step is None else step
        if step not in about["snapshots"]:
            raise CheckpointError(f"{name} has no snapshot at step {step}; it has {about['snapshots']}.")
        with safe_open(folder / f"{name}.safetensors", "pt") as file:
            prefix = f"{step}/"
            wanted = [path for path in file.keys() if path.startswith(prefix)]  # noqa: SIM118
            weights = {path.removeprefix(prefix): file.get_tensor(path) for path in wanted}
        network = network_of(TransformerConfig.from_dict(about["config"]), weights)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{name} cannot be read: {error}. {REMEDY}") from error
    return Model(network, None, about)
