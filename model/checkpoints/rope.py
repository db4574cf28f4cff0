"""Rotary settings of Hugging Face configs, in both spellings.

Version 5 writes `rope_parameters` with everything in it; older files have `rope_theta` beside `rope_scaling`,
whose kind is `rope_type` or, older still, `type`. Where a file has both, the older one counts, as in version 5.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from model.checkpoints.reader import ConfigReader
from model.errors import CheckpointError
from model.positional.rotary_scaling import SCALINGS


def rotary_words(
    reader: ConfigReader, length: str = "max_position_embeddings", fraction: float = 1.0, base: float = 10000.0
) -> dict[str, Any]:
    """Config words of a rotary encoding: positional, options and n_ctx, which some scalings extend."""
    n_ctx = reader.integer(length)
    options = rotary_options(reader, fraction, base, n_ctx)
    scaling = options.get("rotary_scaling", {})
    if scaling.get("type") in ("dynamic", "yarn"):
        original = _number("original_max_position_embeddings", scaling["original_max_position_embeddings"])
        n_ctx = max(n_ctx, int(min(_number("factor", scaling["factor"]) * original, 2**31 - 1)))
    return {"positional": "rotary", "options": options, "n_ctx": n_ctx}


def rotary_options(
    reader: ConfigReader, fraction: float = 1.0, base: float = 10000.0, n_ctx: int | None = None
) -> dict[str, Any]:
    """Options of our rotary encoding. fraction, base: the family's own, where the file gives none.

    Raises CheckpointError for a scaling that is not supported.
    """
    new, old = reader.get("rope_parameters"), reader.get("rope_scaling")
    for name, value in (("rope_parameters", new), ("rope_scaling", old)):
        if value is not None and not isinstance(value, dict):
            raise CheckpointError(f"config.json: {name}={value!r} must be an object.")
    given: dict[str, Any] = dict(old or new or {})
    base = _number("rope_theta", _first(given.pop("rope_theta", None), reader.get("rope_theta"), base))
    share = _first(given.pop("partial_rotary_factor", None), reader.get("partial_rotary_factor"), fraction)
    kind = given.pop("rope_type", None) or given.pop("type", None) or "default"
    given.pop("type", None)
    options: dict[str, Any] = {
        "rotary_base": base,
        "rotary_fraction": _number("partial_rotary_factor", share),
        "rotary_pairing": "half",
    }
    if any(isinstance(value, dict) for value in given.values()):
        raise CheckpointError("config.json: rotary settings that differ from layer to layer are not supported.")
    outer = reader.get("original_max_position_embeddings")
    if kind == "default":
        return options
    if not isinstance(kind, str) or kind not in SCALINGS:
        raise CheckpointError(f"rope_type {kind!r}: not supported; supported: default, {', '.join(SCALINGS)}.")
    length = reader.get("max_position_embeddings", n_ctx)
    if kind == "dynamic":  # counts from the model's length, whatever else the file says
        given["original_max_position_embeddings"] = length
    elif kind in ("llama3", "yarn"):
        given["original_max_position_embeddings"] = _first(outer, given.get("original_max_position_embeddings"), length)
    if kind == "yarn":
        given = _yarn(given, length)
    needed = SCALINGS[kind]
    if missing := [n for n in needed if given.get(n) is None]:
        raise CheckpointError(f"config.json: rope_type {kind!r} needs {missing[0]}; it is missing.")
    if kind != "linear" and (extra := sorted(set(given) - set(needed))):
        raise CheckpointError(f"config.json: {extra[0]} in the rotary settings is not known for rope_type {kind!r}.")
    options["rotary_scaling"] = {"type": kind, **{n: given[n] for n in needed}}
    return options


def _yarn(given: dict[str, Any], length: Any) -> dict[str, Any]:
    """YaRN's numbers with their defaults filled in (2309.00071, sections 3.2 to 3.4)."""
    out = dict(given)
    original = _number("original_max_position_embeddings", out.get("original_max_position_embeddings"))
    if out.get("factor") is None:
        out["factor"] = _number("max_position_embeddings", length) / max(original, 1.0)
    out["beta_fast"], out["beta_slow"] = out.get("beta_fast") or 32.0, out.get("beta_slow") or 1.0
    out["truncate"] = out.get("truncate", True)
    factor, mscale, all_dim = _number("factor", out["factor"]), out.pop("mscale", None), out.pop("mscale_all_dim", None)
    if out.get("attention_factor") is None:
        if mscale and all_dim:
            over, under = _log(factor, _number("mscale", mscale)), _log(factor, _number("mscale_all_dim", all_dim))
            if under == 0:
                raise CheckpointError(f"config.json: mscale_all_dim={all_dim!r} cannot be used.")
            out["attention_factor"] = over / under
        else:
            out["attention_factor"] = _log(factor, 1.0)
    return out


def _log(factor: float, mscale: float) -> float:
    return 1.0 if factor <= 1 else 0.1 * mscale * math.log(factor) + 1.0


def _first(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def _number(name: str, value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) <= sys.float_info.max:
        raise CheckpointError(f"config.json: {name}={value!r} must be a number.")
    return float(value)


def fraction(d_rot: int, d_head: int) -> float:
    """The share of a head that makes d_rot dimensions, also where d_rot / d_head rounds down to a number too small."""
    share = d_rot / max(d_head, 1)
    return share if int(share * d_head) == d_rot else math.nextafter(share, 2)
