"""A network of the same configuration, for a trace's words and code: without numbers, or small and quick to run."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from functools import lru_cache

from model import StackConfig, Trace, Transformer, TransformerConfig
from model.blueprint import blueprint

WIDTH = 8  # of the streams, hidden units and embeddings of a twin; even, as fixed waves need it


def network_of(trace: Trace) -> Transformer:
    """The network that made the trace, or its blueprint: the same parts, sizes and names, but no weights."""
    return trace.network if trace.network is not None else blueprint(trace.config)


@lru_cache(maxsize=8)
def small(config: TransformerConfig) -> Transformer:
    """The same parts and heads, narrow and of few layers: its numbers mean nothing, but the same lines run."""
    sides = {side: getattr(config, side) for side in ("encoder", "decoder")}
    narrow = {side: None if stack is None else asdict(_narrow(stack)) for side, stack in sides.items()}
    return Transformer(TransformerConfig.from_dict({**config.to_dict(), **narrow}))


def name_in_twin(name: str, config: TransformerConfig) -> str:
    """What the twin calls a stage: of layers that run the same lines it has the first."""
    found = re.match(r"(encoder\.|decoder\.)?blocks\.(\d+)\.", name)
    if found is None:
        return name
    stack = getattr(config, found[1][:-1]) if found[1] else config.last
    layer = _looks(stack).index(_looks(stack)[int(found[2])])
    return f"{found[1] or ''}blocks.{_kept(stack).index(layer)}.{name[found.end() :]}"


def _looks(stack: StackConfig) -> list[tuple[bool, str]]:
    """What decides which lines a layer runs: whether it is the first, and its mask."""
    return [(i == 0, mask) for i, mask in enumerate(stack.layer_masks())]


def _kept(stack: StackConfig) -> list[int]:
    """The first layer of each look."""
    looks = _looks(stack)
    return [i for i, look in enumerate(looks) if look not in looks[:i]]


def _narrow(stack: StackConfig) -> StackConfig:
    # Vocabulary and positions stay as many as they are: options name some of them.
    kept = _kept(stack)
    masks, scales = stack.layer_masks(), [stack.scale(i) for i in kept]
    return replace(
        stack, n_layers=len(kept), mask=tuple(masks[i] for i in kept), attn_scale=tuple(scales), shared_layers=None,
        d_model=WIDTH, d_mlp=WIDTH, d_embed=None if stack.d_embed is None else WIDTH, d_head=stack.head_size,
    )  # fmt: skip
