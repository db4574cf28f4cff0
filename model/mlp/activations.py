"""Scalar activations in plain Python, the second opinion that explanations use."""

from __future__ import annotations

import math


def sigmoid(x: float) -> float:
    # exp of a large positive number would overflow
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def relu(x: float) -> float:
    return max(x, 0.0)


def gelu(x: float) -> float:
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))


def gelu_tanh(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def silu(x: float) -> float:
    return x * sigmoid(x)


def quick_gelu(x: float) -> float:
    return x * sigmoid(1.702 * x)


def relu_squared(x: float) -> float:
    return relu(x) * relu(x)


def mish(x: float) -> float:
    softplus = x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))
    return x * math.tanh(softplus)


def leaky_relu(x: float) -> float:
    return x if x >= 0 else 0.01 * x


def tanh(x: float) -> float:
    return math.tanh(x)


def linear(x: float) -> float:
    return x


def gelu_clipped(x: float) -> float:
    return min(max(gelu(x), -10.0), 10.0)


def hardswish(x: float) -> float:
    return x * min(max(x + 3, 0.0), 6.0) / 6


def laplace(x: float) -> float:
    return 0.5 * (1 + math.erf((x - 0.707107) / (0.282095 * math.sqrt(2))))


def relu6(x: float) -> float:
    return min(relu(x), 6.0)


def sqrt_softplus(x: float) -> float:
    return math.sqrt(x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x)))
