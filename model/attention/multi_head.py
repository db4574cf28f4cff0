"""Multi-head attention (Vaswani et al. 2017, 1706.03762, section 3.2), self and cross.

W_Q, W_K and W_V are stored as torch's linear wants them, one row an output, and shown as [head, d_model, d_head];
W_O is stored as it is shown, [head, d_head, d_model], since each head's part is used by itself.
Traps: the mask sets scores to -inf before the softmax, never after it; the scale is not always 1/sqrt(d_head)
(T5 uses 1, GPT-2 may divide by the layer), so it is a number of the config, one a layer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor

from model.attention import declared, strips
from model.errors import ConfigError
from model.masks.base import Mask
from model.positional.base import Positional
from model.registry import Option, find, register
from model.stages import Stage
from model.tape import Part, empty
from model.where import Where

if TYPE_CHECKING:
    from model.config import StackConfig

_LONG = 256  # queries
_SCORES = ("qk", "capped", "attn_scores", "pattern")


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
        return declared.stages(self, sizes, x, memory, padding, bias)

    # ---- computing -----------------------------------------------------------------------------------------

    def forward(self, x: Tensor, where: Where, memory: Tensor | None = None) -> Tensor:
        q, source = self.queries(x), x if memory is None else memory
        cache = where.notes.get("cache")
        if cache is not None and memory is not None and self.name in cache.kept:
            k, v = cache.kept[self.name]  # the memory never changes
        else:
            k, v = self.keys(source), self.values(source)
            if cache is not None:
                k, v = cache.extend(self.name, k, v)
        q_norm, k_norm = self.norms
        if q_norm is not None:
            q, k = q_norm(q), k_norm(k)
        encoding = self.shared[0]
        if encoding is not None and encoding.rotates:
            q, k = self.turn(q, k, where)
        return self.write(self.tap("z", self.attend(q, k, v, where)))

    def queries(self, x: Tensor) -> Tensor:
        w = self._parameters  # looked up once: attribute access on a torch module is slow
        return self.tap("q", self.split(F.linear(x, w["W_Q"], w["b_Q"]), self.n_heads))

    def keys(self, x: Tensor) -> Tensor:
        w = self._parameters
        return self.tap("k", self.split(F.linear(x, w["W_K"], w["b_K"]), self.n_kv_heads))

    def values(self, x: Tensor) -> Tensor:
        w = self._parameters
        return self.tap("v", self.split(F.linear(x, w["W_V"], w["b_V"]), self.n_kv_heads))

    def split(self, x: Tensor, heads: int) -> Tensor:
        return x.view(*x.shape[:-1], heads, self.d_head)

    def turn(self, q: Tensor, k: Tensor, where: Where) -> tuple[Tensor, Tensor]:
        return self.shared[0].rotate(q, k, where, self.tap)  # type: ignore[union-attr]

    def attend(self, q: Tensor, k: Tensor, v: Tensor, where: Where) -> Tensor:
        """[position, head, d_head]: values, weighted by the pattern."""
        if self.stripwise(q):
            return strips.attend(self, q, k, v, where)
        encoding = self.shared[0]
        pattern = self.weigh(q, k, where.notes.get("bias"), where=where)
        z = self.mixed(pattern, v, where)
        return z + encoding.mix(pattern, where, self) if encoding is not None and encoding.mixes else z

    def stripwise(self, q: Tensor) -> bool:
        """Whether a few queries are taken at a time; not where an edit or an encoding needs all scores at once.

        It depends on the input and its edits alone, never on what is kept: so derived equals kept bit for bit.
        """
        encoding = self.shared[0]
        whole = encoding is not None and (encoding.biases or encoding.mixes)
        return q.dim() == 3 and len(q) >= _LONG and not whole and not self.edited(*_SCORES)

    def weigh(self, q: Tensor, k: Tensor, bias: Tensor | None = None, *, where: Where) -> Tensor:
        """[head, query, key] pattern. `bias` is what an earlier layer worked out, None in the first."""
        if self.stripwise(q):
            return strips.weigh(self, q, k, where)
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
        """[position, head, d_head]: values, weighted."""
        values = v.transpose(-3, -2)
        # Hidden keys weigh nothing, unless an edit says otherwise; leaving them out pays in long inputs.
        long = pattern.dim() == 3 and pattern.shape[-2] >= _LONG and where.hidden is not None
        if long and not self.edited("attn_scores", "pattern"):
            return strips.mixed(self, pattern, v, where)
        made = product(self.grouped(pattern), values)
        return made.view(*made.shape[:-3], self.n_heads, pattern.shape[-2], v.shape[-1]).transpose(-3, -2)

    def grouped(self, x: Tensor) -> Tensor:
        """[head, query, n] as [kv_head, heads of a group and query, n]: a group reads its keys as one longer query."""
        return x if self.n_kv_heads == self.n_heads else x.reshape(*x.shape[:-3], self.n_kv_heads, -1, x.shape[-1])

    def write(self, z: Tensor) -> Tensor:
        """[position, d_model], what the heads write together: the sum of what each writes alone, plus b_O.

        In long inputs all heads are one matrix product: it adds up the same numbers in another order, a few roundings
        apart, in 0.7 of the time, and no trace need hold what each head writes.
        """
        b = self._parameters["b_O"]
        if z.dim() == 3 and len(z) >= _LONG:
            result = self.side("result", self.per_head, z)
            out = self.together(z) if result is None else result.sum(-2)
        else:
            out = self.tap("result", self.per_head(z)).sum(-2)
        return out if b is None else out.add_(b)

    def together(self, z: Tensor) -> Tensor:
        return z.flatten(-2) @ self._parameters["W_O"].flatten(0, 1)

    def per_head(self, z: Tensor) -> Tensor:
        """[position, head, d_model], what each head writes alone: its z through its slice of W_O."""
        w = self._parameters["W_O"]
        z = z.transpose(-3, -2).contiguous()  # as it came out of the sum over keys; a saved z is laid out otherwise
        return product(z, w if z.dim() == 3 else w.expand(*z.shape[:-3], *w.shape)).transpose(-3, -2)

    def rewrite(self, z: Tensor) -> Tensor:
        """`result` once more, for a trace that did not keep it."""
        return self.tap("result", self.per_head(z))


def product(a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """Matrix product, one a head. One sequence takes the direct way; matmul handles batches too, but slower."""
    return torch.bmm(a, b, out=out) if a.dim() == 3 else a @ b
