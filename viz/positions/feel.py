"""Encodings inside networks: attention side by side, words shuffled or repeated, one put in another's place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

import model
from model.config import TransformerConfig
from model.errors import InputError
from model.positional.properties import build, deviation, logits, reordered, words
from model.tape import Tape, record
from model.train import positions_table, sort
from model.train.positions_tasks import TASKS
from model.transformer import Transformer
from viz.positions.setup import Options, array, taps

UNTRAINED = "random"
VOCABULARY = 16  # of the untrained networks
LONGEST = 32
SAMPLE = 81  # rows of the 729 that `sort` knows


@dataclass(frozen=True)
class Side:
    """One of two networks. task: one that it was trained on, or UNTRAINED."""

    positional: str
    task: str = UNTRAINED
    step: int | None = None

    @property
    def name(self) -> str:
        return f"{self.task}-{self.positional}"


def tasks() -> list[str]:
    """Where weights can come from: drawn at random, or trained on a task, as far as such weights are shipped."""
    there = {name.partition("-")[0] for name in positions_table.names()}
    return [UNTRAINED, *(task for task in TASKS if task in there)]


def called(task: str) -> str:
    """What a person calls where weights come from."""
    return "untrained, random" if task == UNTRAINED else f"trained: {TASKS[task].title.lower()}"


def trained_on(task: str) -> list[str]:
    """Encodings with weights trained on a task."""
    return [n.partition("-")[2] for n in positions_table.names() if n.startswith(f"{task}-")]


@lru_cache(maxsize=32)
def network(side: Side) -> Transformer:
    """Untrained ones share every weight but the encoding's. Raises CheckpointError for weights that are not shipped."""
    if side.task == UNTRAINED:
        return build(side.positional, "decoder", n_ctx=LONGEST, d_vocab=VOCABULARY)
    return positions_table.load(side.name, side.step).network


def verdict(side: Side) -> str:
    """What its card says of trained weights: accuracy at the trained size, and whether that is enough."""
    card = positions_table.load(side.name).card
    return f"{card['accuracy']:.1%} right" + ("" if card["converged"] else ", not converged")


def ids_of(text: str, vocabulary: int) -> list[int]:
    """Whole numbers below `vocabulary`. Raises InputError in words."""
    given = text.replace(",", " ").split()
    if not 2 <= len(given) <= LONGEST:
        raise InputError(f"these are {len(given)} tokens; give from 2 to {LONGEST}, with spaces between.")
    for word in given:
        if not (word.isascii() and word.isdigit() and len(word) < 6 and int(word) < vocabulary):
            raise InputError(f"{word[:20]!r} is no token; tokens are the whole numbers from 0 to {vocabulary - 1}.")
    return [int(word) for word in given]


def pattern(net: Transformer, ids: list[int], layer: int) -> np.ndarray:
    """[head, query, key] attention; hidden keys NaN. Raises InputError where a table of positions is too short."""
    return patterns(net, ids)[layer]


def patterns(net: Transformer, ids: list[int]) -> np.ndarray:
    """[layer, head, query, key] of one pass; as `pattern`."""
    try:
        return _seen(_attention(net, taps(net, ids)))
    except IndexError:
        raise InputError(f"{len(ids)} tokens are more than this encoding's table of positions has.") from None


def along(nets: list[Transformer], ids: list[int]) -> np.ndarray:
    """[network, layer, head, query, key] of networks that differ in their weights only; as `pattern`.

    One pass with all weights stacked: ten passes over a few tokens cost ten times the waiting between threads.
    """
    net = nets[-1]
    weights = [dict(n.named_parameters()) for n in nets]
    stacked = {name: torch.stack([w[name] for w in weights]) for name in weights[-1]}

    def one(mine: dict[str, Tensor]) -> Tensor:
        with record(Tape(net.plan((len(ids),), False).names)) as tape:
            torch.func.functional_call(net, mine, (torch.tensor(ids),))
        return _attention(net, tape.values)

    with torch.no_grad():
        return _seen(torch.vmap(one)(stacked))


def _attention(net: Transformer, found: Mapping[str, Tensor]) -> Tensor:
    return torch.stack([found[f"blocks.{i}.attn.pattern"] for i in range(len(net.last.blocks))])


def _seen(found: Tensor) -> np.ndarray:
    ahead = np.triu(np.ones(found.shape[-2:], bool), 1)
    return np.where(ahead, np.float32(np.nan), array(found))


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean over heads and queries of half the sum of differences: 0 where alike, 1 where nothing is shared."""
    return float(np.nansum(np.abs(a - b), -1).mean() / 2)


@lru_cache(maxsize=64)
def shuffled(positional: str, architecture: str) -> float:
    """Deviation between shuffling the tokens and shuffling the result, as a share of the largest logit."""
    return reordered(build(positional, architecture, n_ctx=LONGEST), words(8), [3, 0, 6, 1, 7, 2, 5, 4])


@lru_cache(maxsize=64)
def same_word(positional: str, architecture: str) -> float:
    """Deviation between the logits at the two places of one word, in a row that holds it twice."""
    found = logits(build(positional, architecture, n_ctx=LONGEST), [5, 9, 3, 12, 5, 7])
    return deviation(found[4], found[0])


# ---- one encoding in another's place ---------------------------------------------------------------------------


def exchanged(net: Transformer, positional: str, options: Options = ()) -> Transformer:
    """The same weights under another encoding, whose own numbers are drawn at random. Raises ConfigError."""
    given = net.config.to_dict()
    for side in ("encoder", "decoder"):
        if given.get(side):
            given[side] = {**given[side], "positional": positional, "options": options}
    other = Transformer(TransformerConfig.from_dict(given))
    theirs: dict[str, Tensor] = dict(net.named_parameters())
    with torch.no_grad():
        for name, p in other.named_parameters():
            if name in theirs and theirs[name].shape == p.shape:
                p.copy_(theirs[name])
    return other


@lru_cache(maxsize=4)
def _sorter(control: str | None) -> model.Model:
    found = model.load("sort")
    return found if control is None else model.control(found, control)


@lru_cache(maxsize=64)
def mismatch(positional: str, control: str | None = None) -> float:
    """Share of SAMPLE of `sort`'s answers that stay right when its learned positions give way to others.

    Letter by letter, each after the right ones; control: with its weights drawn anew or shuffled.
    Raises ConfigError where the encoding does not fit its sizes.
    """
    found = _sorter(control)
    inputs, answers = (x[:: len(x) // SAMPLE] for x in sort.examples())
    with torch.no_grad():
        said = exchanged(found.network, positional)(inputs)[:, -answers.shape[1] :].argmax(-1)
    return (said == answers).float().mean().item()
