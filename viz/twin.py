"""A network of the same configuration, for a trace's words and code: without numbers, or small enough to run at once."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import lru_cache

from model import StackConfig, Trace, Transformer, TransformerConfig
from model.blueprint import blueprint

WIDTH = 8  # of the streams, hidden units and embeddings of a twin; even, as fixed waves need it


def network_of(trace: Trace) -> Transformer:
    """The network that made the trace, or its blueprint: the same parts, sizes and names, but no weights."""
    return trace.network if trace.network is not None else blueprint(trace.config)


def runnable(trace: Trace) -> Transformer:
    """A network that runs the very lines which made the trace, in no time and whatever the model's size."""
    return small(network_of(trace).config)


@lru_cache(maxsize=8)
def small(config: TransformerConfig) -> Transformer:
    """The same layers, heads and parts, narrow: its numbers mean nothing, but the same lines run."""
    sides = {side: getattr(config, side) for side in ("encoder", "decoder")}
    narrow = {side: None if stack is None else asdict(_narrow(stack)) for side, stack in sides.items()}
    return Transformer(TransformerConfig.from_dict({**config.to_dict(), **narrow}))


def _narrow(stack: StackConfig) -> StackConfig:
    # Vocabulary and positions stay as many as they are: options name some of them.
    d_embed = None if stack.d_embed is None else WIDTH
    return replace(stack, d_model=WIDTH, d_mlp=WIDTH, d_embed=d_embed, d_head=stack.head_size)
