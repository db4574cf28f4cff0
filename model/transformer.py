"""The whole transformer: wiring only. Decoder-only, encoder-only and encoder-decoder."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor

from model.cache import Cache
from model.config import TransformerConfig
from model.config_checks import affordable
from model.head.base import Head
from model.masks.base import Mask
from model.plan import Plan
from model.registry import find
from model.rules import Activation, SumOfProducts, stage, weight
from model.rules.norm import Softmax
from model.stack import Stack
from model.stages import Derive, Stage
from model.tape import Part, empty
from model.weights import Weights
from model.where import Where, where

if TYPE_CHECKING:
    from model.inputs import Inputs
    from model.trace import Trace


class Transformer(Part):
    """A transformer with random weights that depend on `seed` alone; see `initialise`.

    Raises ConfigError when the configuration needs more memory than a machine has.
    """

    def __init__(self, config: TransformerConfig, *, seed: int = 0):
        super().__init__("")
        affordable(config)
        self.config = config
        self.tokenizer = None
        two = config.architecture == "encoder-decoder"
        self.encoder: Stack | None = None
        self.decoder: Stack | None = None
        if config.encoder is not None:
            self.encoder = Stack(
                "encoder" if two else "", config.encoder, final="encoder.ln_final" if two else "ln_final"
            )
        if config.decoder is not None:
            d_memory = config.encoder.d_model if config.encoder is not None else 0
            self.decoder = Stack("decoder" if two else "", config.decoder, d_memory)
        self.share()
        self.head: Head | None = None if config.head is None else find("head", config.head)(config)
        vocab, d = config.n_labels or self.last.config.d_vocab, config.head_width
        self.W_U = empty(vocab, d) if config.unembed and not config.tied_unembed else None
        self.b_U = empty(vocab) if config.unembed and config.unembed_bias else None
        # By name, for deriving; where a stack or an encoding has the network's own name, the network wins.
        self.parts: dict[str, Part] = {part.name: part for part in self.every_part()} | {"": self}
        # A plan depends on the lengths alone; the cache is bounded and safe to share between threads.
        self.plan = lru_cache(maxsize=32)(self._plan)
        self.eval()
        if self.device.type != "meta":
            self.initialise(seed)

    @property
    def last(self) -> Stack:
        """The stack that ends in the logits."""
        stack = self.decoder if self.decoder is not None else self.encoder
        assert stack is not None
        return stack

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype

    def share(self) -> None:
        """Makes weights that are shared one tensor: once when built, and again after loading."""
        if self.config.tied_embed and self.encoder is not None and self.decoder is not None:
            self.decoder.W_E = self.encoder.W_E
        for stack in (self.encoder, self.decoder):
            if stack is None or stack.config.shared_layers is None:
                continue
            for block, j in zip(stack.blocks, stack.config.shared_layers, strict=True):
                for (_, to), (_, of) in zip(block.named_modules(), stack.blocks[j].named_modules(), strict=True):
                    for name in to._parameters:
                        setattr(to, name, of._parameters[name])

    @torch.no_grad()
    def initialise(self, seed: int) -> None:
        """Draws all weights anew: matrices N(0, 1/sqrt(inputs)), embeddings N(0, 0.3), gains around 1, biases around 0.

        Gains and biases are drawn too: then no two tensors of an untrained network coincide by accident,
        and a forgotten bias shows up in the tests.
        """
        generator = torch.Generator(device=self.device).manual_seed(seed)
        for name, parameter in self.named_parameters():
            local = name.rpartition(".")[2]
            if parameter.dim() == 1:
                parameter.normal_(1.0 if local == "w" else 0.0, 0.1, generator=generator)
            else:
                inputs = parameter[..., 0].numel() if local == "W_O" else parameter.shape[1]
                spread = 0.3 if local in ("W_E", "W_pos", "W_seg", "W_rel") else inputs**-0.5
                parameter.normal_(0.0, spread, generator=generator)
        for part in self.every_part():
            part.draw_own(generator)

    def every_part(self) -> Iterator[Part]:
        return (m for m in self.modules() if isinstance(m, Part))

    # ---- weights -------------------------------------------------------------------------------------------

    def shown(self) -> Iterator[tuple[str, tuple[str, ...], Tensor]]:
        if self.W_U is not None:
            yield "W_U", (self.head.axis if self.head is not None else "d_model", self.vocab_axis), self.W_U.t()
        if self.b_U is not None:
            yield "b_U", (self.vocab_axis,), self.b_U

    @property
    def vocab_axis(self) -> str:
        return "label" if self.config.n_labels else "d_vocab"

    def constants(self) -> dict[str, Tensor]:
        scaled = self.config.logit_scale != 1
        return {"logit_scale": torch.tensor(self.config.logit_scale, dtype=torch.float64)} if scaled else {}

    @property
    def network(self) -> Transformer:
        return self

    @cached_property
    def weights(self) -> Weights:
        """Read-only views of the weights by our names."""
        aliases = {}
        if self.config.unembed and self.config.tied_unembed:
            aliases["W_U"] = (f"{self.last.prefix}W_E", True)
        if self.config.tied_embed:
            aliases["decoder.W_E"] = ("encoder.W_E", False)
            if "W_U" in aliases:
                aliases["W_U"] = ("encoder.W_E", True)
        for stack in (self.encoder, self.decoder):
            if stack is not None and stack.config.shared_layers is not None:
                aliases |= self._shared_names(stack)
        return Weights(self, aliases)

    def _shared_names(self, stack: Stack) -> dict[str, tuple[str, bool]]:
        """Names of weights that a layer has from an earlier one, and their names there."""
        found, p = {}, stack.prefix
        for i, j in enumerate(stack.config.shared_layers or ()):
            parts = [m for m in stack.blocks[i].modules() if isinstance(m, Part)] if i != j else []
            for part in parts:
                for local, _, _ in part.shown():
                    name = part.prefix + local
                    found[name] = (f"{p}blocks.{j}." + name.removeprefix(f"{p}blocks.{i}."), False)
        return found

    @property
    def n_parameters(self) -> int:
        """Trained numbers, shared ones counted once."""
        return sum(p.numel() for p in self.parameters())

    # ---- stages --------------------------------------------------------------------------------------------

    def _plan(self, lengths: tuple[int, ...], padded: bool) -> Plan:
        return Plan(tuple(self.stages(lengths, padded)))

    def stages(self, lengths: tuple[int, ...], padded: bool = False) -> Iterator[Stage]:
        """Every stage of a pass, in order. lengths: (tokens,), or (source tokens, target tokens).

        padded: whether the input (of the encoder, where there is one) has padding.
        """
        memory = memory_mask = None
        if self.encoder is not None:
            sizes = self.encoder.sizes(lengths[0], 0)
            yield from self.encoder.stages(sizes, padded, None, None)
            memory = self.encoder.output()
            memory_mask = f"{self.encoder.prefix}mask" if padded else None
        if self.decoder is not None:
            sizes = self.decoder.sizes(lengths[-1], lengths[0])
            yield from self.decoder.stages(sizes, padded and self.encoder is None, memory, memory_mask)
        yield from self.end_stages(self.last.sizes(lengths[-1], 0) | {"label": self.config.n_labels})

    def end_stages(self, sizes: dict[str, int]) -> Iterator[Stage]:
        """What `forward` taps after the stacks: the head, the logits and their probabilities."""
        x, c = self.last.output(), self.config
        if self.head is not None:
            yield from self.head.stages(sizes, x)
            x = self.head.output()
        if not c.unembed:
            return
        rows = "" if self.head is not None and self.head.pooled else "p"
        axes = f"position {self.vocab_axis}" if rows else self.vocab_axis
        factors = [stage(x, f"{rows}d"), weight("W_U", "dv")]
        if c.logit_scale != 1:
            factors.append(weight("logit_scale", ""))
        items: list[tuple] = [tuple(factors)]
        if self.b_U is not None:
            items.append((weight("b_U", "v"),))
        formula = ("" if c.logit_scale == 1 else rf"{c.logit_scale:.4g}\; ") + r"x W_U"
        yield self.declare(
            sizes, "logits" if c.logit_softcap is None else "logits_uncapped", axes,
            SumOfProducts(f"{rows}v", tuple(items)), "Logits" if c.logit_softcap is None else "Logits before the cap",
            formula + (" + b_U" if self.b_U is not None else ""),
        )  # fmt: skip
        if c.logit_softcap is not None:
            cap = c.logit_softcap
            yield self.declare(
                sizes, "logits", axes, Activation("logits_uncapped", lambda x: cap * math.tanh(x / cap)),
                "Soft-capped logits", rf"l' = {cap:g} \tanh(l / {cap:g})",
            )  # fmt: skip
        yield self.declare(
            sizes, "probs", axes, Softmax("logits"), "Probabilities",
            r"p_v = \frac{e^{l_v}}{\sum_u e^{l_u}}", kind="probability", derive=Derive("probabilities", ("logits",)),
        )  # fmt: skip

    # ---- computing -----------------------------------------------------------------------------------------

    def forward(
        self,
        tokens: Tensor,
        target: Tensor | None = None,
        segments: Tensor | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        edges: Tensor | None = None,
        features: Tensor | None = None,
    ) -> Tensor:
        """[position] ids in, [position, d_vocab] logits out ([position, d_model] states without unembedding).
        A pooler leaves no axis of positions; a classifier has labels in place of the vocabulary.

        Leading batch axes are welcome here (training); a trace takes one sequence. With a cache, the decoder's
        ids are only those it has not read yet, and logits come for those. edges: [edge, 2], of the first stack.
        features: a picture [channel, row, column] for a stack that reads pictures; ids are then 0, 1, ... [position].
        """
        memory = memory_where = None
        if self.encoder is not None:
            tokens, mask = self.encoder.given(tokens, mask)
            memory = cache.memory if cache is not None else None
            memory = self.encoder(tokens, segments, mask, edges=edges, features=features) if memory is None else memory
            if cache is not None:
                cache.memory = memory
        if self.decoder is None:
            x = memory
        elif memory is None:
            tokens, mask = self.decoder.given(tokens, mask)
            x = self.decoder(tokens, segments, mask, None, None, cache, edges)
        else:
            assert target is not None
            memory_where = self.memory_where(tokens, target, mask)
            if cache is not None:
                memory_where.notes["cache"] = cache
            target, _ = self.decoder.given(target, None)
            x = self.decoder(target, None, None, memory, memory_where, cache)
        assert x is not None
        if self.head is not None:
            x = self.head(x)
        return self.unembed(x) if self.config.unembed else x

    def memory_where(self, tokens: Tensor, target: Tensor, mask: Tensor | None) -> Where:
        assert self.decoder is not None
        rule: Mask = self.decoder.blocks[0].cross_attn.mask
        return where(rule, target.shape[-1], tokens.shape[-1], target.device, mask)

    def unembed(self, x: Tensor) -> Tensor:
        if self.config.logit_scale != 1:
            x = x * self.config.logit_scale
        w = self.last.W_E if self.W_U is None else self.W_U
        logits, cap = F.linear(x, w, self.b_U), self.config.logit_softcap
        if cap is not None:
            logits = cap * torch.tanh(self.tap("logits_uncapped", logits) / cap)
        logits = self.tap("logits", logits)
        self.side("probs", self.probabilities_of, logits)
        return logits

    def probabilities(self, logits: Tensor) -> Tensor:
        return self.tap("probs", self.probabilities_of(logits))

    @staticmethod
    def probabilities_of(logits: Tensor) -> Tensor:
        return torch.softmax(logits, dim=-1)

    # ---- the same calls as model.Model, so that a network built from scratch is traced the same way ----------

    def trace(self, text: str | None = None, **words: Any) -> Trace:
        """See `model.Model.trace`; without a tokenizer pass ids=."""
        from model.model import Model

        return Model(self).trace(text, **words)

    def check(self, edits: Any, inputs: Inputs | None = None) -> None:
        """See `model.Model.check`."""
        from model.model import Model

        Model(self).check(edits, inputs)
