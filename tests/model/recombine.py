"""A second opinion on explanations: every op once more, written here from its definition alone."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

import model

# One number in, one out, as torch (not this app) defines them.
ACTIVATIONS = {
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "gelu_clipped": lambda x: F.gelu(x).clamp(-10, 10),
    "geglu": F.gelu,
    "geglu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "hardswish": F.hardswish,
    "laplace": lambda x: 0.5 * (1 + torch.erf((x - 0.707107) / (0.282095 * math.sqrt(2)))),
    "leaky_relu": F.leaky_relu,
    "linear": lambda x: x,
    "mish": F.mish,
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "reglu": F.relu,
    "relu": F.relu,
    "relu6": F.relu6,
    "relu_squared": lambda x: F.relu(x) ** 2,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "sqrt_softplus": lambda x: F.softplus(x).sqrt(),
    "swiglu": F.silu,
    "tanh": torch.tanh,
}


def activation(config: model.TransformerConfig, name: str, x: float) -> float:
    """What stage `name` makes of x: the soft cap of the scores, or the MLP's function."""
    stack = config.encoder if name.startswith("encoder.") or config.decoder is None else config.decoder
    assert stack is not None
    wide = torch.tensor(x, dtype=torch.float64)
    if name.endswith(".capped"):
        assert stack.attn_softcap is not None
        return (stack.attn_softcap * torch.tanh(wide / stack.attn_softcap)).item()
    if name == "logits":
        assert config.logit_softcap is not None
        return (config.logit_softcap * torch.tanh(wide / config.logit_softcap)).item()
    if name.endswith("gates"):  # CoPE
        return torch.sigmoid(wide).item()
    if name.endswith("pos_act"):
        return ACTIVATIONS[stack.option("pos_activation")](wide).item()
    return ACTIVATIONS[config.head_act if name in ("head.act", "pooler.act") else stack.mlp](wide).item()


def recombine(config: model.TransformerConfig, ex: model.Explanation) -> Any:
    """The cell from its terms, by its op."""
    values = [t.value for t in ex.terms]
    if ex.op == "sum" or ex.op == "rotate":
        return math.fsum(values)
    if ex.op == "dot":
        return math.fsum(math.prod(number for _, _, number in t.sources) for t in ex.terms)
    if ex.op == "product":
        return math.prod(values)
    if ex.op == "norm":
        return math.hypot(*values)
    if ex.op == "softmax":
        own = [v for t, v in zip(ex.terms, values, strict=True) if t.sources[0][1] == ex.index]
        top = max(values, default=0.0)
        return sum(math.exp(v - top) for v in own) / math.fsum([math.exp(v - top) for v in values] or [1.0])
    if ex.op == "activation":
        (x,) = values
        return activation(config, ex.name, x)
    if ex.op in ("lookup", "select"):
        (value,) = values
        assert value == ex.terms[0].sources[0][2]
        return value
    if ex.op == "route":
        return route(ex, values)
    if ex.op == "mask":
        (value,) = values
        assert "mask" in ex.terms[0].label
        return value
    raise AssertionError(f"{ex.name}: nobody defined op {ex.op!r}")


def route(ex: model.Explanation, values: list[float]) -> int:
    """Which expert a token chose in a slot, by the router's scores; which token a row of an expert is."""
    if ex.name.endswith(".chosen"):
        return sorted(range(len(values)), key=lambda e: -values[e])[ex.index[-1]]
    return int(values[ex.index[0]])


def tolerance(ex: model.Explanation, dtype: torch.dtype) -> float:
    """1e-5 (float32) or four units in the last place (half types) of the terms' size."""
    size = math.fsum(abs(t.value) for t in ex.terms if t.value != -math.inf)
    size = abs(ex.value) if ex.op == "softmax" else max(size, abs(ex.value))
    info = torch.finfo(dtype)  # below the smallest normal number, units stop shrinking
    return {torch.float64: 1e-10, torch.float32: 1e-5}.get(dtype, 4 * info.eps) * max(size, info.smallest_normal)


def check_cell(trace: model.Trace, name: str, index: tuple[int, ...], dtype: torch.dtype) -> model.Explanation:
    """One explanation against everything it claims."""
    network = trace.network
    assert network is not None
    ex, stage = trace.explain(name, index), trace.stage(name)
    value = trace[name][index].item()
    assert ex.value == value
    assert ex.name == name
    assert ex.index == index
    if stage.kind in ("index", "count"):
        assert type(ex.value) is int
        assert type(ex.recomputed) is int
    if ex.op == "input":
        assert not ex.terms
        assert not stage.reads
        return ex
    read: set[str] = set()
    for term in ex.terms:
        assert term.label
        for source, at, number in term.sources:
            tensor = trace[source] if source in trace else network.weights[source]
            assert tensor[at].item() == number, (name, index, source, at)
            assert type(number) is type(tensor[at].item())
            read.add(source)
        if ex.op == "dot":
            product = math.prod(number for _, _, number in term.sources)
            assert math.isclose(term.value, product, rel_tol=1e-12, abs_tol=1e-300), (name, index)
    assert read <= {*stage.reads, *stage.weights}, (name, read)
    if value == -math.inf:
        assert ex.recomputed == recombine(network.config, ex) == -math.inf
        assert len(ex.terms) == 1
        return ex
    allowed = tolerance(ex, dtype)
    assert abs(ex.recomputed - value) <= allowed, (name, index, value, ex.recomputed)
    assert abs(recombine(network.config, ex) - value) <= allowed, (name, index, value)
    return ex
