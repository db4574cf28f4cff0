"""A training run between two steps: all that is needed to go on as if nothing had happened, in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Generator, Tensor

from model.errors import CheckpointError
from model.transformer import Transformer


@dataclass
class State:
    """recipe     `Trial.recipe` of the run
    numbers    where the batches come from
    seconds    of processor time so far
    curve      (step, loss, accuracy) on watched rows
    snapshots  step -> weights in float16
    """

    recipe: dict[str, Any]
    network: Transformer
    optimizer: torch.optim.AdamW
    numbers: Generator
    step: int = 0
    seconds: float = 0.0
    curve: list[tuple[int, float, float]] = field(default_factory=list)
    snapshots: dict[int, dict[str, Tensor]] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Writes a file beside `path` and renames it: a run killed while saving has the one before."""
        tensors = {"numbers": self.numbers.get_state()}
        for name, p in self.network.named_parameters():
            tensors[f"weights/{name}"] = p.detach()
            for moment, x in self.optimizer.state.get(p, {}).items():
                tensors[f"{moment}/{name}"] = x
        for step, weights in self.snapshots.items():
            tensors |= {f"{step}/{name}": x for name, x in weights.items()}
        told = {
            "recipe": self.recipe, "step": self.step, "seconds": self.seconds, "curve": self.curve,
            "snapshots": list(self.snapshots),
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        save_file({name: x.contiguous() for name, x in tensors.items()}, beside, {"state": json.dumps(told)})
        beside.replace(path)

    @torch.no_grad()
    def load(self, path: Path) -> None:
        """Goes on from a saved state. Raises CheckpointError when it is damaged or of another recipe."""
        try:
            with safe_open(path, "pt") as file:
                told = json.loads(file.metadata()["state"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
            raise CheckpointError(f"{path.name} is not a state of training: {error}.") from error
        if told["recipe"] != self.recipe:
            raise CheckpointError(f"{path.name} was trained by other settings.")
        self.step, self.seconds = told["step"], told["seconds"]
        self.curve = [(int(step), loss, accuracy) for step, loss, accuracy in told["curve"]]
        self.numbers.set_state(tensors["numbers"])
        names = [name for name, _ in self.network.named_parameters()]
        self.snapshots = {s: {name: tensors[f"{s}/{name}"] for name in names} for s in told["snapshots"]}
        for name, p in self.network.named_parameters():
            p.copy_(tensors[f"weights/{name}"])
            moments = ("step", "exp_avg", "exp_avg_sq")
            if f"step/{name}" in tensors:
                self.optimizer.state[p] = {moment: tensors[f"{moment}/{name}"].clone() for moment in moments}
