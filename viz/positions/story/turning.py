"""Rotation: queries and keys turned by their places, and what happens past the trained length."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from model import shipped
from viz.panels import Arrow, Arrows, Axis, Lines, Series
from viz.positions import one, rotation
from viz.positions.setup import Setup, array
from viz.positions.story.base import Told, percent, short

SETUP = Setup("rotary", (("rotary_base", 100.0),), 24, 8, 1)
QUERY, KEY = 9, 5
FAR = 256  # distances


@lru_cache(maxsize=32)
def rotate(later: int) -> Told:
    """One pair of a query and a key as arrows, at every two places; and both so many places later."""
    dims = torch.tensor([one.pair_dims(SETUP, p) for p in range(SETUP.width // 2)])
    pairs, n = dims.shape[0], SETUP.positions
    q, k = rotation.random_vectors(SETUP.width, 2)
    for v in (q, k):
        v[dims] = v[dims] / v[dims].norm(dim=-1, keepdim=True)

    def turned(v: Tensor, places: list[int]) -> Tensor:
        """[position, width]"""
        rows = v.expand(len(places), 1, -1)
        return rotation.turned(SETUP, rows, rows, places, places)[0][:, 0]

    def product(query: int, key: int) -> float:
        return (turned(q, [query]) * turned(k, [key])).sum().item()

    here, there, apart = product(QUERY, KEY), product(QUERY + later, KEY + later), product(QUERY + 1, KEY)
    arrows = [array(v[dims]) for v in (q, k)] + [array(turned(v, list(range(n)))[:, dims]) for v in (q, k)]
    found = rotation.all_heads(FAR)
    fast = found.share[..., : found.share.shape[-1] // 2].sum(-1)  # [layer, head]
    vectors = rotation.random_vectors(found.setup.width)
    random = rotation.shares(found.setup, vectors, vectors)
    picked = {name: divmod(int(i), fast.shape[1]) for name, i in (("fast", fast.argmax()), ("slow", fast.argmin()))}
    curves = {"random": rotation.by_distance(found.setup, vectors, vectors, FAR).mean(0)}
    curves |= {name: found.product[at] for name, at in picked.items()}
    return Told(
        {
            "query": str(QUERY), "key": str(KEY), "later": str(later), "here": f"{here:.6f}", "there": f"{there:.6f}",
            "difference": short(abs(here - there)), "apart": f"{apart:.6f}",
            "fast_layer": str(picked["fast"][0]), "fast_head": str(picked["fast"][1]),
            "slow_layer": str(picked["slow"][0]), "slow_head": str(picked["slow"][1]),
            "fast": percent(float(fast.max())), "slow": percent(float(fast.min())),
            "fast_random": percent(float(random[: len(random) // 2].sum())),
        },
        (
            Axis("pair", pairs), Axis("query", n, at=QUERY, play=True), Axis("key", n, at=KEY, play=True),
            Axis("distance", FAR + 1, slider=False),
        ),
        (
            Arrows(id="arrows", product=(2, 3), arrows=[
                Arrow(name="q", values=arrows[0], axes=("pair",), look=1, faint=True),
                Arrow(name="k", values=arrows[1], axes=("pair",), look=0, faint=True),
                Arrow(name="turned_q", values=arrows[2], axes=("query", "pair"), look=1),
                Arrow(name="turned_k", values=arrows[3], axes=("key", "pair"), look=0),
            ]),
            Lines(id="by_distance", along="distance", series=[
                Series(name=name, values=(curve / np.abs(curve).max()).astype(np.float32), axes=("distance",))
                for name, curve in curves.items()
            ]),
        ),
    )  # fmt: skip


@lru_cache(maxsize=16)
def further(factor: int) -> Told:
    """SmolLM2's own frequencies, as each method of extension changes them for inputs `factor` times as long."""
    config = shipped.open_shipped("smollm2").config["decoder"]
    width, base, trained = config["d_head"], float(dict(config["options"])["rotary_base"]), config["n_ctx"]
    setup = Setup("rotary", (("rotary_base", base),), 2, width, 1)
    step = torch.from_numpy(one.angles(setup)[1])  # type: ignore[index]
    turns = step * (trained - 1) / (2 * np.pi)
    multipliers = one.multipliers(width, base, float(factor), trained, factor * trained)
    slow = turns < 1
    ntk = multipliers["ntk"]
    return Told(
        {
            "pairs": str(len(step)), "trained": f"{trained:,}", "long": f"{factor * trained:,}", "factor": str(factor),
            "slow": str(int(slow.sum())), "first_turns": short(turns[0].item()), "last_turns": short(turns[-1].item()),
            "linear": short(float(multipliers["linear"][0])), "ntk_first": short(float(ntk[0])),
            "ntk_last": short(float(ntk[-1])), "kept": str(int((multipliers["yarn"] > 0.999).sum())),
        },
        (Axis("pair", len(step), at=0),),
        (
            Lines(id="multipliers", along="pair", span=(0.0, 1.05), series=[
                Series(name=kind, values=array(torch.from_numpy(m.copy())), axes=("pair",))
                for kind, m in multipliers.items()
            ]),
            Lines(id="turns", along="pair", levels=[(0.0, "")], series=[
                Series(name="turns", values=array(turns.log10()), axes=("pair",)),
                Series(name="turns_long", values=array((turns * factor).log10()), axes=("pair",)),
            ]),
        ),
    )  # fmt: skip
