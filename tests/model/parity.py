"""Any of Hugging Face's models beside ours: logits, every hidden state, every attention map."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hypothesis import HealthCheck, settings
from safetensors.torch import load_file, save_file

import model
from model.model import Model
from tests.model.recombine import check_cell
from tests.model.theirs import close, save

# Few examples, always the same: each builds and saves a network of theirs.
FEW = settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
IDS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]


def agree(theirs: Any, m: Model, ids: list[int], target: list[int] | None = None, **inputs: Any) -> model.Trace:
    """One input through both. inputs: segments, mask. Some cells of every stage are explained too."""
    theirs.set_attn_implementation("eager")
    words: dict[str, Any] = {"input_ids": ids, "token_type_ids": inputs.get("segments")}
    words |= {"attention_mask": inputs.get("mask"), "decoder_input_ids": target}
    given = {k: torch.tensor([v]) for k, v in words.items() if v is not None}
    with torch.no_grad():
        out = theirs(**given, output_hidden_states=True, output_attentions=True)
    trace = m.trace(ids=ids, target=target, **inputs)
    real = torch.tensor(inputs.get("mask", [1] * len(ids))) == 1
    if target is None:
        stack(trace, "", m.config.last, out.hidden_states, out.attentions, real)
    else:
        stack(trace, "encoder.", m.config.encoder, out.encoder_hidden_states, out.encoder_attentions, real)
        every = torch.ones(len(target), dtype=torch.bool)
        stack(trace, "decoder.", m.config.decoder, out.decoder_hidden_states, out.decoder_attentions, every)
        assert len(out.cross_attentions) == m.config.decoder.n_layers  # type: ignore[union-attr]
        for i, attention in enumerate(out.cross_attentions):
            close(trace[f"decoder.blocks.{i}.cross_attn.pattern"], attention[0], f"cross-attention map {i}")
    if out.get("logits") is not None:
        ours, wanted = trace["logits"], out.logits[0]
        rows = real if target is None and ours.dim() == 2 else slice(None)
        close(ours[rows], wanted[rows], "logits")
    else:
        assert "logits" not in trace
    if out.get("pooler_output") is not None:
        close(trace["pooler.act"], out.pooler_output[0], "pooler")
    explained(trace)
    return trace


def stack(trace: model.Trace, p: str, config: Any, states: Any, attentions: Any, real: torch.Tensor) -> None:
    """Hidden states and attention maps of one stack. What stands at padding is nobody's business."""
    n = config.n_layers
    assert len(states) == n + 1
    assert len(attentions) == n
    for i in range(n):
        close(trace[f"{p}blocks.{i}.resid_pre"][real], states[i][0][real], f"{p}hidden state {i}")
        pattern = trace[f"{p}blocks.{i}.attn.pattern"]
        close(pattern[:, real], attentions[i][0][:, real], f"{p}attention map {i}")
    ends = [f"{'ln_final' if p != 'encoder.' else 'encoder.ln_final'}.normalized"]
    ends += [f"{p}blocks.{n - 1}.ln2.normalized", f"{p}blocks.{n - 1}.resid_post"]
    if "head.dense" in trace and "head.act" not in trace:  # a projection is the last of their hidden states
        ends = ["head.dense"]
    last = next(name for name in ends if name in trace)
    close(trace[last][real], states[-1][0][real], f"{p}last hidden state")


def explained(trace: model.Trace, n: int = 2) -> None:
    """Every stage explains some of its cells."""
    rng = random.Random(0)
    for stage in trace.stages:
        assert tuple(trace[stage.name].shape) == stage.shape, stage.name
        for _ in range(n if stage.numel() else 0):
            check_cell(trace, stage.name, tuple(rng.randrange(size) for size in stage.shape), torch.float32)


def both(folder: Path, kind: type, config: Any, ids: list[int], target: list[int] | None = None, **more: Any) -> Model:
    """Saves a random network of theirs, opens it as ours, compares. Returns ours."""
    theirs = save(folder, kind, config)
    m = model.load(folder)
    agree(theirs, m, ids, target, **more)
    return m


def rename(folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    """Rewrites the weights in place."""
    file = folder / "model.safetensors"
    tensors = change(load_file(file))
    save_file({k: v.clone().contiguous() for k, v in tensors.items()}, file)
