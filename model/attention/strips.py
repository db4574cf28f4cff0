"""Attention of a long input, a few queries at a time: their scores stay in the processor's cache.

At a thousand tokens that takes half the time of all scores at once. A trace that keeps the scores copies them out
on the way; one that derives them goes the same way again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from model.where import Strip, Where

if TYPE_CHECKING:
    from model.attention.multi_head import MultiHead

Whole = dict[str, Tensor]  # name -> [head, query, key], those that are kept


def attend(at: MultiHead, q: Tensor, k: Tensor, v: Tensor, where: Where) -> Tensor:
    """[position, head, d_head]: values, weighted by the pattern. Taps what `weigh` taps."""
    whole = room(at, q, k, where)
    z = mixture(at, patterns(at, q, k, where, whole), v, len(q))
    tap(at, whole, where)
    return z


def weigh(at: MultiHead, q: Tensor, k: Tensor, where: Where) -> Tensor:
    """[head, query, key] pattern, where it is kept."""
    whole = room(at, q, k, where)
    for _ in patterns(at, q, k, where, whole):
        pass
    tap(at, whole, where)
    return whole.get("pattern", q)


def mixed(at: MultiHead, pattern: Tensor, v: Tensor, where: Where) -> Tensor:
    """[position, head, d_head]: values, weighted by a pattern that is there already."""
    return mixture(at, ((s, pattern[:, s.rows, s.keys]) for s in where.strips), v, pattern.shape[-2])


def mixture(at: MultiHead, patterns: Iterator[tuple[Strip, Tensor]], v: Tensor, queries: int) -> Tensor:
    values = v.transpose(0, 1).contiguous()
    out = v.new_empty(queries, at.n_heads, at.d_head)
    for strip, pattern in patterns:
        made = torch.bmm(at.grouped(pattern), values[:, strip.keys])
        out[strip.rows] = made.view(at.n_heads, -1, at.d_head).transpose(0, 1)
    return out


def patterns(at: MultiHead, q: Tensor, k: Tensor, where: Where, whole: Whole) -> Iterator[tuple[Strip, Tensor]]:
    """Every strip with its pattern, [head, query, key]. Copies into `whole` what it has room for."""
    q = q * at.scale
    for strip in where.strips:
        rows, keys = strip.rows, strip.keys
        scores = products(at, q, k, rows, keys, whole)
        if "qk" in whole or "capped" in whole:  # hidden cells have a dot product too
            products(at, q, k, rows, slice(0, keys.start), whole)
            products(at, q, k, rows, slice(keys.stop, len(k)), whole)
        strip.hide_(scores)
        put(whole, "attn_scores", rows, keys, scores)
        pattern = torch.softmax(scores, dim=-1)
        if where.blind is not None or at.edited():  # a row of -inf only would give NaN
            pattern.masked_fill_(scores.isneginf().all(-1, keepdim=True), 0.0)
        put(whole, "pattern", rows, keys, pattern)
        yield strip, pattern


def products(at: MultiHead, q: Tensor, k: Tensor, rows: slice, keys: slice, whole: Whole) -> Tensor:
    """[head, query, key] of some queries and keys, soft-capped where the model does that."""
    scores = at.dots(q[rows], k[keys])
    put(whole, "qk", rows, keys, scores)
    if at.softcap is not None:
        scores = at.softcap * torch.tanh(scores / at.softcap)
        put(whole, "capped", rows, keys, scores)
    return scores


def room(at: MultiHead, q: Tensor, k: Tensor, where: Where) -> Whole:
    """Tensors for what this pass keeps, filled with what hidden cells hold."""
    fill = {"qk": 0.0, "capped": 0.0, "attn_scores": -math.inf, "pattern": 0.0}
    if at.softcap is None:
        del fill["capped"]
    if where.hidden is None:
        del fill["attn_scores"]  # the very tensor before it
    shape = (at.n_heads, len(q), len(k))
    return {name: q.new_full(shape, value) for name, value in fill.items() if at.keeps(name)}


def put(whole: Whole, name: str, rows: slice, keys: slice, x: Tensor) -> None:
    if name in whole:
        whole[name][:, rows, keys] = x


def tap(at: MultiHead, whole: Whole, where: Where) -> None:
    before = whole.get("qk" if at.softcap is None else "capped")
    if where.hidden is None and before is not None:
        whole["attn_scores"] = before
    for name in ("qk", "capped", "attn_scores", "pattern"):
        if name in whole:
            at.tap(name, whole[name])
