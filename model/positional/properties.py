"""What an encoding does, measured on the spot on networks of its own: nothing in here knows an encoding by name.

All networks of one size have the same weights but for the encoding's, drawn at random and in double precision, so that
a deviation is either far below EXACT, which is none, or real. Random weights show what an encoding can tell apart, not
what training makes of it.

Deviations are the largest difference between two sets of logits, as a share of the largest logit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from model.config import TransformerConfig
from model.counting import counts
from model.errors import InputError
from model.model import Model
from model.transformer import Transformer

EXACT = 1e-9
TOKENS = 8
RANKED = 64  # positions whose vectors' and biases' rank is taken
SHIFTS = (1, 8, 64, 900)
PREFIXES = (1, 8, 64)
_SIZES: dict[str, Any] = {"n_layers": 2, "n_heads": 4, "d_model": 32, "d_head": 8, "d_vocab": 16, "norm": "rms"}
_LONG = SHIFTS[-1] + TOKENS


@dataclass(frozen=True)
class Properties:
    """What `measure` found.

    shift       k -> deviation when every position is k higher; a causal stack, the tokens unchanged
    moved       k -> deviation of the same text behind k hidden tokens
    shuffled    deviation between shuffling the tokens and shuffling the result; nothing masked
    reversed    the same for reading backwards: 0 where before and after look alike
    past        None when four times the trained length gives finite numbers, else why not
    reads       whether what it adds depends on the tokens; None where it adds nothing to scores
    parameters  trained numbers of the encoding alone
    flops       work of the encoding alone, in one pass over TOKENS tokens
    rank        over RANKED positions: of what is added to the embeddings, and of what is added to the scores, the
                largest of all heads
    """

    shift: Mapping[int, float]
    moved: Mapping[int, float]
    shuffled: float
    reversed: float
    past: str | None
    reads: bool | None
    parameters: int
    flops: int
    rank: Mapping[str, int]


def measure(positional: str, options: Mapping[str, Any] | None = None, **sizes: Any) -> Properties:
    """Every property of an encoding of the registry. Raises ConfigError when the options do not fit the sizes."""
    decoder, encoder = (build(positional, a, options, **sizes) for a in ("decoder", "encoder"))
    text = words(TOKENS)
    parameters, flops = cost(positional, options, **sizes)
    return Properties(
        shift={k: shift(decoder, text, k) for k in SHIFTS},
        moved={k: moved(decoder, text, k) for k in PREFIXES},
        shuffled=reordered(encoder, text, [3, 0, 6, 1, 7, 2, 5, 4]),
        reversed=reordered(encoder, text, range(TOKENS)[::-1]),
        past=past_length(positional, options, **sizes),
        reads=reads(encoder, text),
        parameters=parameters,
        flops=flops,
        rank=rank(encoder, words(RANKED)),
    )


def build(
    positional: str, architecture: str, options: Mapping[str, Any] | None = None, n_ctx: int = _LONG, **sizes: Any
) -> Transformer:
    """The network that everything is measured on. sizes: words of the config that are to differ."""
    common = _SIZES | {"n_ctx": n_ctx} | sizes
    words = common | {"positional": positional, "options": dict(options or {})}
    network, plain = (
        Transformer(TransformerConfig(architecture, **w)).double() for w in (words, common | {"positional": "none"})
    )
    theirs = dict(plain.named_parameters())
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name in theirs:
                parameter.copy_(theirs[name])
    return network


def words(n: int) -> list[int]:
    """Tokens that differ from their neighbours; none is 1, a padding id of some encodings."""
    return [2 + (5 * i + i * i // 3) % 14 for i in range(n)]


@torch.no_grad()
def logits(network: Transformer, ids: Sequence[int], shift: int = 0) -> Tensor:
    """[position, d_vocab] with every position `shift` higher; also for texts longer than n_ctx."""
    stack, tokens = network.last, torch.tensor(ids)
    here = stack.where(tokens, None)
    positions = here.queries + shift
    here = replace(here, queries=positions, keys=positions)
    x = stack.embed(tokens, None, here)
    for block in stack.blocks:
        x = block(x, here)
    return network.unembed(x if stack.ln_final is None else stack.ln_final(x))


def deviation(a: Tensor, b: Tensor) -> float:
    return ((a - b).abs().max() / b.abs().max()).item()


def shift(network: Transformer, ids: Sequence[int], k: int) -> float:
    return deviation(logits(network, ids, k), logits(network, ids))


def moved(network: Transformer, ids: Sequence[int], k: int) -> float:
    """The text behind k tokens that it cannot see, against the text alone."""
    before = words(k)
    mask = torch.tensor([0] * k + [1] * len(ids))
    with torch.no_grad():
        behind = network(torch.tensor([*before, *ids]), mask=mask)[k:]
    return deviation(behind, logits(network, ids))


def reordered(network: Transformer, ids: Sequence[int], order: Sequence[int]) -> float:
    return deviation(logits(network, [ids[i] for i in order]), logits(network, ids)[list(order)])


def past_length(positional: str, options: Mapping[str, Any] | None = None, n_ctx: int = 16, **sizes: Any) -> str | None:
    """None when a text of 4 · n_ctx tokens gives finite numbers, else what went wrong."""
    network = build(positional, "decoder", options, n_ctx, **sizes)
    try:
        found = logits(network, words(4 * n_ctx))
    except IndexError:
        return f"there is no vector past position {n_ctx - 1}"
    except InputError as error:
        return str(error)
    return None if bool(found.isfinite().all()) else "numbers overflow"


def reads(network: Transformer, ids: Sequence[int]) -> bool | None:
    """Whether the bias differs for other tokens at the same places."""
    biases = [n for n in network.trace(ids=list(ids)).names if n.endswith("attn.bias")]
    if not biases:
        return None
    here, other = (network.trace(ids=i)[biases[0]] for i in (list(ids), list(ids)[::-1]))
    return not torch.allclose(here, other, rtol=0, atol=EXACT)


def rank(network: Transformer, ids: Sequence[int]) -> dict[str, int]:
    """Rank of `pos_embed` and of the first layer's `bias`, where there are any; by a relative tolerance of EXACT."""
    trace = network.trace(ids=list(ids))
    found = {name: trace[name] for name in ("pos_embed", "blocks.0.attn.bias") if name in trace}
    return {n.rpartition(".")[2]: int(torch.linalg.matrix_rank(t, rtol=EXACT).max()) for n, t in found.items()}


def cost(positional: str, options: Mapping[str, Any] | None = None, n: int = TOKENS, **sizes: Any) -> tuple[int, int]:
    """(parameters, flops of a pass over n tokens) more than with no encoding, by `model.counts`."""
    with_it, without = (
        counts(Model(build(p, "decoder", o, **sizes)), (n,)) for p, o in ((positional, options), ("none", None))
    )
    total = [(sum(c.parameters for c in found), sum(c.flops for c in found)) for found in (with_it, without)]
    return total[0][0] - total[1][0], total[0][1] - total[1][1]
