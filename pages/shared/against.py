"""What a pass is compared with, as the link spells it: "weights:shuffled", "input:ABCABC", "model:minilm" or edits.

"edit:zero:blocks.1.attn.z:head=2;scale:blocks.0.mlp_out:by=0.5", and after "|" the text that a patch is taken from.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from model import EditError, InputError
from model.controls import KINDS as CONTROLS

KINDS = ("edit", "weights", "input", "model")
OPS = ("zero", "mean", "scale", "add", "set", "patch")
NUMBERED = {"scale": 0.5, "add": 1.0, "set": 0.0}  # and what each begins with
MOST = 16  # edits at once


@dataclass(frozen=True)
class Change:
    """One edit. at: (axis, place) pairs, an axis left out is meant whole; by: the number of `scale`, `add`, `set`."""

    op: str
    name: str
    at: tuple[tuple[str, int], ...] = ()
    by: float | None = None


@dataclass(frozen=True)
class Against:
    """kind: of KINDS, "" for nothing. what: weights, text or model. changes and donor (a text): of "edit"."""

    kind: str = ""
    what: str = ""
    changes: tuple[Change, ...] = ()
    donor: str = ""


def parse(text: str) -> Against:
    """Raises EditError or InputError for what cannot be read."""
    kind, _, rest = text.partition(":")
    if not text:
        return Against()
    if kind not in KINDS or (kind == "weights" and rest not in CONTROLS) or (kind == "model" and not rest):
        raise InputError(f"compare={text[:60]!r} cannot be read; it begins with one of {', '.join(KINDS)}.")
    if kind != "edit":
        return Against(kind, rest)
    written, _, donor = rest.partition("|")
    changes = tuple(_change(one) for one in written.split(";") if one)
    if not 0 < len(changes) <= MOST:
        raise EditError(f"compare= has {len(changes)} edits; give 1 to {MOST}.")
    return Against(kind, changes=changes, donor=donor)


def _change(text: str) -> Change:
    op, _, rest = text.partition(":")
    name, *more = rest.split(":")
    if op not in OPS:
        raise EditError(f"edit {op[:40]!r} is unknown; choose one of {', '.join(OPS)}.")
    pairs = dict(pair.partition("=")[::2] for pair in more)
    by = pairs.pop("by", None)
    if (by is not None) != (op in NUMBERED) or not all(re.fullmatch(r"\d{1,9}", n) for n in pairs.values()):
        raise EditError(f"edit {text[:80]!r} cannot be read; write it as in zero:blocks.0.attn.z:head=2.")
    return Change(op, name, tuple((axis, int(n)) for axis, n in pairs.items()), None if by is None else _number(by))


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise EditError(f"by={text[:40]!r} must be a finite number.")
    return found


def write(against: Against) -> str:
    """The inverse of `parse`."""
    if against.kind != "edit":
        return f"{against.kind}:{against.what}" if against.kind else ""
    donor = f"|{against.donor}" if any(c.op == "patch" for c in against.changes) else ""
    return "edit:" + ";".join(map(_written, against.changes)) + donor


def _written(change: Change) -> str:
    at = [f"{axis}={i}" for axis, i in change.at]
    by = [] if change.by is None else [f"by={change.by!r}".removesuffix(".0")]
    return ":".join([change.op, change.name, *at, *by])
