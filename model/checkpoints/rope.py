"""Rotary settings of Hugging Face configs, in both spellings.

Version 5 writes `rope_parameters` with everything in it; older files have `rope_theta` beside `rope_scaling`,
whose kind is `rope_type` or, older still, `type`.
"""

from __future__ import annotations

import sys
from typing import Any

from model.checkpoints.reader import ConfigReader
from model.errors import CheckpointError
from model.positional.rotary_scaling import SCALINGS


def rotary_options(reader: ConfigReader, fraction: float = 1.0) -> dict[str, Any]:
    """Options of our rotary encoding. Raises CheckpointError for a scaling that is not supported."""
    new, old = reader.get("rope_parameters"), reader.get("rope_scaling")
    for name, value in (("rope_parameters", new), ("rope_scaling", old)):
        if value is not None and not isinstance(value, dict):
            raise CheckpointError(f"config.json: {name}={value!r} must be an object.")
    given: dict[str, Any] = {**(old or {}), **(new or {})}
    base = given.pop("rope_theta", None) or reader.get("rope_theta", 10000.0)
    reader.get("rope_theta")
    fraction = given.pop("partial_rotary_factor", None) or fraction
    kind = given.pop("rope_type", None) or given.pop("type", None) or "default"
    given.pop("type", None)
    for name, number in (("rope_theta", base), ("partial_rotary_factor", fraction)):
        if not isinstance(number, (int, float)) or isinstance(number, bool) or not abs(number) <= sys.float_info.max:
            raise CheckpointError(f"config.json: {name}={number!r} must be a number.")
    options: dict[str, Any] = {
        "rotary_base": float(base),
        "rotary_fraction": float(fraction),
        "rotary_pairing": "half",
    }
    if kind == "default" and any(isinstance(value, dict) for value in given.values()):
        raise CheckpointError("config.json: rotary settings that differ from layer to layer are not supported.")
    if kind == "default":
        return options
    if not isinstance(kind, str) or kind not in SCALINGS:
        raise CheckpointError(f"rope_type {kind!r}: not supported; supported: default, {', '.join(SCALINGS)}.")
    needed = SCALINGS[kind][1]
    if missing := [n for n in needed if n not in given]:
        raise CheckpointError(f"config.json: rope_type {kind!r} needs {missing[0]}; it is missing.")
    if kind != "linear" and (extra := sorted(set(given) - set(needed))):
        raise CheckpointError(f"config.json: {extra[0]} in the rotary settings is not known for rope_type {kind!r}.")
    options["rotary_scaling"] = {"type": kind, **{n: given[n] for n in needed}}
    return options
