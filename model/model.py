"""A loaded model: network, weights by name, tokenizer, card; and tracing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from model.config import TransformerConfig
from model.edits import Edit, bind, listed
from model.errors import InputError
from model.inputs import Inputs, check_inputs, check_length, vocabularies
from model.pictures import Processor
from model.tape import Tape, record
from model.trace import Trace
from model.transformer import Transformer
from model.weights import Weights

if TYPE_CHECKING:
    from model.generate import Step

KEEP_BYTES = 256 << 20


@dataclass(eq=False)
class Model:
    """What `model.load` returns. `card` says what it is, where from, and how well it does."""

    network: Transformer
    tokenizer: Any = None
    card: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def processor(self) -> Processor | None:
        """How a file becomes the pixels that this model takes; None where it reads tokens, or its card does not say."""
        given = self.card.get("processor") if self.reads_pictures else None
        return None if given is None else Processor.from_dict(given)

    @property
    def config(self) -> TransformerConfig:
        return self.network.config

    @property
    def weights(self) -> Weights:
        """Read-only views by our names; shared weights under one canonical name, aliases found too."""
        return self.network.weights

    @property
    def device(self) -> torch.device:
        return self.network.device

    @property
    def dtype(self) -> torch.dtype:
        return self.network.dtype

    @property
    def reads_pictures(self) -> bool:
        return self.config.encoder is not None and self.config.encoder.image is not None

    # ---- tracing -------------------------------------------------------------------------------------------

    def trace(
        self,
        text: str | None = None,
        *,
        ids: Any = None,
        target: Any = None,
        segments: Any = None,
        mask: Any = None,
        features: Any = None,
        edges: Any = None,
        edits: Sequence[Edit] = (),
        keep_bytes: int = KEEP_BYTES,
    ) -> Trace:
        """One forward pass with every intermediate.

        text or ids   the input; ids are taken exactly as given
        target        encoder-decoder: what the decoder has so far, as text (see `begun`) or as the very ids it reads
        segments      [position] segment of each token
        mask          [position] 1 for real tokens, 0 for padding
        features      [channel, row, column], the pixels of a picture as the model takes them; in place of text or ids
        edges         pairs of positions, arrows of a graph, for encodings of graphs; by default each token leads to
                      the next
        edits         changes applied at taps
        keep_bytes    past this much, what can be derived is recomputed when read

        Raises InputError, EditError. Changes nothing on the model: any number of threads may share it.
        """
        inputs = self.inputs(text, ids=ids, target=target, segments=segments, mask=mask, edges=edges, features=features)
        plan = self.network.plan(inputs.lengths, inputs.mask is not None)
        edits = listed(edits)
        bound = bind(edits, plan, vocabularies(self.config), self.dtype) if edits else {}
        if isinstance(keep_bytes, bool) or not isinstance(keep_bytes, int) or keep_bytes < 0:
            raise InputError(f"keep_bytes={keep_bytes!r} must be a whole number of bytes, 0 or more.")
        tape = Tape(plan.names, plan.skip(keep_bytes, self.dtype.itemsize), bound)
        with torch.no_grad(), record(tape):
            self.network(
                inputs.tokens, inputs.target, inputs.segments, inputs.mask, edges=inputs.edges,
                features=inputs.features,
            )  # fmt: skip
        if plan.open:  # mixtures of experts: now it is known which of them read how much
            plan = plan.settled(tape.values)
            bound = {name: [b.fit(plan.by_name[name]) for b in found] for name, found in bound.items()}
        return Trace(plan, tape.values, self.network, inputs, edits, bound, frozenset(tape.changed), self)

    def inputs(
        self,
        text: str | None = None,
        *,
        ids: Any = None,
        target: Any = None,
        segments: Any = None,
        mask: Any = None,
        edges: Any = None,
        features: Any = None,
    ) -> Inputs:
        """Text, ids or pixels as checked tensors. Raises InputError naming the value, the limit and the remedy."""
        if self.reads_pictures:
            if text is not None or edges is not None:
                raise InputError("this model reads pictures, not text; give features=, the pixels of one.")
            return check_inputs(
                self.config, self.device, ids, target, segments, mask, features=features, dtype=self.dtype
            )
        if (text is None) == (ids is None):
            raise InputError("give either text or ids=, and not both.")
        given = ids if text is None else self.encode("text", text)
        if text is not None:  # in the person's words: they typed no ids
            check_length("the text", len(given), (self.config.encoder or self.config.last).n_ctx)
        if isinstance(target, str):
            target = self.begun(target)
        return check_inputs(self.config, self.device, given, target, segments, mask, edges, features, self.dtype)

    def begun(self, target: str) -> list[int]:
        """Ids of what a decoder beside an encoder has so far: its start token, then the text without an end mark.

        That is what it read when it was trained: a text with its marks, one place later. Behind an end mark there was
        nothing to learn. Where a start token is known, the text may be empty.
        """
        from model.generate import stop_ids

        start = self.card.get("decoder_start_token_id")
        found = self.encode("target", target, empty=start is not None)
        found = found[:-1] if found and found[-1] in stop_ids(self) else found
        return found if start is None else [start, *found]

    def encode(self, name: str, text: str, *, empty: bool = False) -> list[int]:
        """Ids of a text with the special tokens this model was trained with. empty: whether it may be without any."""
        if not isinstance(text, str):
            raise InputError(f"{name} must be text; it is {type(text).__name__}. Pass numbers as ids=.")
        if self.tokenizer is None:
            raise InputError("this model has no tokenizer, so it cannot read text; pass ids=[...] instead.")
        if not text and not empty:
            raise InputError(f"{name} is empty; type at least one character.")
        found = self.tokenizer.encode(text, special=True)
        if not found and not empty:
            raise InputError(f"{name} {text[:20]!r} has no tokens in this model's vocabulary; type something else.")
        return found

    def check(self, edits: Sequence[Edit], inputs: Inputs | None = None) -> None:
        """Raises EditError when an edit does not fit this model (and, where given, this input)."""
        if inputs is None:  # without an input, the longest one: ranges of positions are then n_ctx
            sides = [s for s in (self.config.encoder, self.config.decoder) if s is not None]
            lengths, padded = tuple(s.n_ctx for s in sides), True
        else:
            lengths, padded = inputs.lengths, inputs.mask is not None
        bind(edits, self.network.plan(lengths, padded), vocabularies(self.config), self.dtype)

    def generate(self, text: str | None = None, **words: Any) -> Iterator[Step]:
        """Continues a text, one `Step` a token.

        text or ids                    the prompt (encoder-decoder: the source, with target= as the decoder's start)
        max_new_tokens                 20
        temperature, top_k, top_p, min_p, repetition_penalty
                                       temperature 0, the default, takes the likeliest token
        seed                           of the draws
        stop                           ids that end it; by default the model's own end-of-text tokens
        cache                          False computes every step from scratch

        Raises InputError at the call, before the first step.
        """
        from model.generate import generate

        return generate(self, text, **words)

    def logits(self, ids: Any = None, target: Any = None, features: Any = None) -> Tensor:
        """[position, d_vocab], without a trace; [label] of a picture."""
        inputs = self.inputs(ids=ids, target=target, features=features)
        with torch.no_grad():
            return self.network(inputs.tokens, inputs.target, inputs.segments, inputs.mask, features=inputs.features)
