"""Parameters, work and memory by part, read from the stages and weights of a network, with the formula for each."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from model.model import Model
from model.plan import Plan
from model.rules import SumOfProducts
from model.stages import Stage
from model.weights import Weights

# Which part a name belongs to, by the first word that fits.
GROUPS = (
    ("Embeddings", ("embed", "W_E", "W_pos", "W_seg", "tokens", "segments", "mask", "features", "patch", "cls")),
    ("Unembedding", ("logits", "probs", "W_U", "b_U", "head.", "pooler.")),
    ("Cross-attention", (".cross_attn",)),
    ("Attention", (".attn",)),
    ("Experts", (".moe",)),
    ("MLP", (".mlp",)),
    ("Norms", ("ln1", "ln2", "ln_",)),
    ("Residual stream", ("resid_",)),
    ("Positions", ("W_rel", "W_eigen", "b_pos", ".pos_", ".links")),
)  # fmt: skip
_LAYER = re.compile(r"(?<![^.])(blocks|experts)\.\d+\.")  # what tells tensors of equal layers apart


@dataclass(frozen=True)
class Item:
    """Tensors that are alike, one in each layer or more, and what they count for.

    name     of the tensor, without its layer
    formula  names of the sizes that are multiplied; "2 · " in front where each product is also added
    sizes    their numbers, a 2 in front included
    times    how many such tensors there are
    """

    name: str
    formula: str
    sizes: tuple[int, ...]
    times: int = 1

    @property
    def total(self) -> int:
        return self.times * math.prod(self.sizes)


@dataclass(frozen=True)
class Count:
    """One part of a network, over all layers: every number is a sum of items.

    trained  weights, shared ones counted once
    work     multiplications and additions of one forward pass over the given lengths
    made     numbers in all distinct tensors of that pass
    """

    part: str
    trained: tuple[Item, ...]
    work: tuple[Item, ...]
    made: tuple[Item, ...]

    @property
    def parameters(self) -> int:
        return sum(item.total for item in self.trained)

    @property
    def flops(self) -> int:
        return sum(item.total for item in self.work)

    @property
    def activations(self) -> int:
        return sum(item.total for item in self.made)

    @property
    def terms(self) -> tuple[tuple[int, str], ...]:
        """(flops, formula) of each kind of product, largest first."""
        found: dict[str, int] = {}
        for item in self.work:
            found[item.formula] = found.get(item.formula, 0) + item.total
        return tuple(sorted(((n, formula) for formula, n in found.items()), reverse=True))


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
        trained = [_item(n, weights.axes(n), tuple(weights.raw(n).shape)) for n in weights if group(n) == part]
        if own or trained:
            done = [_item(s.name, *work(plan, weights, s)) for s in own]
            out.append(Count(part, _alike(trained), _alike(done), _alike(_item(s.name, s.axes, s.shape) for s in own)))
    return out


def _item(name: str, axes: tuple[str, ...], shape: tuple[int, ...]) -> Item:
    return Item(_LAYER.sub("", name), " · ".join(axes), shape)


def _alike(items: Iterable[Item]) -> tuple[Item, ...]:
    """Items that differ in nothing as one, with how many there are; the largest first."""
    found = Counter(items)
    return tuple(sorted((replace(item, times=n) for item, n in found.items()), key=lambda item: -item.total))


def work(plan: Plan, weights: Weights, stage: Stage) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """(names, numbers) that multiply to a stage's work: 2 for each pair multiplied and added, else 1 for each cell."""
    rule = stage.rule
    if rule.products is not None:
        over, n = rule.products
        return ("2", *stage.axes, over), (2, *stage.shape, n)
    if not isinstance(rule, SumOfProducts) or rule.op != "dot":
        return stage.axes, stage.shape
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
    return ("2", *axis.values()), (2, *size.values())


def cache_bytes(model: Model) -> int:
    """Bytes of KV cache that one more token takes: 2 · layers · kv_heads · d_head · bytes a number."""
    stack = model.config.last
    return 2 * stack.n_layers * stack.kv_heads * stack.head_size * model.dtype.itemsize
