"""Each token is read by the k experts that a linear router scores highest (Shazeer et al. 2017, 1701.06538, section 2;
Mixtral, 2401.04088, section 2.1).

The weights are a softmax over the chosen scores alone; a softmax over all scores, cut to k and scaled to sum 1, is the
same. How many tokens an expert reads depends on the input: its stages have the axis `routed`, in order of position,
of length 0 where no token chose it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from model.errors import ConfigError
from model.moe.rules import Chosen, ChosenScore, Gather, Mix, Routed
from model.registry import Option, find, register
from model.rules import Rule, SumOfProducts, stage, weight
from model.rules.norm import Softmax
from model.stages import Derive, Stage
from model.tape import Part, empty

if TYPE_CHECKING:
    from model.config import StackConfig


@register
class TopK(Part):
    """[position, d_model] in and out."""

    variant: ClassVar[str]
    title = "Top-k experts"
    OPTIONS: ClassVar[dict[str, Option]] = {
        "n_experts": Option(8, "how many experts there are", low=1, high=4096),
        "experts_per_token": Option(2, "how many of them read each token", low=1, high=4096),
    }

    def __init__(self, name: str, config: StackConfig):
        super().__init__(name)
        self.n, self.k = int(config.option("n_experts")), int(config.option("experts_per_token"))
        self.W_router = empty(self.n, config.d_model)
        mlp = find("mlp", config.mlp)
        self.experts: Any = nn.ModuleList(mlp(f"{self.prefix}experts.{e}", config) for e in range(self.n))

    @classmethod
    def check(cls, config: StackConfig) -> None:
        n, k = config.option("n_experts"), config.option("experts_per_token")
        if k > n:
            raise ConfigError(f"experts_per_token={k} is larger than n_experts={n}.")

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        yield "W_router", ("d_model", "expert"), self.W_router.t()

    def stages(self, sizes: dict[str, int], x: str) -> Iterator[Stage]:
        """What `forward` taps; x is the stage it reads. The length of `routed` is an upper bound until it has run."""
        p = self.prefix
        sizes = sizes | {"expert": self.n, "slot": self.k, "routed": sizes["position"]}
        scores = SumOfProducts("pe", ((stage(x, "pd"), weight(f"{p}W_router", "de")),))
        yield self.declare(sizes, "router_logits", "position expert", scores, "Router scores", r"x W_{router}")
        axes, chosen = "position slot", f"{p}chosen"
        yield self.declare(
            sizes, "chosen", axes, Chosen(f"{p}router_logits"), "Chosen experts", r"e_s = \mathrm{top}_k(l)_s", "index"
        )  # fmt: skip
        yield self.declare(
            sizes, "chosen_logits", axes, ChosenScore(f"{p}router_logits", chosen), "Scores of chosen experts",
            r"l_{e_s}",
        )  # fmt: skip
        yield self.declare(
            sizes, "weights", axes, Softmax(f"{p}chosen_logits"), "Weights of chosen experts",
            r"w_s = \frac{e^{l_{e_s}}}{\sum_t e^{l_{e_t}}}", kind="probability",
        )  # fmt: skip
        rows = sizes | {"position": sizes["routed"]}
        for e, expert in enumerate(self.experts):
            local = f"experts.{e}."
            positions, inner = f"{p}{local}positions", f"{p}{local}in"
            yield self.declare(
                sizes, f"{local}positions", "routed", Routed(chosen, e), f"Tokens that expert {e} reads",
                rf"\{{t : {e} \in e(t)\}}", "index",
            )  # fmt: skip
            yield self.declare(
                sizes, f"{local}in", "routed d_model", Gather(x, positions), f"What expert {e} reads", r"x_t",
                derive=Derive("gather", (x, positions), (e,)),
            )  # fmt: skip
            for inside in expert.stages(rows, inner):
                yield inside.along("position", "routed")
            rule: Rule = expert.output_rule()
            yield self.declare(
                sizes, f"{local}out", "routed d_model", rule, f"What expert {e} answers", r"h W_{out}"
            )  # fmt: skip

    def output_rule(self) -> Mix:
        """How a cell of the branch's output is computed from the experts' answers."""
        return Mix(self.prefix, tuple(range(self.n)))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.reshape(-1, x.shape[-1])  # tokens of a batch are routed one by one
        logits = self.tap("router_logits", F.linear(flat, self.W_router))
        chosen = self.tap("chosen", logits.topk(self.k, dim=-1).indices)
        scores = self.tap("chosen_logits", logits.gather(-1, chosen))
        weights = self.tap("weights", torch.softmax(scores, dim=-1))
        out = torch.zeros_like(flat)
        for e, expert in enumerate(self.experts):
            mine = chosen == e
            positions = self.tap(f"experts.{e}.positions", mine.any(-1).nonzero().squeeze(-1))
            answer = self.tap(f"experts.{e}.out", expert(self.gather(e, flat, positions)))
            share = (weights * mine).sum(-1)[positions]
            out = out.index_add(0, positions, answer * share[:, None])
        return out.view(x.shape)

    def gather(self, e: int, x: Tensor, positions: Tensor) -> Tensor:
        return self.tap(f"experts.{e}.in", x[positions])
