"""The stages of an attention: what `MultiHead.forward` taps, and by which rule a cell of each is computed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from model.rules import Activation, Same, SumOfProducts, stage, weight
from model.rules.norm import Masked, Softmax
from model.stages import Derive, Stage

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead

_TITLES = {  # of the scores, by whether there is a bias and whether anything is hidden
    (False, False): "Scores", (False, True): "Masked scores",
    (True, False): "Scores with bias", (True, True): "Scores with bias, masked",
}  # fmt: skip


def stages(
    at: MultiHead, sizes: dict[str, int], x: str, memory: str | None, padding: str | None, bias: str | None
) -> Iterator[Stage]:
    """See `MultiHead.stages`."""
    p, encoding = at.prefix, at.positional
    there = sizes | {"position": sizes["key"]}
    for name, title, method, lengths, read, axis in (
        ("q", "Queries", "queries", sizes, x, "head"),
        ("k", "Keys", "keys", there, memory or x, at.kv_axis),
        ("v", "Values", "values", there, memory or x, at.kv_axis),
    ):
        up = name.upper()
        items: list[tuple] = [(stage(read, "pd"), weight(f"{p}W_{up}", "hde"))]
        if at.config.attn_bias:
            items.append((weight(f"{p}b_{up}", "he"),))
        yield at.declare(
            lengths, name, f"position {axis} d_head", SumOfProducts("phe", tuple(items)), title,
            rf"{name} = x W_{up}" + (rf" + b_{up}" if at.config.attn_bias else ""), derive=Derive(method, (read,)),
        )  # fmt: skip
    q, k = f"{p}q", f"{p}k"
    if at.q_norm is not None and at.k_norm is not None:
        yield from at.q_norm.stages(sizes, q)
        yield from at.k_norm.stages(there, k)
        q, k = at.q_norm.output(q), at.k_norm.output(k)
    if encoding is not None and encoding.rotates:
        for turned in encoding.rotate_stages(at, sizes, at.kv_axis, (q, k)):
            yield replace(turned, derive=Derive("turn", (q, k), where=True))
        q, k = f"{p}rot_q", f"{p}rot_k"
    yield from score_stages(at, sizes, q, k, padding, bias)
    group = (("g", "h", at.n_heads // at.n_kv_heads),)
    weighted: list[tuple] = [(stage(f"{p}pattern", "hpk"), stage(f"{p}v", "kge"))]
    formula = r"z_{q} = \sum_k A_{q,k}\, v_k"
    if encoding is not None and encoding.mixes:
        yield encoding.mix_stage(at, sizes)
        weighted.append((stage(f"{p}z_pos", "phe"),))
        formula += r" + z^{pos}_q"
    z = SumOfProducts("phe", tuple(weighted), group)
    yield at.declare(sizes, "z", "position head d_head", z, "Weighted values", formula)
    result = SumOfProducts("phd", ((stage(f"{p}z", "phe"), weight(f"{p}W_O", "hed")),))
    yield at.declare(
        sizes, "result", "position head d_model", result, "What each head writes", r"r_h = z_h W_O^{(h)}",
        derive=Derive("rewrite", (f"{p}z",)),
    )  # fmt: skip


def score_stages(
    at: MultiHead, sizes: dict[str, int], q: str, k: str, padding: str | None, bias: str | None
) -> Iterator[Stage]:
    """What `weigh` taps. q, k: the stages it reads."""
    p, axes, encoding = at.prefix, "head query key", at.positional
    derive = Derive("weigh", (q, k) if bias is None else (q, k, bias), where=True)
    group = (("g", "h", at.n_heads // at.n_kv_heads),)
    dot = SumOfProducts("hqk", ((stage(q, "qhe"), stage(k, "kge"), weight(f"{p}scale", "")),), group)
    yield at.declare(
        sizes, "qk", axes, dot, "Scaled dot products", r"s_{q,k} = \frac{q \cdot k}{\sqrt{d_{head}}}"
        if math.isclose(at.scale, at.d_head**-0.5) else rf"s_{{q,k}} = {at.scale:.4g}\; q \cdot k",
        derive=derive,
    )  # fmt: skip
    scores = f"{p}qk"
    if at.softcap is not None:
        cap = at.softcap
        yield at.declare(
            sizes, "capped", axes, Activation(scores, lambda x: cap * math.tanh(x / cap)), "Soft-capped scores",
            rf"s' = {cap:g} \tanh(s / {cap:g})", derive=derive,
        )  # fmt: skip
        scores = f"{p}capped"
    added = encoding is not None and encoding.biases
    if encoding is not None and added:
        if bias is None:
            for own in encoding.bias_stages(at, sizes, (q, k), padding):
                yield replace(own, derive=derive)
        else:
            yield at.declare(
                sizes,
                "bias",
                axes,
                Same(bias),
                "Bias, shared by all layers",
                "b = b_{first}",
                derive=derive,
            )
    hides = padding is not None or at.mask.hides
    rule = Masked(scores, f"{p}bias" if added else None, at.mask.why, padding) if hides or added else Same(scores)
    yield at.declare(
        sizes, "attn_scores", axes, rule, _TITLES[added, hides],
        "s_{q,k} " + ("+ b_{q,k} " if added else "")
        + (r"\text{ or } -\infty \text{ where hidden}" if hides else ""),
        derive=derive,
    )  # fmt: skip
    yield at.declare(
        sizes, "pattern", axes, Softmax(f"{p}attn_scores"), "Attention pattern",
        r"A_{q,k} = \frac{e^{s_{q,k}}}{\sum_j e^{s_{q,j}}}", kind="probability", derive=derive,
    )  # fmt: skip
