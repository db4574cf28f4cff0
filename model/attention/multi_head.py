"""Multi-head attention (Vaswani et al. 2017, 1706.03762, section 3.2), self and cross.

W_Q, W_K and W_V are stored as torch's linear wants them, one row an output, and shown as [head, d_model, d_head];
W_O is stored as it is shown, [head, d_head, d_model], since each head's part is used by itself.
Traps: the mask sets scores to -inf before the softmax, never after it; the scale is not always 1/sqrt(d_head)
(T5 uses 1, GPT-2 may divide by the layer), so it is a number of the config, one a layer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from model.errors import ConfigError
from model.masks.base import Mask
from model.positional.base import Positional
from model.registry import Option, find, register
from model.rules import Activation, Same, SumOfProducts, stage, weight
from model.rules.norm import Masked, Softmax
from model.stages import Derive, Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig

_LONG = 256  # queries
_TITLES = {  # of the scores, by whether there is a bias and whether anything is hidden
    (False, False): "Scores", (False, True): "Masked scores",
    (True, False): "Scores with bias", (True, True): "Scores with bias, masked",
}  # fmt: skip


@register
class MultiHead(Part):
    """Attention of one layer.

    x, memory    [position, d_model]; keys and values come from memory when there is one
    positional   the stack's encoding, or None (cross-attention)
    d_memory     width of the memory, when it differs
    """

    variant: ClassVar[str]
    title = "Multi-head"
    OPTIONS: ClassVar[dict[str, Option]] = {}
    b_Q: Tensor | None
    b_K: Tensor | None
    b_V: Tensor | None
    b_O: Tensor | None

    def __init__(
        self,
        name: str,
        config: StackConfig,
        layer: int,
        mask: Mask,
        positional: Positional | None,
        d_memory: int = 0,
    ):
        super().__init__(name)
        self.config, self.layer, self.mask = config, layer, mask
        # Kept in a tuple so that torch does not list the stack's shared encoding as ours.
        self.shared = (positional,)
        self.position = None if positional is None else positional.layer(f"{self.prefix}position")
        self.n_heads, self.n_kv_heads, self.d_head = config.n_heads, config.kv_heads, config.head_size
        self.scale, self.softcap = config.scale(layer), config.attn_softcap
        d, q_size, kv_size = config.d_model, self.n_heads * self.d_head, self.n_kv_heads * self.d_head
        self.W_Q = empty(q_size, d)
        self.W_K = empty(kv_size, d_memory or d)
        self.W_V = empty(kv_size, d_memory or d)
        self.W_O = empty(self.n_heads, self.d_head, d)
        self.register_parameter("b_Q", empty(q_size) if config.attn_bias else None)
        self.register_parameter("b_K", empty(kv_size) if config.attn_bias else None)
        self.register_parameter("b_V", empty(kv_size) if config.attn_bias else None)
        self.register_parameter("b_O", empty(d) if config.attn_out_bias else None)
        self.q_norm = self.k_norm = None
        if config.qk_norm is not None:
            norm, size = find("norm", config.qk_norm), self.d_head
            self.q_norm = norm(f"{self.prefix}q_norm", config, size, "position head d_head")
            self.k_norm = norm(f"{self.prefix}k_norm", config, size, f"position {self.kv_axis} d_head")
        self.norms: Any = (self.q_norm, self.k_norm)  # a tuple is quicker to reach than torch's submodules

    @classmethod
    def check(cls, config: StackConfig) -> None:
        """Raises ConfigError when n_kv_heads contradicts the variant."""
        if config.kv_heads != config.n_heads:
            raise ConfigError(
                f"attention='multi_head' has n_kv_heads = n_heads, not {config.kv_heads} and {config.n_heads}; "
                f"choose grouped_query or multi_query."
            )

    @property
    def positional(self) -> Positional | None:
        return self.shared[0]

    @property
    def kv_axis(self) -> str:
        return "head" if self.n_kv_heads == self.n_heads else "kv_head"

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        h, g, e = self.n_heads, self.n_kv_heads, self.d_head
        for name, w, b, n, axis in (
            ("Q", self.W_Q, self.b_Q, h, "head"),
            ("K", self.W_K, self.b_K, g, self.kv_axis),
            ("V", self.W_V, self.b_V, g, self.kv_axis),
        ):
            yield f"W_{name}", (axis, "d_model", "d_head"), w.view(n, e, -1).transpose(1, 2)
            if b is not None:
                yield f"b_{name}", (axis, "d_head"), b.view(n, e)
        yield "W_O", ("head", "d_head", "d_model"), self.W_O
        if self.b_O is not None:
            yield "b_O", ("d_model",), self.b_O

    def constants(self) -> dict[str, Tensor]:
        return {"scale": torch.tensor(self.scale, dtype=torch.float64)}

    def stages(
        self, sizes: dict[str, int], x: str, memory: str | None, padding: str | None, bias: str | None
    ) -> Iterator[Stage]:
        """What `forward` taps. x, memory, padding: stages it reads; bias: the stage that already holds the bias."""
        p, encoding = self.prefix, self.positional
        there = sizes | {"position": sizes["key"]}
        for name, title, at, read, axis in (
            ("q", "Queries", sizes, x, "head"),
            ("k", "Keys", there, memory or x, self.kv_axis),
            ("v", "Values", there, memory or x, self.kv_axis),
        ):
            up = name.upper()
            items: list[tuple] = [(stage(read, "pd"), weight(f"{p}W_{up}", "hde"))]
            if self.config.attn_bias:
                items.append((weight(f"{p}b_{up}", "he"),))
            formula = rf"{name} = x W_{up}" + (rf" + b_{up}" if self.config.attn_bias else "")
            yield self.declare(at, name, f"position {axis} d_head", SumOfProducts("phe", tuple(items)), title, formula)
        q, k = f"{p}q", f"{p}k"
        if self.q_norm is not None and self.k_norm is not None:
            yield from self.q_norm.stages(sizes, q)
            yield from self.k_norm.stages(there, k)
            q, k = self.q_norm.output(q), self.k_norm.output(k)
        if encoding is not None and encoding.rotates:
            yield from encoding.rotate_stages(self, sizes, self.kv_axis, (q, k))
            q, k = f"{p}rot_q", f"{p}rot_k"
        yield from self.score_stages(sizes, q, k, padding, bias)
        group = (("g", "h", self.n_heads // self.n_kv_heads),)
        weighted: list[tuple] = [(stage(f"{p}pattern", "hpk"), stage(f"{p}v", "kge"))]
        formula = r"z_{q} = \sum_k A_{q,k}\, v_k"
        if encoding is not None and encoding.mixes:
            yield encoding.mix_stage(self, sizes)
            weighted.append((stage(f"{p}z_pos", "phe"),))
            formula += r" + z^{pos}_q"
        z = SumOfProducts("phe", tuple(weighted), group)
        yield self.declare(sizes, "z", "position head d_head", z, "Weighted values", formula)
        result = SumOfProducts("phd", ((stage(f"{p}z", "phe"), weight(f"{p}W_O", "hed")),))
        yield self.declare(
            sizes, "result", "position head d_model", result, "What each head writes", r"r_h = z_h W_O^{(h)}",
            derive=Derive("rewrite", (f"{p}z",)),
        )  # fmt: skip

    def score_stages(
        self, sizes: dict[str, int], q: str, k: str, padding: str | None, bias: str | None
    ) -> Iterator[Stage]:
        """What `weigh` taps."""
        p, axes, encoding = self.prefix, "head query key", self.positional
        derive = Derive("weigh", (q, k) if bias is None else (q, k, bias), where=True)
        group = (("g", "h", self.n_heads // self.n_kv_heads),)
        dot = SumOfProducts("hqk", ((stage(q, "qhe"), stage(k, "kge"), weight(f"{p}scale", "")),), group)
        yield self.declare(
            sizes, "qk", axes, dot, "Scaled dot products", r"s_{q,k} = \frac{q \cdot k}{\sqrt{d_{head}}}"
            if math.isclose(self.scale, self.d_head**-0.5) else rf"s_{{q,k}} = {self.scale:.4g}\; q \cdot k",
            derive=derive,
        )  # fmt: skip
        scores = f"{p}qk"
        if self.softcap is not None:
            cap = self.softcap
            yield self.declare(
                sizes, "capped", axes, Activation(scores, lambda x: cap * math.tanh(x / cap)), "Soft-capped scores",
                rf"s' = {cap:g} \tanh(s / {cap:g})", derive=derive,
            )  # fmt: skip
            scores = f"{p}capped"
        added = encoding is not None and encoding.biases
        if encoding is not None and added:
            if bias is None:
                for own in encoding.bias_stages(self, sizes, (q, k), padding):
                    yield replace(own, derive=derive)
            else:
                yield self.declare(
                    sizes,
                    "bias",
                    axes,
                    Same(bias),
                    "Bias, shared by all layers",
                    "b = b_{first}",
                    derive=derive,
                )
        hides = padding is not None or self.mask.hides
        rule = Masked(scores, f"{p}bias" if added else None, self.mask.why, padding) if hides or added else Same(scores)
        yield self.declare(
            sizes, "attn_scores", axes, rule, _TITLES[added, hides],
            "s_{q,k} " + ("+ b_{q,k} " if added else "")
            + (r"\text{ or } -\infty \text{ where hidden}" if hides else ""),
            derive=derive,
        )  # fmt: skip
        yield self.declare(
            sizes, "pattern", axes, Softmax(f"{p}attn_scores"), "Attention pattern",
            r"A_{q,k} = \frac{e^{s_{q,k}}}{\sum_j e^{s_{q,j}}}", kind="probability", derive=derive,
        )  # fmt: skip

    def forward(self, x: Tensor, where: Where, memory: Tensor | None = None) -> Tensor:
        source = x if memory is None else memory
        w = self._parameters  # looked up once: attribute access on a torch module is slow
        q = self.tap("q", self.split(F.linear(x, w["W_Q"], w["b_Q"]), self.n_heads))
        cache = where.notes.get("cache")
        if cache is not None and memory is not None and self.name in cache.kept:
            k, v = cache.kept[self.name]  # the memory never changes
        else:
            k = self.tap("k", self.split(F.linear(source, w["W_K"], w["b_K"]), self.n_kv_heads))
            v = self.tap("v", self.split(F.linear(source, w["W_V"], w["b_V"]), self.n_kv_heads))
            if cache is not None:
                k, v = cache.extend(self.name, k, v)
        q_norm, k_norm = self.norms
        if q_norm is not None:
            q, k = q_norm(q), k_norm(k)
        encoding = self.shared[0]
        if encoding is not None and encoding.rotates:
            q, k = encoding.rotate(q, k, where, self.tap)
        pattern = self.weigh(q, k, where.notes.get("bias"), where)
        z = self.mixed(pattern, v, where).transpose(-3, -2)
        if encoding is not None and encoding.mixes:
            z = z + encoding.mix(pattern, where, self)
        z = self.tap("z", z)
        return self.write(z, self.scratch("result", where.notes, (self.n_heads, z.shape[-3], self.config.d_model), z))

    def weigh(self, q: Tensor, k: Tensor, bias: Tensor | None, where: Where) -> Tensor:
        """[head, query, key] pattern. `bias` is what an earlier layer worked out, None in the first."""
        shape = (self.n_heads, q.shape[-3], k.shape[-3])
        buffer = self.scratch("qk", where.notes, shape, q)
        qk = self.tap("qk", self.dots(q * self.scale, k, buffer))
        scores, encoding = qk, self.shared[0]
        if self.softcap is not None:
            scores = self.tap("capped", self.softcap * torch.tanh(qk / self.softcap))
        if encoding is not None and encoding.biases:
            bias = self.tap("bias", encoding.bias(q, k, qk, where, self) if bias is None else bias)
            if encoding.shares_bias:
                where.notes.setdefault("bias", bias)
            scores = scores + bias
        if where.hidden is not None:
            # in place where nobody keeps the dot products
            scores = where.hide_(scores) if scores is buffer else scores.masked_fill(where.hidden, -math.inf)
        tapped = self.tap("attn_scores", scores)
        pattern = torch.softmax(tapped, dim=-1, out=self.scratch("pattern", where.notes, shape, q))
        if where.blind is not None or self.edited():  # a row of -inf only would give NaN
            pattern = pattern.masked_fill(tapped.isneginf().all(-1, keepdim=True), 0.0)
        return self.tap("pattern", pattern)

    def write(self, z: Tensor, buffer: Tensor | None = None) -> Tensor:
        """[position, d_model], what the heads write together: the sum of what each writes alone, plus b_O."""
        out = self.tap("result", self.per_head(z, buffer)).sum(-2)
        b = self._parameters["b_O"]
        return out if b is None else out.add_(b)

    def per_head(self, z: Tensor, buffer: Tensor | None = None) -> Tensor:
        """[position, head, d_model], what each head writes alone: its z through its slice of W_O."""
        w = self._parameters["W_O"]
        z = z.transpose(-3, -2).contiguous()  # as it came out of the sum over keys; a saved z is laid out otherwise
        return product(z, w if z.dim() == 3 else w.expand(*z.shape[:-3], *w.shape), buffer).transpose(-3, -2)

    def rewrite(self, z: Tensor) -> Tensor:
        """`result` once more, for a trace that did not keep it."""
        return self.tap("result", self.per_head(z))

    def split(self, x: Tensor, heads: int) -> Tensor:
        return x.view(*x.shape[:-1], heads, self.d_head)

    def dots(self, q: Tensor, k: Tensor, out: Tensor | None = None) -> Tensor:
        """[head, query, key] of [position, head, d_head] and [position, kv_head, d_head]."""
        keys = k.transpose(-3, -2).transpose(-2, -1)
        if self.n_kv_heads == self.n_heads:
            return product(q.transpose(-3, -2), keys, out)
        rows = self.grouped(q.transpose(-3, -2))
        made = product(rows, keys, None if out is None else self.grouped(out))
        if out is not None:
            return out  # the very object, by which `weigh` knows that nobody keeps it
        return made.view(*made.shape[:-3], self.n_heads, q.shape[-3], k.shape[-3])

    def mixed(self, pattern: Tensor, v: Tensor, where: Where) -> Tensor:
        """[head, query, d_head]: values, weighted."""
        values = v.transpose(-3, -2)
        queries = pattern.shape[-2]
        # Hidden keys weigh nothing, unless an edit says otherwise; leaving them out pays in long inputs.
        long = queries >= _LONG and pattern.dim() == 3 and where.hidden is not None
        if long and not self.edited("attn_scores", "pattern"):
            out = pattern.new_empty(self.n_heads, queries, v.shape[-1])
            values = values.repeat_interleave(self.n_heads // self.n_kv_heads, dim=0)
            for rows, first, last in where.strips:
                out[:, rows] = torch.bmm(pattern[:, rows, first:last], values[:, first:last])
            return out
        if self.n_kv_heads == self.n_heads:
            return product(pattern, values)
        made = product(self.grouped(pattern), values)
        return made.view(*made.shape[:-3], self.n_heads, queries, v.shape[-1])

    def grouped(self, x: Tensor) -> Tensor:
        """[head, query, n] as [kv_head, heads of a group and query, n]: a group reads its keys as one longer query."""
        return x.reshape(*x.shape[:-3], self.n_kv_heads, -1, x.shape[-1])


def product(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """Matrix product, one a head. One sequence takes the direct way; matmul handles batches too, but slower."""
    return torch.bmm(a, b, out=out) if a.dim() == 3 else a @ b
