"""One block: attention, cross-attention where there is a memory, and MLP, each adding to the residual stream.

The norm's placement is the only thing that changes the order:

    pre        x + branch(norm(x))
    post       norm(x + branch(x)), on the stream; the next sum starts from the norm's result
    sandwich   x + norm(branch(norm(x)))
    parallel   x + attention(norm1(x)) + mlp(norm2(x)), no resid_mid; with shared_norm both read norm1(x)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from model.config import StackConfig
from model.masks.base import Mask
from model.positional.base import Positional
from model.registry import find
from model.rules import Rule, Same, SumOfProducts, add, stage, weight
from model.stages import Derive, Stage
from model.tape import Part
from model.where import Where


class Block(Part):
    """Layer `layer` of a stack. d_memory > 0 gives it cross-attention to a memory of that width."""

    def __init__(
        self,
        name: str,
        config: StackConfig,
        layer: int,
        mask: Mask,
        positional: Positional,
        d_memory: int = 0,
    ):
        super().__init__(name)
        self.config = config
        p, norm = self.prefix, find("norm", config.norm)
        attention = find("attention", config.attention)
        self.sandwich, self.post = config.norm_placement == "sandwich", config.norm_placement == "post"
        self.ln1 = norm(f"{p}ln1", config)
        self.attn = attention(f"{p}attn", config, layer, mask, positional)
        self.ln1_post = norm(f"{p}ln1_post", config) if self.sandwich else None
        self.ln_cross = self.cross_attn = self.ln_cross_post = None
        if d_memory:
            self.ln_cross = norm(f"{p}ln_cross", config)
            self.cross_attn = attention(
                f"{p}cross_attn", config, layer, find("masks", "padding")(config), None, d_memory
            )
            self.ln_cross_post = norm(f"{p}ln_cross_post", config) if self.sandwich else None
        self.ln2 = None if config.shared_norm else norm(f"{p}ln2", config)
        mlp: Any = find("mlp", config.mlp) if config.moe is None else find("moe", config.moe)
        mlp = mlp(f"{p}mlp" if config.moe is None else f"{p}moe", config)
        setattr(self, "mlp" if config.moe is None else "moe", mlp)
        self.ln2_post = norm(f"{p}ln2_post", config) if self.sandwich else None
        # a tuple is quicker to reach than torch's submodules
        self.order: tuple[Any, ...] = (self.ln1, self.attn, self.ln2, mlp)

    def stages(
        self,
        sizes: dict[str, int],
        x: str,
        padding: str | None,
        bias: str | None,
        memory: str | None,
        memory_mask: str | None,
    ) -> Iterator[Stage]:
        """What `forward` taps. x: the stage that comes in; the last stage yielded is the stream that goes out."""
        p = self.prefix
        yield self.declare(sizes, "resid_pre", "position d_model", Same(x), "Residual stream into the block", "x")
        x = f"{p}resid_pre"
        after = "resid_cross" if self.cross_attn is not None else "resid_mid"
        # attention
        norm = [] if self.post else list(self.ln1.stages(sizes, x))
        yield from norm
        yield from self.attn.stages(sizes, x if self.post else self.ln1.output(x), None, padding, bias)
        yield from self.branch_stages(sizes, "attn", self.attn_rule("attn"), self.ln1_post)
        if not self.config.parallel:
            yield self.merge_stage(sizes, "resid_mid", "Stream after attention", x, f"{p}attn_out")
            x = f"{p}resid_mid"
            if self.post:
                yield from self.ln1.stages(sizes, x, kept=True)
                x = self.ln1.output(x)
        # cross-attention
        if self.cross_attn is not None and self.ln_cross is not None and memory is not None:
            there = sizes | {"key": sizes["memory"]}
            if not self.post:
                yield from self.ln_cross.stages(sizes, x)
            read = x if self.post else self.ln_cross.output(x)
            yield from self.cross_attn.stages(there, read, memory, memory_mask, None)
            yield from self.branch_stages(sizes, "cross_attn", self.attn_rule("cross_attn"), self.ln_cross_post)
            yield self.merge_stage(sizes, after, "Stream after cross-attention", x, f"{p}cross_attn_out")
            x = f"{p}{after}"
            if self.post:
                yield from self.ln_cross.stages(sizes, x, kept=True)
                x = self.ln_cross.output(x)
        # MLP
        mlp = self.order[3]
        if self.config.parallel and self.ln2 is not None:
            yield from self.ln2.twin_stages(sizes, self.ln1)
        elif not self.post and self.ln2 is not None:
            yield from self.ln2.stages(sizes, x)
        yield from mlp.stages(sizes, x if self.post else (self.ln2 or self.ln1).output(x))
        yield from self.branch_stages(sizes, "mlp", mlp.output_rule(), self.ln2_post)
        added = (f"{p}attn_out", f"{p}mlp_out") if self.config.parallel else (f"{p}mlp_out",)
        yield self.declare(
            sizes, "resid_post", "position d_model", add(x, *added), "Stream out of the block", r"x + \text{branch}"
        )  # fmt: skip
        if self.post and self.ln2 is not None:
            yield from self.ln2.stages(sizes, f"{p}resid_post", kept=True)

    def output(self) -> str:
        """Name of the stage that leaves the block."""
        last = f"{self.prefix}resid_post"
        return self.ln2.output(last) if self.post and self.ln2 is not None else last

    def attn_rule(self, which: str) -> SumOfProducts:
        """What the heads wrote, added up, and b_O."""
        inner = f"{self.prefix}{which}."
        bias = [(weight(f"{inner}b_O", "d"),)] if self.config.attn_out_bias else []
        return SumOfProducts("pd", ((stage(f"{inner}result", "phd"),), *bias))

    def branch_stages(self, sizes: dict[str, int], which: str, rule: Rule, norm: Part | None) -> Iterator[Stage]:
        """`attn_out` or its like: what is added to the stream; with a norm on the branch, `attn.out` before it."""
        title = {"attn": "Attention adds", "cross_attn": "Cross-attention adds", "mlp": "MLP adds"}[which]
        formula = {"mlp": r"h W_{out}" if self.config.moe is None else r"\sum_s w_s\, y_{e(s)}"}.get(
            which, r"\sum_h r_h"
        )
        if rule.weights and any(w.rpartition(".")[2].startswith("b_") for w in rule.weights):
            formula += " + b_O" if which != "mlp" else " + b_{out}"
        axes, inner = "position d_model", f"{which}.out"
        if norm is None:
            derive = None if which == "mlp" else Derive("rewrite", (f"{self.prefix}{which}.z",), (which,))
            yield self.declare(sizes, f"{which}_out", axes, rule, title, formula, derive=derive)
            return
        yield self.declare(sizes, inner, axes, rule, f"{title}, before its norm", formula)
        yield from norm.stages(sizes, self.prefix + inner, kept=True)  # type: ignore[operator]
        out = norm.output(self.prefix + inner)  # type: ignore[operator]
        yield self.declare(sizes, f"{which}_out", axes, Same(out), title, r"\mathrm{norm}(\cdot)")

    def merge_stage(self, sizes: dict[str, int], local: str, title: str, x: str, out: str) -> Stage:
        return self.declare(
            sizes, local, "position d_model", add(x, out), title, r"x + \text{branch}",
            derive=Derive("merge", (x, out), (local,)),
        )  # fmt: skip

    def forward(
        self, x: Tensor, where: Where, memory: Tensor | None = None, memory_where: Where | None = None
    ) -> Tensor:
        ln1, attn, ln2, mlp = self.order
        x = self.tap("resid_pre", x)
        if self.config.parallel:
            begun = ln1.begin(x)
            read = ln1.finish(begun[0])
            attn_out = self.branch("attn", attn(read, where), self.ln1_post)
            read = read if ln2 is None else ln2.again(*begun)
            return self.tap("resid_post", x + attn_out + self.branch("mlp", mlp(read), self.ln2_post))
        attn_out = self.branch("attn", attn(x if self.post else ln1(x), where), self.ln1_post)
        x = self.merge("resid_mid", x, attn_out)
        x = ln1(x) if self.post else x
        if self.cross_attn is not None and self.ln_cross is not None and memory is not None:
            read = x if self.post else self.ln_cross(x)
            cross_out = self.branch("cross_attn", self.cross_attn(read, memory_where, memory), self.ln_cross_post)
            x = self.merge("resid_cross", x, cross_out)
            x = self.ln_cross(x) if self.post else x
        x = self.tap("resid_post", x + self.branch("mlp", mlp(x if self.post else ln2(x)), self.ln2_post))
        return ln2(x) if self.post else x

    def branch(self, which: str, out: Tensor, norm: Part | None) -> Tensor:
        if norm is not None:
            out = norm(self.tap(f"{which}.out", out))
        return self.tap(f"{which}_out", out)

    def rewrite(self, which: str, z: Tensor) -> Tensor:
        """`attn_out` or its like once more, for a trace that did not keep it."""
        return self.branch(which, getattr(self, which).write(z), None)

    def merge(self, local: str, x: Tensor, out: Tensor) -> Tensor:
        return self.tap(local, x + out)
