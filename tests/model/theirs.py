"""Hugging Face's models beside ours: tiny random ones, saved to a folder and read back by us."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

import model
from model.model import Model


def save(folder: Path, kind: type, config: Any, seed: int = 0) -> Any:
    """A random network of theirs, written into `folder`. Biases and gains are random too, so none can be forgotten."""
    torch.manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = kind(config).eval()
        with torch.no_grad():
            for name, parameter in theirs.named_parameters():
                if parameter.dim() == 1:
                    parameter.normal_(1.0 if "norm" in name or "ln_" in name else 0.0, 0.2)
                else:
                    parameter.normal_(0.0, 0.2)
        theirs.save_pretrained(folder)
    return theirs


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Changes config.json in place."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))


def close(ours: torch.Tensor, theirs: torch.Tensor, what: str) -> None:
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4, msg=lambda m: f"{what}: {m}")


def compare(theirs: Any, m: Model, ids: list[int]) -> model.Trace:
    """Logits, every hidden state and every attention map of one input."""
    theirs.set_attn_implementation("eager")
    with torch.no_grad():
        out = theirs(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    trace = m.trace(ids=ids)
    n = m.config.n_layers
    names = [*(f"blocks.{i}.resid_pre" for i in range(n)), "ln_final.normalized"]
    assert len(out.hidden_states) == len(names)
    for name, state in zip(names, out.hidden_states, strict=True):
        close(trace[name], state[0], name)
    assert len(out.attentions) == n
    for i, attention in enumerate(out.attentions):
        close(trace[f"blocks.{i}.attn.pattern"], attention[0], f"attention map {i}")
    if "logits" in out:
        close(trace["logits"], out.logits[0], "logits")
    else:
        assert "logits" not in trace
    return trace
