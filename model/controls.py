"""Controls: the same network with other weights, to tell what training made from what the architecture makes."""

from __future__ import annotations

import torch
from torch import Tensor

from model.checkpoints.assemble import assemble
from model.errors import InputError
from model.model import Model
from model.transformer import Transformer

KINDS = ("random", "shuffled")


def control(model: Model, kind: str, *, seed: int = 0) -> Model:
    """A model of the same configuration and tokenizer, with other weights. The given one is not touched.

    random    drawn anew, as for a network from scratch
    shuffled  every tensor's own numbers in another order: same values, no structure

    Raises InputError for another kind.
    """
    if kind not in KINDS:
        raise InputError(f"control {kind!r} is unknown; choose one of {', '.join(KINDS)}.")
    if kind == "random":
        network = Transformer(model.config, seed=seed).to(device=model.device, dtype=model.dtype)
    else:
        generator = torch.Generator().manual_seed(seed)
        mixed = {path: _shuffled(p, generator) for path, p in model.network.named_parameters()}
        with torch.device("meta"):
            network = Transformer(model.config)
        assemble(network, mixed, model.device, model.dtype)
    title = f"{model.card.get('title') or model.card.get('name') or 'Model'}, {kind} weights"
    return Model(network, model.tokenizer, {**model.card, "control": kind, "seed_of_control": seed, "title": title})


def _shuffled(p: Tensor, generator: torch.Generator) -> Tensor:
    order = torch.randperm(p.numel(), generator=generator).to(p.device)
    return p.detach().flatten()[order].view_as(p)
