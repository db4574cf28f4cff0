"""What a trace opened without its model lacks for words and code: a network of the same configuration, no numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from model import StackConfig, Trace, Transformer, TransformerConfig
from model.blueprint import blueprint

WIDTH = 8  # of the streams, hidden units and vocabulary of a twin


def network_of(trace: Trace) -> Transformer:
    """The network that made the trace, or its blueprint: the same parts, sizes and names, but no weights."""
    return trace.network if trace.network is not None else blueprint(trace.config)


def runnable(trace: Trace) -> Transformer:
    """A network that runs the very lines which made the trace: its own, or a twin that is small or has no numbers."""
    network = network_of(trace)
    stacks = (network.config.encoder, network.config.decoder)
    if trace.network is None and any(s is not None and s.moe is not None for s in stacks):
        return _small(network.config)  # routing looks at numbers, so a blueprint cannot run it
    return network


@lru_cache(maxsize=4)
def _small(config: TransformerConfig) -> Transformer:
    """The same layers, heads and parts, narrow: its numbers mean nothing, but the same lines run."""
    data = config.to_dict()
    for side in ("encoder", "decoder"):
        stack = getattr(config, side)
        data[side] = None if stack is None else _narrow(stack)
    words = {k: v for k, v in data.items() if k != "architecture"}
    return Transformer(TransformerConfig(config.architecture, **words))


def _narrow(stack: StackConfig) -> StackConfig:
    d_embed = None if stack.d_embed is None else WIDTH
    return replace(
        stack, d_model=WIDTH, d_vocab=WIDTH, d_mlp=WIDTH, d_embed=d_embed, d_head=stack.head_size,
        n_ctx=min(stack.n_ctx, WIDTH),
    )  # fmt: skip
