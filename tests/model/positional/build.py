"""Small networks for the tests of encodings, in double precision."""

from __future__ import annotations

from typing import Any

import torch

import model

SIZES: dict[str, Any] = {"n_layers": 1, "n_heads": 2, "d_model": 8, "d_head": 4, "d_vocab": 9, "n_ctx": 64}
ATTN = "blocks.0.attn."


def network(positional: str, architecture: str = "decoder", **words: Any) -> model.Transformer:
    """options of the encoding go in as words with its prefix, sizes as they are called."""
    known = set(model.StackConfig.__dataclass_fields__)
    sizes = SIZES | {k: v for k, v in words.items() if k in known}
    options = {k: v for k, v in words.items() if k not in known}
    return model.Transformer(
        model.TransformerConfig(architecture, **sizes, positional=positional, options=options)
    ).double()


@torch.no_grad()
def put(net: model.Transformer, local: str, values: Any) -> None:
    """Sets every weight of that local name."""
    found = [p for name, p in net.named_parameters() if name.rpartition(".")[2] == local]
    assert found, local
    for parameter in found:
        parameter.copy_(torch.as_tensor(values, dtype=parameter.dtype).expand_as(parameter))


def same_weights(to: model.Transformer, of: model.Transformer) -> None:
    """Copies every weight that both have."""
    theirs = dict(of.named_parameters())
    with torch.no_grad():
        for name, parameter in to.named_parameters():
            if name in theirs:
                parameter.copy_(theirs[name])


def ids(n: int) -> list[int]:
    return [(5 * i + i * i) % 9 for i in range(n)]
