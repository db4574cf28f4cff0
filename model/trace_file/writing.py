"""Writing a trace."""

from __future__ import annotations

import json
import os
import zlib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.errors import TraceError
from model.stages import Stage

if TYPE_CHECKING:
    from model.trace import Trace
    from model.transformer import Transformer

FORMAT = "glassformer-trace-1"
LIKELIEST = 20  # tokens a position whose pieces are stored beside those of the input


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
