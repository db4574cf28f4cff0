"""The table of properties: every cell is measured when it is asked for, on networks of the sizes named there."""

from __future__ import annotations

from functools import lru_cache

from model.positional.properties import EXACT, Properties, measure
from viz.positions.compare import depends_between
from viz.positions.setup import Options, Setup, title

COLUMNS = {
    "encoding": "Encoding",
    "fits": "Places are",
    "shift": "Every place moved on by k: the result",
    "moved": "The same text behind k hidden tokens: the result",
    "shuffled": "Words shuffled, without a mask",
    "reversed": "Tells before from after, without a mask",
    "past": "Input of 4 × the trained length",
    "reads": "What it adds depends on the tokens",
    "parameters": "Trained numbers",
    "flops": "Additions and multiplications for 8 tokens",
    "rank": "Independent rows (rank) of 64 places",
}


@lru_cache(maxsize=64)
def measured(name: str, options: Options = ()) -> Properties:
    return measure(name, dict(options), n_heads=heads(options))


def heads(options: Options) -> int:
    """Of the networks that it is measured on: as many as a table of one's own has."""
    table = dict(options).get("drawn_table") or ()
    return len(table) if len(table) > 1 else Setup().heads


def row(name: str, options: Options = ()) -> dict[str, str]:
    """Column -> words and numbers."""
    p = measured(name, options)
    return {
        "encoding": title(name),
        "fits": places(p, depends_between(Setup(name, options, heads=heads(options)))),
        "shift": deviations(dict(p.shift)),
        "moved": deviations(dict(p.moved)),
        "shuffled": "order is lost" if p.shuffled < EXACT else f"order is seen ({p.shuffled:.2g})",
        "reversed": "no" if p.reversed < EXACT else f"yes ({p.reversed:.2g})",
        "past": "finite numbers" if p.past is None else p.past,
        "reads": {None: "adds none", True: "yes", False: "no"}[p.reads],
        "parameters": f"{p.parameters:,}",
        "flops": f"{p.flops:,}",
        "rank": ", ".join(f"{_WHAT[what]} {n}" for what, n in p.rank.items()) or "adds no matrix",
    }


_WHAT = {"pos_embed": "vectors", "bias": "bias"}


def places(p: Properties, counted: bool) -> str:
    """What kind of place it tells, as measured: by shifting, and by changing a token between two others."""
    exact = [k for k, d in sorted(p.shift.items()) if d < EXACT]
    if counted:
        return "counted: tokens between decide"
    if p.shuffled < EXACT:
        return "none"
    if len(exact) == len(p.shift):
        return "relative" if max(p.moved.values()) < EXACT else "absolute: it counts the tokens itself"
    if not exact:
        return "absolute"
    if exact == sorted(p.shift)[: len(exact)]:
        return f"relative at +{exact[-1]}, not at +{max(p.shift)}"
    return "relative for some shifts only"


def deviations(found: dict[int, float]) -> str:
    """k -> deviation in words: where nothing changes, and by how much the logits change elsewhere."""
    if all(d < EXACT for d in found.values()):
        return "no change"
    return ", ".join(f"+{k}: {'same' if d < EXACT else f'{d:.2g}'}" for k, d in sorted(found.items()))
