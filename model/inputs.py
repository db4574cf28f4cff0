"""What a person gives the model, checked before anything is computed."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from model.config import StackConfig, TransformerConfig
from model.errors import InputError
from model.registry import find


@dataclass(frozen=True, eq=False)
class Inputs:
    """One sequence (and one target, in an encoder-decoder). All int64 on the model's device, but the features.

    tokens, target  [position]; of a picture 0, 1, ..., since its tokens have places and no ids
    segments        [position] or None where the model has none
    mask            [position], 1 for real tokens, or None when all are real
    edges           [edge, 2], from which token an arrow leads to which; None where no graph is given
    features        [channel, row, column] pixels, in the model's type; None where it reads tokens
    """

    tokens: Tensor
    target: Tensor | None = None
    segments: Tensor | None = None
    mask: Tensor | None = None
    edges: Tensor | None = None
    features: Tensor | None = None

    @property
    def lengths(self) -> tuple[int, ...]:
        return (len(self.tokens),) if self.target is None else (len(self.tokens), len(self.target))


def check_inputs(
    config: TransformerConfig,
    device: torch.device,
    ids: Any,
    target: Any = None,
    segments: Any = None,
    mask: Any = None,
    edges: Any = None,
    features: Any = None,
    dtype: torch.dtype = torch.float32,
) -> Inputs:
    """Inputs from lists or tensors. Raises InputError naming the value, the limit and the remedy."""
    first = config.encoder or config.decoder
    assert first is not None
    if first.image is not None:
        return check_picture(first, device, dtype, features, ids=ids, target=target, segments=segments, mask=mask)
    if features is not None:
        raise InputError("features= is for models that read pictures; this one reads tokens.")
    tokens = _ids("ids", ids, first)
    if config.architecture == "encoder-decoder":
        if target is None:
            raise InputError(
                "this model is an encoder-decoder: give target= too, the text or ids its decoder has so far."
            )
        assert config.decoder is not None
        target = _ids("target", target, config.decoder)
    elif target is not None:
        raise InputError(
            f"target= is for encoder-decoders; this model is an {config.architecture} and takes one input."
        )
    if first.n_segments:
        segments = _row("segments", [0] * len(tokens) if segments is None else segments, len(tokens), first.n_segments)
    elif segments is not None:
        raise InputError("segments= is given, but this model has no segment embedding; leave it out.")
    if mask is not None:
        mask = _row("mask", mask, len(tokens), 2)
        if not any(mask):
            raise InputError("mask= hides every token; keep at least one 1.")
        mask = None if all(mask) else mask  # a mask that hides nothing is no mask

    if edges is not None:
        edges = _edges(edges, len(tokens), first)

    def tensor(values: list[int] | None) -> Tensor | None:
        return None if values is None else torch.tensor(values, dtype=torch.int64, device=device)

    return Inputs(
        torch.tensor(tokens, dtype=torch.int64, device=device), tensor(target), tensor(segments), tensor(mask),
        None if edges is None else torch.tensor(edges, dtype=torch.int64, device=device).view(-1, 2),
    )  # fmt: skip


def check_picture(stack: StackConfig, device: torch.device, dtype: torch.dtype, features: Any, **others: Any) -> Inputs:
    """The input of a model that reads pictures. others: what only models that read tokens take."""
    for name, value in others.items():
        if value is not None:
            raise InputError(f"{name}= is for models that read tokens; this one reads a picture, given as features=.")
    assert stack.image is not None
    if features is None:
        raise InputError(f"this model reads pictures: give features=, numbers of shape {stack.image}.")
    try:
        pixels = torch.as_tensor(features)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"features= takes an array of numbers; it was given {type(features).__name__}.") from error
    if tuple(pixels.shape) != stack.image or pixels.is_complex() or pixels.dtype == torch.bool:
        raise InputError(
            f"features must be numbers of shape {stack.image}, (channels, height, width); "
            f"it is {pixels.dtype} of shape {tuple(pixels.shape)}."
        )
    pixels = pixels.detach().to(device=device, dtype=dtype, copy=True)
    if not bool(pixels.isfinite().all()):
        raise InputError(f"features holds a number that is not finite in {dtype}; give finite pixels.")
    return Inputs(torch.arange(stack.n_ctx, device=device), features=pixels)


def _whole(name: str, values: Any) -> list[int]:
    """Values as a flat list of ints."""
    if isinstance(values, Tensor):
        if values.dim() != 1 or values.dtype.is_floating_point or values.dtype.is_complex:
            raise InputError(
                f"{name} must be one row of whole numbers; "
                f"it is a {values.dtype} tensor of shape {tuple(values.shape)}."
            )
        values = values.tolist()
    elif hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
        raise InputError(f"{name} must be a list of whole numbers; it is {type(values).__name__}.")
    found = []
    for i, value in enumerate(values):
        try:
            number = operator.index(value)
        except TypeError:
            number = None
        if number is None or (isinstance(value, bool) and name != "mask"):
            raise InputError(f"{name}[{i}]={value!r} is not a whole number.")
        found.append(number)
    return found


def _ids(name: str, values: Any, stack: StackConfig) -> list[int]:
    ids = _whole(name, values)
    if not ids:
        raise InputError(f"{name} is empty; give at least one token.")
    check_length(name, len(ids), stack.n_ctx)
    for i, token in enumerate(ids):
        if not 0 <= token < stack.d_vocab:
            raise InputError(f"{name}[{i}]={token} is not in the vocabulary; ids run from 0 to {stack.d_vocab - 1}.")
    return ids


def check_length(name: str, n: int, n_ctx: int) -> None:
    """Raises InputError when n tokens do not fit."""
    if n > n_ctx:
        raise InputError(f"{name} has {n} tokens; this model reads at most {n_ctx} (n_ctx). Shorten it by {n - n_ctx}.")


def _edges(values: Any, n: int, stack: StackConfig) -> list[list[int]]:
    if find("positional", stack.positional).space != "graph":
        raise InputError(
            f"edges= is for encodings of graphs; positional={stack.positional!r} numbers tokens. Leave it out."
        )
    values = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
        raise InputError(f"edges must be a list of pairs of token positions; it is {type(values).__name__}.")
    found = []
    for i, pair in enumerate(values):
        pair = _whole(f"edges[{i}]", pair)
        if len(pair) != 2 or pair[0] == pair[1] or not all(0 <= end < n for end in pair):
            raise InputError(f"edges[{i}]={pair} must be two different positions, from 0 to {n - 1}.")
        found.append(pair)
    return found


def _row(name: str, values: Any, n: int, limit: int) -> list[int]:
    row = _whole(name, values)
    if len(row) != n:
        raise InputError(f"{name} has {len(row)} numbers for {n} tokens; give one a token.")
    for i, value in enumerate(row):
        if not 0 <= value < limit:
            raise InputError(f"{name}[{i}]={value} is out of range; it runs from 0 to {limit - 1}.")
    return row


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
