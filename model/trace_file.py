"""Traces as safetensors files: tensors by name, everything else as JSON in the metadata."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.config import TransformerConfig
from model.edits import Edit, bind
from model.errors import CheckpointError, GlassformerError, TraceError
from model.inputs import Inputs, check_inputs
from model.plan import Plan
from model.rules import Input, Saved
from model.stages import AXES, KINDS, Derive, Stage

if TYPE_CHECKING:
    from model.trace import Trace
    from model.transformer import Transformer

FORMAT = "glassformer-trace-1"
LIKELIEST = 20  # tokens a position whose pieces are stored beside those of the input
_LARGEST_HEADER = 64 << 20


def to_save(trace: Trace, everything: bool) -> list[str]:
    """Names whose tensors are written: each distinct one once."""
    names = [s.name for s in trace.stages if s.same_as is None]
    return names if everything else [n for n in names if n in trace.kept]


def narrowed(stage: Stage, dtype: torch.dtype) -> bool:
    """Whether `narrow` rounds a stage. Probabilities may be too small for float16; of a norm's means there are few."""
    return stage.kind == "signed" and dtype == torch.float32 and not stage.name.endswith(".mean")


def save(trace: Trace, path: Any, everything: bool, narrow: bool = False) -> int:
    """Writes the file and returns its size in bytes."""
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    if trace.network is None and everything and set(to_save(trace, True)) - trace.kept:
        raise TraceError(
            "everything=True derives what was not saved, which needs the model: Trace.load(path, model=m)."
        )
    tensors = {name: trace[name].detach().cpu().contiguous() for name in to_save(trace, everything)}
    wide = [n for n, t in tensors.items() if narrow and narrowed(trace.plan.by_name[n], t.dtype)]
    tensors |= {name: _half(name, tensors[name]) for name in wide}
    shared = {t.untyped_storage().data_ptr() for t in tensors.values()}
    if len(shared) < len(tensors):  # safetensors refuses tensors that share storage
        tensors = {name: t.clone() for name, t in tensors.items()}
    metadata = {
        "format": FORMAT,
        "config": json.dumps(trace.config),
        "weights": trace.origin if trace.network is None else fingerprint(trace.network),
        "stages": json.dumps([describe(s) for s in trace.stages]),
        "edits": json.dumps([e.to_dict() for e in trace.edits]),
        "changed": json.dumps(sorted(trace.changed)),
        "padded": json.dumps(trace.inputs.mask is not None),
        "given": json.dumps({k: None if v is None else v.tolist() for k, v in vars(trace.inputs).items()}),
        "rounded": json.dumps(bool(wide) or trace.rounded),
        "pieces": json.dumps(pieces(trace)),
    }
    try:
        save_file(tensors, os.fspath(path), metadata=metadata)
    except (OSError, SafetensorError) as error:
        raise TraceError(
            f"the trace cannot be written to {path}: {error}. Choose a file in a folder that exists."
        ) from error
    return Path(path).stat().st_size


def _half(name: str, tensor: Tensor) -> Tensor:
    half = tensor.half()
    if not torch.equal(half.isfinite(), tensor.isfinite()):
        most = tensor[tensor.isfinite()].abs().max().item()
        raise TraceError(f"{name} holds {most:g}, too large for 16 bits; save without narrow=True.")
    return half


def pieces(trace: Trace) -> dict[int, str]:
    """What the ids of the input and the likeliest next ones stand for: a file has no tokenizer."""
    tokenizer = None if trace.model is None else trace.model.tokenizer
    if tokenizer is None:
        return trace.pieces
    ids = {i for name in trace.names if name.rpartition(".")[2] == "tokens" for i in trace[name].tolist()}
    if "logits" in trace and trace.stage("logits").axes[-1] == "d_vocab":
        logits = trace["logits"]
        ids |= set(logits.topk(min(LIKELIEST, logits.shape[-1])).indices.flatten().tolist())
    found = sorted(ids)
    return dict(zip(found, tokenizer.pieces(found), strict=True))


def fingerprint(network: Transformer) -> str:
    """Tells models of one configuration apart: a checksum of some numbers of each weight, in their own type."""
    total = 0
    for parameter in network.parameters():
        flat = parameter.detach().flatten()
        some = flat[:: max(1, flat.numel() // 64)].cpu().contiguous()
        total = zlib.crc32(some.view(torch.uint8).numpy().tobytes(), total)
    return f"{total:08x}"


def describe(stage: Stage) -> dict[str, Any]:
    """A stage as JSON-able data: all but the functions."""
    data = {f.name: getattr(stage, f.name) for f in fields(stage) if f.name not in ("rule", "derive")}
    return {
        **data,
        "op": stage.rule.op,
        "reads": stage.reads,
        "weights": stage.weights,
        "derived": stage.derive is not None,
    }


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

    config = json.loads(metadata["config"])
    stages = [_stage(s) for s in json.loads(metadata["stages"])]
    edits = [Edit.from_dict(e) for e in json.loads(metadata["edits"])]
    changed = frozenset(json.loads(metadata["changed"]))
    padded = bool(json.loads(metadata["padded"]))
    given = {
        k: None if v is None else torch.tensor(v, dtype=torch.int64) for k, v in json.loads(metadata["given"]).items()
    }
    inputs = Inputs(**given)  # type: ignore[arg-type]
    rounded = json.loads(metadata.get("rounded", "false"))  # files from before there was rounding do not say
    known = {int(i): piece for i, piece in json.loads(metadata.get("pieces", "{}")).items()}
    if not isinstance(rounded, bool) or not all(isinstance(piece, str) for piece in known.values()):
        raise CheckpointError(f"{path} is not a readable trace: what it says of its numbers or tokens is damaged.")
    if rounded:  # their type was float32, and readers go on computing in it
        tensors = {name: t.float() if t.dtype == torch.float16 else t for name, t in tensors.items()}
    plan = Plan(tuple(stages))
    _check(plan, tensors, changed)
    values = {}
    for stage in plan.stages:
        if stage.same_as is None or stage.name in changed:
            if stage.name in tensors:
                values[stage.name] = tensors[stage.name]
        elif stage.same_as in values:
            values[stage.name] = values[stage.same_as]
    lengths = inputs.lengths  # fails here and now where there are none
    derived = {s.name for s in plan.stages if s.derive is not None}
    for stage in plan.stages:
        if stage.name not in values and stage.name not in derived and stage.same_as not in derived:
            raise CheckpointError(f"{path} lacks {stage.name}, which cannot be derived from the rest.")
    origin = str(metadata["weights"])
    if model is None:
        words: dict[str, Any] = {"config": config, "origin": origin, "rounded": rounded, "pieces": known}
        return Trace(plan, values, None, inputs, edits, changed=changed, **words)
    if rounded:
        raise TraceError(
            f"the numbers of {path} were rounded when it was saved, so they are not quite what the model computes. "
            f"Open it without model=, or trace the input again."
        )
    network = model.network
    if TransformerConfig.from_dict(config) != network.config:
        raise TraceError(
            f"{path} was traced on a model of another configuration; open it with that model, or without model=."
        )
    if origin != fingerprint(network):
        raise TraceError(
            f"{path} was traced on a model with other weights, or in another type; open it with that model."
        )
    planned = network.plan(lengths, padded)
    own = planned.settled(values)
    if [s.name for s in own.stages] != [s.name for s in plan.stages] or [s.shape for s in own.stages] != [
        s.shape for s in plan.stages
    ]:
        raise TraceError(f"{path} was traced by another version of this model: its stages differ.")
    for stage in own.stages:
        if stage.derive is None and stage.name not in values:
            raise CheckpointError(f"{path} lacks {stage.name}, which cannot be derived from the rest.")
    device = network.last.W_E.device
    _check_numbers(own, values, network)
    values = {name: t.to(device) for name, t in values.items()}
    i = inputs
    inputs = check_inputs(network.config, device, i.tokens, i.target, i.segments, i.mask, i.edges)
    bound = bind(edits, planned, vocabularies(network.config), network.last.W_E.dtype)
    bound = {name: [b.fit(own.by_name[name]) for b in found] for name, found in bound.items()}
    return Trace(own, values, network, inputs, edits, bound, changed, model)


def vocabularies(config: TransformerConfig) -> dict[str, int]:
    """Largest number, plus one, that each input stage may hold."""
    out = {}
    for side in ("encoder", "decoder"):
        stack = getattr(config, side)
        if stack is not None:
            prefix = f"{side}." if config.architecture == "encoder-decoder" else ""
            out[f"{prefix}tokens"], out[f"{prefix}segments"] = stack.d_vocab, stack.n_segments
            if stack.positional == "learned_unpadded":
                out[f"{prefix}pos_ids"] = stack.n_ctx + stack.option("pad_id") + 1
            for i in range(stack.n_layers) if stack.moe is not None else ():
                p = f"{prefix}blocks.{i}.moe."
                out[f"{p}chosen"] = stack.option("n_experts")
                out |= {f"{p}experts.{e}.positions": stack.n_ctx for e in range(stack.option("n_experts"))}
    return out


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


def _check(plan: Plan, tensors: dict[str, Tensor], changed: frozenset[str]) -> None:
    if len(plan.by_name) != len(plan.stages):
        raise CheckpointError("two stages in the file have one name.")
    for name, tensor in tensors.items():
        stage = plan.by_name.get(name)
        if stage is None:
            raise CheckpointError(f"the file holds a tensor {name!r} that is no stage of it.")
        if tuple(tensor.shape) != stage.shape:
            raise CheckpointError(
                f"{name} has shape {tuple(tensor.shape)} in the file, but its stage says {stage.shape}."
            )
        if tensor.dtype.is_floating_point == (stage.kind in ("index", "count")):
            raise CheckpointError(
                f"{name} holds {tensor.dtype} in the file, which does not fit its kind, {stage.kind}."
            )
    before: set[str] = set()
    for stage in plan.stages:
        if len(stage.axes) != len(stage.shape) or min(stage.shape, default=1) < 0:
            raise CheckpointError(f"{stage.name} has axes {stage.axes}, but its shape is {stage.shape}.")
        if stage.same_as is not None and stage.same_as not in before:
            raise CheckpointError(
                f"{stage.name} is said to be the same as {stage.same_as!r}, which is no stage before it."
            )
        before.add(stage.name)
    unknown = changed - plan.names
    if unknown:
        raise CheckpointError(f"the file says that {sorted(unknown)[0]!r} was edited, which is no stage of it.")


def _check_numbers(plan: Plan, values: dict[str, Tensor], network: Transformer) -> None:
    """Raises CheckpointError for types and ids that the model could not have computed with."""
    limits, dtype = vocabularies(network.config), network.last.W_E.dtype
    for name, tensor in values.items():
        stage = plan.by_name[name]
        if stage.kind in ("index", "count"):
            limit = 2 if stage.kind == "count" else limits[name]
            if tensor.dtype != torch.int64 or not bool(((tensor >= 0) & (tensor < limit)).all()):
                raise CheckpointError(f"{name} must hold whole numbers from 0 to {limit - 1}.")
            continue
        wide = dtype.itemsize == 2 and name.rpartition(".")[2] in ("mean", "scale")
        if tensor.dtype != (torch.float32 if wide else dtype):
            raise CheckpointError(f"{name} holds {tensor.dtype} in the file; the model computes in {dtype}.")
