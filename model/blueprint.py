"""A network without weights: the stages, rules and code of a configuration, for a trace that was opened alone."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch

from model.config import TransformerConfig
from model.errors import TraceError
from model.plan import Plan
from model.transformer import Transformer

if TYPE_CHECKING:
    from model.trace import Trace


def blueprint(config: dict[str, Any]) -> Transformer:
    """The network of a configuration on torch's meta device: everything but the numbers, whatever its size.

    Raises ConfigError for a configuration that no network has.
    """
    return _blueprint(json.dumps(config, sort_keys=True))


@lru_cache(maxsize=8)
def _blueprint(config: str) -> Transformer:
    with torch.device("meta"):
        return Transformer(TransformerConfig.from_dict(json.loads(config)))


def ruled(trace: Trace) -> Plan:
    """The trace's stages with the rules that made them, also where it was opened without its model.

    Raises TraceError where the stages in the file are not those of its configuration.
    """
    if trace.network is not None:
        return trace.plan
    planned = blueprint(trace.config).plan(trace.inputs.lengths, trace.inputs.mask is not None).settled(trace)
    if [(s.name, s.shape) for s in planned.stages] != [(s.name, s.shape) for s in trace.plan.stages]:
        raise TraceError("this trace was made by another version of its model: its stages differ.")
    return planned
