"""The transformer that shows everything it computes.

import model
m = model.load("sort")
tr = m.trace("CBABBC")
tr["blocks.0.attn.pattern"]
tr.explain("logits", (5, 0)).terms
"""

from model.checkpoints import available, load
from model.config import StackConfig, TransformerConfig
from model.controls import control
from model.counting import Count, cache_bytes, counts
from model.edits import Edit
from model.errors import (
    CheckpointError,
    ConfigError,
    EditError,
    GlassformerError,
    InputError,
    TraceError,
)
from model.explain import Explanation
from model.model import Model
from model.rules import Term
from model.stages import AXES, KINDS, Stage, downstream
from model.trace import Trace
from model.transformer import Transformer

__all__ = [
    "AXES",
    "KINDS",
    "CheckpointError",
    "ConfigError",
    "Count",
    "Edit",
    "EditError",
    "Explanation",
    "GlassformerError",
    "InputError",
    "Model",
    "StackConfig",
    "Stage",
    "Term",
    "Trace",
    "TraceError",
    "Transformer",
    "TransformerConfig",
    "available",
    "cache_bytes",
    "control",
    "counts",
    "downstream",
    "load",
]
