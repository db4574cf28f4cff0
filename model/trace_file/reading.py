"""Reading a trace, with or without the model that made it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.config import TransformerConfig
from model.edits import Edit, bind
from model.errors import CheckpointError, GlassformerError, TraceError
from model.inputs import Inputs, check_inputs, vocabularies
from model.plan import Plan
from model.rules import Input, Saved
from model.stages import AXES, KINDS, Derive, Stage
from model.trace_file.checks import check, check_numbers
from model.trace_file.writing import FORMAT, fingerprint

if TYPE_CHECKING:
    from model.trace import Trace
    from model.transformer import Transformer

_LARGEST_HEADER = 64 << 20


def load(path: Any, model: Any) -> Trace:
    """The trace in a file. Raises CheckpointError for a damaged file, TraceError for the wrong model."""
    tensors, metadata = _read(path)
    try:
        return _load(path, model, tensors, metadata)
    except (CheckpointError, TraceError):
        raise
    except GlassformerError as error:  # an edit, an input or a config that no trace could have had
        raise CheckpointError(f"{path} is not a readable trace: {error}") from error
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        RecursionError,
    ) as error:
        what = f"{type(error).__name__}: {error}"
        raise CheckpointError(f"{path} is not a readable trace: its metadata is damaged ({what}).") from error


def _load(path: Any, model: Any, tensors: dict[str, Tensor], metadata: dict[str, str]) -> Trace:
    from model.trace import Trace

    stages = [_stage(s) for s in json.loads(metadata["stages"])]
    edits = [Edit.from_dict(e) for e in json.loads(metadata["edits"])]
    changed = frozenset(json.loads(metadata["changed"]))
    padded = bool(json.loads(metadata["padded"]))
    given = {
        k: None if v is None else torch.tensor(v, dtype=torch.float64 if k == "features" else torch.int64)
        for k, v in json.loads(metadata["given"]).items()
    }
    inputs = Inputs(**given)  # type: ignore[arg-type]
    rounded = json.loads(metadata.get("rounded", "false"))  # files from before there was rounding do not say
    known = {int(i): piece for i, piece in json.loads(metadata.get("pieces", "{}")).items()}
    if not isinstance(rounded, bool) or not all(isinstance(piece, str) for piece in known.values()):
        raise CheckpointError(f"{path} is not a readable trace: what it says of its numbers or tokens is damaged.")
    if rounded:  # their type was float32, and readers go on computing in it
        tensors = {name: t.float() if t.dtype == torch.float16 else t for name, t in tensors.items()}
    plan = Plan(tuple(stages))
    check(plan, tensors, changed)
    values = _values(plan, tensors, changed)
    lengths = inputs.lengths  # fails here and now where there are none
    derived = {s.name for s in plan.stages if s.derive is not None}
    _complete(path, plan, values, derived | {s.name for s in plan.stages if s.same_as in derived})
    config, origin = json.loads(metadata["config"]), str(metadata["weights"])
    if model is None:
        words: dict[str, Any] = {"config": config, "origin": origin, "rounded": rounded, "pieces": known}
        return Trace(plan, values, None, inputs, edits, changed=changed, **words)
    if rounded:
        raise TraceError(
            f"the numbers of {path} were rounded when it was saved, so they are not quite what the model computes. "
            f"Open it without model=, or trace the input again."
        )
    network = model.network
    _made_by(path, network, config, origin)
    planned = network.plan(lengths, padded)
    own = planned.settled(values)
    if [(s.name, s.shape) for s in own.stages] != [(s.name, s.shape) for s in plan.stages]:
        raise TraceError(f"{path} was traced by another version of this model: its stages differ.")
    _complete(path, own, values, {s.name for s in own.stages if s.derive is not None})
    check_numbers(own, values, network)
    device = network.device
    values = {name: t.to(device) for name, t in values.items()}
    i = inputs
    ids = i.tokens if i.features is None else None
    inputs = check_inputs(
        network.config, device, ids, i.target, i.segments, i.mask, i.edges, i.features, network.dtype
    )  # fmt: skip
    bound = bind(edits, planned, vocabularies(network.config), network.dtype)
    bound = {name: [b.fit(own.by_name[name]) for b in found] for name, found in bound.items()}
    return Trace(own, values, network, inputs, edits, bound, changed, model)


def _values(plan: Plan, tensors: dict[str, Tensor], changed: frozenset[str]) -> dict[str, Tensor]:
    """The tensor of every stage that the file has one for, its own or that of the stage it is the same as."""
    values = {}
    for stage in plan.stages:
        if stage.same_as is None or stage.name in changed:
            if stage.name in tensors:
                values[stage.name] = tensors[stage.name]
        elif stage.same_as in values:
            values[stage.name] = values[stage.same_as]
    return values


def _complete(path: Any, plan: Plan, values: dict[str, Tensor], derived: set[str]) -> None:
    for stage in plan.stages:
        if stage.name not in values and stage.name not in derived:
            raise CheckpointError(f"{path} lacks {stage.name}, which cannot be derived from the rest.")


def _made_by(path: Any, network: Transformer, config: dict[str, Any], origin: str) -> None:
    """Raises TraceError when another network made the trace."""
    if TransformerConfig.from_dict(config) != network.config:
        raise TraceError(
            f"{path} was traced on a model of another configuration; open it with that model, or without model=."
        )
    if origin != fingerprint(network):
        raise TraceError(
            f"{path} was traced on a model with other weights, or in another type; open it with that model."
        )


def _read(path: Any) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    try:
        size = Path(path).stat().st_size
        with Path(path).open("rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > min(size, _LARGEST_HEADER):
            raise CheckpointError(f"{path} is not a trace: its header claims {header} bytes of a file of {size}.")
        with safe_open(os.fspath(path), framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise CheckpointError(f"{path} is a safetensors file, but not a trace of this app ({FORMAT}).")
            # Cloned into memory of our own: aligned as computed tensors are, and free of the file.
            return {name: file.get_tensor(name).clone() for name in file.keys()}, metadata  # noqa: SIM118
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} is not a readable safetensors file: {error}.") from error


def _stage(data: dict[str, Any]) -> Stage:
    if data["kind"] not in KINDS or not all(a in AXES for a in data["axes"]):
        raise CheckpointError(f"stage {data['name']!r} has an unknown kind or axis.")
    same = data["same_as"]
    rule = Input() if data["op"] == "input" else Saved(tuple(data["reads"]), tuple(data["weights"]), str(data["op"]))
    return Stage(
        name=str(data["name"]), axes=tuple(data["axes"]), shape=tuple(int(n) for n in data["shape"]), kind=data["kind"],
        title=str(data["title"]), formula=str(data["formula"]), rule=rule,
        same_as=None if same is None else str(same), part=str(data["part"]),
        derive=Derive("", rule.reads) if data["derived"] else None,
    )  # fmt: skip
