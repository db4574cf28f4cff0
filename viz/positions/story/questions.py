"""The open questions that people ask, and what can be counted or measured about them here."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import torch

from model.positional.properties import TOKENS, build, cost, shift, words
from model.train.positions_measure import CONVERGED
from model.train.positions_tasks import TASKS
from viz.panels import Axis, Lines, Series
from viz.positions import compare, trained
from viz.positions.setup import BIAS, Setup, array, network, taps, title
from viz.positions.story.base import Listed, Told, listed, percent, short
from viz.positions.story.evidence import converged, ranks
from viz.positions.story.families import positions

LENGTHS = (128, 512, 2048, 8192)
FURTHER = 8  # places
OF = ("sinusoidal", "learned", "learnable_sinusoid", "shaw", "t5", "alibi", "kerple", "fire", "cope", "rotary")
PLACES = 64


def most(positional: str) -> Told:
    """Which encoding each family uses that this app loads: asked of the files that load them."""
    found = positions()
    counts = Counter(found.values()).most_common()
    rows = [(title(name), str(n), ", ".join(sorted(f for f, p in found.items() if p == name))) for name, n in counts]
    first, n = counts[0]
    tables = [f for f, p in found.items() if p.startswith("learned")]
    mine = sorted(f for f, p in found.items() if p == positional)
    return Told(
        {
            "families": str(len(found)), "first": title(first), "count": str(n), "tables": str(len(tables)),
            "others": str(len(found) - n - len(tables)), "chosen": title(positional), "which": ", ".join(mine) or "–",
            "ranks": "; ".join(f"{task}: {place}/{of}" for task, place, of in ranks(first)),
            "numbers": f"{cost(first, n=8, n_ctx=LENGTHS[-1])[0]:,}",
        },
        (Axis("encoding", len(counts), at=list(dict(counts)).index(positional), marks=[row[0] for row in rows]),),
        (
            Lines(id="families", along="encoding", bars=True, wide=True, series=[
                Series(name="families", values=np.array([c for _, c in counts], np.float32), axes=("encoding",))
            ]),
        ),
        (Listed("families", ("encoding", "number", "which"), rows),),
    )  # fmt: skip


def tables() -> Told:
    """What a learned table loses: length, numbers to train, and the same text further right."""
    found = trained.rows()
    lines, done, fell = [], 0, 0
    for task in trained.tasks(found):
        (mine,) = (s for s in trained.summaries(found, task) if s.positional == "learned")
        sizes = list(mine.by_size)
        done += all(mine.converged)
        fell += all(mine.converged) and max(mine.by_size[sizes[-1]]) < CONVERGED
        shown = [f"{sizes[i]}: {', '.join(percent(a) for a in mine.by_size[sizes[i]])}" for i in (0, 1, -1)]
        lines.append((TASKS[task].title, mine.verdict, *shown))
    prices = {name: [cost(name, n=8, n_ctx=n)[0] for n in LENGTHS] for name in ("learned", "t5", "rotary")}
    later = {name: shift(build(name, "decoder"), words(TOKENS), FURTHER) for name in ("learned", "rotary")}
    return Told(
        {
            "tasks": str(len(lines)), "done": str(done), "fell": str(fell), "short": f"{LENGTHS[0]:,}",
            "long": f"{LENGTHS[-1]:,}", "table_short": f"{prices['learned'][0]:,}",
            "table_long": f"{prices['learned'][-1]:,}", "t5": f"{prices['t5'][-1]:,}",
            "rotary": f"{prices['rotary'][-1]:,}", "further": str(FURTHER), "moved": short(later["learned"]),
            "moved_rotary": short(later["rotary"]), "mark": percent(CONVERGED),
        },
        (Axis("length", len(LENGTHS), at=len(LENGTHS) - 1, marks=list(LENGTHS)),),
        (
            Lines(id="prices", along="length", series=[
                Series(name=name, values=np.array(x, np.float32), axes=("length",)) for name, x in prices.items()
            ]),
        ),
        (Listed("lengths", ("task", "verdict", "inside", "next", "outside"), lines),),
    )  # fmt: skip


# ---- a sum or not -----------------------------------------------------------------------------------------------


def scores(name: str, query: int = 3, word: int = 3) -> torch.Tensor:
    """[head, distance] scores of the last query with one word, said everywhere else."""
    net = network(Setup(name, (), PLACES, 16, 4))
    found = taps(net, [word] * (PLACES - 1) + [query])["blocks.0.attn.attn_scores"][:, -1].flip(-1)
    return found[:, 1:]


def interaction(name: str) -> float:
    """How far scores are from a number for the words plus a number for the distance, as a share of their size.

    Of two words at two distances: (a, near) − (a, far) − (b, near) + (b, far), which is 0 for a sum. The larger of
    what changing the key's word gives and what changing the query's word gives.
    """
    base = scores(name)
    found = [other - base for other in (scores(name, word=9), scores(name, query=9))]
    size = max(base.abs().max().item(), *((base + f).abs().max().item() for f in found))
    return max((f - f[:, :1]).abs().max().item() for f in found) / size


def bend(name: str) -> float | None:
    """How far what is added to scores is from a straight line in distance, as a share of its range. None: adds none."""
    setup = Setup(name, (), PLACES, 16, 4)
    values = taps(network(setup), [3] * PLACES)
    if BIAS not in values:
        return None
    curves = compare.last_query(array(values[BIAS])).astype(np.float64)
    x = np.arange(curves.shape[1])
    return max(float(np.abs(c - np.polyval(np.polyfit(x, c, 1), x)).max() / np.ptp(c)) for c in curves)


@lru_cache(maxsize=1)
def measured() -> dict[str, tuple[float, float | None]]:
    """encoding -> (interaction, bend)."""
    return {name: (interaction(name), bend(name)) for name in OF}


def sums(positional: str) -> Told:
    """Where words and places are a plain sum in the score, and where not."""
    found = measured()
    plain = [name for name, (mixed, _) in found.items() if mixed < 1e-9]
    straight = [name for name, (_, off) in found.items() if off is not None and off < 1e-9]
    rows = [(title(n), short(m), "–" if off is None else short(off)) for n, (m, off) in found.items()]
    done = {name: converged(name) for name in ("learnable_sinusoid", "fire", "cope", "rotary")}
    return Told(
        {
            "plain": listed(plain), "mixed": listed([n for n in found if n not in plain]), "straight": listed(straight),
            "curved": listed([n for n in plain if n not in straight]), "measured": str(len(found)),
            "chosen": title(positional), "interaction": short(found[positional][0]),
            "done": "; ".join(f"{title(name)}: {n}/{of}" for name, (n, of) in done.items()),
        },
        (Axis("head", 4), Axis("distance", PLACES - 1, at=5, marks=list(range(1, PLACES)))),
        (
            Lines(id="scores", along="distance", wide=True, series=[
                Series(name=name, values=array(scores(positional, **other)), axes=("head", "distance"))
                for name, other in (("words", {}), ("key_word", {"word": 9}), ("query_word", {"query": 9}))
            ]),
        ),
        (Listed("interaction", ("encoding", "interaction", "bend"), rows),),
    )  # fmt: skip
