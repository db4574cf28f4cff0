"""Parameters, work and memory by part, read from the stages and weights of a network, with the formula for each."""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.model import Model
from model.plan import Plan
from model.rules import SumOfProducts
from model.stages import Stage
from model.weights import Weights

# Which part a name belongs to, by the first word that fits.
GROUPS = (
    ("Embeddings", ("embed", "W_E", "W_pos", "W_seg", "tokens", "segments", "mask")),
    ("Unembedding", ("logits", "probs", "W_U", "b_U", "head.", "pooler.")),
    ("Cross-attention", (".cross_attn",)),
    ("Attention", (".attn",)),
    ("Experts", (".moe",)),
    ("MLP", (".mlp",)),
    ("Norms", ("ln1", "ln2", "ln_",)),
    ("Residual stream", ("resid_",)),
    ("Positions", ("W_rel", "W_eigen", "b_pos", ".pos_", ".links")),
)  # fmt: skip


@dataclass(frozen=True)
class Count:
    """One part of a network, summed over all layers.

    parameters   trained numbers, shared ones counted once
    flops        multiplications and additions of one forward pass over the given lengths
    activations  numbers in all its distinct tensors, for the same pass
    terms        (flops, formula) of each kind of product in it, largest first
    """

    part: str
    parameters: int
    flops: int
    activations: int
    terms: tuple[tuple[int, str], ...]


def group(name: str) -> str:
    """The part a stage or weight belongs to."""
    return next((title for title, words in GROUPS if any(w in f".{name}" for w in words)), "Other")


def counts(model: Model, lengths: tuple[int, ...]) -> list[Count]:
    """Every part of the model, in GROUPS' order. lengths: (tokens,) or (source tokens, target tokens)."""
    plan, weights = model.network.plan(lengths, False), model.weights
    stages = [s for s in plan.stages if s.same_as is None]
    out = []
    for part in (*(title for title, _ in GROUPS), "Other"):
        own = [s for s in stages if group(s.name) == part]
        parameters = sum(weights.raw(n).numel() for n in weights if group(n) == part)
        terms: dict[str, int] = {}
        for stage in own:
            flops, formula = work(plan, weights, stage)
            terms[formula] = terms.get(formula, 0) + flops
        if own or parameters:
            ordered = sorted(((n, f) for f, n in terms.items()), reverse=True)
            total = sum(n for n, _ in ordered)
            out.append(Count(part, parameters, total, sum(s.numel() for s in own), tuple(ordered)))
    return out


def work(plan: Plan, weights: Weights, stage: Stage) -> tuple[int, str]:
    """(flops, formula) of one stage: 2 for each pair multiplied and added, 1 for each cell of anything else."""
    rule = stage.rule
    if rule.products is not None:
        over, n = rule.products
        return 2 * stage.numel() * n, "2 · " + " · ".join((*stage.axes, over))
    if not isinstance(rule, SumOfProducts) or rule.op != "dot":
        return stage.numel(), " · ".join(stage.axes)
    size = dict(zip(rule.out, stage.shape, strict=True))
    axis = dict(zip(rule.out, stage.axes, strict=True))
    shared = {letter for letter, _, _ in rule.shared}
    for factor in max(rule.items, key=len):
        found = plan.by_name.get(factor.name)
        axes = weights.axes(factor.name) if found is None else found.axes
        shape = weights.raw(factor.name).shape if found is None else found.shape
        for letter, n, name in zip(factor.letters, shape, axes, strict=True):
            if letter not in size and letter not in shared:  # a letter that is summed over
                size[letter], axis[letter] = n, name
    return 2 * math.prod(size.values()), "2 · " + " · ".join(axis[letter] for letter in size)


def cache_bytes(model: Model) -> int:
    """Bytes of KV cache that one more token takes: 2 · layers · kv_heads · d_head · bytes a number."""
    stack = model.config.last
    return 2 * stack.n_layers * stack.kv_heads * stack.head_size * model.dtype.itemsize
